import { signal } from "@preact/signals";
import type { ApiKey, Session } from "../types";
import { send } from "./api";

const NAME = "meterdrop.session";
const PATIENCE = 150; // milliseconds that a new tab waits for the others

/**
 * The API key that requests send, or null before one is entered. The tab's session storage keeps it until the tab closes.
 */
export const session = signal<Session | null>(stored());

/** Why the last session ended, or an empty text if you ended it. */
export const reason = signal("");

/** Whether a new tab still waits for the key of another tab. */
export const asking = signal(session.value === null);

/** A message between the tabs of one address. The browser stores none of them. */
type Message =
  | { kind: "ask" }
  | { kind: "tell"; session: Session }
  /** `of` is the ID of the key that ended, or null for all keys */
  | { kind: "end"; of: string | null; why: string };

// Several stacks can share one origin, each under a path of its own.
const tabs = new BroadcastChannel(`${NAME} ${location.pathname}`);
let wanted = session.value === null;

tabs.onmessage = ({ data }: MessageEvent<Message>) => {
  const about = session.value?.about;
  if (data.kind === "ask" && session.value !== null) say({ kind: "tell", session: session.value });
  if (data.kind === "tell" && wanted) enter(data.session.key, data.session.about);
  if (data.kind === "end" && (data.of === null || data.of === about?.id)) end(data.why);
};
if (wanted) {
  say({ kind: "ask" });
  setTimeout(() => {
    asking.value = false;
  }, PATIENCE);
}

function say(message: Message) {
  tabs.postMessage(message);
}

/** @param about from the API */
export function enter(key: string, about: ApiKey) {
  wanted = false;
  sessionStorage.setItem(NAME, JSON.stringify({ key, about }));
  reason.value = "";
  session.value = { key, about };
}

/** Sign out in all tabs. */
export function leave() {
  say({ kind: "end", of: null, why: "" });
  end("");
}

/** End the session of a key that is no longer valid, in all tabs that have it. */
export function expire(why: string) {
  say({ kind: "end", of: session.value?.about.id ?? null, why });
  end(why);
}

function end(why: string) {
  wanted = false;
  asking.value = false;
  sessionStorage.removeItem(NAME);
  reason.value = why;
  session.value = null;
}
function stored(): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Return what the API tells about a key.
 *
 * @returns rejects with an ApiError, with status 401 if the key isn't valid
 */
export async function describe(key: string): Promise<ApiKey> {
  const answer = await send("GET", "v1/api_key", { key });
  return await answer.json();
}

/**
 * Return whether the tab's key has a permission.
 *
 * @param permission a resource and a level, such as `uploads:read`, or `admin`
 */
export function can(permission: string) {
  if (session.value === null) return false;
  const { permissions, type } = session.value.about;
  if (permission === "admin") return type === "secret";
  const [resource = "", level] = permission.split(":");
  return permissions[resource] === "write" || permissions[resource] === level;
}

/** Return the name of the tab's kind of key. */
export function kindOfKey() {
  if (can("admin")) return "Admin key";
  const levels = Object.values(session.value?.about.permissions ?? {});
  return levels.includes("write") ? "Restricted key" : "Read key";
}

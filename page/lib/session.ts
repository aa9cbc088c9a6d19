import { signal } from "@preact/signals";
import type { ApiKey, Session } from "../types";
import { send } from "./api";

const NAME = "meterdrop.session";

/**
 * The API key that requests send, or null before one is entered. The tab's session storage keeps it until the tab closes.
 */
export const session = signal<Session | null>(stored());

/** Why the last session ended, or an empty text if you ended it. */
export const reason = signal("");

/** @param about from the API */
export function enter(key: string, about: ApiKey) {
  sessionStorage.setItem(NAME, JSON.stringify({ key, about }));
  reason.value = "";
  session.value = { key, about };
}

export function leave(why: string = "") {
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

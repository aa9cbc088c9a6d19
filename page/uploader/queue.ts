import { signal } from "@preact/signals";
import { announce } from "../components/feedback";
import { wordsOf } from "../lib/api";
import { counted } from "../lib/format";
import { session } from "../lib/session";
import type { Upload } from "../types";
import { sentence } from "../uploads/status";
import { earlierOf } from "./earlier";
import { inspect } from "./precheck";
import { run } from "./transfer";
import type { Item, Kind } from "./types";

const AT_ONCE = 3;
const UNDER_WAY = ["waiting", "sending", "arriving", "processing"];

/** The files chosen in this tab, in order. Their uploads continue while another view is open. */
export const items = signal<Item[]>([]);

let life = new AbortController();

session.subscribe((now) => {
  if (now !== null) return;
  life.abort();
  life = new AbortController();
  items.value = [];
});

addEventListener("beforeunload", (event) => {
  // Meterdrop processes files in the bucket without this page.
  if (items.value.some(({ state }) => state === "waiting" || state === "sending"))
    event.preventDefault();
});

/**
 * Add files and check each of them. A corrected error file without problems is uploaded immediately, because each of its
 * rows counts only once.
 *
 * @param corrects the item whose corrected error file they are
 */
export function add(files: File[], kind: Kind, corrects: string | null = null) {
  for (const file of files) {
    const item = blank(file, kind, corrects);
    const before = items.value;
    const at = before.findLastIndex(
      (other) => corrects !== null && [other.id, other.corrects].includes(corrects),
    );
    items.value = at < 0 ? [...before, item] : before.toSpliced(at + 1, 0, item);
    check(item);
  }
}

async function check({ id, file, kind, corrects }: Item) {
  const { problem, way, lines } = await inspect(file, kind);
  if (problem !== "")
    return change(id, {
      ...{ state: "unfit", words: problem },
      way: corrects === null || way === "match" ? way : null,
    });
  change(id, { lines });
  if (corrects !== null) return start([id]);
  const earlier = kind === "usage" ? await earlierInTurn(file.name) : [];
  return change(id, { state: earlier?.length ? "undecided" : "ready", earlier });
}

/**
 * Put other files in the place of a file, and check them.
 *
 * @param changes such as the kind, or the file that they were made of
 */
export function replace(id: string, files: File[], changes: Partial<Item>) {
  const before = items.value.find((item) => item.id === id);
  if (before === undefined) return;
  const made = files.map((file) => ({ ...blank(file, before.kind, before.corrects), ...changes }));
  items.value = items.value.flatMap((item) => (item.id === id ? made : [item]));
  made.forEach(check);
}

/** Decide whether a file updates an earlier upload. */
export function decide(id: string, updates: string | null) {
  change(id, { state: "ready", updates });
}

/** Change the control totals of a file. */
export function declare(id: string, changes: Partial<Item["control"]>) {
  const item = items.value.find((each) => each.id === id);
  if (item !== undefined) change(id, { control: { ...item.control, ...changes } });
}

export function drop(id: string) {
  items.value = items.value.filter((item) => item.id !== id);
}

export function dropFinished() {
  items.value = items.value.filter(({ state }) => state !== "done");
}

/** Upload files, a few at a time. */
export function start(
  ids: string[],
  { dryRun = false, allowDuplicate = false }: { dryRun?: boolean; allowDuplicate?: boolean } = {},
) {
  for (const id of ids)
    change(id, { state: "waiting", words: "", sent: 0, upload: null, dryRun, allowDuplicate });
  startNext();
}

export function isUnderWay(item: Item) {
  return UNDER_WAY.includes(item.state);
}

/** One search at a time, because each can read thousands of uploads. */
let looking: Promise<unknown> = Promise.resolve();

/** @returns null if the search failed, which doesn't block the upload */
function earlierInTurn(name: string): Promise<Upload[] | null> {
  const { signal } = life;
  const found = looking.then(() => earlierOf(name, signal)).catch(() => null);
  looking = found;
  return found;
}

function startNext() {
  const { signal } = life;
  const busy = items.value.filter((item) => isUnderWay(item) && item.state !== "waiting").length;
  for (const item of items.value
    .filter(({ state }) => state === "waiting")
    .slice(0, Math.max(0, AT_ONCE - busy))) {
    change(item.id, { state: "sending" });
    run(item, (changes) => change(item.id, changes), signal)
      .then((upload) => {
        change(item.id, {
          state: "done",
          upload,
          ...(upload.dry_run ? { checked: upload.id } : {}),
        });
        announce(`${item.file.name}: ${sentence(upload)}`);
        showInTitle(upload);
      })
      .catch((error) => {
        if (!signal.aborted) change(item.id, { state: "broken", words: wordsOf(error) });
      })
      .finally(startNext);
  }
}

let title: string | null = null;

/** Show the end of an upload in the title of a hidden tab, until the tab is visible again. */
function showInTitle({ status, file_name, row_count }: Upload) {
  if (!document.hidden) return;
  title ??= document.title;
  const words =
    status === "failed" ? `✗ ${file_name}` : `✓ ${counted(row_count, "row")} · ${file_name}`;
  document.title = `${words} · Meterdrop`;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || title === null) return;
  document.title = title;
  title = null;
});

function change(id: string, changes: Partial<Item>) {
  items.value = items.value.map((item) => (item.id === id ? { ...item, ...changes } : item));
}

function blank(file: File, kind: Kind, corrects: string | null): Item {
  return {
    id: crypto.randomUUID(),
    file,
    source: null,
    kind,
    corrects,
    state: "inspecting",
    words: "",
    way: null,
    lines: 0,
    sent: 0,
    dryRun: false,
    allowDuplicate: false,
    control: { rows: "", sums: "" },
    earlier: [],
    updates: null,
    checked: null,
    upload: null,
  };
}

import type { Kind } from "../uploader/types";
import type { Plan, Role } from "./types";

/**
 * The last match of columns for each meter. The browser keeps it, because the next file comes a month later. It has the
 * names of columns and meters, and no cell of any file.
 */

const NAME = "meterdrop.columns";
const MOST = 30;

interface Remembered {
  kind: Kind;
  meter: string;
  /** Names of columns. */
  columns: Partial<Record<Role, string>>;
  kept: string[];
  time: Plan["time"];
  zone: string;
  numbers: Plan["numbers"];
}

function all(): Remembered[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(NAME) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function keep(list: Remembered[]) {
  try {
    localStorage.setItem(NAME, JSON.stringify(list.slice(0, MOST)));
  } catch {
    // The browser stores nothing. Then the next file is matched as the first one.
  }
}

function isSame(one: Remembered, other: Remembered) {
  return (
    one.kind === other.kind &&
    one.meter === other.meter &&
    JSON.stringify(one.columns) === JSON.stringify(other.columns)
  );
}

/** Remember a match, the newest first. */
export function remember(plan: Plan, names: string[]) {
  const made = named(plan, names);
  keep([made, ...all().filter((each) => !isSame(each, made))]);
}

/** Forget the matches that fit a file. */
export function forget(kind: Kind, names: string[]) {
  keep(all().filter((each) => !fits(each, kind, names)));
}

/** Return the newest match whose columns a file has, or null. */
export function recall(
  kind: Kind,
  names: string[],
  isMeter: (name: string) => boolean,
): Plan | null {
  const found = all().find(
    (each) => fits(each, kind, names) && (each.meter === "" || isMeter(each.meter)),
  );
  if (found === undefined) return null;
  const { columns, kept, meter, time, zone, numbers } = found;
  return {
    kind,
    columns: Object.fromEntries(
      Object.entries(columns).map(([role, name]) => [role, names.indexOf(name)]),
    ),
    kept: kept.map((name) => names.indexOf(name)).filter((position) => position >= 0),
    ...{ meter, time, zone, numbers },
  };
}

function fits(each: Remembered, kind: Kind, names: string[]) {
  return each.kind === kind && Object.values(each.columns).every((name) => names.includes(name));
}

function named({ kind, columns, kept, meter, time, zone, numbers }: Plan, names: string[]) {
  const name = (position: number) => names[position] ?? "";
  return {
    ...{ kind, meter, time, zone, numbers },
    columns: Object.fromEntries(
      Object.entries(columns).map(([role, position]) => [role, name(position)]),
    ),
    kept: kept.map(name),
  };
}

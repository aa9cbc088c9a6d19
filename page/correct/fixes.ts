import { checkTime, checkValue, isDay } from "./checks";

/** Corrections that apply to all cells of a group at once. A person chooses one of them. */

export interface Fix {
  /** The form of the cells, such as "Day/month/year". */
  label: string;
  /** Return the corrected text, null if the text isn't of this form. */
  apply: (text: string, zone: Zone) => string | null;
}

/** The time zone of times that don't tell one. */
export type Zone = "UTC" | "local";

const TIME =
  /^[\sT,]*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?(?:\s*\(.*\))?$/i;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAY_NUMBER_ZERO = Date.UTC(1899, 11, 30);
const DAY = 86_400_000; // milliseconds

const ORDERS: Fix[] = [
  { label: "Day/month/year", apply: (text, zone) => ofParts(text, [2, 1, 0], zone) },
  { label: "Month/day/year", apply: (text, zone) => ofParts(text, [2, 0, 1], zone) },
];
const ONE_MEANING: Fix = { label: "Write as Meterdrop reads it", apply: plainTime };

/** Return the corrections for timestamps of a kind. */
export function timeFixes(kind: string | null): Fix[] {
  if (kind === "local_date") return ORDERS;
  return kind === null ? [] : [ONE_MEANING];
}

/** Return whether the correction of a text depends on the time zone. */
export function needsZone(fix: Fix, text: string): boolean {
  return fix.apply(text, "UTC") !== fix.apply(text, "local");
}

function ofParts(text: string, order: [number, number, number], zone: Zone) {
  const [, first = "", second = "", third = "", rest = ""] =
    /^(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(.*)$/s.exec(text) ?? [];
  const parts = [first, second, third];
  const [year = "", month = "", day = ""] = order.map((at) => parts[at]);
  return instant(fullYear(year), month, day, rest, zone);
}

function fullYear(year: string) {
  return year.length === 2 ? `20${year}` : year;
}

/** Write a date and the text of a time of day, null if one of them isn't valid. */
function instant(year: string, month: string, day: string, rest: string, zone: Zone) {
  const date = [year.padStart(4, "0"), month.padStart(2, "0"), day.padStart(2, "0")].join("-");
  if (!isDay(date)) return null;
  if (rest.trim() === "") return date;
  const [whole, hour = "", minute = "", second = "00", half, offset] = TIME.exec(rest) ?? [];
  if (whole === undefined) return null;
  const hours = half ? (Number(hour) % 12) + (/^p/i.test(half) ? 12 : 0) : Number(hour);
  if (half && (Number(hour) < 1 || Number(hour) > 12)) return null;
  const time = `${String(hours).padStart(2, "0")}:${minute}:${second}`;
  return withOffset(date, time, offset, zone);
}

function withOffset(date: string, time: string, offset: string | undefined, zone: Zone) {
  if (checkTime(`${date}T${time}Z`) !== null) return null;
  if (offset) return `${date}T${time}${/^[+-]/.test(offset) ? offset.replace(":", "") : "Z"}`;
  if (zone === "UTC") return `${date}T${time}Z`;
  return `${new Date(`${date}T${time}`).toISOString().slice(0, 19)}Z`;
}

/** Write a timestamp that has one meaning only, but not in a valid form. */
function plainTime(text: string, zone: Zone): string | null {
  const found =
    ofDigits(text) ??
    ofDayNumber(text, zone) ??
    ofNamedMonth(text, zone) ??
    (/^\d{4}[/.-]/.test(text) ? ofYearFirst(text, zone) : null);
  return found !== null && checkTime(found) === null ? found : null;
}

function ofDigits(text: string) {
  const [, digits] = /^(\d{9,19})(?:\.\d+)?$/.exec(text) ?? [];
  if (digits !== undefined) {
    if (digits.length < 12) return digits;
    return digits.slice(0, digits.length < 15 ? -3 : digits.length < 18 ? -6 : -9);
  }
  const [, year, month, day] = /^((?:19|20)\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  return year === undefined ? null : `${year}-${month}-${day}`;
}

function ofDayNumber(text: string, zone: Zone) {
  if (!/^\d{5}(?:\.\d+)?$/.test(text)) return null;
  const seconds = Math.round((Number(text) * DAY) / 1000);
  const [date = "", time = ""] = new Date(DAY_NUMBER_ZERO + seconds * 1000)
    .toISOString()
    .slice(0, 19)
    .split("T");
  return text.includes(".") ? withOffset(date, time, undefined, zone) : date;
}

function ofNamedMonth(text: string, zone: Zone) {
  const [, weekday, name = "", date = "", yearAfter = "", rest = ""] =
    /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) (\d{2}) (\d{4}) (.*)$/.exec(text) ?? [];
  if (weekday !== undefined)
    return instant(yearAfter, monthOf(name), date, rest.replace("GMT", "").trim(), zone);
  const [, day, month = "", year = "", time = ""] =
    /^(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})(.*)$/s.exec(text) ?? [];
  return day === undefined ? null : instant(year, monthOf(month), day, time, zone);
}

function monthOf(name: string) {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

function ofYearFirst(text: string, zone: Zone) {
  const [, year = "", month = "", day = "", rest = ""] =
    /^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(.*)$/s.exec(text) ?? [];
  return instant(
    year,
    month,
    day,
    rest.replace(/[+-]\d{2}$/, (offset) => `${offset}00`),
    zone,
  );
}

/** Return the corrections for values of a kind. */
export function valueFixes(kind: string | null, hasSemicolons: boolean): Fix[] {
  const fixes = VALUE_FIXES[kind ?? ""] ?? [];
  return fixes.map(({ label, apply }) => ({
    label,
    apply: (text, zone) => {
      const found = apply(text, zone);
      return found !== null && checkValue(found, hasSemicolons) === null ? found : null;
    },
  }));
}

const VALUE_FIXES: Record<string, Fix[]> = {
  separators: [
    { label: "The point is the decimal separator", apply: (text) => ofSeparators(text, ".") },
    { label: "The comma is the decimal separator", apply: (text) => ofSeparators(text, ",") },
  ],
  point: [
    { label: "The point separates thousands", apply: (text) => text.replace(".", "") },
    { label: "The point is the decimal separator", apply: (text) => `${text}0` },
  ],
  exponent: [{ label: "Write without an exponent", apply: expanded }],
  unit: [
    {
      label: "Remove the unit or currency",
      apply: (text) => /[+-]?(?:\d+(?:\.\d+)?|\.\d+)/.exec(text)?.[0] ?? null,
    },
  ],
};

/** @param mark the decimal separator; the others have to separate groups of three digits */
function ofSeparators(text: string, mark: "." | ",") {
  const [whole = "", fraction, more] = text.replace(/\s+/g, " ").split(mark);
  if (more !== undefined) return null;
  const digits = /^([+-]?)(\d{1,3})(?:([.,'’_ ])(\d{3})(?:\3\d{3})*)?$/.test(whole)
    ? whole.replace(/[.,'’_ ]/g, "")
    : /^[+-]?\d+$/.test(whole)
      ? whole
      : null;
  if (digits === null || (fraction !== undefined && !/^\d+$/.test(fraction))) return null;
  const result = fraction === undefined ? digits : `${digits}.${fraction}`;
  // In a locale with a decimal comma, a spreadsheet takes three digits after a point for thousands.
  return fraction?.length === 3 ? `${result}0` : result;
}

function expanded(text: string) {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^([+-]?)(\d*)[.,]?(\d*)e([+-]?\d{1,2})$/i.exec(text) ?? [];
  const digits = whole + fraction;
  const at = whole.length + Number(exponent);
  if (digits === "") return null;
  const padded = digits.padStart(digits.length + Math.max(0, 1 - at), "0");
  const point = Math.max(1, at);
  const left = padded
    .slice(0, point)
    .padEnd(point, "0")
    .replace(/^0+(?=\d)/, "");
  const right = padded.slice(point).replace(/0+$/, "");
  return right === "" ? sign + left : `${sign}${left}.${right}`;
}

/** Return the number of changes (insert, remove, replace, swap neighbors) between two texts, `most` + 1 if more. */
export function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before: number[] = [];
  let line = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let at = 1; at <= other.length; at++) {
      const same = one[row - 1] === other[at - 1];
      let best = Math.min(
        (line[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (line[at - 1] ?? 0) + (same ? 0 : 1),
      );
      const isSwap = one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (row > 1 && at > 1 && isSwap) best = Math.min(best, (before[at - 2] ?? 0) + 1);
      next.push(best);
    }
    if (Math.min(...next) > most) return most + 1;
    before = line;
    line = next;
  }
  return Math.min(line[other.length] ?? 0, most + 1);
}

/** Return the things whose names are nearest to a text, nearest first. */
export function nearest<Thing>(
  text: string,
  things: Thing[],
  namesOf: (thing: Thing) => (string | null)[],
): Thing[] {
  const wanted = folded(text);
  const most = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  const measured = things.map((thing) => ({
    thing,
    changes: Math.min(
      ...namesOf(thing)
        .filter((name) => name !== null)
        .map((name) => distance(wanted, folded(name), most)),
    ),
  }));
  return measured
    .filter(({ changes }) => changes <= most)
    .sort((a, b) => a.changes - b.changes)
    .map(({ thing }) => thing);
}

function folded(text: string) {
  return text.toLowerCase().replace(/[\s_-]+/g, "_");
}

import { cellText } from "./cells";
import type { Cell, TimeForm } from "./types";

/** Times of foreign files as timestamps. */

const DAY = 86_400_000; // milliseconds
const EPOCH = 25_569; // the day number of 1970-01-01

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})? ?(Z|UTC|[+-]\d{2}:?\d{2}))?|\d{9,11}(\.0{1,9})?)$/;
const CLOCK = String.raw`(?:[T,]?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?(?:m\.?)?(?:\s*Uhr)?)?`;
const ORDERS = {
  ymd: new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${CLOCK}$`, "i"),
  dmy: new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})${CLOCK}$`, "i"),
  mdy: new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})${CLOCK}$`, "i"),
};
const SERIAL = /^\d{5}([.,]\d+)?$/;
const MILLISECONDS = /^\d{12,14}$/;

export const FORMS: TimeForm[] = ["as_is", "ymd", "dmy", "mdy", "serial", "milliseconds"];

/** Convert a spreadsheet's day number to a time on the wall clock, to the second. */
export function ofSerial(serial: number): Date {
  return new Date(Math.round(((serial - EPOCH) * DAY) / 1000) * 1000);
}

/** Return the time on the wall clock that a cell has, or null. */
function wallTime(cell: Cell, form: TimeForm): { at: Date; isDay: boolean } | null {
  if (cell instanceof Date) return { at: cell, isDay: cell.getTime() % DAY === 0 };
  const text = textOf(cell);
  if (form === "serial") {
    if (!SERIAL.test(text)) return null;
    const at = ofSerial(Number(text.replace(",", ".")));
    return { at, isDay: at.getTime() % DAY === 0 };
  }
  if (form !== "ymd" && form !== "dmy" && form !== "mdy") return null;
  const found = ORDERS[form].exec(text);
  if (found === null) return null;
  const [a = 0, b = 0, c = 0] = found.slice(1, 4).map(Number);
  const [year, month, day] = form === "ymd" ? [a, b, c] : form === "dmy" ? [c, b, a] : [c, a, b];
  const [hour = 0, minute = 0, second = 0] = found.slice(4, 7).map((part) => Number(part ?? 0));
  const half = found[7]?.toLowerCase();
  const hours = half === undefined ? hour : (hour % 12) + (half === "p" ? 12 : 0);
  const full = year < 100 ? 2000 + year : year;
  const at = new Date(Date.UTC(full, month - 1, day, hours, minute, second));
  const isTime = hour < 24 && minute < 60 && second < 60 && (half === undefined || hour <= 12);
  const isDate = at.getUTCMonth() === month - 1 && month > 0 && day > 0;
  return isTime && isDate ? { at, isDay: found[4] === undefined } : null;
}

function textOf(cell: Cell) {
  return cellText(cell).trim();
}

function fits(cell: Cell, form: TimeForm) {
  if (cell instanceof Date) return true;
  if (form === "as_is") return TIMESTAMP.test(textOf(cell));
  if (form === "milliseconds") return MILLISECONDS.test(textOf(cell));
  return wallTime(cell, form) !== null;
}

/**
 * Guess how cells write times.
 *
 * @returns null if day and month can't be told apart; `matters` is false if all cells are dates of a workbook
 */
export function guessTime(cells: Cell[]): { form: TimeForm | null; matters: boolean } {
  const filled = cells.filter((cell) => cell instanceof Date || textOf(cell) !== "");
  if (filled.length > 0 && filled.every((cell) => cell instanceof Date))
    return { form: "ymd", matters: false };
  const counts = FORMS.map((form) => filled.filter((cell) => fits(cell, form)).length);
  const most = Math.max(...counts);
  const [best = "as_is", next] = FORMS.filter((_, index) => counts[index] === most);
  return { form: best === "dmy" && next === "mdy" ? null : best, matters: true };
}

/** Whether the zone of a column matters: not for whole days, nor for times that have a zone. */
export function needsZone(cells: Cell[], form: TimeForm | null): boolean {
  if (form === null || form === "as_is" || form === "milliseconds") return hasTimes(cells);
  return cells.some((cell) => wallTime(cell, form)?.isDay === false);
}

/** Whether a column has dates of a workbook with a time of day. */
function hasTimes(cells: Cell[]) {
  return cells.some((cell) => cell instanceof Date && cell.getTime() % DAY !== 0);
}

/**
 * Return the function that converts the cells of a column to timestamps. If no cell has a time of day, whole days stay
 * whole days. Text in another form stays, and the server refuses it.
 *
 * @param repeated called for each time that the clock shows twice
 */
export function timestamps(
  cells: Cell[],
  form: TimeForm,
  zone: string,
  repeated: () => void,
): (cell: Cell) => string {
  const wholeDays = !needsZone(cells, form);
  return (cell) => {
    if (form === "milliseconds" && fits(cell, form) && !(cell instanceof Date))
      return String(Math.floor(Number(textOf(cell)) / 1000));
    const wall = wallTime(cell, form);
    if (wall === null) return textOf(cell);
    const written = wall.at.toISOString().slice(0, "2024-09-25T14:30:00".length);
    if (wholeDays) return written.slice(0, "2024-09-25".length);
    const { offset, isRepeated } = offsetAt(wall.at.getTime(), zone);
    if (isRepeated) repeated();
    return written + offsetText(offset);
  };
}

/** @param offset milliseconds */
function offsetText(offset: number) {
  if (offset === 0) return "Z";
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const QUARTER = 900_000; // milliseconds; no zone changes its offset within a quarter of an hour

// Browsers know the offsets of a zone only from UTC to the wall clock.
const formats: Map<string, Intl.DateTimeFormat> = new Map();
const offsets: Map<string, number> = new Map();

/**
 * Return the offset from UTC of a time on the wall clock. Of a time that the clock shows twice, the first one counts. A
 * time that the clock skips is taken as if the clock had not been set forward yet.
 *
 * @param wall milliseconds, in UTC fields
 * @param zone an IANA name
 */
export function offsetAt(wall: number, zone: string): { offset: number; isRepeated: boolean } {
  const [before, after] = [offsetOf(wall - DAY, zone), offsetOf(wall + DAY, zone)];
  const fitting = [before, after].filter((offset) => offsetOf(wall - offset, zone) === offset);
  const [offset = before] = fitting;
  return { offset, isRepeated: before !== after && fitting.length > 1 };
}

/** @param time milliseconds since the epoch */
function offsetOf(time: number, zone: string) {
  const quarter = Math.floor(time / QUARTER) * QUARTER;
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key) ?? calculated(quarter, zone);
  offsets.set(key, known);
  return known;
}

function calculated(time: number, zone: string) {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - time;
}

function formatOf(zone: string) {
  const found = formats.get(zone);
  if (found !== undefined) return found;
  const numeric = "numeric";
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(zone, format);
  return format;
}

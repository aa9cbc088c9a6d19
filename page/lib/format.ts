/** Formats of numbers and times. Usage values stay text, because a Number would lose digits. */

const COUNT = new Intl.NumberFormat("en-US");
const TO_THE_SECOND: Intl.DateTimeFormatOptions = {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
};
const LOCAL = new Intl.DateTimeFormat("en-GB", TO_THE_SECOND);
const UTC = new Intl.DateTimeFormat("en-GB", { ...TO_THE_SECOND, timeZone: "UTC" });
const UTC_CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "UTC" });
const UTC_DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const UTC_MONTH = new Intl.DateTimeFormat("en-GB", {
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** The time zone of the browser, for labels: "Europe/Berlin". */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function count(number: number) {
  return COUNT.format(number);
}

/** Group the digits of a plain decimal and keep all of them: "-1234.50" becomes "-1,234.50". */
export function decimal(text: string | null) {
  if (text === null) return "–";
  const [whole = "", fraction] = text.split(".", 2);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Format a number with its noun: "1 row", "2,000 rows". */
export function counted(number: number, one: string, many: string = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/**
 * Format a time in the browser's time zone: "22 Nov 2026, 14:08:19".
 *
 * @param seconds since the epoch
 */
export function localTime(seconds: number) {
  return LOCAL.format(seconds * 1000);
}

/**
 * Format a time in UTC, without saying so, for views that say once that times of events are in UTC:
 * "22 Nov 2026, 13:08:19".
 *
 * @param seconds since the epoch
 */
export function eventTime(seconds: number) {
  return UTC.format(seconds * 1000);
}

/** The same for a time that is alone: "22 Nov 2026, 13:08:19 UTC". */
export function utcTime(seconds: number) {
  return `${eventTime(seconds)} UTC`;
}

/** The time of an event below a heading with its day: "13:08:19". */
export function utcClock(seconds: number) {
  return UTC_CLOCK.format(seconds * 1000);
}

/**
 * Format whole days in UTC: "30 Sept 2024", "1–30 Sept 2024", or "30 Sept – 1 Oct 2024".
 *
 * @param first any time of the first day, in seconds since the epoch
 * @param last any time of the last day
 */
export function utcDays(first: number, last: number = first) {
  return UTC_DAY.formatRange(first * 1000, last * 1000).replace(
    /^(\d+)\s*–\s*(?=\d+\s\D+\d+$)/,
    "$1–",
  );
}

/** Format the month of a time in UTC: "September 2024". */
export function utcMonth(seconds: number) {
  return UTC_MONTH.format(seconds * 1000);
}

export function size(bytes: number | null) {
  if (bytes === null) return "unknown";
  if (bytes < 1000) return counted(bytes, "byte");
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(2)} MB`;
}

export function duration(seconds: number) {
  if (seconds < 1) return "less than a second";
  if (seconds < 120) return counted(seconds, "second");
  return `${counted(Math.floor(seconds / 60), "minute")} ${counted(seconds % 60, "second")}`;
}

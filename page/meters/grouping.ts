import { DAY } from "../usage/period";
import type { Grouping, Span } from "../usage/types";

/** The parts of a chart's period. */

/** `longest` in days: beyond it bars are too thin to see. */
const GROUPINGS: { name: Grouping; label: string; longest: number }[] = [
  { name: "hour", label: "Hour", longest: 31 },
  { name: "day", label: "Day", longest: 366 },
  { name: "month", label: "Month", longest: Number.POSITIVE_INFINITY },
];
/** Column names of the parts. */
export const PARTS = { hour: "Hour (UTC)", day: "Day (UTC)", month: "Month (UTC)" };

const WIDTHS = { hour: 3_600, day: DAY };
const HOURS_UP_TO = 2; // days
const DAYS_UP_TO = 92;

export function groupingsOf(span: Span) {
  return GROUPINGS.filter(({ longest }) => span.end - span.start <= longest * DAY);
}

/** @returns the requested grouping if the span allows it, otherwise a grouping that fits its length */
export function readGrouping(asked: string | null, span: Span): Grouping {
  const found = groupingsOf(span).find(({ name }) => name === asked);
  if (found) return found.name;
  const days = (span.end - span.start) / DAY;
  if (days <= HOURS_UP_TO) return "hour";
  return days <= DAYS_UP_TO ? "day" : "month";
}

/** @returns when each part begins, in epoch seconds; months are whole ones */
export function partsOf(grouping: Grouping, span: Span): number[] {
  if (grouping === "month") return monthsOf(span);
  const width = WIDTHS[grouping];
  return Array.from(
    { length: (span.end - span.start) / width },
    (_, index) => span.start + index * width,
  );
}

/**
 * @param start epoch seconds
 * @returns a part's name, in UTC: 2024-09-01 13:00, 2024-09-01 or 2024-09
 */
export function partName(grouping: Grouping, start: number): string {
  const text = new Date(start * 1000).toISOString();
  if (grouping === "hour") return text.slice(0, "2024-09-01T13:00".length).replace("T", " ");
  return text.slice(0, grouping === "day" ? "2024-09-01".length : "2024-09".length);
}

/**
 * @param start epoch seconds
 * @returns when that part ends, in epoch seconds
 */
export function partEnd(grouping: Grouping, start: number): number {
  if (grouping !== "month") return start + WIDTHS[grouping];
  const date = new Date(start * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 1000;
}

function monthsOf(span: Span) {
  const first = new Date(span.start * 1000);
  const starts = [];
  for (let month = first.getUTCMonth(); ; month += 1) {
    const start = Date.UTC(first.getUTCFullYear(), month, 1) / 1000;
    if (start >= span.end) return starts;
    starts.push(start);
  }
}

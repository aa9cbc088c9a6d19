/** The parts of a chart's period. */

import { DAY } from "./period.js";

/** @import {Grouping, Span} from "./types.js" */

/** @type {{name: Grouping, label: string, longest: number}[]} `longest` in days: beyond it bars are too thin to see. */
const GROUPINGS = [
  { name: "hour", label: "Hour", longest: 31 },
  { name: "day", label: "Day", longest: 366 },
  { name: "month", label: "Month", longest: Number.POSITIVE_INFINITY },
];
/** Column names of the parts. */
export const PARTS = { hour: "Hour (UTC)", day: "Day (UTC)", month: "Month (UTC)" };

const WIDTHS = { hour: 3_600, day: DAY };
const HOURS_UP_TO = 2; // days
const DAYS_UP_TO = 92;

/** @param {Span} span */
export function groupingsOf(span) {
  return GROUPINGS.filter(({ longest }) => span.end - span.start <= longest * DAY);
}

/**
 * @param {string | null} asked
 * @param {Span} span
 * @returns {Grouping} the requested grouping if the span allows it, otherwise a grouping that fits its length
 */
export function readGrouping(asked, span) {
  const found = groupingsOf(span).find(({ name }) => name === asked);
  if (found) return found.name;
  const days = (span.end - span.start) / DAY;
  if (days <= HOURS_UP_TO) return "hour";
  return days <= DAYS_UP_TO ? "day" : "month";
}

/**
 * @param {Grouping} grouping
 * @param {Span} span
 * @returns {number[]} when each part begins, in epoch seconds; months are whole ones
 */
export function partsOf(grouping, span) {
  if (grouping === "month") return monthsOf(span);
  const width = WIDTHS[grouping];
  return Array.from(
    { length: (span.end - span.start) / width },
    (_, index) => span.start + index * width,
  );
}

/**
 * @param {Grouping} grouping
 * @param {number} start epoch seconds
 * @returns {string} a part's name, in UTC: 2024-09-01 13:00, 2024-09-01 or 2024-09
 */
export function partName(grouping, start) {
  const text = new Date(start * 1000).toISOString();
  if (grouping === "hour") return text.slice(0, "2024-09-01T13:00".length).replace("T", " ");
  return text.slice(0, grouping === "day" ? "2024-09-01".length : "2024-09".length);
}

/**
 * @param {Grouping} grouping
 * @param {number} start epoch seconds
 * @returns {number} when that part ends, in epoch seconds
 */
export function partEnd(grouping, start) {
  if (grouping !== "month") return start + WIDTHS[grouping];
  const date = new Date(start * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 1000;
}

/** @param {Span} span */
function monthsOf(span) {
  const first = new Date(span.start * 1000);
  const starts = [];
  for (let month = first.getUTCMonth(); ; month += 1) {
    const start = Date.UTC(first.getUTCFullYear(), month, 1) / 1000;
    if (start >= span.end) return starts;
    starts.push(start);
  }
}

import { eventTime, utcDays, utcMonth } from "../lib/format";
import { DAY, HOUR, monthStart } from "../usage/period";
import type { Grouping, Span } from "../usage/types";

/** The parts of a chart's period, in UTC. */

/** `longest` in days: beyond it bars are too thin to see. */
const GROUPINGS: { name: Grouping; label: string; longest: number }[] = [
  { name: "hour", label: "Hour", longest: 31 },
  { name: "day", label: "Day", longest: 366 },
  { name: "month", label: "Month", longest: Number.POSITIVE_INFINITY },
];

const WIDTHS = { hour: HOUR, day: DAY };
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

/** @returns the column name of the parts */
export function partLabel(grouping: Grouping) {
  return GROUPINGS.find(({ name }) => name === grouping)?.label ?? "";
}

/** @returns when each part begins, in epoch seconds; months are whole ones */
export function partsOf(grouping: Grouping, span: Span): number[] {
  const starts = [];
  let start = grouping === "month" ? monthStart(span.start) : span.start;
  for (; start < span.end; start = partEnd(grouping, start)) starts.push(start);
  return starts;
}

/**
 * @param start epoch seconds
 * @returns a part's name: "25 Sept 2024, 13:00", "25 Sept 2024" or "September 2024"
 */
export function partName(grouping: Grouping, start: number): string {
  if (grouping === "hour") return eventTime(start).slice(0, -":00".length);
  return grouping === "day" ? utcDays(start) : utcMonth(start);
}

/**
 * @param start epoch seconds
 * @returns when that part ends, in epoch seconds
 */
export function partEnd(grouping: Grouping, start: number): number {
  return grouping === "month" ? monthStart(start, 1) : start + WIDTHS[grouping];
}

/** How many parts can be between two labels. Each label of hours begins at a multiple of it in the day. */
const STEPS = {
  hour: [1, 2, 3, 6, 12, 24, 48, 120, 240],
  day: [1, 2, 5, 7, 14, 28, 56, 112],
  month: [1, 2, 3, 6, 12, 24, 60, 120, 240, 600],
};
const MONTHS = 12;

/**
 * Return the labels under a chart: "25 Sept", "13:00", or "Sep '24".
 *
 * @param starts of the parts
 * @param most how many labels fit
 * @returns by the position of the part
 */
export function axisLabels(
  grouping: Grouping,
  starts: number[],
  most: number,
): Map<number, string> {
  const steps = STEPS[grouping];
  const step = steps.find((each) => starts.length / each <= Math.max(most, 1)) ?? starts.length;
  const shown = [...starts.entries()].filter(
    ([index, start]) => placeOf(grouping, start, index) % step === 0,
  );
  return new Map(shown.map(([index, start]) => [index, axisLabel(grouping, start)]));
}

/** Return the number of a part that decides whether it has a label. */
function placeOf(grouping: Grouping, start: number, index: number) {
  if (grouping === "hour") return start / HOUR;
  if (grouping === "day") return index;
  const date = new Date(start * 1000);
  return date.getUTCFullYear() * MONTHS + date.getUTCMonth();
}

function axisLabel(grouping: Grouping, start: number): string {
  if (grouping === "hour" && start % DAY !== 0)
    return eventTime(start).slice(-"13:00:00".length, -":00".length);
  const [day = "", month = "", year = ""] = utcDays(start).split(" ");
  return grouping === "month" ? `${month.slice(0, 3)} '${year.slice(2)}` : `${day} ${month}`;
}

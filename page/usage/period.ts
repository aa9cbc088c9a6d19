import type { Period, PeriodName } from "./types";

/** The period of a view. It is in the address, so that a link shows the same period. */

export const DAY = 86_400; // seconds

export const PERIODS: { name: PeriodName; label: string }[] = [
  { name: "this_month", label: "This month" },
  { name: "last_month", label: "Last month" },
  { name: "last_7_days", label: "Last 7 days" },
  { name: "dates", label: "Custom dates" },
];

const WEEK = 7;
const LONGEST = 36_600 * DAY * 1000; // milliseconds; a chart can't show more months

/**
 * @param query with `period`, and `from` and `to` (2024-09-01) if `period` is `dates`
 * @param now epoch milliseconds
 */
export function readPeriod(
  query: URLSearchParams,
  now: number,
): { period: Period; problem: "" } | { period: null; problem: string } {
  const asked = query.get("period") ?? "this_month";
  const name = PERIODS.find((one) => one.name === asked)?.name;
  if (name === undefined)
    return { period: null, problem: `Unknown period: ${asked}. Choose a period from the list.` };
  if (name !== "dates") return { period: between(name, ...daysOf(name, now)), problem: "" };
  const [from, to] = [dayIn(query.get("from")), dayIn(query.get("to"))];
  if (from === null || to === null)
    return { period: null, problem: "Enter both dates, 1970-01-01 or later." };
  if (from > to)
    return {
      period: null,
      problem: "The start date is after the end date. Choose an earlier start date.",
    };
  if (to - from > LONGEST)
    return { period: null, problem: "The period is too long. Choose at most 100 years." };
  return { period: between(name, from, to), problem: "" };
}

/** @returns the first and the last day, each at its midnight, in epoch milliseconds */
function daysOf(name: "this_month" | "last_month" | "last_7_days", now: number): [number, number] {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (name === "this_month") return [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 0)];
  if (name === "last_month") return [Date.UTC(year, month - 1, 1), Date.UTC(year, month, 0)];
  return [Date.UTC(year, month, day - WEEK + 1), Date.UTC(year, month, day)];
}

function between(name: PeriodName, from: number, to: number): Period {
  return { name, from: dayText(from), to: dayText(to), start: from / 1000, end: to / 1000 + DAY };
}

/** @returns null if it isn't a date, or if it is before 1970 */
function dayIn(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return time >= 0 && dayText(time) === text ? time : null;
}

/** @param time epoch milliseconds */
function dayText(time: number) {
  return new Date(time).toISOString().slice(0, "2024-09-01".length);
}

import { eventTime, utcClock, utcDays } from "../lib/format";
import type { Query } from "../types";
import type { Compared, Period, PeriodName, Span } from "./types";

/** The period of a view. It is in the address, so that a link shows the same period. All times are in UTC. */

export const HOUR = 3_600; // seconds
export const DAY = 86_400; // seconds

export const PERIODS: { name: PeriodName; label: string }[] = [
  { name: "this_month", label: "This month" },
  { name: "last_month", label: "Last month" },
  { name: "last_7_days", label: "Last 7 days" },
  { name: "this_quarter", label: "This quarter" },
  { name: "dates", label: "Custom dates" },
];

const WEEK = 7;
const QUARTER = 3; // months
const LONGEST = 36_600 * DAY; // a chart can't show more months

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
  if (name !== "dates")
    return { period: periodOf(name, presetOf(name, Math.floor(now / 1000))), problem: "" };
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
  return { period: periodOf(name, { start: from, end: to + DAY }), problem: "" };
}

function presetOf(name: Exclude<PeriodName, "dates">, now: number): Span {
  if (name === "last_7_days") {
    const tomorrow = now - (now % DAY) + DAY;
    return { start: tomorrow - WEEK * DAY, end: tomorrow };
  }
  if (name === "this_month") return thisMonth(now);
  if (name === "last_month") return { start: monthStart(now, -1), end: monthStart(now) };
  const past = new Date(now * 1000).getUTCMonth() % QUARTER;
  return { start: monthStart(now, -past), end: monthStart(now, QUARTER - past) };
}

function periodOf(name: PeriodName, span: Span): Period {
  return { name, from: dayText(span.start), to: dayText(span.end - DAY), ...span };
}

/** @returns null if it isn't a date, or if it is before 1970 */
function dayIn(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`) / 1000;
  return time >= 0 && dayText(time) === text ? time : null;
}

/** Return the value of a date field. */
export function dayText(time: number) {
  return new Date(time * 1000).toISOString().slice(0, "2024-09-01".length);
}

/** Return when the calendar month of a time begins, or a month that many months later. */
export function monthStart(time: number, later = 0) {
  const date = new Date(time * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1) / 1000;
}

/** Return the calendar month of a time. */
export function thisMonth(time: number): Span {
  return { start: monthStart(time), end: monthStart(time, 1) };
}

/** Return the query of a view for these days. Without whole days, the view shows its default. */
export function daysQuery(span: Span): Query {
  if (!isWholeDays(span)) return {};
  return { period: "dates", from: dayText(span.start), to: dayText(span.end - DAY) };
}

/** Write a span: "1–30 Sept 2024", or with times if it isn't of whole days. */
export function spanText(span: Span) {
  if (isWholeDays(span)) return utcDays(span.start, span.end - DAY);
  return `${eventTime(span.start)} until ${eventTime(span.end)}`;
}

function isWholeDays({ start, end }: Span) {
  return start % DAY === 0 && end % DAY === 0;
}

/**
 * Return what a period is compared with: as many calendar months before it if it has whole months, otherwise as many
 * days. While the period runs, only the same length of time is compared, to the full hour, because such reads are cheap.
 *
 * @param now epoch seconds
 * @returns null if the period hasn't begun, or if that would be before 1970
 */
export function comparedWith({ start, end }: Span, now: number): Compared | null {
  const before = spanBefore({ start, end });
  if (now <= start || before.start < 0) return null;
  if (now >= end) return { ...before, running: false };
  const passed = Math.ceil((now - start) / HOUR) * HOUR;
  return { start: before.start, end: Math.min(before.start + passed, before.end), running: true };
}

/** Write what a period is compared with: "1–31 Oct 2026", or while it is running "1–28 Oct 2026, until 22:00". */
export function comparedText(compared: Compared) {
  if (isWholeDays(compared)) return spanText(compared);
  const clock = utcClock(compared.end).slice(0, "22:00".length);
  return `${utcDays(compared.start, compared.end)}, until ${clock}`;
}

function spanBefore({ start, end }: Span): Span {
  const isMonths = monthStart(start) === start && monthStart(end) === end;
  if (!isMonths) return { start: start - (end - start), end: start };
  const [first, last] = [new Date(start * 1000), new Date(end * 1000)];
  const months =
    (last.getUTCFullYear() - first.getUTCFullYear()) * 12 +
    last.getUTCMonth() -
    first.getUTCMonth();
  return { start: monthStart(start, -months), end: start };
}

/** The period of a view. It is in the address, so that a link shows the same period. */

/** @import {Period, PeriodName} from "./types.js" */

export const DAY = 86_400; // seconds

/** @type {{name: PeriodName, label: string}[]} */
export const PERIODS = [
  { name: "this_month", label: "This month" },
  { name: "last_month", label: "Last month" },
  { name: "last_7_days", label: "Last 7 days" },
  { name: "dates", label: "Custom dates" },
];

const WEEK = 7;
const LONGEST = 36_600 * DAY * 1000; // milliseconds; a chart can't show more months

/**
 * @param {URLSearchParams} query with `period`, and `from` and `to` (2024-09-01) if `period` is `dates`
 * @param {number} now epoch milliseconds
 * @returns {{period: Period, problem: ""} | {period: null, problem: string}}
 */
export function readPeriod(query, now) {
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

/**
 * @param {"this_month" | "last_month" | "last_7_days"} name
 * @param {number} now
 * @returns {[number, number]} the first and the last day, each at its midnight, in epoch milliseconds
 */
function daysOf(name, now) {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (name === "this_month") return [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 0)];
  if (name === "last_month") return [Date.UTC(year, month - 1, 1), Date.UTC(year, month, 0)];
  return [Date.UTC(year, month, day - WEEK + 1), Date.UTC(year, month, day)];
}

/**
 * @param {PeriodName} name
 * @param {number} from
 * @param {number} to
 * @returns {Period}
 */
function between(name, from, to) {
  return { name, from: dayText(from), to: dayText(to), start: from / 1000, end: to / 1000 + DAY };
}

/**
 * @param {string | null} text
 * @returns {number | null} null if it isn't a date, or if it is before 1970
 */
function dayIn(text) {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return time >= 0 && dayText(time) === text ? time : null;
}

/** @param {number} time epoch milliseconds */
function dayText(time) {
  return new Date(time).toISOString().slice(0, "2024-09-01".length);
}

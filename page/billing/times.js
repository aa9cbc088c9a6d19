/** The times of a report or a new billing period: a month, or a window. All of them are in UTC. */

import { ApiError } from "../app/api-error.js";
import { utcTime } from "../app/format.js";

/** @import {Query} from "../types.js" */
/** @import {Times} from "./types.js" */

const DAY = 86_400; // seconds
const MINUTE = 60; // seconds
const TO_THE_MINUTE = "2024-09-01T00:00".length;
const TO_THE_SECOND = "2024-09-01T00:00:00".length;

/**
 * Return the API's parameters for the fields.
 *
 * @param {Record<string, string>} given `month` is any day of the month, the others are times without an offset
 * @returns {Times}
 * @throws {ApiError} for a field with an invalid value
 */
export function timesOf(given) {
  if (given.kind === "window") {
    const [start_time, end_time] = [seconds(given, "start_time"), seconds(given, "end_time")];
    if (start_time < end_time) return { start_time, end_time };
    throw invalid("end_time", "The end must be later than the start. Enter a later end.");
  }
  const day = Date.parse(`${given.month}T00:00:00Z`) / 1000;
  if (!(day >= 0)) throw invalid("start_time", "Enter a day of the month, 1970-01-01 or later.");
  // The month of the day's last minute: with an anchor, a month can begin at any time of a day.
  const start_time = day + DAY - MINUTE;
  if (!given.anchor) return { period: "month", start_time };
  return { period: "month", start_time, anchor: seconds(given, "anchor") };
}

/**
 * @param {Record<string, string>} given
 * @param {string} name
 */
function seconds(given, name) {
  const time = Date.parse(`${given[name] ?? ""}Z`) / 1000;
  if (time >= 0) return time;
  throw invalid(name, "Enter a date and a time, 1970-01-01 or later.");
}

/**
 * @param {string} param
 * @param {string} message
 */
function invalid(param, message) {
  return new ApiError(0, { code: "parameter_invalid", message, param });
}

/** Return the value of a date field. @param {Date} date */
export function dayText(date) {
  return date.toISOString().slice(0, "2024-09-01".length);
}

/** Return the value of a field for a date and a time. @param {number} at epoch seconds */
function timeText(at) {
  return new Date(at * 1000)
    .toISOString()
    .slice(0, at % MINUTE === 0 ? TO_THE_MINUTE : TO_THE_SECOND);
}

/**
 * Return the calendar month of a day, for the fields of a window.
 *
 * @param {string} day such as 2024-09-25; without a valid one, the current month
 */
export function monthAround(day) {
  const time = Date.parse(`${day}T00:00:00Z`);
  const date = new Date(Number.isNaN(time) ? Date.now() : time);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return {
    start_time: timeText(Date.UTC(year, month, 1) / 1000),
    end_time: timeText(Date.UTC(year, month + 1, 1) / 1000),
  };
}

/** Return the day of a time in the browser's time zone, for the filters of uploads. @param {number} at epoch seconds */
export function localDay(at) {
  const date = new Date(at * 1000);
  return dayText(new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())));
}

/** @typedef {{start_time: number, end_time: number}} Window epoch seconds; the end is excluded */

/**
 * Return the query of a usage report of the same times.
 *
 * @param {Window} window
 * @returns {Query}
 */
export function reportQuery({ start_time, end_time }) {
  return { kind: "window", start_time: timeText(start_time), end_time: timeText(end_time) };
}

/**
 * Return the query of a meter's page for the same days, or its default if they aren't whole days.
 *
 * @param {Window} window
 * @returns {Query}
 */
export function meterQuery(window) {
  if (!areWholeDays(window)) return {};
  return { period: "dates", ...days(window) };
}

/** Write a window: "2024-09-01 to 2024-09-30", or with times if it isn't of whole days. @param {Window} window */
export function windowText(window) {
  if (!areWholeDays(window))
    return `${utcTime(window.start_time)} until ${utcTime(window.end_time)}`;
  const { from, to } = days(window);
  return from === to ? from : `${from} to ${to}`;
}

/** @param {Window} window */
function areWholeDays({ start_time, end_time }) {
  return start_time % DAY === 0 && end_time % DAY === 0;
}

/** @param {Window} window */
function days({ start_time, end_time }) {
  return {
    from: dayText(new Date(start_time * 1000)),
    to: dayText(new Date((end_time - DAY) * 1000)),
  };
}

import { Field, useTyped } from "../components/form";
import { ApiError } from "../lib/api";
import type { Query } from "../types";
import { DAY, dayText, thisMonth } from "../usage/period";
import type { Span } from "../usage/types";
import type { Times } from "./types";

/** The times of a report or a new billing period: a month, or a window. All of them are in UTC. */

const MINUTE = 60; // seconds
const TO_THE_MINUTE = "2024-09-01T00:00".length;
const TO_THE_SECOND = "2024-09-01T00:00:00".length;

/**
 * Return the API's parameters for the fields.
 *
 * @param given `month` is any day of the month, the others are times without an offset
 * @throws {ApiError} for a field with an invalid value
 */
export function timesOf(given: Record<string, string>): Times {
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

function seconds(given: Record<string, string>, name: string) {
  const time = Date.parse(`${given[name] ?? ""}Z`) / 1000;
  if (time >= 0) return time;
  throw invalid(name, "Enter a date and a time, 1970-01-01 or later.");
}

function invalid(param: string, message: string) {
  return new ApiError(0, { code: "parameter_invalid", message, param });
}

/**
 * Return the value of a field for a date and a time.
 *
 * @param at epoch seconds
 */
function timeText(at: number) {
  return new Date(at * 1000)
    .toISOString()
    .slice(0, at % MINUTE === 0 ? TO_THE_MINUTE : TO_THE_SECOND);
}

/**
 * Return the calendar month of a day, for the fields of a window.
 *
 * @param day such as 2024-09-25; without a valid one, the current month
 */
export function monthAround(day: string) {
  const time = Date.parse(`${day}T00:00:00Z`);
  const { start, end } = thisMonth((Number.isNaN(time) ? Date.now() : time) / 1000);
  return { start_time: timeText(start), end_time: timeText(end) };
}

/**
 * Return the day of a time in the browser's time zone, for the filters of uploads.
 *
 * @param at epoch seconds
 */
export function localDay(at: number) {
  const date = new Date(at * 1000);
  return dayText(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 1000);
}

/** epoch seconds; the end is excluded */
export type Window = { start_time: number; end_time: number };

/** Return the query of a usage report of the same times. */
export function reportQuery({ start_time, end_time }: Window): Query {
  return { kind: "window", start_time: timeText(start_time), end_time: timeText(end_time) };
}

/** Return the times of an object of the API. */
export function spanOf({ start_time, end_time }: Window): Span {
  return { start: start_time, end: end_time };
}

const KINDS = [
  { value: "month", label: "Month" },
  { value: "window", label: "Custom times" },
];

/** The fields for a month or a window. All times are in UTC. */
export function TimeFields({
  given,
  choose,
  error,
}: {
  /** their values */
  given: Record<string, string>;
  choose: (kind: string) => void;
  /** of a parameter of the API */
  error: (name: string) => string | undefined;
}) {
  const { kind = "month", month = "", anchor = "", start_time = "", end_time = "" } = given;
  return (
    <>
      <Field label="Period">
        {(attributes) => (
          <select
            {...attributes}
            name="kind"
            value={kind}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {KINDS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {kind === "window" ? (
        <>
          <Time
            label="From (UTC)"
            name="start_time"
            given={start_time}
            error={error("start_time")}
            required
          />
          <Time
            label="Until (UTC, not included)"
            name="end_time"
            given={end_time}
            error={error("end_time")}
            required
          />
        </>
      ) : (
        <>
          <Time
            label="Any day of the month (UTC)"
            name="month"
            type="date"
            given={month}
            error={error("start_time")}
            required
          />
          <Time
            label="Billing cycle anchor (UTC, optional)"
            name="anchor"
            given={anchor}
            error={error("anchor")}
          />
        </>
      )}
    </>
  );
}

function Time({
  label,
  name,
  given,
  type = "datetime-local",
  error,
  required,
}: {
  label: string;
  name: string;
  given: string;
  type?: "date" | "datetime-local";
  error?: string;
  required?: boolean;
}) {
  const [typed, setTyped] = useTyped(given);
  return (
    <Field label={label} error={error}>
      {(attributes) => (
        <input
          {...attributes}
          type={type}
          name={name}
          value={typed}
          required={required}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

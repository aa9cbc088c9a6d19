import type { Query, Status } from "../../types";

/** The filters of the list, as the address has them. */

export const NAMES = ["search", "status", "type", "partner", "from", "to"];

export const STATUSES: Status[] = [
  "pending",
  "processing",
  "succeeded",
  "succeeded_with_errors",
  "failed",
  "reverting",
  "reverted",
];

/** The types of uploads, with the API's query for each. Dry runs change nothing, so only their own type has them. */
export const TYPES: { value: string; label: string; query: Query }[] = [
  { value: "", label: "All except dry runs", query: { dry_run: false } },
  { value: "usage", label: "Usage", query: { kind: "usage", dry_run: false } },
  { value: "customers", label: "Customers", query: { kind: "customers" } },
  { value: "dry_runs", label: "Dry runs", query: { dry_run: true } },
];

export interface Search {
  /** the API's query */
  query: Query;
  /** what is wrong, by the name of the filter */
  problems: Record<string, string>;
  /** an upload's ID if you search for one */
  id: string | null;
}

/**
 * Read the filters.
 *
 * @param address `from` and `to` are days in the browser's time zone, both included
 */
export function readSearch(address: URLSearchParams): Search {
  const {
    search = "",
    status = "",
    type = "",
    partner = "",
    from = "",
    to = "",
  } = Object.fromEntries(address);
  const problems: Record<string, string> = {};
  if (status !== "" && !STATUSES.some((one) => one === status))
    problems.status = `There is no status "${status}". Choose a status from the list.`;
  const chosen = TYPES.find(({ value }) => value === type);
  if (chosen === undefined)
    problems.type = `There is no type "${type}". Choose a type from the list.`;
  const [first, last] = [midnight(from, 0), midnight(to, 1)];
  if (first === null) problems.from = NO_DATE;
  if (last === null) problems.to = NO_DATE;
  if (first && last && first >= last)
    problems.to = "This day is before Received from. Choose a later day.";
  return {
    query: {
      ...chosen?.query,
      key_contains: search,
      status,
      partner,
      "created[gte]": first,
      "created[lt]": last,
    },
    problems,
    id: ID.exec(search.trim())?.[1] ?? null,
  };
}

/** Error files and logs name a row as `<upload>:<row>`. */
const ID = /^(upl_[a-z2-7]{26})(?::\d+)?$/;
const NO_DATE = "Enter a date, such as 2026-11-28.";

/**
 * Return the start of a day in the browser's time zone, plus a number of days. A day can have 23 or 25 hours.
 *
 * @returns epoch seconds, null if it isn't a day, undefined if there is none
 */
function midnight(day: string, later: number) {
  if (day === "") return undefined;
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (year === undefined) return null;
  const time = new Date(Number(year), Number(month) - 1, Number(date) + later).getTime();
  return Math.max(0, time / 1000);
}

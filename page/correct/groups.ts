import type { Corrections, Issue, Row } from "./corrections";

/** Rows with the same problem in the same column, and the same value or kind of value. */
export interface Group {
  key: string;
  issue: Issue;
  rows: Row[];
  /** Distinct values, the first ones. */
  values: string[];
  /** The cells to change: empty if the file has no such column. */
  isCell: boolean;
}

const MOST_VALUES = 3;

/** Return the groups of the rows that still have a problem, the most frequent first. */
export function groupsOf(corrections: Corrections): Group[] {
  const groups: Map<string, Group> = new Map();
  for (const row of corrections.rows) {
    if (row.state !== "open" || row.leftOut) continue;
    for (const issue of row.issues) {
      const key = keyOf(issue);
      const group = groups.get(key);
      if (group === undefined) {
        const isCell = issue.column >= 0;
        groups.set(key, { key, issue, rows: [row], values: [issue.value], isCell });
        continue;
      }
      group.rows.push(row);
      if (group.values.length < MOST_VALUES && !group.values.includes(issue.value))
        group.values.push(issue.value);
    }
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length);
}

export function keyOf({ code, field, kind, value }: Issue): string {
  return JSON.stringify([code, field, kind ?? value, kind !== null]);
}

const TITLES: Record<string, string> = {
  no_meter: "Meter not found",
  archived_meter: "Meter deactivated",
  event_name_missing: "Event name missing",
  meter_event_no_customer_defined: "Customer missing",
  meter_event_customer_not_found: "Customer not found",
  meter_event_value_not_found: "Value missing",
  meter_event_invalid_value: "Not a number",
  meter_event_value_too_many_digits: "Too many digits",
  timestamp_missing: "Timestamp missing",
  timestamp_invalid: "Invalid timestamp",
  timestamp_in_future: "Timestamp in the future",
  timestamp_too_far_in_past: "Timestamp too far in the past",
  timestamp_in_closed_period: "Timestamp in a closed billing period",
  customer_id_missing: "Customer ID missing",
  field_too_long: "Too long",
  field_invalid: "Invalid value",
  field_count_mismatch: "Wrong number of cells",
  identifier_conflict: "Identifier used for another event",
  identifier_changed: "Identifier changed",
};

/** Return the name of a row error: "Customer not found". */
export function nameOf(code: string): string {
  return TITLES[code] ?? code;
}

/** Return the name of a group: its problem and its value, such as "Customer not found: cus_ada". */
export function titleOf({ issue, values }: Group): string {
  const title = nameOf(issue.code);
  const shown = values.filter((value) => value !== "");
  if (shown.length === 0) return title;
  return `${title}: ${shown.map(short).join(", ")}${issue.kind !== null && values.length >= MOST_VALUES ? ", …" : ""}`;
}

function short(value: string) {
  return value.length > 40 ? `${value.slice(0, 40)}…` : value;
}

import type { Change } from "../types";

/** The API's objects about meters, as in docs/api.md. */

export type Formula = "sum" | "count" | "last" | "max" | "min";

export interface Meter {
  id: string;
  object: "billing.meter";
  created: number;
  customer_mapping: { event_payload_key: string; type: "by_id" };
  default_aggregation: { formula: Formula };
  display_name: string;
  event_name: string;
  event_time_window: null;
  last_change: Change | null;
  livemode: true;
  status: "active" | "inactive";
  status_transitions: { deactivated_at: number | null };
  updated: number;
  value_settings: { event_payload_key: string };
}

export interface Summary {
  id: string;
  object: "billing.meter_event_summary";
  aggregated_value: number;
  aggregated_value_decimal: string;
  end_time: number;
  event_count: number;
  livemode: true;
  meter: string;
  start_time: number;
}

/** An event of the live feed. `id` names it among the events of all partners. */
export interface StoredEvent {
  id: string;
  object: "billing.meter_event";
  cancelled: number | null;
  created: number;
  customer: string;
  event_name: string;
  identifier: string;
  last_change: Change | null;
  livemode: true;
  partner: string | null;
  payload: Record<string, string>;
  row_number: number | null;
  timestamp: number;
  upload: string | null;
  value: string | null;
}

/** The API's response to a created meter event. */
export interface MeterEvent {
  object: "billing.meter_event";
  created: number;
  event_name: string;
  identifier: string;
  livemode: true;
  payload: Record<string, string>;
  timestamp: number;
}

/** Epoch seconds; the end is excluded. */
export interface Span {
  start: number;
  end: number;
}

/** The earlier period of a comparison. It is shorter if the period is still running. */
export interface Compared extends Span {
  running: boolean;
}

export type PeriodName = "this_month" | "last_month" | "last_7_days" | "this_quarter" | "dates";

/** Whole days in UTC: `from` and `to` (2024-09-01) are included. */
export interface Period extends Span {
  name: PeriodName;
  from: string;
  to: string;
}

export type Grouping = "hour" | "day" | "month";

/** A customer's usage of a meter in a period, and in the period that it is compared with. */
export interface CustomerLine {
  customer: string;
  events: number;
  /** exact, or null if the customer has no events in the period */
  usage: string | null;
  /** the usage in its smallest units, for comparisons */
  units: bigint;
  /** exact, or null if the customer has no events there */
  before: string | null;
  /** in the smallest units */
  difference: bigint;
  /** of the usage of all customers; null if that says nothing */
  share: number | null;
  /** relative; null if nothing is compared, or if there was nothing before */
  change: number | null;
}

/** A CSV file that Meterdrop writes in the background. */
export interface ReportFile {
  id: string;
  object: "usage_report_file";
  failure: { code: string; message: string } | null;
  line_count: number;
  status: "processing" | "succeeded" | "failed";
}

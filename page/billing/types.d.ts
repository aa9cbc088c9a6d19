import type { Change } from "../types";

/** The API's objects about billing, as in docs/api.md. */

/** A line of a usage report. */
export interface ReportLine {
  id: string;
  object: "usage_report_line";
  aggregated_value_decimal: string;
  customer: string;
  end_time: number;
  event_count: number;
  event_name: string;
  meter: string;
  start_time: number;
}

export type LatePolicy = "adjust" | "refuse";

export interface BillingPeriod {
  id: string;
  object: "billing_period";
  close_requested_at: number | null;
  closed_at: number | null;
  created: number;
  end_time: number;
  last_change: Change | null;
  late_policy: LatePolicy;
  meters: string[] | null;
  name: string | null;
  start_time: number;
  statement_count: number;
  status: "open" | "closing" | "closed";
  waiting_for: string[];
}

export interface Statement {
  id: string;
  object: "statement";
  billing_period: string;
  number: number;
  as_of: number;
  created: number;
  line_count: number;
  event_count: number;
  unfinished_uploads: string[];
  file: { key: string; size: number; sha256: string };
}

export interface StatementLine {
  id: string;
  object: "statement_line";
  aggregated_value_decimal: string;
  customer: string;
  event_count: number;
  event_name: string;
  meter: string;
  total_aggregated_value_decimal: string;
  total_event_count: number;
}

export interface Sums {
  event_count: number;
  value_sum: string | null;
}

export interface MeterSums {
  meter: string;
  event_name: string;
  uploads: Sums;
  api: Sums;
  cancelled: Sums;
  total: Sums;
}

export interface Reconciliation {
  object: "billing_period_reconciliation";
  created: number;
  file_count: number;
  row_count: number;
  success_count: number;
  duplicate_count: number;
  error_count: number;
  open_error_count: number;
  open_error_uploads: string[];
  failed_uploads: string[];
  unfinished_uploads: string[];
  meters: MeterSums[];
}

/** The times that a form or an address asks for, as the API's parameters. */
export type Times =
  | { period: "month"; start_time: number; anchor?: number }
  | { start_time: number; end_time: number };

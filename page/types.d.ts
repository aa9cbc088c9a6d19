/** The API's objects, as docs/api.md has them. Usage values that can exceed a double are text. */

export type Status =
  | "pending"
  | "processing"
  | "succeeded"
  | "succeeded_with_errors"
  | "failed"
  | "reverting"
  | "reverted";

export interface Total {
  event_name: string;
  event_count: number;
  value_sum: string | null;
  first_timestamp: number | null;
  last_timestamp: number | null;
}

export interface Sample {
  row_number: number;
  code: string;
  field: string;
  message: string;
}

/** The number of refused rows with the same first error. */
export interface ErrorGroup {
  code: string;
  field: string;
  count: number;
}

/** Totals of a file. Sums are plain decimals, by event name. */
export interface Totals {
  row_count: number | null;
  sums: Record<string, string>;
}

export interface Upload {
  id: string;
  object: "upload";
  kind: "usage" | "customers";
  status: Status;
  dry_run: boolean;
  run: number;
  parent: string | null;
  updates: string | null;
  partner: string | null;
  key: string;
  file_name: string;
  version_id: string;
  size: number | null;
  created: number;
  started_at: number | null;
  finished_at: number | null;
  reverted_at: number | null;
  row_count: number;
  success_count: number;
  duplicate_count: number;
  error_count: number;
  totals: Total[];
  samples: Sample[];
  errors: ErrorGroup[];
  control: { declared: Totals; found: Totals; matches: boolean } | null;
  failure: { code: string; message: string } | null;
  error_file: ErrorFile | null;
  last_change: Change | null;
}

/** A change of an object: what, when, and by which API key, upload, or part of Meterdrop. */
export interface Change {
  action: string;
  at: number | null;
  by: { id: string; name: string | null } | null;
  request_id: string | null;
}

export interface HistoryEntry {
  number: number;
  change: Change;
  status: Status;
  run: number;
  counts: Pick<Upload, "row_count" | "success_count" | "duplicate_count" | "error_count"> | null;
}

export interface UploadHistory {
  object: "upload_history";
  upload: string;
  data: HistoryEntry[];
  /** refused rows that no later file has counted; null for a dry run, and if the upload hasn't succeeded */
  open_error_count: number | null;
}

/** An upload that needs somebody. */
export interface OpenUpload {
  id: string;
  object: "open_upload";
  reason: "failed" | "refused_rows" | "in_progress";
  open_error_count: number;
  upload: Upload;
}

export interface ErrorFile {
  key: string;
  row_count: number;
  part_count: number;
  is_complete: boolean;
  url: string;
}

/** The response to a revert: the upload, and the uploads that the revert doesn't change. */
export interface Revert extends Upload {
  children: string[];
  duplicates: string[];
}

export interface List<Thing> {
  object: "list";
  data: Thing[];
  has_more: boolean;
  url: string;
}

export interface UploadForm {
  url: string;
  fields: Record<string, string>;
  key: string;
}

/** The parameters of a request. Undefined and empty values are left out of a query. */
export type Query = Record<string, string | number | boolean | null | undefined>;

export interface ApiKey {
  id: string;
  type: "secret" | "restricted";
  name: string;
  /** The level by resource, such as `uploads`. `write` includes `read`. */
  permissions: Record<string, "read" | "write">;
  prefix: string | null;
  created: number;
  expires_at: number | null;
}

export interface Session {
  key: string;
  about: ApiKey;
}

/** The current view: the path and the query of the hash. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

export interface ViewProps {
  parameters: Record<string, string>;
  query: URLSearchParams;
  canWrite: boolean;
}

export interface Route {
  /** The path in the hash. A part that starts with a colon is a parameter. */
  path: string;
  view: import("preact").ComponentType<ViewProps>;
  /** Its name in the navigation, if it has a link there. */
  name?: string;
  /** The permission that it needs, such as `uploads:read`, or `admin`. */
  needs: string;
  /** The permission for its actions. */
  changes?: string;
}

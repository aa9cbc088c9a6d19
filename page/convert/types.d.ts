import type { Kind } from "../uploader/types";

/** A number of a workbook, as a plain decimal with the digits that Excel shows at most. */
export interface NumberCell {
  number: string;
}

/** A cell: text as stored, a number, or a time on the wall clock (in the UTC fields of the Date). */
export type Cell = string | NumberCell | Date;

export interface Sheet {
  name: string;
  rows: Cell[][];
  /** Facts that a person should know about it, in sentences. */
  notes: string[];
}

export type Role = "time" | "customer" | "value" | "meter" | "identifier" | "id" | "name" | "email";

/**
 * How text becomes a timestamp:
 * - `as_is`: it is one already
 * - `ymd`, `dmy`, `mdy`: the order of year, month, and day
 * - `serial`: a spreadsheet's day number
 * - `milliseconds`: since the epoch
 */
export type TimeForm = "as_is" | "ymd" | "dmy" | "mdy" | "serial" | "milliseconds";

export type NumberForm = "point" | "comma";

/** The choices that convert a worksheet. Columns are positions in it. */
export interface Plan {
  kind: Kind;
  columns: Partial<Record<Role, number>>;
  /** The event name of all rows, or an empty text. */
  meter: string;
  /** Null while it has to be chosen. */
  time: TimeForm | null;
  /** An IANA name, or an empty text while it has to be chosen. */
  zone: string;
  numbers: NumberForm | null;
  /** Columns that are stored with the event. */
  kept: number[];
}

/** The part of a meter that a file depends on. */
export interface MeterKeys {
  event_name: string;
  display_name: string;
  customer: string;
  value: string;
}

/** A strict CSV file, not encoded yet. */
export interface Converted {
  header: string[];
  rows: string[][];
  /** Number of rows without any cell in the matched columns. */
  empty: number;
  /** Number of times that the clock shows twice, when it is set back. */
  repeated: number;
}

import type { Upload } from "../types";

export type Kind = Upload["kind"];

/** The result of the check before the upload. */
export interface Inspection {
  /** The error, or an empty text. */
  problem: string;
  /** The way on that the page offers: match columns, upload as the other kind, or none. */
  way: "match" | Kind | null;
  /** Number of lines after the header, an estimate of the rows. */
  lines: number;
}

/** A chosen file and its progress. */
export interface Item {
  id: string;
  file: File;
  /** The file of which this one was made by matching columns. */
  source: File | null;
  kind: Kind;
  /** The ID of the item whose corrected error file this is. */
  corrects: string | null;
  state:
    | "inspecting"
    | "unfit" // the check before the upload failed; `words` is the error, and `way` the way on
    | "undecided" // update of an earlier file, or new file?
    | "ready"
    | "waiting" // for its turn
    | "sending" // `sent` of the file's bytes
    | "arriving" // in the bucket, but not an upload yet
    | "processing"
    | "done"
    | "broken"; // the upload failed; `words` is the error
  words: string;
  way: Inspection["way"];
  /** Earlier uploads with its name, newest first; null if the search failed. */
  earlier: Upload[] | null;
  /** The ID of the upload that it updates. */
  updates: string | null;
  /** The ID of its last dry run. The upload has the same key, so the dry run's error file belongs to it. */
  checked: string | null;
  lines: Inspection["lines"];
  sent: number;
  dryRun: boolean;
  allowDuplicate: boolean;
  /** The control totals as typed; empty if none. */
  control: { rows: string; sums: string };
  upload: Upload | null;
}

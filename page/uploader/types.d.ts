import type { Upload } from "../types";

export type Kind = Upload["kind"];

/** A chosen file and its progress. */
export interface Item {
  id: string;
  file: File;
  kind: Kind;
  /** The ID of the item whose corrected error file this is. */
  corrects: string | null;
  state:
    | "inspecting"
    | "unfit" // the check before the upload failed; `words` is the error
    | "undecided" // update of an earlier file, or new file?
    | "ready"
    | "waiting" // for its turn
    | "sending" // `sent` of the file's bytes
    | "arriving" // in the bucket, but not an upload yet
    | "processing"
    | "done"
    | "broken"; // the upload failed; `words` is the error
  words: string;
  /** Earlier uploads with its name, newest first; null if the search failed. */
  earlier: Upload[] | null;
  /** The ID of the upload that it updates. */
  updates: string | null;
  /** Number of lines after the header, an estimate of the rows. */
  lines: number;
  sent: number;
  dryRun: boolean;
  allowDuplicate: boolean;
  /** The control totals as typed; empty if none. */
  control: { rows: string; sums: string };
  upload: Upload | null;
}

import type { Upload } from "../types.js";

export type Kind = Upload["kind"];

/** A file that the reader chose, and how far it is. */
export interface Item {
  id: string;
  file: File;
  kind: Kind;
  /** The id of the item whose error file this is, corrected. */
  corrects: string | null;
  state:
    | "inspecting"
    | "unfit" // something is wrong with it that can be seen from here; `words` says what
    | "undecided" // whether it updates an earlier file of its name
    | "ready"
    | "waiting" // for its turn
    | "sending" // `sent` of the file's bytes
    | "arriving" // in the bucket, and not known as an upload yet
    | "processing"
    | "done"
    | "broken"; // it did not get there; `words` says why
  words: string;
  /** What its name had before, newest first; null where that could not be found out. */
  earlier: Upload[] | null;
  /** The id of the upload that it updates. */
  updates: string | null;
  /** Lines of the file below its first, about the number of its rows. */
  lines: number;
  sent: number;
  dryRun: boolean;
  allowDuplicate: boolean;
  upload: Upload | null;
}

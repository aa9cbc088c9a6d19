import { statusKind, statusWords } from "../components/display";
import { count, counted } from "../lib/format";
import type { Status, Upload } from "../types";

const PASSING: Set<Status> = new Set(["pending", "processing", "reverting"]);

/** Milliseconds between two requests for an upload that isn't final. The API updates its counts as often. */
export const PAUSE = 2000;

/** Return whether an upload isn't final yet. */
export function isMoving(upload: Upload) {
  return PASSING.has(upload.status);
}

/** Return the words and the class of an upload's badge. A dry run changes nothing, so its badge is calm. */
export function resultOf({ status, dry_run, error_count, failure }: Upload): {
  words: string;
  kind: string;
} {
  if (dry_run && failure?.code !== "internal_error") {
    if (status === "succeeded") return { words: "Would pass", kind: "calm" };
    if (status === "succeeded_with_errors")
      return { words: `Would refuse ${count(error_count)}`, kind: "calm" };
    if (status === "failed") return { words: "Would fail", kind: "calm" };
  }
  return { words: statusWords(status), kind: statusKind(status) };
}

/** Return why an upload failed, or null if it didn't. */
export function reasonOf({ failure }: Upload): string | null {
  if (failure === null) return null;
  // The API's message tells about object metadata and keys of the bucket.
  if (failure.code === "file_duplicate") return "The same rows are already in another upload.";
  return failure.message;
}

/** Return the upload that has the rows of a refused duplicate file. The API's message names it. */
export function firstOf({ failure }: Upload): string | null {
  if (failure?.code !== "file_duplicate") return null;
  return /upl_[a-z2-7]{26}/.exec(failure.message)?.[0] ?? null;
}

/** Return the result of an upload in one sentence. */
export function sentence(upload: Upload): string {
  switch (upload.status) {
    case "pending":
      return "Waiting for processing to start.";
    case "processing":
      return upload.row_count === 0
        ? "Reading the file."
        : `Processing: ${rows(upload.row_count)} so far.`;
    case "reverting":
      return "Reverting. Until this is complete, totals can include some of its events.";
    case "reverted":
      return "Reverted. Its events no longer count.";
    case "failed":
      return ofFailure(upload);
    default:
      return upload.dry_run ? ofCheck(upload) : ofResult(upload);
  }
}

function ofFailure({ dry_run, failure }: Upload) {
  // The failure's message explains the rest: customers registered before the error stay registered.
  if (failure?.code === "internal_error") return "The file couldn't be processed.";
  return dry_run ? "Dry run: the whole file would be refused." : "The whole file was refused.";
}

function ofResult(upload: Upload) {
  const done = upload.kind === "customers" ? "registered or changed" : "counted";
  const again = upload.kind === "customers" ? "unchanged" : "already counted";
  if (upload.success_count === upload.row_count) return `${all(upload, "All")} ${done}.`;
  return `${parts(upload, done, again, "refused")}.`;
}

function ofCheck(upload: Upload) {
  if (upload.success_count === upload.row_count) {
    return `Dry run: ${all(upload, "all")} would be counted. No events were stored.`;
  }
  const counts = parts(upload, "would be counted", "already counted", "would be refused");
  return `Dry run: ${counts}. No events were stored.`;
}

function parts(upload: Upload, done: string, again: string, refused: string) {
  return [
    `${count(upload.success_count)} of ${rows(upload.row_count)} ${done}`,
    upload.duplicate_count > 0 && `${count(upload.duplicate_count)} ${again}`,
    upload.error_count > 0 && `${count(upload.error_count)} ${refused}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** @param word "all", or "All" at the start of a sentence */
function all({ row_count }: Upload, word: string) {
  return row_count === 1 ? "1 row" : `${word} ${rows(row_count)}`;
}

function rows(number: number) {
  return counted(number, "row");
}

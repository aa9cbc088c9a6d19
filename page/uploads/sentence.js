import { count, counted } from "../app/format.js";

/** @import {Upload} from "../types.js" */

/**
 * Return the result of an upload in one sentence.
 *
 * @param {Upload} upload
 * @returns {string}
 */
export function sentence(upload) {
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

/** @param {Upload} upload */
function ofFailure({ dry_run, failure }) {
  // The failure's message explains the rest: customers registered before the error stay registered.
  if (failure?.code === "internal_error") return "The file couldn't be processed.";
  return dry_run ? "Dry run: the whole file would be refused." : "The whole file was refused.";
}

/** @param {Upload} upload */
function ofResult(upload) {
  const done = upload.kind === "customers" ? "registered or changed" : "counted";
  const again = upload.kind === "customers" ? "unchanged" : "already counted";
  if (upload.success_count === upload.row_count) return `${all(upload, "All")} ${done}.`;
  return `${parts(upload, done, again, "refused")}.`;
}

/** @param {Upload} upload */
function ofCheck(upload) {
  if (upload.success_count === upload.row_count) {
    return `Dry run: ${all(upload, "all")} would be counted. No events were stored.`;
  }
  const counts = parts(upload, "would be counted", "already counted", "would be refused");
  return `Dry run: ${counts}. No events were stored.`;
}

/**
 * @param {Upload} upload
 * @param {string} done
 * @param {string} again
 * @param {string} refused
 */
function parts(upload, done, again, refused) {
  return [
    `${count(upload.success_count)} of ${rows(upload.row_count)} ${done}`,
    upload.duplicate_count > 0 && `${count(upload.duplicate_count)} ${again}`,
    upload.error_count > 0 && `${count(upload.error_count)} ${refused}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * @param {Upload} upload
 * @param {string} word "all", or "All" at the start of a sentence
 */
function all({ row_count }, word) {
  return row_count === 1 ? "1 row" : `${word} ${rows(row_count)}`;
}

/** @param {number} number */
function rows(number) {
  return counted(number, "row");
}

import { count, counted } from "../app/format.js";

/** @import {Upload} from "../types.js" */

/**
 * What became of an upload, in one sentence.
 *
 * @param {Upload} upload
 * @returns {string}
 */
export function sentence(upload) {
  switch (upload.status) {
    case "pending":
      return "Waiting for its turn.";
    case "processing":
      return upload.row_count === 0
        ? "Being read."
        : `Being processed: ${rows(upload.row_count)} so far.`;
    case "reverting":
      return "Its events are being taken back. Until all are, totals may hold some of them.";
    case "reverted":
      return "Taken back: its events don't count any more.";
    case "failed":
      return ofFailure(upload);
    default:
      return upload.dry_run ? ofCheck(upload) : ofResult(upload);
  }
}

/** @param {Upload} upload */
function ofFailure({ dry_run, failure }) {
  // What it left is said below: customers that were registered before an error stay so.
  if (failure?.code === "internal_error") return "The file couldn't be processed.";
  return dry_run ? "Checked: the whole file would be refused." : "The whole file was refused.";
}

/** @param {Upload} upload */
function ofResult(upload) {
  const done = upload.kind === "customers" ? "registered or changed" : "counted";
  const again = upload.kind === "customers" ? "said nothing new" : "had been counted before";
  if (upload.success_count === upload.row_count) return `All ${rows(upload.row_count)} ${done}.`;
  return `Of ${rows(upload.row_count)}, ${parts(upload, done, again, "refused")}.`;
}

/** @param {Upload} upload */
function ofCheck(upload) {
  if (upload.success_count === upload.row_count) {
    return `Checked, nothing stored: all ${rows(upload.row_count)} would be counted.`;
  }
  const verdicts = parts(upload, "would be counted", "are counted already", "would be refused");
  return `Checked, nothing stored: of ${rows(upload.row_count)}, ${verdicts}.`;
}

/**
 * @param {Upload} upload
 * @param {string} done
 * @param {string} again
 * @param {string} refused
 */
function parts(upload, done, again, refused) {
  return [
    `${count(upload.success_count)} ${done}`,
    upload.duplicate_count > 0 && `${count(upload.duplicate_count)} ${again}`,
    upload.error_count > 0 && `${count(upload.error_count)} ${refused}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** @param {number} number */
function rows(number) {
  return counted(number, "row");
}

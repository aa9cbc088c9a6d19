/** @import {Status, Upload} from "../types.js" */

/** @type {Set<Status>} */
const PASSING = new Set(["pending", "processing", "reverting"]);

/** Milliseconds between two looks at an upload that is on its way; the API brings its counts up to date as often. */
export const PAUSE = 2000;

/** Whether an upload is on its way to a final status. @param {Upload} upload */
export function isMoving(upload) {
  return PASSING.has(upload.status);
}

/** @import {Status, Upload} from "../types.js" */

/** @type {Set<Status>} */
const PASSING = new Set(["pending", "processing", "reverting"]);

/** Milliseconds between two requests for an upload that isn't final. The API updates its counts as often. */
export const PAUSE = 2000;

/** Return whether an upload isn't final yet. @param {Upload} upload */
export function isMoving(upload) {
  return PASSING.has(upload.status);
}

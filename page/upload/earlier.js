/** Earlier uploads with the same file name. A file with a known name might be an update. */

import { get } from "../app/api.js";
import { ApiError } from "../app/api-error.js";

/** @import {List, Query, Upload} from "../types.js" */

const AT_MOST = 3; // uploads that are offered
const PAGE = 100;
const MOST_PAGES = 5;
const RECENT = 31 * 86_400; // seconds
const COUNTING = ["pending", "processing", "succeeded", "succeeded_with_errors"];

/**
 * Find the usage uploads with exactly this name that count: the newest one of each key, newest first. Corrected error
 * files are left out, because each of their rows counts once under any key.
 *
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<Upload[]>}
 */
export async function earlierOf(name, signal) {
  try {
    return await found(name, {}, signal);
  } catch (error) {
    // If there are too many uploads to search, search the recent ones.
    if (!(error instanceof ApiError) || error.code !== "filter_too_broad") throw error;
    const since = Math.floor(Date.now() / 1000) - RECENT;
    return found(name, { "created[gte]": since }, signal);
  }
}

/**
 * @param {string} name
 * @param {Query} within
 * @param {AbortSignal} signal
 */
async function found(name, within, signal) {
  const wanted = name.normalize();
  /** @type {Map<string, Upload>} */
  const byKey = new Map();
  /** @type {string | undefined} */
  let after;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { ...within, file_name: wanted, limit: PAGE, starting_after: after };
    /** @type {List<Upload>} */
    const { data, has_more } = await get("v1/uploads", query, { signal });
    for (const upload of data) {
      if (upload.file_name.normalize() === wanted && canBeUpdated(upload) && !byKey.has(upload.key))
        byKey.set(upload.key, upload);
    }
    after = data.at(-1)?.id;
    if (!has_more || byKey.size >= AT_MOST) break;
  }
  return [...byKey.values()].slice(0, AT_MOST);
}

/** @param {Upload} upload */
function canBeUpdated({ kind, dry_run, parent, status }) {
  return kind === "usage" && !dry_run && parent === null && COUNTING.includes(status);
}

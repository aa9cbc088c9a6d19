import { ApiError, get } from "../app/api.js";
import { isMoving } from "../uploads/moving.js";

/** @import {List, Upload} from "../types.js" */

const PAUSE = 700; // milliseconds
const MOST = 100; // uploads of one key
const GONE = [401, 403, 404];

/**
 * Follow the upload of an object version until its final status.
 *
 * @param {string} key
 * @param {string | null} version
 * @param {(upload: Upload) => void} seen called with every state except the final one
 * @param {AbortSignal} signal
 * @returns {Promise<Upload>} the upload at its final status
 */
export async function follow(key, version, seen, signal) {
  let upload = await first(key, version, signal);
  while (isMoving(upload)) {
    seen(upload);
    await pause(signal);
    upload =
      (await patiently(() => get(`v1/uploads/${upload.id}`, {}, { signal }), signal)) ?? upload;
  }
  return upload;
}

/**
 * @param {string} key
 * @param {string | null} version
 * @param {AbortSignal} signal
 * @returns {Promise<Upload>}
 */
async function first(key, version, signal) {
  for (;;) {
    /** @type {List<Upload> | null} */
    const page = await patiently(() => get("v1/uploads", { key, limit: MOST }, { signal }), signal);
    // An updated file has the same key as the earlier one.
    const upload = page?.data.find(({ version_id }) => version_id === version);
    if (upload !== undefined) return upload;
    await pause(signal);
  }
}

/**
 * Send a request. Return null for a temporary failure.
 *
 * @template Answer
 * @param {() => Promise<Answer>} ask
 * @param {AbortSignal} signal
 * @returns {Promise<Answer | null>}
 */
async function patiently(ask, signal) {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted || (error instanceof ApiError && GONE.includes(error.status))) throw error;
    return null;
  }
}

/** @param {AbortSignal} signal */
async function pause(signal) {
  await new Promise((resume) => setTimeout(resume, PAUSE));
  signal.throwIfAborted();
}

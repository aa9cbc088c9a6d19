import { get } from "../app/api.js";

/** @import {List, Revert, Upload} from "../types.js" */

const AT_MOST = 100;

/**
 * The newest of the uploads that hold rows of an upload, corrected.
 *
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<List<Upload>>}
 */
export function childrenOf(id, signal) {
  return get("v1/uploads", { parent: id, limit: AT_MOST }, { signal });
}

/**
 * What a revert of an upload would leave as it is.
 *
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Revert>}
 */
export function revertPreview(id, signal) {
  return get(`v1/uploads/${encodeURIComponent(id)}/revert`, {}, { signal });
}

/**
 * Find the names of uploads; one that cannot be read keeps its id.
 *
 * @param {string[]} ids
 * @param {AbortSignal} [signal]
 * @returns {Promise<{id: string, name: string}[]>}
 */
export function named(ids, signal) {
  return Promise.all(
    ids.map(async (id) => {
      try {
        /** @type {Upload} */
        const upload = await get(`v1/uploads/${encodeURIComponent(id)}`, {}, { signal });
        return { id, name: upload.file_name };
      } catch {
        return { id, name: id };
      }
    }),
  );
}

import { get, pathPart } from "../app/api.js";

/** @import {List, Revert, Upload} from "../types.js" */

const AT_MOST = 100;

/**
 * Return the newest uploads of corrected error files of an upload.
 *
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<List<Upload>>}
 */
export function childrenOf(id, signal) {
  return get("v1/uploads", { parent: id, limit: AT_MOST }, { signal });
}

/**
 * Return the uploads that a revert doesn't change.
 *
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Revert>}
 */
export function revertPreview(id, signal) {
  return get(`v1/uploads/${pathPart(id)}/revert`, {}, { signal });
}

/**
 * Return the file names of uploads. If an upload can't be read, return its ID.
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
        const upload = await get(`v1/uploads/${pathPart(id)}`, {}, { signal });
        return { id, name: upload.file_name };
      } catch {
        return { id, name: id };
      }
    }),
  );
}

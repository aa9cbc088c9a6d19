import { send } from "./api.js";

/** @import {Role} from "../types.js" */

/**
 * Return the role of a key.
 *
 * @param {string} key
 * @returns {Promise<Role>} rejects with an ApiError, with status 401 if the key isn't valid
 */
export async function roleOf(key) {
  const answer = await send("GET", "v1/api_key", { key });
  return (await answer.json()).role;
}

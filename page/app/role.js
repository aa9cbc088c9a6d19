import { send } from "./api.js";

/** @import {Role} from "../types.js" */

/**
 * Ask the API what a key may do.
 *
 * @param {string} key
 * @returns {Promise<Role>} rejects with an ApiError, of status 401 where the key is not valid
 */
export async function roleOf(key) {
  const answer = await send("GET", "v1/api_key", { key });
  return (await answer.json()).role;
}

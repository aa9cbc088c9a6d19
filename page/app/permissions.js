import { send } from "./api.js";
import { session } from "./session.js";

/** @import {ApiKey} from "../types.js" */

/**
 * Return what the API tells about a key.
 *
 * @param {string} key
 * @returns {Promise<ApiKey>} rejects with an ApiError, with status 401 if the key isn't valid
 */
export async function describe(key) {
  const answer = await send("GET", "v1/api_key", { key });
  return await answer.json();
}

/**
 * Return whether the tab's key has a permission.
 *
 * @param {string} permission a resource and a level, such as `uploads:read`, or `admin`
 */
export function can(permission) {
  if (session.value === null) return false;
  const { permissions, type } = session.value.about;
  if (permission === "admin") return type === "secret";
  const [resource = "", level] = permission.split(":");
  return permissions[resource] === "write" || permissions[resource] === level;
}

/** Return the name of the tab's kind of key. */
export function kindOfKey() {
  if (can("admin")) return "Admin key";
  const levels = Object.values(session.value?.about.permissions ?? {});
  return levels.includes("write") ? "Restricted key" : "Read key";
}

/** @import {ApiKey} from "../types.js" */

/** Return what a key allows, in words. @param {ApiKey} key */
export function permissionsOf({ type, permissions }) {
  if (type === "secret") return "Everything";
  const words = Object.entries(permissions).map(([resource, level]) => `${resource}:${level}`);
  return words.length === 0 ? "None" : words.join(", ");
}

/** Return whether a time is in the past. @param {number} at epoch seconds */
export function isPast(at) {
  return at <= Date.now() / 1000;
}

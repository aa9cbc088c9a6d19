import { Store } from "./store.js";

/** @import {Role, Session} from "../types.js" */

const NAME = "meterdrop.session";

/**
 * Whose key requests carry; null until one is typed in. It lives in the tab's own storage, which ends with the tab.
 *
 * @type {Store<Session | null>}
 */
export const session = new Store(stored());

/** Why the last session ended, where it was not the reader who ended it. */
export const reason = new Store("");

/**
 * @param {string} key
 * @param {Role} role as the API told it
 */
export function enter(key, role) {
  sessionStorage.setItem(NAME, JSON.stringify({ key, role }));
  reason.value = "";
  session.value = { key, role };
}

/** @param {string} [why] */
export function leave(why = "") {
  sessionStorage.removeItem(NAME);
  reason.value = why;
  session.value = null;
}

/** @returns {Session | null} */
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "null");
  } catch {
    return null;
  }
}

import { Store } from "./store.js";

/** @import {ApiKey, Session} from "../types.js" */

const NAME = "meterdrop.session";

/**
 * The API key that requests send, or null before one is entered. The tab's session storage keeps it until the tab closes.
 *
 * @type {Store<Session | null>}
 */
export const session = new Store(stored());

/** Why the last session ended, or an empty text if you ended it. */
export const reason = new Store("");

/**
 * @param {string} key
 * @param {ApiKey} about from the API
 */
export function enter(key, about) {
  sessionStorage.setItem(NAME, JSON.stringify({ key, about }));
  reason.value = "";
  session.value = { key, about };
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

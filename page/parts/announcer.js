import { html } from "../app/html.js";
import { Store, useStore } from "../app/store.js";

const words = new Store("");

/**
 * Have a screen reader say something that sighted readers see change.
 *
 * @param {string} sentence
 */
export function announce(sentence) {
  words.value = sentence;
}

/** The one live region. It is always there, for a region that comes with its words is not read out. */
export function Announcer() {
  return html`<p class="unseen" role="status" aria-live="polite">${useStore(words)}</p>`;
}

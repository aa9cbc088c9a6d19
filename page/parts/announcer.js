import { html } from "../app/html.js";
import { Store, useStore } from "../app/store.js";

const words = new Store("");

/**
 * Have screen readers read a visible change.
 *
 * @param {string} sentence
 */
export function announce(sentence) {
  words.value = sentence;
}

/** The only live region. It always exists, because screen readers skip a region that appears together with its text. */
export function Announcer() {
  return html`<p class="unseen" role="status" aria-live="polite">${useStore(words)}</p>`;
}

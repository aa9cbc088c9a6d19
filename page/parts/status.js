import { html } from "../app/html.js";

/** @type {Record<string, [string, string]>} */
const WORDS = {
  pending: ["Pending", "moving"],
  processing: ["Processing", "moving"],
  succeeded: ["Succeeded", "good"],
  succeeded_with_errors: ["Succeeded with errors", "warn"],
  failed: ["Failed", "bad"],
  reverting: ["Reverting", "moving"],
  reverted: ["Reverted", "calm"],
  active: ["Active", "good"],
  inactive: ["Inactive", "calm"],
  cancelled: ["Cancelled", "calm"],
  open: ["Open", "calm"],
  closing: ["Closing", "moving"],
  closed: ["Closed", "good"],
};

/** A status as a badge. The text is enough to understand it without the color. @param {{status: string}} props */
export function Status({ status }) {
  const [words, kind] = WORDS[status] ?? [status, "calm"];
  return html`<span class="badge ${kind}">${words}</span>`;
}

/** @param {string} status */
export function statusWords(status) {
  return WORDS[status]?.[0] ?? status;
}

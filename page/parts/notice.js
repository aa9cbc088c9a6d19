import { wordsOf } from "../app/api-error.js";
import { html } from "../app/html.js";

/** @param {{what: string}} props as in "Loading uploads…" */
export function Loading({ what }) {
  return html`<p class="notice" role="status">Loading ${what}…</p>`;
}

/** @param {{children: import("preact").ComponentChildren}} props a sentence, and what to do */
export function Empty({ children }) {
  return html`<div class="notice">${children}</div>`;
}

/**
 * @param {{what: string, error: unknown, again?: () => void}} props as in "Couldn't load the uploads."
 */
export function Failed({ what, error, again }) {
  return html`
    <div class="notice bad" role="alert">
      <p><strong>${what}</strong> ${wordsOf(error)}</p>
      ${again && html`<button type="button" onClick=${again}>Try again</button>`}
    </div>
  `;
}

/** @param {{kind?: "good" | "warn" | "bad" | "info", children: import("preact").ComponentChildren}} props */
export function Notice({ kind = "info", children }) {
  return html`<div class="notice ${kind}">${children}</div>`;
}

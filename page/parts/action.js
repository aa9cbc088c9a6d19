import { useState } from "preact/hooks";
import { wordsOf } from "../app/api-error.js";
import { html } from "../app/html.js";

/**
 * A button for an action that takes time. If the action fails, the button shows the error beside it.
 *
 * @param {object} props
 * @param {() => Promise<unknown>} props.act
 * @param {string} [props.kind] the button's class
 * @param {string} [props.label] its name for screen readers, if its text isn't enough
 * @param {import("preact").ComponentChildren} props.children
 */
export function Action({ act, kind = "", label, children }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  async function run() {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await act();
    } catch (failure) {
      setError(wordsOf(failure));
    }
    setBusy(false);
  }

  return html`
    <button type="button" class=${kind} aria-label=${label} aria-disabled=${busy} onClick=${run}>${children}</button>
    ${error && html`<span class="field-error" role="alert">${error}</span>`}
  `;
}

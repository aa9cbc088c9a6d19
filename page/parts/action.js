import { useState } from "preact/hooks";
import { wordsOf } from "../app/api-error.js";
import { html } from "../app/html.js";

/**
 * A button for what takes a moment; where that fails, the reason stands beside it.
 *
 * @param {object} props
 * @param {() => Promise<unknown>} props.act
 * @param {string} [props.kind] the button's class
 * @param {string} [props.label] what a screen reader calls it, where the words beside it are missing
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

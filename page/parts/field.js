import { useId } from "preact/hooks";
import { html } from "../app/html.js";

/**
 * A control with its label, hint, and error, linked for screen readers.
 *
 * @param {object} props
 * @param {string} props.label
 * @param {string} [props.hint]
 * @param {string} [props.error]
 * @param {(attributes: object) => import("preact").ComponentChildren} props.children called with the attributes of the control
 */
export function Field({ label, hint, error, children }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const attributes = {
    id,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? "true" : undefined,
  };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${children(attributes)}
      ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
      ${error && html`<p class="field-error" id="${id}-error" role="alert">${error}</p>`}
    </div>
  `;
}

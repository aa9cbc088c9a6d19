import { useId } from "preact/hooks";
import { html } from "../app/html.js";

/**
 * A progress bar. Without `most`, it shows activity only.
 *
 * @param {{label: string, value?: number, most?: number}} props
 */
export function Progress({ label, value, most }) {
  const id = useId();
  const known = most !== undefined && most > 0;
  return html`
    <div class="progress">
      <span id=${id}>${label}</span>
      <progress aria-labelledby=${id} max=${known ? most : undefined} value=${known ? value : undefined}></progress>
    </div>
  `;
}

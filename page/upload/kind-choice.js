import { html } from "../app/html.js";
import { go } from "../app/router.js";

/** @import {Kind} from "./types.js" */

/** @type {[Kind, string][]} */
const KINDS = [
  ["usage", "Usage"],
  ["customers", "Customers"],
];

/** The choice between usage and customer files. @param {{kind: Kind}} props */
export function KindChoice({ kind }) {
  /** @param {Kind} chosen */
  const choose = (chosen) =>
    go(["upload"], { kind: chosen === "usage" ? undefined : chosen }, { replace: true });
  return html`
    <fieldset class="choice">
      <legend>Data in the files</legend>
      ${KINDS.map(
        ([value, name]) => html`
          <label key=${value}>
            <input type="radio" name="kind" checked=${kind === value} onChange=${() => choose(value)} />
            ${name}
          </label>
        `,
      )}
    </fieldset>
  `;
}

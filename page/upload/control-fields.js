import { useState } from "preact/hooks";
import { html } from "../app/html.js";
import { Field } from "../parts/field.js";
import { declare } from "./queue.js";

/** @import {Item} from "./types.js" */

/** The control totals of a file, which are optional. @param {{item: Item}} props */
export function ControlFields({ item: { id, file, kind, control } }) {
  // Open in the beginning if something was typed, such as after an error.
  const [open] = useState(control.rows + control.sums !== "");
  /** @param {"rows" | "sums"} name */
  const typed = (name) => (/** @type {InputEvent} */ event) =>
    declare(id, { [name]: /** @type {HTMLInputElement} */ (event.target).value });
  return html`
    <details open=${open}>
      <summary aria-label=${`Control totals of ${file.name}`}>Control totals</summary>
      <p class="hint">If the file contains something else, it is refused as a whole. Empty fields aren't compared.</p>
      <${Field} label="Expected rows">
        ${(/** @type {object} */ attributes) => html`
          <input ...${attributes} type="text" inputmode="numeric" value=${control.rows} onInput=${typed("rows")} />
        `}
      <//>
      ${
        kind === "usage" &&
        html`
        <${Field} label="Expected sums" hint="One line for each meter, such as ai_search_api=400.5">
          ${(/** @type {object} */ attributes) => html`
            <textarea ...${attributes} rows="3" spellcheck="false" value=${control.sums} onInput=${typed("sums")}></textarea>
          `}
        <//>
      `
      }
    </details>
  `;
}

/**
 * Return the API's parameter for what was typed, undefined if nothing was. The API checks the numbers.
 *
 * @param {Item["control"]} control
 */
export function controlOf({ rows, sums }) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const line of sums.split("\n").filter((line) => line.trim() !== "")) {
    const at = line.lastIndexOf("=");
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    const value = at < 0 ? "" : line.slice(at + 1).trim();
    // Two sums of one meter aren't a number, so the API refuses them. None is ignored.
    found.set(name, found.has(name) ? `${found.get(name)} ${value}` : value);
  }
  if (rows.trim() === "" && found.size === 0) return undefined;
  return {
    ...(rows.trim() === "" ? {} : { row_count: rows.trim() }),
    ...(found.size === 0 ? {} : { sums: Object.fromEntries(found) }),
  };
}

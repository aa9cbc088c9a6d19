import { html } from "../app/html.js";

/**
 * @template Thing
 * @typedef {object} Column
 * @property {string} name
 * @property {(thing: Thing) => import("preact").ComponentChildren} cell
 * @property {boolean} [number] right-aligned, with figures of one width
 * @property {boolean} [heading] whether its cell names the row
 */

/**
 * A table that becomes a list of cards on a narrow screen. It needs explicit roles, because CSS that changes the layout
 * removes the table's roles.
 *
 * @template Thing
 * @param {object} props
 * @param {string} props.caption its name for screen readers
 * @param {Column<Thing>[]} props.columns
 * @param {Thing[]} props.rows
 * @param {(thing: Thing) => string | number} props.id
 */
export function Table({ caption, columns, rows, id }) {
  return html`
    <table class="table" role="table">
      <caption class="unseen">${caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(
            ({ name, number }) =>
              html`<th key=${name} role="columnheader" scope="col" class=${kind(number)}>${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (row) => html`
            <tr key=${id(row)} role="row">
              ${columns.map(({ name, cell, number, heading }) =>
                heading
                  ? html`<th key=${name} role="rowheader" scope="row" class=${kind(number)}>${cell(row)}</th>`
                  : html`<td key=${name} role="cell" class=${kind(number)} data-name=${name}><span>${cell(row)}</span></td>`,
              )}
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

/** @param {boolean | undefined} number */
function kind(number) {
  return number ? "number" : undefined;
}

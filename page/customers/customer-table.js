import { ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";

/** @import {Column} from "../parts/table.js" */
/** @import {Customer} from "./types.js" */

/** @type {Column<Customer>[]} */
const COLUMNS = [
  {
    name: "Customer",
    heading: true,
    cell: ({ id, name }) => html`<a href=${href(["customers", id])}>${name ?? id}</a>`,
  },
  { name: "Email", cell: ({ email }) => email ?? "–" },
  { name: "ID", cell: ({ id }) => html`<code>${id}</code>` },
  { name: `Created (${ZONE})`, cell: ({ created }) => html`<${LocalTime} at=${created} />` },
];

/** @param {{caption: string, customers: Customer[]}} props */
export function CustomerTable({ caption, customers }) {
  return html`<${Table} caption=${caption} columns=${COLUMNS} rows=${customers} id=${(/** @type {Customer} */ { id }) => id} />`;
}

import { count, counted } from "../app/format.js";
import { html } from "../app/html.js";
import { Table } from "../parts/table.js";

/** @import {Sample, Upload} from "../types.js" */
/** @import {Column} from "../parts/table.js" */

const AT_MOST = 10; // row errors that an upload shows; a row may have several

/** @type {Column<Sample>[]} */
const COLUMNS = [
  {
    name: "Row",
    heading: true,
    cell: ({ row_number }) => html`<span class="whole">Row ${count(row_number)}</span>`,
  },
  {
    name: "Column",
    cell: ({ field }) => (field === "" ? "the whole row" : html`<code>${field}</code>`),
  },
  { name: "Reason", cell: ({ message }) => message },
  { name: "Code", cell: ({ code }) => html`<code>${code}</code>` },
];

/**
 * The first rows that were refused.
 *
 * @param {{upload: Upload, heading?: string}} props `heading` is the element that fits where this stands
 */
export function RowErrors({ upload, heading = "h2" }) {
  if (upload.samples.length === 0) return null;
  return html`
    <section>
      <${heading}>Refused rows<//>
      <p class="weak">
        ${
          upload.samples.length < AT_MOST
            ? "Rows are numbered from 1, below the header."
            : `The first ${AT_MOST} errors, by rows numbered from 1 below the header. The error file has all
               ${counted(upload.error_count, "refused row")}.`
        }
      </p>
      <${Table}
        caption="Refused rows"
        columns=${COLUMNS}
        rows=${upload.samples}
        id=${(/** @type {Sample} */ { row_number, code, field }) => `${row_number} ${code} ${field}`}
      />
    </section>
  `;
}

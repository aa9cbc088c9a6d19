import { count, counted } from "../app/format.js";
import { html } from "../app/html.js";
import { Notice } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { parts } from "./files.js";

/** @import {ErrorGroup, Sample, Upload} from "../types.js" */
/** @import {Column} from "../parts/table.js" */

const AT_MOST = 10; // row errors that an upload shows; a row may have several
const MOST_GROUPS = 20;

/** @type {Column<Sample>[]} */
const COLUMNS = [
  {
    name: "Row",
    heading: true,
    cell: ({ row_number }) => html`<span class="whole">Row ${count(row_number)}</span>`,
  },
  { name: "Column", cell: ({ field }) => column(field) },
  { name: "Reason", cell: ({ message }) => message },
  { name: "Code", cell: ({ code }) => html`<code>${code}</code>` },
];

/** @type {Column<ErrorGroup>[]} */
const GROUP_COLUMNS = [
  { name: "Code", heading: true, cell: ({ code }) => html`<code>${code}</code>` },
  { name: "Column", cell: ({ field }) => column(field) },
  { name: "Refused rows", number: true, cell: (group) => count(group.count) },
];

/** @param {string} field */
function column(field) {
  return field === "" ? "Whole row" : html`<code>${field}</code>`;
}

/**
 * The most frequent row errors, and the first refused rows.
 *
 * @param {{upload: Upload, heading?: string}} props `heading` is the element of the heading
 */
export function RowErrors({ upload, heading = "h2" }) {
  if (upload.samples.length === 0) return null;
  return html`
    <section>
      <${heading}>Refused rows<//>
      ${upload.error_file?.is_complete === false && html`<${Incomplete} upload=${upload} />`}
      ${upload.errors.length > 0 && html`<${Groups} errors=${upload.errors} />`}
      <p class="weak">${ofSamples(upload)}</p>
      <${Table}
        caption="Refused rows"
        columns=${COLUMNS}
        rows=${upload.samples}
        id=${(/** @type {Sample} */ { row_number, code, field }) => `${row_number} ${code} ${field}`}
      />
    </section>
  `;
}

/** Empty for uploads stored by an earlier version of Meterdrop. @param {{errors: ErrorGroup[]}} props */
function Groups({ errors }) {
  return html`
    <p class="weak">
      ${errors.length === MOST_GROUPS ? `The ${MOST_GROUPS} most frequent errors. ` : ""}Each refused row counts under its
      first error only.
    </p>
    <${Table}
      caption="Most frequent errors"
      columns=${GROUP_COLUMNS}
      rows=${errors}
      id=${(/** @type {ErrorGroup} */ { code, field }) => `${code} ${field}`}
    />
  `;
}

/** @param {Upload} upload */
function ofSamples(upload) {
  if (upload.samples.length < AT_MOST) return "Row numbers start at 1, after the header.";
  const first = `The first ${AT_MOST} row errors. Row numbers start at 1, after the header.`;
  if (upload.error_file?.is_complete === false) return first;
  const where =
    parts(upload) > 1 ? "The parts of the error file contain" : "The error file contains";
  return `${first} ${where} all ${counted(upload.error_count, "refused row")}.`;
}

/** @param {{upload: Upload}} props */
function Incomplete({ upload }) {
  return html`
    <${Notice} kind="warn">
      The error file doesn't list all ${counted(upload.error_count, "refused row")}, because it would be too large.
      Correct the errors in the original file and upload it again as an update.
    <//>
  `;
}

import { count, size, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Status } from "../parts/status.js";
import { LocalTime } from "../parts/time.js";

/** @import {Upload} from "../types.js" */
/** @import {Column} from "../parts/table.js" */

/**
 * The columns of a list of uploads.
 *
 * @type {Column<Upload>[]}
 */
export const columns = [
  {
    name: "File",
    heading: true,
    cell: (upload) => html`
      <span class="file-cell">
        <a href=${href(["uploads", upload.id])}>${upload.file_name}</a>
        <span class="weak">${whatItIs(upload)}</span>
      </span>
    `,
  },
  { name: `Received (${ZONE})`, cell: ({ created }) => html`<${LocalTime} at=${created} />` },
  { name: "Size", number: true, cell: (upload) => size(upload.size) },
  { name: "Status", cell: ({ status }) => html`<${Status} status=${status} />` },
  { name: "Rows", number: true, cell: (upload) => count(upload.row_count) },
  { name: "Refused", number: true, cell: (upload) => count(upload.error_count) },
  { name: "Duplicates", number: true, cell: (upload) => count(upload.duplicate_count) },
];

/** Return the folder, with a prefix if the file isn't an ordinary usage file. @param {Upload} upload */
function whatItIs(upload) {
  const folder = upload.key.slice(0, upload.key.length - upload.file_name.length);
  const mark = upload.dry_run ? "Dry run · " : upload.kind === "customers" ? "Customers · " : "";
  return upload.parent === null ? `${mark}${folder}` : `${mark}Corrected · ${folder}`;
}

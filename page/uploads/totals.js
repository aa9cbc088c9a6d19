import { count, decimal, utcTime } from "../app/format.js";
import { html } from "../app/html.js";
import { Table } from "../parts/table.js";

/** @import {Total, Upload} from "../types.js" */
/** @import {Column} from "../parts/table.js" */

/** @type {Column<Total>[]} */
const COLUMNS = [
  { name: "Meter", heading: true, cell: (total) => total.event_name },
  { name: "Events", number: true, cell: (total) => count(total.event_count) },
  { name: "Sum of values", number: true, cell: (total) => decimal(total.value_sum) },
  { name: "First event", cell: (total) => eventTime(total.first_timestamp) },
  { name: "Last event", cell: (total) => eventTime(total.last_timestamp) },
];

/** @param {number | null} seconds null if an earlier version of Meterdrop stored the upload */
function eventTime(seconds) {
  return seconds === null ? "–" : utcTime(seconds);
}

/** The totals of the counted rows, by meter. @param {{upload: Upload}} props */
export function Totals({ upload }) {
  if (upload.totals.length === 0) return null;
  const title =
    upload.status === "reverted" ? "Totals by meter before the revert" : "Totals by meter";
  return html`
    <section>
      <h2>${title}</h2>
      <${Table}
        caption=${title}
        columns=${COLUMNS}
        rows=${upload.totals}
        id=${(/** @type {Total} */ { event_name }) => event_name}
      />
    </section>
  `;
}

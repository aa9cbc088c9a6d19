import { decimal, utcTime, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";

/** @import {Column} from "../parts/table.js" */
/** @import {StoredEvent} from "./types.js" */

/** @type {Column<StoredEvent>[]} */
const COLUMNS = [
  { name: "Event time", heading: true, cell: (event) => utcTime(event.timestamp) },
  {
    name: "Customer",
    cell: (event) =>
      html`<a class="code" href=${href(["customers", event.customer])}>${event.customer}</a>`,
  },
  { name: "Value", number: true, cell: (event) => decimal(event.value) },
  { name: "Source", cell: (event) => html`<${Origin} event=${event} />` },
  { name: `Received (${ZONE})`, cell: (event) => html`<${LocalTime} at=${event.created} />` },
  { name: "Identifier", cell: (event) => html`<span class="code">${event.identifier}</span>` },
];

/**
 * @param {object} props
 * @param {StoredEvent[]} props.events
 * @param {(event: StoredEvent) => void} [props.cancel] if the key can write
 */
export function FeedTable({ events, cancel }) {
  /** @type {Column<StoredEvent>} */
  const state = {
    name: "Status",
    cell: (event) => {
      if (event.cancelled !== null) return html`<${Status} status="cancelled" />`;
      if (!cancel) return "Counted";
      const label = `Cancel event ${event.identifier}`;
      return html`<button type="button" class="quiet" aria-label=${label} onClick=${() => cancel(event)}>Cancel</button>`;
    },
  };
  return html`<${Table}
    caption="Events, newest received first"
    columns=${[...COLUMNS, state]}
    rows=${events}
    id=${(/** @type {StoredEvent} */ event) => event.identifier}
  />`;
}

/** @param {{event: StoredEvent}} props */
function Origin({ event: { upload, row_number: row } }) {
  if (upload === null || row === null) return "Created with the API";
  return html`<a href=${href(["uploads", upload])}>File, row ${row}</a>`;
}

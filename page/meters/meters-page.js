import { ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { go, href } from "../app/router.js";
import { Field } from "../parts/field.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";
import { FORMULAS } from "./formula.js";

/** @import {Deeds, State} from "../app/paged.js" */
/** @import {ViewProps} from "../types.js" */
/** @import {Meter} from "./types.js" */

const PAGE = 25;
const STATUSES = [
  { value: "", label: "All" },
  { value: "active", label: "Active" },
  { value: "inactive", label: "Inactive" },
];

/** @type {import("../parts/table.js").Column<Meter>[]} */
const COLUMNS = [
  {
    name: "Meter",
    heading: true,
    cell: (meter) => html`<a href=${href(["meters", meter.id])}>${meter.display_name}</a>`,
  },
  { name: "Event name", cell: (meter) => html`<code>${meter.event_name}</code>` },
  { name: "Formula", cell: (meter) => FORMULAS[meter.default_aggregation.formula].name },
  { name: "Status", cell: (meter) => html`<${Status} status=${meter.status} />` },
  { name: `Created (${ZONE})`, cell: (meter) => html`<${LocalTime} at=${meter.created} />` },
];

/** Every meter, newest first. @param {ViewProps} props */
export function MetersPage({ query, canWrite }) {
  const status = query.get("status") ?? "";
  const meters = usePaged("v1/billing/meters", { status, limit: PAGE });
  return html`
    <${PageTitle} title="Meters">
      ${canWrite && html`<div class="actions"><a class="button primary" href=${href(["meters", "new"])}>Add meter</a></div>`}
    <//>
    <div class="filters">
      <${Field} label="Status">
        ${(/** @type {object} */ attributes) => html`
          <select ...${attributes} value=${status} onChange=${choose}>
            ${STATUSES.map(({ value, label }) => html`<option key=${value} value=${value}>${label}</option>`)}
          </select>
        `}
      <//>
    </div>
    <${List} meters=${meters} status=${status} canWrite=${canWrite} />
  `;
}

/** @param {{meters: State<Meter> & Deeds<Meter>, status: string, canWrite: boolean}} props */
function List({ meters, status, canWrite }) {
  const { things, failure } = meters;
  if (things === null) {
    if (failure === null) return html`<${Loading} what="meters" />`;
    return html`<${Failed} what="Couldn't load the meters." error=${failure} again=${meters.more} />`;
  }
  if (things.length === 0) {
    return html`<${Empty}><p>${status ? `No ${status} meters.` : "No meters yet."} ${canWrite && !status && NEXT}</p><//>`;
  }
  return html`
    <${Table} caption="Meters, newest first" columns=${COLUMNS} rows=${things} id=${(/** @type {Meter} */ meter) => meter.id} />
    <${LoadMore} ...${meters} />
  `;
}

const NEXT = "Add a meter to count usage. Meterdrop refuses events with unknown event names.";

/** @param {Event} event */
function choose(event) {
  if (event.target instanceof HTMLSelectElement) go(["meters"], { status: event.target.value });
}

import { ApiError } from "../app/api-error.js";
import { count, decimal } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { go, href } from "../app/router.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Table } from "../parts/table.js";
import { ReportDownload } from "./report-download.js";
import { ReportFilter } from "./report-filter.js";
import { dayText, meterQuery, timesOf, windowText } from "./times.js";

/** @import {Query, ViewProps} from "../types.js" */
/** @import {ReportLine} from "./types.js" */

const PAGE = 50;

/** The usage of every customer and meter in a period. @param {ViewProps} props */
export function ReportPage({ query }) {
  const given = { month: dayText(new Date()), ...Object.fromEntries(query) };
  const change = (/** @type {Query} */ changes) =>
    go(["billing", "report"], { ...given, ...changes });
  const { asked, wrong } = reportOf(given);
  const error = (/** @type {string} */ name) => (wrong?.param === name ? wrong.message : undefined);
  return html`
    <p class="back"><a href=${href(["billing"])}>Billing</a></p>
    <${PageTitle} title="Usage report">${asked && html`<${ReportDownload} key=${JSON.stringify(asked)} query=${asked} />`}<//>
    <${ReportFilter} given=${given} error=${error} change=${change} />
    ${asked && html`<${Lines} key=${JSON.stringify(asked)} asked=${asked} />`}
  `;
}

/**
 * @param {Record<string, string>} given
 * @returns {{asked: Query, wrong: null} | {asked: null, wrong: ApiError}}
 */
function reportOf(given) {
  try {
    const { meter, customer } = given;
    return { asked: { ...timesOf(given), meter, customer }, wrong: null };
  } catch (wrong) {
    if (wrong instanceof ApiError) return { asked: null, wrong };
    throw wrong;
  }
}

/** @param {{asked: Query}} props */
function Lines({ asked }) {
  const lines = usePaged("v1/usage_reports", { ...asked, limit: PAGE });
  /** @type {ReportLine[] | null} */
  const things = lines.things;
  if (things === null) {
    if (lines.failure === null) return html`<${Loading} what="the report" />`;
    return html`<${Failed} what="Couldn't load the report." error=${lines.failure} again=${lines.more} />`;
  }
  const [first] = things;
  if (first === undefined) {
    return html`
      <${Empty}>
        <p>No usage in this period.</p>
        <p>Choose another period, meter, or customer. To add usage, <a href=${href(["upload"])}>upload a file</a>.</p>
      <//>
    `;
  }
  return html`
    <p class="hint period-days">${windowText(first)}, UTC. The usage is as it is now.</p>
    <${Table} caption="Usage by customer and meter" columns=${COLUMNS} rows=${things} id=${(/** @type {ReportLine} */ { id }) => id} />
    <${LoadMore} ...${lines} />
  `;
}

/** @type {import("../parts/table.js").Column<ReportLine>[]} */
const COLUMNS = [
  {
    name: "Customer",
    heading: true,
    cell: ({ customer }) => html`<a href=${href(["customers", customer])}>${customer}</a>`,
  },
  {
    name: "Meter",
    cell: (line) => html`
      <a href=${href(["meters", line.meter], { customer: line.customer, ...meterQuery(line) })}>${line.event_name}</a>
    `,
  },
  { name: "Events", number: true, cell: (line) => count(line.event_count) },
  { name: "Usage", number: true, cell: (line) => decimal(line.aggregated_value_decimal) },
];

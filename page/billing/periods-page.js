import { count } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { usePoll } from "../app/poll.js";
import { href } from "../app/router.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { PAUSE } from "./close-period.js";
import { windowText } from "./times.js";

/** @import {ViewProps} from "../types.js" */
/** @import {BillingPeriod} from "./types.js" */

const PAGE = 25;

/** All billing periods, newest first. @param {ViewProps} props */
export function PeriodsPage({ canWrite }) {
  return html`
    <${PageTitle} title="Billing">
      <div class="actions">
        <a class="button" href=${href(["billing", "report"])}>Usage report</a>
        ${canWrite && html`<a class="button primary" href=${href(["billing", "new"])}>Create billing period</a>`}
      </div>
    <//>
    <${Periods} canWrite=${canWrite} />
  `;
}

/** @param {{canWrite: boolean}} props */
function Periods({ canWrite }) {
  const periods = usePaged("v1/billing_periods", { limit: PAGE });
  /** @type {BillingPeriod[] | null} */
  const things = periods.things;
  usePoll(periods.refresh, PAUSE, things?.some(({ status }) => status === "closing") ?? false);
  if (things === null) {
    if (periods.failure === null) return html`<${Loading} what="billing periods" />`;
    return html`<${Failed} what="Couldn't load the billing periods." error=${periods.failure} again=${periods.more} />`;
  }
  if (things.length === 0) {
    return html`
      <${Empty}>
        <p>No billing periods yet.</p>
        <p>
          ${canWrite ? "Create a billing period for the month that you bill." : "Creating one requires an admin key."} Its
          close freezes the usage in a statement. To see usage without a statement, open the usage report.
        </p>
      <//>
    `;
  }
  return html`
    <${Table} caption="Billing periods, newest first" columns=${COLUMNS} rows=${things} id=${(/** @type {BillingPeriod} */ { id }) => id} />
    <${LoadMore} ...${periods} />
  `;
}

/** The title of a period: its name, or its times. @param {BillingPeriod} period */
export function titleOf(period) {
  return period.name ?? windowText(period);
}

/** @type {import("../parts/table.js").Column<BillingPeriod>[]} */
const COLUMNS = [
  {
    name: "Billing period",
    heading: true,
    cell: (period) =>
      html`<a href=${href(["billing", "periods", period.id])}>${titleOf(period)}</a>`,
  },
  { name: "Times (UTC)", cell: windowText },
  { name: "Status", cell: ({ status }) => html`<${Status} status=${status} />` },
  {
    name: "Late usage",
    cell: ({ late_policy }) => (late_policy === "adjust" ? "Counted" : "Refused"),
  },
  { name: "Statements", number: true, cell: ({ statement_count }) => count(statement_count) },
];

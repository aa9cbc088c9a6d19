import { useEffect, useRef } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { count, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { usePoll } from "../app/poll.js";
import { href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { Facts } from "../parts/facts.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading, Notice } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";
import { ClosePeriod, CloseProgress, PAUSE } from "./close-period.js";
import { titleOf } from "./periods-page.js";
import { StatementFile } from "./statement-file.js";
import { reportQuery, windowText } from "./times.js";

/** @import {ViewProps} from "../types.js" */
/** @import {BillingPeriod, Statement} from "./types.js" */

const PAGE = 25;

/** A billing period and its statements. It refreshes while the period is being closed. @param {ViewProps} props */
export function PeriodPage({ parameters: { period: id = "" }, canWrite }) {
  const { answer: period, failure, reload, put } = usePeriod(id);
  usePoll(reload, PAUSE, period?.status === "closing");
  const before = useRef("");
  useEffect(() => {
    if (period?.status === "closed" && before.current === "closing")
      announce(`The billing period is closed. Statement ${period.statement_count} is stored.`);
    before.current = period?.status ?? "";
  }, [period?.status]);

  if (period === null) {
    return html`
      <${PageTitle} title="Billing period" />
      ${failure === null ? html`<${Loading} what="the billing period" />` : html`<${Failed} what="Couldn't load the billing period." error=${failure} again=${reload} />`}
    `;
  }
  return html`
    <p class="back"><a href=${href(["billing"])}>Billing</a></p>
    <${PageTitle} title=${titleOf(period)}>
      <${Status} status=${period.status} />
      <div class="actions">
        <a class="button" href=${href(["billing", "report"], reportQuery(period))}>Usage report</a>
        <a class="button" href=${href(["billing", "periods", id, "reconciliation"])}>Reconciliation</a>
        ${canWrite && html`<${ClosePeriod} period=${period} put=${put} />`}
      </div>
    <//>
    ${failure !== null && html`<${Notice} kind="warn">This page might be out of date because the API didn't respond.<//>`}
    <${CloseProgress} period=${period} />
    <section>
      <h2>Statements</h2>
      <${Statements} key=${period.statement_count} period=${period} canWrite=${canWrite} />
    </section>
    <section>
      <h2>Details</h2>
      <${PeriodFacts} period=${period} />
    </section>
  `;
}

/** Load a billing period. @param {string} id */
export function usePeriod(id) {
  return useAnswer(
    (signal) =>
      /** @type {Promise<BillingPeriod>} */ (
        get(`v1/billing_periods/${pathPart(id)}`, {}, { signal })
      ),
    [id],
  );
}

/** @param {{period: BillingPeriod, canWrite: boolean}} props */
function Statements({ period, canWrite }) {
  const statements = usePaged(`v1/billing_periods/${pathPart(period.id)}/statements`, {
    limit: PAGE,
  });
  /** @type {Statement[] | null} */
  const things = statements.things;
  if (things === null) {
    if (statements.failure === null) return html`<${Loading} what="statements" />`;
    return html`<${Failed} what="Couldn't load the statements." error=${statements.failure} again=${statements.more} />`;
  }
  if (things.length === 0)
    return html`<${Empty}><p>No statements yet.</p><p>${whatToDo(period, canWrite)}</p><//>`;
  return html`
    <${Table} caption="Statements, newest first" columns=${COLUMNS} rows=${things} id=${(/** @type {Statement} */ { id }) => id} />
    <${LoadMore} ...${statements} />
  `;
}

/**
 * @param {BillingPeriod} period
 * @param {boolean} canWrite
 */
function whatToDo({ end_time, status }, canWrite) {
  if (status === "closing") return "The first statement appears here in seconds.";
  if (end_time * 1000 > Date.now())
    return "This period hasn't ended yet. You can close it after its end.";
  if (!canWrite) return "Closing the period requires an admin key.";
  return "Check the files in the reconciliation, then close the period.";
}

/** @type {import("../parts/table.js").Column<Statement>[]} */
const COLUMNS = [
  {
    name: "Statement",
    heading: true,
    cell: ({ billing_period, number }) => html`
      <a href=${href(["billing", "periods", billing_period, "statements", String(number)])}>Statement ${number}</a>
    `,
  },
  { name: "Kind", cell: ({ number }) => (number === 1 ? "Usage" : "Adjustment") },
  { name: `Usage as of (${ZONE})`, cell: ({ as_of }) => html`<${LocalTime} at=${as_of} />` },
  { name: "Lines", number: true, cell: ({ line_count }) => count(line_count) },
  { name: "Events", number: true, cell: ({ event_count }) => count(event_count) },
  {
    name: "File",
    cell: (statement) => html`<${StatementFile} statement=${statement} kind="quiet" />`,
  },
];

/** @param {{period: BillingPeriod}} props */
function PeriodFacts({ period }) {
  const late =
    period.late_policy === "adjust"
      ? "Counted. The next statement has the difference"
      : "Refused, as timestamp_in_closed_period";
  return html`<${Facts}
    facts=${[
      ["Times (UTC)", windowText(period)],
      ["Usage that arrives after the close", late],
      [
        "Meters",
        period.meters?.map((id) => html`<a key=${id} href=${href(["meters", id])}>${id}</a> `) ??
          "All meters",
      ],
      [
        `Close requested (${ZONE})`,
        period.close_requested_at && html`<${LocalTime} at=${period.close_requested_at} />`,
      ],
      [`Closed (${ZONE})`, period.closed_at && html`<${LocalTime} at=${period.closed_at} />`],
      [`Created (${ZONE})`, html`<${LocalTime} at=${period.created} />`],
      ["ID", html`<code>${period.id}</code>`],
    ]}
  />`;
}

import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { count, size, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { href } from "../app/router.js";
import { Facts } from "../parts/facts.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading, Notice } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";
import { UploadLinks } from "../uploads/upload-links.js";
import { usePeriod } from "./period-page.js";
import { titleOf } from "./periods-page.js";
import { StatementFile } from "./statement-file.js";
import { Sum } from "./sum.js";

/** @import {ViewProps} from "../types.js" */
/** @import {Statement, StatementLine} from "./types.js" */

const PAGE = 50;

/** A statement and its lines, which never change. @param {ViewProps} props */
export function StatementPage({ parameters: { period: id = "", number = "" } }) {
  const { answer: period } = usePeriod(id);
  const path = `v1/billing_periods/${pathPart(id)}/statements/${pathPart(number)}`;
  const asked = useAnswer(
    (signal) => /** @type {Promise<Statement>} */ (get(path, {}, { signal })),
    [path],
  );
  const { answer: statement, failure, reload } = asked;
  return html`
    <p class="back"><a href=${href(["billing", "periods", id])}>${period === null ? "Billing period" : titleOf(period)}</a></p>
    <${PageTitle} title="Statement ${number}">
      ${statement && html`<div class="actions"><${StatementFile} statement=${statement} /></div>`}
    <//>
    ${failure !== null && html`<${Failed} what="Couldn't load the statement." error=${failure} again=${reload} />`}
    ${failure === null && statement === null && html`<${Loading} what="the statement" />`}
    ${statement && html`<${Content} statement=${statement} path=${path} />`}
  `;
}

/** @param {{statement: Statement, path: string}} props */
function Content({ statement, path }) {
  return html`
    ${statement.unfinished_uploads.length > 0 && html`<${Unfinished} ids=${statement.unfinished_uploads} />`}
    <${Lines} path="${path}/lines" first=${statement.number === 1} />
    <section>
      <h2>Details</h2>
      <${Facts}
        facts=${[
          [`Usage as of (${ZONE})`, html`<${LocalTime} at=${statement.as_of} />`],
          [`Created (${ZONE})`, html`<${LocalTime} at=${statement.created} />`],
          ["Lines", count(statement.line_count)],
          ["Events", count(statement.event_count)],
          [
            "File in the bucket",
            html`<code>${statement.file.key}</code>, ${size(statement.file.size)}`,
          ],
          ["SHA-256 of the file", html`<code>${statement.file.sha256}</code>`],
          ["ID", html`<code>${statement.id}</code>`],
        ]}
      />
    </section>
  `;
}

/** @param {{ids: string[]}} props */
function Unfinished({ ids }) {
  return html`
    <${Notice} kind="warn">
      <p>These uploads were still in progress. Wait until they are final, then close the period again:</p>
      <${UploadLinks} ids=${ids} />
    <//>
  `;
}

/** @param {{path: string, first: boolean}} props `first` says whether it is the first statement */
function Lines({ path, first }) {
  const lines = usePaged(path, { limit: PAGE });
  /** @type {StatementLine[] | null} */
  const things = lines.things;
  if (things === null) {
    if (lines.failure === null) return html`<${Loading} what="the lines" />`;
    return html`<${Failed} what="Couldn't load the lines." error=${lines.failure} again=${lines.more} />`;
  }
  if (things.length === 0) {
    const why = first
      ? "No usage in this period."
      : "Nothing changed since the previous statement.";
    return html`<${Empty}><p>${why} This statement has no lines, so there is nothing to bill.</p><//>`;
  }
  return html`
    <p class="hint period-days">
      Bill the amount. For the formulas max, min, and last, bill the total of the newest statement that has the line.
    </p>
    <${Table} caption="Lines" columns=${COLUMNS} rows=${things} id=${(/** @type {StatementLine} */ { id }) => id} />
    <${LoadMore} ...${lines} />
  `;
}

/** @type {import("../parts/table.js").Column<StatementLine>[]} */
const COLUMNS = [
  {
    name: "Customer",
    heading: true,
    cell: ({ customer }) => html`<a href=${href(["customers", customer])}>${customer}</a>`,
  },
  {
    name: "Meter",
    cell: ({ meter, event_name, customer }) =>
      html`<a href=${href(["meters", meter], { customer })}>${event_name}</a>`,
  },
  {
    name: "Amount",
    number: true,
    cell: (line) =>
      html`<${Sum} events=${line.event_count} value=${line.aggregated_value_decimal} />`,
  },
  {
    name: "Total of the period",
    number: true,
    cell: (line) =>
      html`<${Sum} events=${line.total_event_count} value=${line.total_aggregated_value_decimal} />`,
  },
];

import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { count, counted, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Figures } from "../parts/figures.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";
import { UploadLinks } from "../uploads/upload-links.js";
import { usePeriod } from "./period-page.js";
import { titleOf } from "./periods-page.js";
import { Sum } from "./sum.js";
import { localDay, meterQuery, reportQuery } from "./times.js";

/** @import {ViewProps} from "../types.js" */
/** @import {BillingPeriod, MeterSums, Reconciliation} from "./types.js" */

/** How files and events add up to the usage of a billing period. @param {ViewProps} props */
export function ReconciliationPage({ parameters: { period: id = "" } }) {
  const asked = usePeriod(id);
  const period = asked.answer;
  return html`
    <p class="back"><a href=${href(["billing", "periods", id])}>${period === null ? "Billing period" : titleOf(period)}</a></p>
    <${PageTitle} title="Reconciliation">
      ${period && html`<div class="actions"><a class="button" href=${href(["billing", "report"], reportQuery(period))}>Usage report</a></div>`}
    <//>
    ${asked.failure !== null && html`<${Failed} what="Couldn't load the billing period." error=${asked.failure} again=${asked.reload} />`}
    ${period && html`<${Reconciled} period=${period} />`}
  `;
}

/** @param {{period: BillingPeriod}} props */
function Reconciled({ period }) {
  const { answer, failure, reload } = useAnswer(
    (signal) =>
      /** @type {Promise<Reconciliation>} */ (
        get(`v1/billing_periods/${pathPart(period.id)}/reconciliation`, {}, { signal })
      ),
    [period.id],
  );
  if (failure !== null)
    return html`<${Failed} what="Couldn't load the reconciliation." error=${failure} again=${reload} />`;
  if (answer === null) return html`<${Loading} what="the reconciliation" />`;
  return html`
    <p class="hint period-days">
      As of <${LocalTime} at=${answer.created} /> (${ZONE}). Counts are of whole files, including their rows of other periods.
    </p>
    <${Figures} figures=${figuresOf(answer)} />
    <${Uploads}
      title="Failed files"
      ids=${answer.failed_uploads}
      todo="No row of these files is counted. Correct each file and upload it again."
      none="No file failed."
      status="failed"
      period=${period}
    />
    <${Uploads}
      title="Refused rows that are still open"
      ids=${answer.open_error_uploads}
      todo="${counted(answer.open_error_count, "refused row")} of these files ${answer.open_error_count === 1 ? "isn't" : "aren't"} counted. Download each error file, correct it, and upload it."
      none="All rows are counted."
      status="succeeded_with_errors"
      period=${period}
    />
    <${Uploads}
      title="Files in progress"
      ids=${answer.unfinished_uploads}
      todo="Wait until these files are final."
      none="No file is in progress."
      status="processing"
      period=${period}
    />
    <section>
      <h2>Usage by meter</h2>
      <${Meters} period=${period} meters=${answer.meters} />
    </section>
  `;
}

/** @param {Reconciliation} counts */
function figuresOf(counts) {
  return [
    { name: "Files", value: count(counts.file_count) },
    { name: "Rows", value: count(counts.row_count) },
    { name: "Counted", value: count(counts.success_count) },
    { name: "Duplicates", value: count(counts.duplicate_count) },
    { name: "Refused", value: count(counts.error_count) },
    { name: "Refused, still open", value: count(counts.open_error_count) },
  ];
}

/**
 * Uploads that need something, and a link to the list of all uploads of this status since the period began.
 *
 * @param {object} props
 * @param {string} props.title
 * @param {string[]} props.ids
 * @param {string} props.todo what to do about them
 * @param {string} props.none said if there are none
 * @param {string} props.status the filter of the list
 * @param {BillingPeriod} props.period
 */
function Uploads({ title, ids, todo, none, status, period }) {
  if (ids.length === 0) return html`<section><h2>${title}</h2><p>${none}</p></section>`;
  const since = { status, from: localDay(period.start_time) };
  return html`
    <section>
      <h2>${title}</h2>
      <p>${todo}</p>
      <${UploadLinks} ids=${ids} />
      <p><a href=${href(["uploads"], since)}>View this status in data management</a></p>
    </section>
  `;
}

/** @param {{period: BillingPeriod, meters: MeterSums[]}} props */
function Meters({ period, meters }) {
  if (meters.length === 0) {
    return html`
      <${Empty}>
        <p>No usage in this period.</p>
        <p>To add usage, <a href=${href(["upload"])}>upload a file</a>.</p>
      <//>
    `;
  }
  return html`
    <p class="hint period-days">Plain sums of the values, whatever the meter's formula. The first three columns add up to the total.</p>
    <${Table}
      caption="Usage by meter"
      columns=${[
        {
          name: "Meter",
          heading: true,
          cell: (/** @type {MeterSums} */ { meter, event_name }) =>
            html`<a href=${href(["meters", meter], meterQuery(period))}>${event_name}</a>`,
        },
        ...SOURCES,
      ]}
      rows=${meters}
      id=${(/** @type {MeterSums} */ { meter }) => meter}
    />
  `;
}

/** @type {import("../parts/table.js").Column<MeterSums>[]} */
const SOURCES = [
  { name: "From files", number: true, cell: ({ uploads }) => sum(uploads) },
  { name: "From the API", number: true, cell: ({ api }) => sum(api) },
  { name: "Cancelled", number: true, cell: ({ cancelled }) => sum(cancelled) },
  { name: "Total", number: true, cell: ({ total }) => sum(total) },
];

/** @param {import("./types.js").Sums} of */
function sum({ event_count, value_sum }) {
  return html`<${Sum} events=${event_count} value=${value_sum} />`;
}

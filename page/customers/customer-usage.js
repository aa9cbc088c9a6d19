import { html } from "../app/html.js";
import { go } from "../app/router.js";
import { readPeriod } from "../meters/period.js";
import { PeriodDays, PeriodFields } from "../meters/period-fields.js";
import { Notice } from "../parts/notice.js";
import { UsageTable } from "./usage-table.js";

/** @import {Query} from "../types.js" */

/**
 * The usage of a customer in a period, by meter.
 *
 * @param {{id: string, query: URLSearchParams}} props
 */
export function CustomerUsage({ id, query }) {
  const { period, problem } = readPeriod(query, Date.now());
  const change = (/** @type {Query} */ changes) =>
    go(["customers", id], { ...Object.fromEntries(query), ...changes });
  const [name, from, to] = [
    query.get("period") ?? "this_month",
    query.get("from") ?? "",
    query.get("to") ?? "",
  ];

  /** @param {SubmitEvent & {currentTarget: HTMLFormElement}} event */
  function show(event) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    change({ from: String(given.get("from") ?? ""), to: String(given.get("to") ?? "") });
  }

  // Custom dates start with the days that are shown.
  const choose = (/** @type {string} */ chosen) =>
    change(
      chosen === "dates"
        ? { period: chosen, from: period?.from, to: period?.to }
        : { period: chosen, from: "", to: "" },
    );
  return html`
    <section aria-labelledby="usage">
      <h2 id="usage">Usage</h2>
      <form class="filters" aria-label="Usage filters" onSubmit=${show}>
        <${PeriodFields} name=${name} from=${from} to=${to} choose=${choose} />
        ${name === "dates" && html`<button type="submit">Show</button>`}
      </form>
      ${problem && html`<${Notice} kind="warn">${problem}<//>`}
      ${period && html`<${PeriodDays} period=${period} /><${UsageTable} key=${`${period.start} ${period.end}`} customer=${id} period=${period} />`}
    </section>
  `;
}

import { useState } from "preact/hooks";
import { html } from "../app/html.js";
import { go } from "../app/router.js";
import { OfCustomer } from "../customers/of-customer.js";
import { Notice } from "../parts/notice.js";
import { Chart } from "./chart.js";
import { Feed } from "./feed.js";
import { MeterFigures } from "./meter-figures.js";
import { readPeriod } from "./period.js";
import { UsageFilter } from "./usage-filter.js";

/** @import {Query} from "../types.js" */
/** @import {Meter} from "./types.js" */

/**
 * A meter's usage in the period of the address, of one customer or of all, and its live feed.
 *
 * @param {{meter: Meter, query: URLSearchParams}} props
 */
export function MeterUsage({ meter, query }) {
  const { period, problem } = readPeriod(query, Date.now());
  const customer = query.get("customer") ?? "";
  const change = (/** @type {Query} */ changes) =>
    go(["meters", meter.id], { ...Object.fromEntries(query), ...changes });
  // A new event in the feed also changes the figures.
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);

  const usage = { meter, customer, period, version };
  const key = [customer, period?.start, period?.end].join(" ");
  const shown = html`
    ${problem && html`<${Notice} kind="warn">${problem}<//>`}
    ${period && html`<${MeterFigures} key=${key} ...${usage} />`}
    ${period && html`<${Chart} ...${usage} asked=${query.get("group")} change=${change} />`}
    <${Feed} meter=${meter} customer=${customer} changed=${changed} />
  `;
  return html`
    <${UsageFilter} query=${query} period=${period} customer=${customer} change=${change} />
    ${customer === "" ? shown : html`<${OfCustomer} key=${customer} id=${customer}>${shown}<//>`}
  `;
}

/** Totals of a meter's events, from the API. */

import { get, pathPart } from "../app/api.js";

/** @import {List} from "../types.js" */
/** @import {Grouping, Span, Summary} from "./types.js" */

const PAGE = 100;

/**
 * @param {string} meter an id
 * @param {string} customer an ID, or "" for all customers
 * @param {Span} span
 * @param {AbortSignal} [signal]
 * @returns {Promise<Summary>}
 */
export async function readFigure(meter, customer, span, signal) {
  /** @type {List<Summary>} */
  const page = await get(
    path(meter),
    { customer, start_time: span.start, end_time: span.end },
    { signal },
  );
  const [summary] = page.data;
  if (summary === undefined) throw new Error("The API returned no summary. Try again.");
  return summary;
}

/**
 * @param {string} meter
 * @param {string} customer
 * @param {Span} span
 * @param {Grouping} grouping
 * @param {AbortSignal} [signal]
 * @returns {Promise<Summary[]>} the parts that have events, oldest first
 */
export async function readSeries(meter, customer, span, grouping, signal) {
  const cut = grouping === "month" ? { period: "month" } : { value_grouping_window: grouping };
  const asked = { customer, start_time: span.start, end_time: span.end, ...cut, limit: PAGE };
  /** @type {Summary[]} */
  const found = [];
  for (let more = true; more; ) {
    /** @type {List<Summary>} */
    const page = await get(path(meter), { ...asked, starting_after: found.at(-1)?.id }, { signal });
    found.push(...page.data);
    more = page.has_more;
  }
  return found.filter((summary) => summary.event_count > 0).reverse();
}

/** @param {string} meter */
function path(meter) {
  return `v1/billing/meters/${pathPart(meter)}/event_summaries`;
}

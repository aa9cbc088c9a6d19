/** From summaries to what a chart draws. */

import { partsOf } from "./grouping.js";

/** @import {Formula, Grouping, Span, Summary} from "./types.js" */

/**
 * A part without events is 0 where events are added up, and a gap where there is no value to show. Drawing rounds to
 * some 15 digits; the exact text stands in the table under the chart.
 *
 * @param {Summary[]} summaries
 * @param {Grouping} grouping
 * @param {Span} span
 * @param {Formula} formula
 * @returns {[number[], (number | null)[]]} when each part begins, and how high its bar is
 */
export function barsOf(summaries, grouping, span, formula) {
  const starts = partsOf(grouping, span);
  const none = formula === "sum" || formula === "count" ? 0 : null;
  const heights = new Map(
    summaries.map((summary) => [summary.start_time, Number(summary.aggregated_value_decimal)]),
  );
  return [starts, starts.map((start) => heights.get(start) ?? none)];
}

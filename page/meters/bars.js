/** The bars of a chart, from summaries. */

import { partsOf } from "./grouping.js";

/** @import {Formula, Grouping, Span, Summary} from "./types.js" */

/**
 * Return the bars of a chart. A part without events is 0 for sum and count, and a gap for the other formulas. Bars round
 * to about 15 digits; the table below the chart has the exact values.
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

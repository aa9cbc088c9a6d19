import { useEffect, useMemo } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { html } from "../app/html.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { barsOf } from "./bars.js";
import { FORMULAS } from "./formula.js";
import { Plot } from "./plot.js";
import { SeriesTable } from "./series-table.js";
import { readSeries } from "./summaries.js";

/** @import {Grouping, Meter, Period, Summary} from "./types.js" */

/**
 * The parts of a period, as a chart and as a table with exact values.
 *
 * @param {{meter: Meter, customer: string, period: Period, version: number, grouping: Grouping}} props
 */
export function Series({ meter, customer, period, version, grouping }) {
  const { answer, failure, reload } = useAnswer(
    (signal) => readSeries(meter.id, customer, period, grouping, signal),
    [],
  );
  useEffect(() => {
    if (version > 0) reload();
  }, [version]);
  const { formula } = meter.default_aggregation;
  const summaries = answer ?? NONE;
  const bars = useMemo(() => barsOf(summaries, grouping, period, formula), [summaries]);

  if (failure !== null)
    return html`<${Failed} what="Couldn't load the chart." error=${failure} again=${reload} />`;
  if (answer === null) return html`<${Loading} what="the chart" />`;
  if (answer.length === 0) return html`<${Empty}><p>No events in this period.</p><//>`;
  const name = FORMULAS[formula].figure;
  return html`
    <${Plot} bars=${bars} grouping=${grouping} name=${name} summaries=${summaries} />
    <${SeriesTable} grouping=${grouping} name=${name} summaries=${summaries} />
  `;
}

/** @type {Summary[]} */
const NONE = [];

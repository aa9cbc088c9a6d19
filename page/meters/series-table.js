import { count, decimal } from "../app/format.js";
import { html } from "../app/html.js";
import { Table } from "../parts/table.js";
import { PARTS, partName } from "./grouping.js";

/** @import {Grouping, Summary} from "./types.js" */

/**
 * The exact values of a chart, also for screen readers. Parts without events are left out.
 *
 * @param {{grouping: Grouping, name: string, summaries: Summary[]}} props
 */
export function SeriesTable({ grouping, name, summaries }) {
  const columns = [
    {
      name: PARTS[grouping],
      heading: true,
      cell: (/** @type {Summary} */ one) => partName(grouping, one.start_time),
    },
    { name: "Events", number: true, cell: (/** @type {Summary} */ one) => count(one.event_count) },
    {
      name,
      number: true,
      cell: (/** @type {Summary} */ one) => decimal(one.aggregated_value_decimal),
    },
  ];
  return html`
    <details class="series">
      <summary>Show as a table</summary>
      <${Table} caption="${name} by ${grouping}" columns=${columns} rows=${summaries} id=${(/** @type {Summary} */ one) => one.id} />
    </details>
  `;
}

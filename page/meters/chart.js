import { useId } from "preact/hooks";
import { html } from "../app/html.js";
import { groupingsOf, readGrouping } from "./grouping.js";
import { Series } from "./series.js";

/** @import {Query} from "../types.js" */
/** @import {Meter, Period} from "./types.js" */

/**
 * A meter's usage over a period, in hours, days or months.
 *
 * @param {object} props
 * @param {Meter} props.meter
 * @param {string} props.customer
 * @param {Period} props.period
 * @param {number} props.version a change reloads the chart
 * @param {string | null} props.asked the grouping in the address
 * @param {(changes: Query) => void} props.change
 */
export function Chart({ meter, customer, period, version, asked, change }) {
  const id = useId();
  const grouping = readGrouping(asked, period);
  const choose = (/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) =>
    change({ group: event.currentTarget.value });
  return html`
    <section aria-labelledby="chart">
      <div class="section-title">
        <h2 id="chart">Usage over time</h2>
        <div class="inline-field">
          <label for=${id}>Group by</label>
          <select id=${id} value=${grouping} onChange=${choose}>
            ${groupingsOf(period).map(({ name, label }) => html`<option key=${name} value=${name}>${label}</option>`)}
          </select>
        </div>
      </div>
      <${Series}
        key=${[customer, period.start, period.end, grouping].join(" ")}
        ...${{ meter, customer, period, version, grouping }}
      />
    </section>
  `;
}

import { html } from "../app/html.js";
import { Field } from "../parts/field.js";
import { useTyped } from "../parts/use-typed.js";
import { PERIODS } from "./period.js";

/** @import {Period} from "./types.js" */

/**
 * The fields that choose a period: its name, and both days for custom dates.
 *
 * @param {{name: string, from: string, to: string, choose: (name: string) => void}} props
 */
export function PeriodFields({ name, from, to, choose }) {
  return html`
    <${Field} label="Period (UTC)">
      ${(/** @type {object} */ attributes) => html`
        <select
          ...${attributes}
          name="period"
          value=${name}
          onChange=${(/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) => choose(event.currentTarget.value)}
        >
          ${PERIODS.map((one) => html`<option key=${one.name} value=${one.name}>${one.label}</option>`)}
        </select>
      `}
    <//>
    ${name === "dates" && html`<${Day} label="From (UTC)" name="from" day=${from} /><${Day} label="To (UTC)" name="to" day=${to} />`}
  `;
}

/** @param {{label: string, name: string, day: string}} props */
function Day({ label, name, day }) {
  const [typed, setTyped] = useTyped(day);
  const type = (/** @type {Event & {currentTarget: HTMLInputElement}} */ event) =>
    setTyped(event.currentTarget.value);
  return html`
    <${Field} label=${label}>
      ${(/** @type {object} */ attributes) => html`
        <input ...${attributes} type="date" name=${name} value=${typed} onInput=${type} min="1970-01-01" max="9999-12-31" required />
      `}
    <//>
  `;
}

/** The first and last day of a period, both included. @param {{period: Period}} props */
export function PeriodDays({ period }) {
  const days = period.from === period.to ? period.from : `${period.from} to ${period.to}`;
  return html`<p class="hint period-days">${days}, whole days in UTC</p>`;
}

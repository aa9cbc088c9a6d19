import { html } from "../app/html.js";
import { Field } from "../parts/field.js";
import { useTyped } from "../parts/use-typed.js";

const KINDS = [
  { value: "month", label: "Month" },
  { value: "window", label: "Custom times" },
];

/**
 * The fields for a month or a window. All times are in UTC.
 *
 * @param {object} props
 * @param {Record<string, string>} props.given their values
 * @param {(kind: string) => void} props.choose
 * @param {(name: string) => string | undefined} props.error of a parameter of the API
 */
export function TimeFields({ given, choose, error }) {
  const { kind = "month", month = "", anchor = "", start_time = "", end_time = "" } = given;
  return html`
    <${Field} label="Period">
      ${(/** @type {object} */ attributes) => html`
        <select
          ...${attributes}
          name="kind"
          value=${kind}
          onChange=${(/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) => choose(event.currentTarget.value)}
        >
          ${KINDS.map(({ value, label }) => html`<option key=${value} value=${value}>${label}</option>`)}
        </select>
      `}
    <//>
    ${
      kind === "window"
        ? html`
          <${Time} label="From (UTC)" name="start_time" given=${start_time} error=${error("start_time")} required />
          <${Time} label="Until (UTC, not included)" name="end_time" given=${end_time} error=${error("end_time")} required />
        `
        : html`
          <${Time} label="Any day of the month (UTC)" name="month" type="date" given=${month} error=${error("start_time")} required />
          <${Time} label="Months begin at (UTC, optional)" name="anchor" given=${anchor} error=${error("anchor")} />
        `
    }
  `;
}

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.name
 * @param {string} props.given
 * @param {string} [props.type]
 * @param {string} [props.error]
 * @param {boolean} [props.required]
 */
function Time({ label, name, given, type = "datetime-local", error, required }) {
  const [typed, setTyped] = useTyped(given);
  return html`
    <${Field} label=${label} error=${error}>
      ${(/** @type {object} */ attributes) => html`
        <input
          ...${attributes}
          type=${type}
          name=${name}
          value=${typed}
          required=${required}
          onInput=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => setTyped(event.currentTarget.value)}
        />
      `}
    <//>
  `;
}

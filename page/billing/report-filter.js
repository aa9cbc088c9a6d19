import { useAnswer } from "../app/answer.js";
import { get } from "../app/api.js";
import { html } from "../app/html.js";
import { CustomerPicker } from "../customers/customer-picker.js";
import { Field } from "../parts/field.js";
import { TimeFields } from "./time-fields.js";
import { monthAround } from "./times.js";

/** @import {List, Query} from "../types.js" */
/** @import {Meter} from "../meters/types.js" */

/**
 * The filters of a usage report. The address contains them.
 *
 * @param {object} props
 * @param {Record<string, string>} props.given
 * @param {(name: string) => string | undefined} props.error
 * @param {(changes: Query) => void} props.change
 */
export function ReportFilter({ given, error, change }) {
  /** @param {SubmitEvent & {currentTarget: HTMLFormElement}} event */
  function show(event) {
    event.preventDefault();
    const typed = [...new FormData(event.currentTarget)];
    change(Object.fromEntries(typed.map(([name, value]) => [name, String(value).trim()])));
  }

  // Custom times start with the month that is shown.
  const choose = (/** @type {string} */ kind) =>
    change(kind === "window" ? { kind, ...monthAround(given.month ?? "") } : { kind });

  return html`
    <form class="filters" aria-label="Usage report" onSubmit=${show}>
      <${TimeFields} given=${given} choose=${choose} error=${error} />
      <${MeterChoice} meter=${given.meter ?? ""} chosen=${(/** @type {string} */ meter) => change({ meter })} />
      <${CustomerPicker}
        label="Customer (optional)"
        name="customer"
        start=${given.customer ?? ""}
        error=${error("customer")}
        chosen=${(/** @type {string} */ customer) => change({ customer })}
      />
      <button type="submit">Show</button>
    </form>
  `;
}

const MOST = 100; // meters to choose from

/** @param {{meter: string, chosen: (meter: string) => void}} props an ID, or "" for all meters */
function MeterChoice({ meter, chosen }) {
  const { answer, failure } = useAnswer(
    (signal) =>
      /** @type {Promise<List<Meter>>} */ (get("v1/billing/meters", { limit: MOST }, { signal })),
    [],
  );
  const meters = (answer?.data ?? []).map(({ id, display_name, event_name }) => ({
    id,
    name: `${display_name} (${event_name})`,
  }));
  if (meter !== "" && meters.every(({ id }) => id !== meter))
    meters.unshift({ id: meter, name: meter });
  return html`
    <${Field} label="Meter" error=${failure === null ? undefined : "Couldn't load the meters."}>
      ${(/** @type {object} */ attributes) => html`
        <select
          ...${attributes}
          name="meter"
          value=${meter}
          onChange=${(/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) => chosen(event.currentTarget.value)}
        >
          <option value="">All meters</option>
          ${meters.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
        </select>
      `}
    <//>
  `;
}

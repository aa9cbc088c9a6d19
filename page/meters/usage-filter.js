import { html } from "../app/html.js";
import { CustomerPicker } from "../customers/customer-picker.js";
import { PeriodDays, PeriodFields } from "./period-fields.js";

/** @import {Query} from "../types.js" */
/** @import {Period} from "./types.js" */

/**
 * The filters of a meter's usage. The address contains them.
 *
 * @param {object} props
 * @param {URLSearchParams} props.query
 * @param {Period | null} props.period
 * @param {string} props.customer
 * @param {(changes: Query) => void} props.change
 */
export function UsageFilter({ query, period, customer, change }) {
  /** @param {SubmitEvent & {currentTarget: HTMLFormElement}} event */
  function show(event) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    change({
      from: text(given.get("from")),
      to: text(given.get("to")),
      customer: text(given.get("customer")).trim(),
    });
  }

  // Custom dates start with the days that are shown.
  const choose = (/** @type {string} */ name) =>
    change(
      name === "dates"
        ? { period: name, from: period?.from, to: period?.to }
        : { period: name, from: "", to: "" },
    );

  const name = query.get("period") ?? "this_month";
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  return html`
    <form class="filters" aria-label="Usage filters" onSubmit=${show}>
      <${PeriodFields} name=${name} from=${from} to=${to} choose=${choose} />
      <${CustomerPicker}
        label="Customer (optional)"
        name="customer"
        start=${customer}
        chosen=${(/** @type {string} */ id) => change({ customer: id })}
      />
      <button type="submit">Show</button>
    </form>
    ${period && html`<${PeriodDays} period=${period} />`}
  `;
}

/** @param {FormDataEntryValue | null} value */
function text(value) {
  return typeof value === "string" ? value : "";
}

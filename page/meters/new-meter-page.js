import { post } from "../app/api.js";
import { html } from "../app/html.js";
import { go, href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { Field } from "../parts/field.js";
import { Form } from "../parts/form.js";
import { PageTitle } from "../parts/page-title.js";
import { FORMULAS } from "./formula.js";

/** @import {Meter} from "./types.js" */

const NAMES = [
  { name: "display_name", label: "Name", hint: "What people call it." },
  {
    name: "event_name",
    label: "Event name",
    hint: "What files and events call it, such as ai_search_api. It never changes.",
  },
];
const KEYS = [
  {
    name: "customer_mapping[event_payload_key]",
    label: "Customer key",
    standard: "stripe_customer_id",
    hint: "Names the customer. In files it is the column payload_ and this.",
  },
  {
    name: "value_settings[event_payload_key]",
    label: "Value key",
    standard: "value",
    hint: "Names the value. In files it is the column payload_ and this.",
  },
];

/** Makes a meter. */
export function NewMeterPage() {
  return html`
    <p><a href=${href(["meters"])}>Meters</a></p>
    <${PageTitle} title="Add a meter" />
    <${Form} confirm="Add meter" send=${make} close=${() => go(["meters"])}>
      ${(/** @type {(name: string) => string | undefined} */ error) => html`
        ${NAMES.map(
          ({ name, label, hint }) => html`
            <${Field} key=${name} label=${label} hint=${hint} error=${error(name)}>
              ${(/** @type {object} */ attributes) => html`<input ...${attributes} name=${name} required maxlength="100" autocomplete="off" />`}
            <//>
          `,
        )}
        <${Field} label="Formula" hint="What becomes of a customer's values." error=${error("default_aggregation[formula]")}>
          ${(/** @type {object} */ attributes) => html`
            <select ...${attributes} name="default_aggregation[formula]">
              ${Object.entries(FORMULAS).map(
                ([value, { name, means }]) =>
                  html`<option key=${value} value=${value}>${name}: ${means}</option>`,
              )}
            </select>
          `}
        <//>
        ${KEYS.map(
          ({ name, label, standard, hint }) => html`
            <${Field} key=${name} label=${label} hint=${hint} error=${error(name)}>
              ${(/** @type {object} */ attributes) => html`<input ...${attributes} name=${name} defaultValue=${standard} autocomplete="off" />`}
            <//>
          `,
        )}
      `}
    <//>
  `;
}

/**
 * @param {Record<string, string>} given
 * @param {string} idempotencyKey
 */
async function make(given, idempotencyKey) {
  /** @type {Meter} */
  const meter = await post(
    "v1/billing/meters",
    {
      display_name: given.display_name,
      event_name: given.event_name,
      default_aggregation: { formula: given["default_aggregation[formula]"] },
      customer_mapping: {
        event_payload_key: given["customer_mapping[event_payload_key]"],
        type: "by_id",
      },
      value_settings: { event_payload_key: given["value_settings[event_payload_key]"] },
    },
    { idempotencyKey },
  );
  announce(`Made the meter ${meter.display_name}.`);
  go(["meters", meter.id]);
}

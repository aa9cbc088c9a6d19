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
  {
    name: "display_name",
    label: "Name",
    hint: "A name for people, such as AI search requests.",
    length: 250,
  },
  {
    name: "event_name",
    label: "Event name",
    hint: "The event_name in files and events, such as ai_search_api. You can't change it later.",
    length: 100,
  },
];
const KEYS = [
  {
    name: "customer_mapping[event_payload_key]",
    label: "Customer key",
    standard: "stripe_customer_id",
    hint: "The payload key of the customer ID. In files, its column is payload_ followed by this key.",
  },
  {
    name: "value_settings[event_payload_key]",
    label: "Value key",
    standard: "value",
    hint: "The payload key of the value. In files, its column is payload_ followed by this key.",
  },
];

/** A form that creates a meter. */
export function NewMeterPage() {
  return html`
    <p><a href=${href(["meters"])}>Meters</a></p>
    <${PageTitle} title="Add a meter" />
    <${Form} confirm="Add meter" send=${make} close=${() => go(["meters"])}>
      ${(/** @type {(name: string) => string | undefined} */ error) => html`
        ${NAMES.map(
          ({ name, label, hint, length }) => html`
            <${Field} key=${name} label=${label} hint=${hint} error=${error(name)}>
              ${(/** @type {object} */ attributes) => html`<input ...${attributes} name=${name} required maxlength=${length} autocomplete="off" />`}
            <//>
          `,
        )}
        <${Field} label="Formula" hint="How the meter aggregates a customer's values." error=${error("default_aggregation[formula]")}>
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
  announce(`Created the meter ${meter.display_name}.`);
  go(["meters", meter.id]);
}

import { post } from "../app/api.js";
import { decimal, utcTime } from "../app/format.js";
import { html } from "../app/html.js";
import { CustomerPicker } from "../customers/customer-picker.js";
import { Field } from "../parts/field.js";
import { Form } from "../parts/form.js";

/** @import {Meter, MeterEvent} from "./types.js" */

const SECONDS = "2024-09-25T13:30:00".length;

/**
 * A form that creates one meter event.
 *
 * @param {object} props
 * @param {Meter} props.meter
 * @param {string} props.customer the initial ID
 * @param {boolean} props.again whether an event was just added
 * @param {(words: string, customer: string) => void} props.added
 */
export function HandEntry({ meter, customer, again, added }) {
  const [whose, value] = [keyed(meter.customer_mapping), keyed(meter.value_settings)];
  const counts = meter.default_aggregation.formula === "count";

  /**
   * @param {Record<string, string>} given
   * @param {string} idempotencyKey
   */
  async function send(given, idempotencyKey) {
    /** @type {MeterEvent} */
    const event = await post("v1/billing/meter_events", eventOf(meter, given), { idempotencyKey });
    const amount = given[value]
      ? decimal(event.payload[meter.value_settings.event_payload_key] ?? null)
      : "1 event";
    added(
      `Added ${amount} for ${given[whose]} at ${utcTime(event.timestamp)}. Usage includes it now.`,
      given[whose] ?? "",
    );
  }

  return html`
    <${Form} confirm=${again ? "Add another" : "Add usage"} send=${send} focus=${again}>
      ${(/** @type {(name: string) => string | undefined} */ error) => html`
        <${CustomerPicker} label="Customer" name=${whose} start=${customer} required error=${error(whose)} />
        <${Field}
          label="Value"
          hint="${counts ? "Optional, because this meter counts events. " : ""}A number of up to 15 digits, such as 12.5. A negative value reduces usage."
          error=${error(value)}
        >
          ${(/** @type {object} */ attributes) => html`
            <input ...${attributes} name=${value} inputmode="decimal" required=${!counts} autocomplete="off" />
          `}
        <//>
        <${Field} label="Time (UTC)" hint="Leave it empty to use the current time. At most 5 minutes in the future." error=${error("timestamp")}>
          ${(/** @type {object} */ attributes) => html`<input ...${attributes} name="timestamp" type="datetime-local" step="1" />`}
        <//>
        <${Field}
          label="Identifier (optional)"
          hint="Makes the event unique. Meterdrop refuses other events with the same identifier."
          error=${error("identifier")}
        >
          ${(/** @type {object} */ attributes) => html`<input ...${attributes} name="identifier" maxlength="100" autocomplete="off" />`}
        <//>
      `}
    <//>
  `;
}

/** @param {{event_payload_key: string}} setting @returns {string} the parameter, as the API names it in its errors */
function keyed(setting) {
  return `payload[${setting.event_payload_key}]`;
}

/**
 * @param {Meter} meter
 * @param {Record<string, string>} given
 */
function eventOf({ event_name, customer_mapping, value_settings }, given) {
  const [value, time] = [given[keyed(value_settings)], given.timestamp];
  return {
    event_name,
    payload: {
      [customer_mapping.event_payload_key]: given[keyed(customer_mapping)]?.trim(),
      ...(value ? { [value_settings.event_payload_key]: value } : {}),
    },
    // The field omits the seconds if they are 0.
    ...(time ? { timestamp: `${time.padEnd(SECONDS, ":00")}Z` } : {}),
    ...(given.identifier ? { identifier: given.identifier } : {}),
  };
}

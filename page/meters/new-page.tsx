import { PageTitle } from "../components/display";
import { announce } from "../components/feedback";
import { Field, Form } from "../components/form";
import { post } from "../lib/api";
import { go, href } from "../lib/router";
import { AGGREGATIONS } from "../usage/aggregation";
import type { Meter } from "../usage/types";

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
  return (
    <>
      <p class="back">
        <a href={href(["meters"])}>Meters</a>
      </p>
      <PageTitle title="Add a meter" />
      <Form confirm="Add meter" send={make} close={() => go(["meters"])}>
        {(error: (name: string) => string | undefined) => (
          <>
            {NAMES.map(({ name, label, hint, length }) => (
              <Field key={name} label={label} hint={hint} error={error(name)}>
                {(attributes) => (
                  <input
                    {...attributes}
                    name={name}
                    required
                    maxlength={length}
                    autocomplete="off"
                  />
                )}
              </Field>
            ))}
            <Field
              label="Aggregation"
              hint="How a customer's values become usage."
              error={error("default_aggregation[formula]")}
            >
              {(attributes) => (
                <select {...attributes} name="default_aggregation[formula]">
                  {Object.entries(AGGREGATIONS).map(([value, { name, means }]) => (
                    <option key={value} value={value}>
                      {name}: {means}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {KEYS.map(({ name, label, standard, hint }) => (
              <Field key={name} label={label} hint={hint} error={error(name)}>
                {(attributes) => (
                  <input {...attributes} name={name} defaultValue={standard} autocomplete="off" />
                )}
              </Field>
            ))}
          </>
        )}
      </Form>
    </>
  );
}

async function make(given: Record<string, string>, idempotencyKey: string) {
  const meter: Meter = await post(
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

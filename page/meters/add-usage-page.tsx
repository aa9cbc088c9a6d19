import { useState } from "preact/hooks";
import { PageTitle } from "../components/display";
import { Failed, Loading, Notice } from "../components/feedback";
import { Field, Form } from "../components/form";
import { CustomerPicker } from "../customers/picker";
import { get, pathPart, post } from "../lib/api";
import { decimal, utcTime } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import type { Meter, MeterEvent } from "../usage/types";

/** A form that adds one event to a meter, with a link to upload a file. */
export function AddUsagePage({ parameters, query }: ViewProps) {
  const id = parameters.meter ?? "";
  const { answer, failure, reload } = useQuery(
    "meter",
    (signal) => get(`v1/billing/meters/${pathPart(id)}`, {}, { signal }) as Promise<Meter>,
    [id],
  );
  return (
    <>
      <p class="back">
        <a href={href(["meters", id])}>{answer?.display_name ?? "Meter"}</a>
      </p>
      <PageTitle title={answer ? `Add usage to ${answer.display_name}` : "Add usage"} />
      {failure !== null && (
        <Failed what="Couldn't load the meter." error={failure} again={reload} />
      )}
      {failure === null && answer === null && <Loading what="the meter" />}
      {answer && <Ways meter={answer} customer={query.get("customer") ?? ""} />}
    </>
  );
}

function Ways({ meter, customer }: { meter: Meter; customer: string }) {
  const [added, setAdded] = useState({ times: 0, words: "", customer });
  if (meter.status !== "active") {
    return <Notice kind="warn">This meter is inactive. Reactivate it to add usage.</Notice>;
  }
  return (
    <>
      <section aria-labelledby="one-event">
        <h2 id="one-event">Add one event</h2>
        {added.words && (
          <div class="notice good" role="status">
            {added.words}
          </div>
        )}
        <HandEntry
          key={added.times}
          meter={meter}
          customer={added.customer}
          again={added.times > 0}
          added={(words: string, whose: string) =>
            setAdded({ times: added.times + 1, words, customer: whose })
          }
        />
      </section>
      <section aria-labelledby="upload">
        <h2 id="upload">Upload a file</h2>
        <p>
          To add many events,{" "}
          <a href={href(["upload"], { meter: meter.event_name })}>upload a CSV file</a>. You can
          start from this meter's template.
        </p>
      </section>
    </>
  );
}

const SECONDS = "2024-09-25T13:30:00".length;

/** A form that creates one meter event. */
export function HandEntry({
  meter,
  customer,
  again,
  added,
}: {
  meter: Meter;
  /** the initial ID */
  customer: string;
  /** whether an event was just added */
  again: boolean;
  added: (words: string, customer: string) => void;
}) {
  const [whose, value] = [keyed(meter.customer_mapping), keyed(meter.value_settings)];
  const counts = meter.default_aggregation.formula === "count";

  async function send(given: Record<string, string>, idempotencyKey: string) {
    const event: MeterEvent = await post("v1/billing/meter_events", eventOf(meter, given), {
      idempotencyKey,
    });
    const amount = given[value]
      ? decimal(event.payload[meter.value_settings.event_payload_key] ?? null)
      : "1 event";
    added(
      `Added ${amount} for ${given[whose]} at ${utcTime(event.timestamp)}. Usage includes it now.`,
      given[whose] ?? "",
    );
  }

  return (
    <Form confirm={again ? "Add another" : "Add usage"} send={send} focus={again}>
      {(error: (name: string) => string | undefined) => (
        <>
          <CustomerPicker
            label="Customer"
            name={whose}
            start={customer}
            required
            error={error(whose)}
          />
          <Field
            label="Value"
            hint={`${counts ? "Optional, because this meter counts events. " : ""}A number of up to 15 digits, such as 12.5. A negative value reduces usage.`}
            error={error(value)}
          >
            {(attributes) => (
              <input
                {...attributes}
                name={value}
                inputmode="decimal"
                required={!counts}
                autocomplete="off"
              />
            )}
          </Field>
          <Field
            label="Time (UTC)"
            hint="Leave it empty to use the current time. At most 5 minutes in the future."
            error={error("timestamp")}
          >
            {(attributes) => (
              <input {...attributes} name="timestamp" type="datetime-local" step="1" />
            )}
          </Field>
          <Field
            label="Identifier (optional)"
            hint="Makes the event unique. Meterdrop refuses other events with the same identifier."
            error={error("identifier")}
          >
            {(attributes) => (
              <input {...attributes} name="identifier" maxlength={100} autocomplete="off" />
            )}
          </Field>
        </>
      )}
    </Form>
  );
}

/** @returns the parameter, as the API names it in its errors */
function keyed(setting: { event_payload_key: string }): string {
  return `payload[${setting.event_payload_key}]`;
}

function eventOf(
  { event_name, customer_mapping, value_settings }: Meter,
  given: Record<string, string>,
) {
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

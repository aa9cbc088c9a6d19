import { useState } from "preact/hooks";
import { PageTitle } from "../components/display";
import { announce } from "../components/feedback";
import { Field, Form } from "../components/form";
import { post } from "../lib/api";
import { go, href } from "../lib/router";
import { dayText, monthStart } from "../usage/period";
import { monthAround, TimeFields, timesOf } from "./times";
import type { BillingPeriod } from "./types";

/** A form that creates a billing period. */
export function NewPeriodPage() {
  const [start] = useState(lastMonth);
  const [kind, setKind] = useState("month");
  return (
    <>
      <p class="back">
        <a href={href(["billing"])}>Billing</a>
      </p>
      <PageTitle title="Create a billing period" />
      <Form confirm="Create billing period" send={make} close={() => go(["billing"])}>
        {(error: (name: string) => string | undefined) => (
          <>
            <Field
              label="Name (optional)"
              hint="A name for people, such as September 2024."
              error={error("name")}
            >
              {(attributes) => <input {...attributes} name="name" autocomplete="off" />}
            </Field>
            <TimeFields given={{ ...start, kind }} choose={setKind} error={error} />
            <Field
              label="Usage that arrives after the close"
              hint="You can't change this later. Reverts and cancels always change usage."
              error={error("late_policy")}
            >
              {(attributes) => (
                <select {...attributes} name="late_policy">
                  <option value="adjust">Count it. The next statement has the difference</option>
                  <option value="refuse">Refuse it, as timestamp_in_closed_period</option>
                </select>
              )}
            </Field>
            <p class="hint">
              The period has all meters. You can't change or delete it, but periods can overlap. If
              you bill by a subscription's own months, enter its billing cycle anchor.
            </p>
          </>
        )}
      </Form>
    </>
  );
}

/** Return the fields of the calendar month that ended last. */
function lastMonth() {
  const month = dayText(monthStart(Date.now() / 1000, -1));
  return { month, ...monthAround(month) };
}

async function make(given: Record<string, string>, idempotencyKey: string) {
  const { name, late_policy } = given;
  const period: BillingPeriod = await post(
    "v1/billing_periods",
    { ...timesOf(given), late_policy, ...(name ? { name } : {}) },
    { idempotencyKey },
  );
  announce("Created the billing period.");
  go(["billing", "periods", period.id]);
}

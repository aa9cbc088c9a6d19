import { useState } from "preact/hooks";
import { post } from "../app/api.js";
import { html } from "../app/html.js";
import { go, href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { Field } from "../parts/field.js";
import { Form } from "../parts/form.js";
import { PageTitle } from "../parts/page-title.js";
import { TimeFields } from "./time-fields.js";
import { dayText, monthAround, timesOf } from "./times.js";

/** @import {BillingPeriod} from "./types.js" */

/** A form that creates a billing period. */
export function NewPeriodPage() {
  const [start] = useState(lastMonth);
  const [kind, setKind] = useState("month");
  return html`
    <p class="back"><a href=${href(["billing"])}>Billing</a></p>
    <${PageTitle} title="Create a billing period" />
    <${Form} confirm="Create billing period" send=${make} close=${() => go(["billing"])}>
      ${(/** @type {(name: string) => string | undefined} */ error) => html`
        <${Field} label="Name (optional)" hint="A name for people, such as September 2024." error=${error("name")}>
          ${(/** @type {object} */ attributes) => html`<input ...${attributes} name="name" autocomplete="off" />`}
        <//>
        <${TimeFields} given=${{ ...start, kind }} choose=${setKind} error=${error} />
        <${Field}
          label="Usage that arrives after the close"
          hint="You can't change this later. Reverts and cancels always change usage."
          error=${error("late_policy")}
        >
          ${(/** @type {object} */ attributes) => html`
            <select ...${attributes} name="late_policy">
              <option value="adjust">Count it. The next statement has the difference</option>
              <option value="refuse">Refuse it, as timestamp_in_closed_period</option>
            </select>
          `}
        <//>
        <p class="hint">
          The period has all meters. You can't change or delete it, but periods can overlap. Enter when months begin if you
          bill a subscription's own months, with its billing cycle anchor.
        </p>
      `}
    <//>
  `;
}

/** Return the fields of the calendar month that ended last. */
function lastMonth() {
  const now = new Date();
  const month = dayText(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0)));
  return { month, ...monthAround(month) };
}

/**
 * @param {Record<string, string>} given
 * @param {string} idempotencyKey
 */
async function make(given, idempotencyKey) {
  const { name, late_policy } = given;
  /** @type {BillingPeriod} */
  const period = await post(
    "v1/billing_periods",
    { ...timesOf(given), late_policy, ...(name ? { name } : {}) },
    { idempotencyKey },
  );
  announce("Created the billing period.");
  go(["billing", "periods", period.id]);
}

import { post } from "../app/api.js";
import { html } from "../app/html.js";
import { go, href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { Field } from "../parts/field.js";
import { Form } from "../parts/form.js";
import { PageTitle } from "../parts/page-title.js";
import { CustomerFields } from "./customer-fields.js";

/** @import {Customer} from "./types.js" */

/** A form that creates a customer. */
export function NewCustomerPage() {
  return html`
    <p><a href=${href(["customers"])}>Customers</a></p>
    <${PageTitle} title="Add a customer" />
    <${Form} confirm="Add customer" send=${make} close=${() => go(["customers"])}>
      ${(/** @type {(name: string) => string | undefined} */ error) => html`
        <${Field} label="ID" hint="The customer's ID in your files. You can't change it later. Leave it empty to generate an ID." error=${error("id")}>
          ${(/** @type {object} */ attributes) => html`<input ...${attributes} name="id" maxlength="100" autocomplete="off" />`}
        <//>
        <${CustomerFields} error=${error} />
      `}
    <//>
    <p class="hint">To add many customers, <a href=${href(["upload"], { kind: "customers" })}>upload a CSV file</a>.</p>
  `;
}

/**
 * @param {Record<string, string>} given
 * @param {string} idempotencyKey
 */
async function make(given, idempotencyKey) {
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  /** @type {Customer} */
  const customer = await post("v1/customers", filled, { idempotencyKey });
  announce(`Added the customer ${customer.name ?? customer.id}.`);
  go(["customers", customer.id]);
}

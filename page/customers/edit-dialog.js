import { pathPart, post } from "../app/api.js";
import { html } from "../app/html.js";
import { announce } from "../parts/announcer.js";
import { Dialog } from "../parts/dialog.js";
import { Form } from "../parts/form.js";
import { CustomerFields } from "./customer-fields.js";

/** @import {Customer} from "./types.js" */

/** A dialog to edit a customer. @param {{customer: Customer, put: (customer: Customer) => void, close: () => void}} props */
export function EditDialog({ customer, put, close }) {
  /**
   * @param {Record<string, string>} given an empty text deletes the field
   * @param {string} idempotencyKey
   */
  async function send(given, idempotencyKey) {
    put(await post(`v1/customers/${pathPart(customer.id)}`, given, { idempotencyKey }));
    announce("Changes saved.");
    close();
  }

  return html`
    <${Dialog} title="Edit ${customer.name ?? customer.id}" close=${close}>
      <${Form} confirm="Save" send=${send} close=${close}>
        ${(/** @type {(name: string) => string | undefined} */ error) => html`<${CustomerFields} customer=${customer} error=${error} />`}
      <//>
    <//>
  `;
}

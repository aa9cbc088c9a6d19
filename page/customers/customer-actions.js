import { useState } from "preact/hooks";
import { del, pathPart } from "../app/api.js";
import { html } from "../app/html.js";
import { announce } from "../parts/announcer.js";
import { ConfirmDialog } from "../parts/dialog.js";
import { EditDialog } from "./edit-dialog.js";

/** @import {Customer, DeletedCustomer} from "./types.js" */

/**
 * The buttons to edit and delete a customer.
 *
 * @param {{customer: Customer, put: (customer: Customer | DeletedCustomer) => void}} props
 */
export function CustomerActions({ customer, put }) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  return html`
    <div class="actions">
      <button type="button" onClick=${() => setOpen("edit")}>Edit</button>
      <button type="button" onClick=${() => setOpen("delete")}>Delete</button>
    </div>
    ${open === "edit" && html`<${EditDialog} customer=${customer} put=${put} close=${close} />`}
    ${open === "delete" && html`<${DeleteDialog} customer=${customer} put=${put} close=${close} />`}
  `;
}

/** @param {{customer: Customer, put: (customer: DeletedCustomer) => void, close: () => void}} props */
function DeleteDialog({ customer, put, close }) {
  const called = customer.name ?? customer.id;

  /** @param {string} idempotencyKey */
  async function act(idempotencyKey) {
    put(await del(`v1/customers/${pathPart(customer.id)}`, idempotencyKey));
    announce(`Deleted the customer ${called}.`);
  }

  return html`
    <${ConfirmDialog} title="Delete ${called}?" confirm="Delete" danger act=${act} close=${close}>
      <p>From the next file or event on, Meterdrop refuses usage for <code>${customer.id}</code>.</p>
      <p>Existing usage stays available. The name, email address, and description are deleted.</p>
    <//>
  `;
}

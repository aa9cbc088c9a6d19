import { useState } from "preact/hooks";
import { ConfirmDialog, Dialog } from "../components/dialog";
import { announce } from "../components/feedback";
import { Form } from "../components/form";
import { del, pathPart, post } from "../lib/api";
import { CustomerFields } from "./new-page";
import type { Customer, DeletedCustomer } from "./types";

/** The buttons to edit and delete a customer. */
export function CustomerActions({
  customer,
  put,
}: {
  customer: Customer;
  put: (customer: Customer | DeletedCustomer) => void;
}) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  return (
    <>
      <div class="actions">
        <button type="button" onClick={() => setOpen("edit")}>
          Edit
        </button>
        <button type="button" class="danger" onClick={() => setOpen("delete")}>
          Delete
        </button>
      </div>
      {open === "edit" && <EditDialog customer={customer} put={put} close={close} />}
      {open === "delete" && <DeleteDialog customer={customer} put={put} close={close} />}
    </>
  );
}

function DeleteDialog({
  customer,
  put,
  close,
}: {
  customer: Customer;
  put: (customer: DeletedCustomer) => void;
  close: () => void;
}) {
  const called = customer.name ?? customer.id;

  async function act(idempotencyKey: string) {
    put(await del(`v1/customers/${pathPart(customer.id)}`, idempotencyKey));
    announce(`Deleted the customer ${called}.`);
  }

  return (
    <ConfirmDialog title={`Delete ${called}?`} confirm="Delete" danger act={act} close={close}>
      <p>
        From the next file or event on, Meterdrop refuses usage for <code>{customer.id}</code>.
      </p>
      <p>Existing usage stays available. The name, email address, and description are deleted.</p>
    </ConfirmDialog>
  );
}

/** A dialog to edit a customer. */
export function EditDialog({
  customer,
  put,
  close,
}: {
  customer: Customer;
  put: (customer: Customer) => void;
  close: () => void;
}) {
  /** @param given an empty text deletes the field */
  async function send(given: Record<string, string>, idempotencyKey: string) {
    put(await post(`v1/customers/${pathPart(customer.id)}`, given, { idempotencyKey }));
    announce("Changes saved.");
    close();
  }

  return (
    <Dialog title={`Edit ${customer.name ?? customer.id}`} close={close}>
      <Form confirm="Save" send={send} close={close}>
        {(error: (name: string) => string | undefined) => (
          <CustomerFields customer={customer} error={error} />
        )}
      </Form>
    </Dialog>
  );
}

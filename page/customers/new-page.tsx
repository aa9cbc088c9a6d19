import { PageTitle } from "../components/display";
import { announce } from "../components/feedback";
import { Field, Form } from "../components/form";
import { post } from "../lib/api";
import { go, href } from "../lib/router";
import type { Customer } from "./types";

/** A form that creates a customer. */
export function NewCustomerPage() {
  return (
    <>
      <p class="back">
        <a href={href(["customers"])}>Customers</a>
      </p>
      <PageTitle title="Add a customer" />
      <Form confirm="Add customer" send={make} close={() => go(["customers"])}>
        {(error: (name: string) => string | undefined) => (
          <>
            <Field
              label="ID"
              hint="The customer's ID in your files. You can't change it later. Leave it empty to generate an ID."
              error={error("id")}
            >
              {(attributes) => (
                <input {...attributes} name="id" maxlength={100} autocomplete="off" />
              )}
            </Field>
            <CustomerFields error={error} />
          </>
        )}
      </Form>
      <p class="hint">
        To add many customers,{" "}
        <a href={href(["upload"], { kind: "customers" })}>upload a CSV file</a>.
      </p>
    </>
  );
}

async function make(given: Record<string, string>, idempotencyKey: string) {
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const customer: Customer = await post("v1/customers", filled, { idempotencyKey });
  announce(`Added the customer ${customer.name ?? customer.id}.`);
  go(["customers", customer.id]);
}

const FIELDS: { name: "name" | "email" | "description"; label: string; length: number }[] = [
  { name: "name", label: "Name", length: 256 },
  { name: "email", label: "Email", length: 512 },
  { name: "description", label: "Description", length: 5_000 },
];

/** The fields of a customer that you can change. */
export function CustomerFields({
  customer,
  error,
}: {
  customer?: Customer;
  error: (name: string) => string | undefined;
}) {
  return FIELDS.map(({ name, label, length }) => (
    <Field key={name} label={label} error={error(name)}>
      {(attributes) => (
        <input
          {...attributes}
          name={name}
          defaultValue={customer?.[name] ?? ""}
          inputmode={name === "email" ? "email" : undefined}
          maxlength={length}
          autocomplete="off"
        />
      )}
    </Field>
  ));
}

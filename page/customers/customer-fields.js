import { html } from "../app/html.js";
import { Field } from "../parts/field.js";

/** @import {Customer} from "./types.js" */

/** @type {{name: "name" | "email" | "description", label: string}[]} */
const FIELDS = [
  { name: "name", label: "Name" },
  { name: "email", label: "E-mail" },
  { name: "description", label: "Description" },
];

/**
 * What can be said of a customer.
 *
 * @param {{customer?: Customer, error: (name: string) => string | undefined}} props
 */
export function CustomerFields({ customer, error }) {
  return FIELDS.map(
    ({ name, label }) => html`
      <${Field} key=${name} label=${label} error=${error(name)}>
        ${(/** @type {object} */ attributes) => html`
          <input
            ...${attributes}
            name=${name}
            defaultValue=${customer?.[name] ?? ""}
            inputmode=${name === "email" ? "email" : undefined}
            maxlength="100"
            autocomplete="off"
          />
        `}
      <//>
    `,
  );
}

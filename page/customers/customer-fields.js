import { html } from "../app/html.js";
import { Field } from "../parts/field.js";

/** @import {Customer} from "./types.js" */

/** @type {{name: "name" | "email" | "description", label: string, length: number}[]} */
const FIELDS = [
  { name: "name", label: "Name", length: 256 },
  { name: "email", label: "Email", length: 512 },
  { name: "description", label: "Description", length: 5_000 },
];

/**
 * The fields of a customer that you can change.
 *
 * @param {{customer?: Customer, error: (name: string) => string | undefined}} props
 */
export function CustomerFields({ customer, error }) {
  return FIELDS.map(
    ({ name, label, length }) => html`
      <${Field} key=${name} label=${label} error=${error(name)}>
        ${(/** @type {object} */ attributes) => html`
          <input
            ...${attributes}
            name=${name}
            defaultValue=${customer?.[name] ?? ""}
            inputmode=${name === "email" ? "email" : undefined}
            maxlength=${length}
            autocomplete="off"
          />
        `}
      <//>
    `,
  );
}

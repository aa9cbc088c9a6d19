import { useEffect } from "preact/hooks";
import { count } from "../app/format.js";
import { html } from "../app/html.js";
import { LOOKED_THROUGH } from "./newest.js";

/** @import {Matches} from "./types.js" */

/**
 * The customers to choose from, under a picker's field.
 *
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.label
 * @param {import("preact").RefObject<HTMLUListElement>} props.list
 * @param {boolean} props.open
 * @param {Matches} props.matches
 * @param {(id: string) => void} props.take
 */
export function CustomerOptions({ id, label, list, open, matches, take }) {
  useEffect(() => {
    const commit = (/** @type {Event} */ event) => {
      if (event.target instanceof HTMLElement && event.target.dataset.id !== undefined)
        take(event.target.dataset.id);
    };
    list.current?.addEventListener("combobox-commit", commit);
    return () => list.current?.removeEventListener("combobox-commit", commit);
  });
  // The field keeps the focus: pressing an option must not take it.
  return html`
    <div class="picker-list" hidden=${!open} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}>
      <ul id=${id} role="listbox" aria-label=${label} ref=${list}>
        ${matches.customers.map(
          (customer, index) => html`
            <li key=${customer.id} id="${id}-${index}" role="option" data-id=${customer.id}>
              <span>${customer.name ?? customer.email ?? customer.id}</span> <span class="hint">${customer.id}</span>
            </li>
          `,
        )}
      </ul>
      <p class="hint" role="status">${open && words(matches)}</p>
    </div>
  `;
}

/** @param {Matches} matches */
function words({ customers, more, all, loading, failed }) {
  if (failed) return "Couldn't load the customers. Enter the customer's ID.";
  if (loading) return "Searching customers…";
  const where = all
    ? ""
    : ` among the newest ${count(LOOKED_THROUGH)}. To search all customers, enter a whole ID or email address`;
  if (customers.length === 0) return `No customer found${where}.`;
  return more > 0
    ? `${customers.length} of ${count(customers.length + more)} matches shown. Type more to narrow the list.`
    : `${customers.length} found.`;
}

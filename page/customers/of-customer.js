import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Failed, Loading } from "../parts/notice.js";

/** @import {Customer, DeletedCustomer} from "./types.js" */

/**
 * Content about one customer, below the customer's name. If the customer doesn't exist, only the error.
 *
 * @param {{id: string, children: import("preact").ComponentChildren}} props
 */
export function OfCustomer({ id, children }) {
  const { answer, failure, reload } = useAnswer(
    (signal) =>
      /** @type {Promise<Customer | DeletedCustomer>} */ (
        get(`v1/customers/${pathPart(id)}`, {}, { signal })
      ),
    [],
  );
  if (failure !== null)
    return html`<${Failed} what="Couldn't load the customer." error=${failure} again=${reload} />`;
  if (answer === null) return html`<${Loading} what="the customer" />`;
  const name = "deleted" in answer ? `${id} (deleted)` : (answer.name ?? id);
  return html`
    <p class="of-customer">Showing only <a href=${href(["customers", id])}>${name}</a></p>
    ${children}
  `;
}

import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { LastChange } from "../parts/change.js";
import { Facts } from "../parts/facts.js";
import { Failed, Loading, Notice } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { LocalTime } from "../parts/time.js";
import { CustomerActions } from "./customer-actions.js";
import { CustomerUsage } from "./customer-usage.js";

/** @import {ViewProps} from "../types.js" */
/** @import {Customer, DeletedCustomer} from "./types.js" */

/** One customer and its usage of every meter in a period. @param {ViewProps} props */
export function CustomerPage({ parameters, query, canWrite }) {
  const id = parameters.customer ?? "";
  const asked = useAnswer(
    (signal) =>
      /** @type {Promise<Customer | DeletedCustomer>} */ (
        get(`v1/customers/${pathPart(id)}`, {}, { signal })
      ),
    [id],
  );
  const { answer, failure } = asked;
  const customer = answer === null || "deleted" in answer ? null : answer;
  return html`
    <p><a href=${href(["customers"])}>Customers</a></p>
    <${PageTitle} title=${customer?.name ?? id}>
      ${customer && canWrite && html`<${CustomerActions} customer=${customer} put=${asked.put} />`}
    <//>
    ${failure !== null && html`<${Failed} what="Couldn't load the customer." error=${failure} again=${asked.reload} />`}
    ${failure === null && answer === null && html`<${Loading} what="the customer" />`}
    ${answer !== null && customer === null && html`<${Notice} kind="warn">${DELETED}<//>`}
    ${customer && html`<${CustomerFacts} customer=${customer} />`}
    ${answer !== null && html`<${CustomerUsage} id=${id} query=${query} />`}
  `;
}

const DELETED =
  "This customer was deleted. Meterdrop refuses new usage for it. Existing usage stays available.";

/** @param {{customer: Customer}} props */
function CustomerFacts({ customer }) {
  return html`<${Facts}
    facts=${[
      ["Email", customer.email],
      ["Description", customer.description],
      ...Object.entries(customer.metadata),
      [`Created (${ZONE})`, html`<${LocalTime} at=${customer.created} />`],
      [
        "Last change",
        customer.last_change && html`<${LastChange} change=${customer.last_change} />`,
      ],
      ["ID", html`<code>${customer.id}</code>`],
    ]}
  />`;
}

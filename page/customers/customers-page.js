import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { href } from "../app/router.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { CustomerTable } from "./customer-table.js";
import { FindCustomer } from "./find-customer.js";
import { FoundCustomers } from "./found-customers.js";

/** @import {ViewProps} from "../types.js" */
/** @import {Customer} from "./types.js" */

const PAGE = 50;

/** All customers, newest first, or the search results. @param {ViewProps} props */
export function CustomersPage({ query, canWrite }) {
  const text = query.get("find") ?? "";
  return html`
    <${PageTitle} title="Customers">
      ${
        canWrite &&
        html`
        <div class="actions">
          <a class="button" href=${href(["upload"], { kind: "customers" })}>Upload customers</a>
          <a class="button primary" href=${href(["customers", "add", "one"])}>Add customer</a>
        </div>
      `
      }
    <//>
    <${FindCustomer} text=${text} />
    ${text === "" ? html`<${All} canWrite=${canWrite} />` : html`<${FoundCustomers} text=${text} />`}
  `;
}

/** @param {{canWrite: boolean}} props */
function All({ canWrite }) {
  const customers = usePaged("v1/customers", { limit: PAGE });
  /** @type {Customer[] | null} */
  const things = customers.things;
  if (things === null) {
    if (customers.failure === null) return html`<${Loading} what="customers" />`;
    return html`<${Failed} what="Couldn't load the customers." error=${customers.failure} again=${customers.more} />`;
  }
  if (things.length === 0) {
    return html`
      <${Empty}>
        <p>No customers yet. Meterdrop refuses usage for customers that aren't registered.</p>
        ${canWrite && html`<p>Add customers one by one, or upload a CSV file of customers.</p>`}
      <//>
    `;
  }
  return html`<${CustomerTable} caption="Customers, newest first" customers=${things} /><${LoadMore} ...${customers} />`;
}

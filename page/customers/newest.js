/** The newest customers, up to the limit of a search. */

import { get } from "../app/api.js";

/** @import {List} from "../types.js" */
/** @import {Customer, Newest} from "./types.js" */

const PAGE = 100;
export const LOOKED_THROUGH = 1_000;

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<Newest>}
 */
export async function readNewest(signal) {
  /** @type {Customer[]} */
  const customers = [];
  while (customers.length < LOOKED_THROUGH) {
    /** @type {List<Customer>} */
    const page = await get(
      "v1/customers",
      { limit: PAGE, starting_after: customers.at(-1)?.id },
      { signal },
    );
    customers.push(...page.data);
    if (!page.has_more) return { customers, all: true };
  }
  return { customers, all: false };
}

/**
 * Search for customers. The API finds all customers by a whole ID or email address. A search by a part of a name, ID, or
 * email address covers only the newest customers.
 */

import { get, pathPart } from "../app/api.js";
import { ApiError } from "../app/api-error.js";

/** @import {List} from "../types.js" */
/** @import {Customer, DeletedCustomer} from "./types.js" */

const NOT_FOUND = 404;

/**
 * @param {Customer[]} customers
 * @param {string} text
 */
export function matching(customers, text) {
  const wanted = text.trim().toLowerCase();
  return customers.filter(({ id, name, email }) =>
    [id, name, email].some((field) => field?.toLowerCase().includes(wanted)),
  );
}

/**
 * @param {string} text a whole ID or email address
 * @param {AbortSignal} [signal]
 * @returns {Promise<Customer[]>}
 */
export async function findExactly(text, signal) {
  const wanted = text.trim();
  const [byId, byEmail] = await Promise.all([
    findById(wanted, signal),
    findByEmail(wanted, signal),
  ]);
  return joined(byId, byEmail);
}

/**
 * @param {string} email
 * @param {AbortSignal} [signal]
 * @returns {Promise<Customer[]>}
 */
async function findByEmail(email, signal) {
  /** @type {List<Customer>} */
  const page = await get("v1/customers", { email, limit: 100 }, { signal });
  return page.data;
}

/**
 * @param {Customer[][]} lists
 * @returns {Customer[]} each customer once, in order
 */
export function joined(...lists) {
  return [...new Map(lists.flat().map((customer) => [customer.id, customer])).values()];
}

/**
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Customer[]>} none or one
 */
async function findById(id, signal) {
  if (id.includes("?")) return []; // no ID has one, and API Gateway ends the path there
  try {
    /** @type {Customer | DeletedCustomer} */
    const found = await get(`v1/customers/${pathPart(id)}`, {}, { signal });
    return "deleted" in found ? [] : [found];
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return [];
    throw error;
  }
}

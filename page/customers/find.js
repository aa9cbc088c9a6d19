/**
 * Finding a customer. By the whole id or e-mail address the API finds everyone; by a part of them or of the name only
 * those who are looked through here.
 */

import { get } from "../app/api.js";
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
 * @param {string} text a whole id or e-mail address
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
 * @returns {Customer[]} each once, in the order in which they come
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
  if (id.includes("?")) return []; // no id has one, and API Gateway takes it for the end of the path
  try {
    /** @type {Customer | DeletedCustomer} */
    const found = await get(`v1/customers/${encodeURIComponent(id)}`, {}, { signal });
    return "deleted" in found ? [] : [found];
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return [];
    throw error;
  }
}

// The client as the set-up of the guide makes it, and what all flows need.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import Stripe from "stripe";

/** @type {Stripe} */
export const stripe = (await import(String(process.env.SETUP))).stripe;

/** @param {string} name */
export function unique(name) {
  return `${name}_${randomUUID().slice(0, 12)}`;
}

/**
 * @param {Partial<Stripe.Billing.MeterCreateParams>} changes
 * @returns {Stripe.Billing.MeterCreateParams}
 */
export function newMeter(changes = {}) {
  const event_name = unique("search");
  return {
    display_name: "Searches",
    event_name,
    default_aggregation: { formula: "sum" },
    ...changes,
  };
}

/** A meter and a customer that no other flow knows. */
export async function newUsage() {
  const meter = await stripe.billing.meters.create(newMeter());
  const customer = await stripe.customers.create({ name: "Ada" });
  return { meter, customer, event_name: meter.event_name };
}

/**
 * The error that a call ends with.
 * @param {Promise<unknown>} call
 * @returns {Promise<Stripe.errors.StripeError>}
 */
export async function rejection(call) {
  const error = await call.then(
    () => null,
    (thrown) => thrown,
  );
  assert.ok(error instanceof Stripe.errors.StripeError, `not refused, or otherwise: ${error}`);
  return error;
}

/**
 * Pages until all of `ids` have come; returns all that came. Tests share a stack, which fills up.
 * @template {{ id: string }} T
 * @param {string[]} ids
 * @param {AsyncIterable<T>} list
 */
export async function find(ids, list) {
  const missing = new Set(ids);
  const seen = [];
  for await (const each of list) {
    seen.push(each);
    missing.delete(each.id);
    if (missing.size === 0) return seen;
  }
  return assert.fail(`${[...missing]} not among the ${seen.length} that were listed`);
}

// What goes wrong, as the errors of Stripe's client; and requests that are repeated.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { newMeter, rejection, stripe, unique } from "./shared.mjs";

test("an error has all that Stripe's have", async () => {
  const error = await rejection(stripe.customers.list({ limit: 101 }));
  assert.deepEqual(
    [error.type, error.statusCode, error.code, error.param],
    ["StripeInvalidRequestError", 400, "parameter_invalid", "limit"],
  );
  assert.ok(error.message && error.requestId);
  assert.equal(error.headers?.["stripe-should-retry"], "false");
});

test("a wrong key is an authentication error, and a read key may not write", async () => {
  const wrong = await rejection(stripe.customers.list({}, { apiKey: "sk_wrong" }));
  assert.deepEqual([wrong.type, wrong.statusCode], ["StripeAuthenticationError", 401]);
  const apiKey = String(process.env.READ_KEY);
  assert.equal((await stripe.customers.list({ limit: 1 }, { apiKey })).object, "list");
  const refused = await rejection(stripe.customers.create({}, { apiKey }));
  assert.deepEqual([refused.type, refused.statusCode], ["StripePermissionError", 403]);
});

test("the same request again has the same response", async () => {
  const idempotencyKey = randomUUID();
  const email = `${unique("ada")}@example.com`;
  const create = () => stripe.customers.create({ email }, { idempotencyKey });
  const [first, again] = [await create(), await create()];
  assert.equal(first.id, again.id);
  // The client passes on what its HTTP client has: Node's own, or that of fetch.
  const headers = new Headers(/** @type {any} */ (again.lastResponse.headers));
  assert.equal(headers.get("idempotent-replayed"), "true");
  assert.equal((await stripe.customers.list({ email })).data.length, 1);
  const other = await rejection(
    stripe.customers.create({ email, name: "Eve" }, { idempotencyKey }),
  );
  assert.deepEqual([other.type, other.statusCode], ["StripeIdempotencyError", 400]);
});

test("a request that another one holds up is retried by the client", async () => {
  const idempotencyKey = randomUUID();
  const params = newMeter();
  const created = await Promise.all(
    [1, 2].map(() => stripe.billing.meters.create(params, { idempotencyKey })),
  );
  assert.equal(new Set(created.map((meter) => meter.id)).size, 1);
});

test("a version, an account and more detail change nothing", async () => {
  const options = { apiVersion: "2020-08-27", stripeAccount: "acct_1" };
  const created = await stripe.customers.create(
    { name: "Ada", expand: ["subscriptions"] },
    options,
  );
  assert.equal(created.name, "Ada");
});

test("what belongs to money is not there, and says so", async () => {
  const error = await rejection(stripe.prices.list());
  assert.deepEqual([error.statusCode, error.code], [404, "resource_missing"]);
});

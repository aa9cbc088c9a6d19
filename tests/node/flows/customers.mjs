// Customers: created, found, changed, listed, and deleted.
import assert from "node:assert/strict";
import test from "node:test";
import { find, rejection, stripe, unique } from "./shared.mjs";

test("a customer comes back, is changed and deleted", async () => {
  const created = await stripe.customers.create({
    name: "Ada",
    email: `${unique("ada")}@example.com`,
    metadata: { plan: "pro", team: "a" },
  });
  const found = /** @type {import("stripe").Stripe.Customer} */ (
    await stripe.customers.retrieve(created.id)
  );
  assert.deepEqual([found.name, found.email], ["Ada", created.email]);
  const changed = await stripe.customers.update(created.id, {
    metadata: { team: "" },
    name: "Grace",
  });
  assert.deepEqual([changed.name, { ...changed.metadata }], ["Grace", { plan: "pro" }]);
  assert.equal((await stripe.customers.del(created.id)).deleted, true);
  const gone = await rejection(stripe.customers.del(created.id));
  assert.deepEqual([gone.statusCode, gone.code], [404, "resource_missing"]);
});

test("customers are found by email and by time, page by page", async () => {
  const email = `${unique("many")}@example.com`;
  const ids = [];
  for (const name of ["a", "b", "c"]) ids.push((await stripe.customers.create({ name, email })).id);
  const listed = await find(ids, stripe.customers.list({ email, limit: 2 }));
  assert.equal(listed.length, 3);
  const since = Math.floor(Date.now() / 1000) - 3600;
  await find(ids, stripe.customers.list({ created: { gte: since }, limit: 2 }));
});

test("an ID of one's own with odd characters arrives whole", async () => {
  const params = /** @type {any} */ ({ id: `${unique("ü")}/a b+c%`, name: "Ada" });
  const { id } = await stripe.customers.create(params);
  assert.equal(id, params.id);
  assert.equal((await stripe.customers.retrieve(id)).id, id);
});

test("customers are found by a part of the name, page by page", async () => {
  const name = unique("searched");
  const ids = [];
  for (const each of ["a", "b", "c"]) {
    ids.push((await stripe.customers.create({ name: `Ms ${name} ${each}` })).id);
  }
  const listed = await find(ids, stripe.customers.search({ query: `name~"${name}"`, limit: 2 }));
  assert.equal(listed.length, 3);
});

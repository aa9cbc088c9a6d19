// Meters: created, found, changed, listed, and what they refuse.
import assert from "node:assert/strict";
import test from "node:test";
import { find, newMeter, rejection, stripe, unique } from "./shared.mjs";

const { meters } = stripe.billing;

test("a meter comes back as it was created", async () => {
  const params = newMeter({
    default_aggregation: { formula: "last" },
    customer_mapping: { type: "by_id", event_payload_key: "account" },
    value_settings: { event_payload_key: "tokens" },
  });
  const created = await meters.create(params);
  assert.equal(created.object, "billing.meter");
  assert.equal(created.event_name, params.event_name);
  assert.equal(created.customer_mapping.event_payload_key, "account");
  assert.equal(created.value_settings.event_payload_key, "tokens");
  assert.deepEqual({ ...(await meters.retrieve(created.id)) }, { ...created });
});

test("a meter is renamed, deactivated and reactivated", async () => {
  const { id } = await meters.create(newMeter());
  assert.equal((await meters.update(id, { display_name: "Searches" })).display_name, "Searches");
  const inactive = await meters.deactivate(id);
  assert.equal(inactive.status, "inactive");
  assert.equal(typeof inactive.status_transitions.deactivated_at, "number");
  assert.equal((await meters.reactivate(id)).status, "active");
});

test("all meters are listed, page by page", async () => {
  const ids = await Promise.all([1, 2, 3].map(async () => (await meters.create(newMeter())).id));
  const listed = await find(ids, meters.list({ limit: 2 }));
  assert.equal(new Set(listed.map((meter) => meter.id)).size, listed.length);
});

test("what a meter cannot be is refused by name", async () => {
  const window = await rejection(meters.create(newMeter({ event_time_window: "hour" })));
  assert.deepEqual([window.statusCode, window.param], [400, "event_time_window"]);
  const missing = await rejection(meters.retrieve("mtr_nothing"));
  assert.deepEqual([missing.statusCode, missing.code], [404, "resource_missing"]);
  const params = newMeter({ event_name: unique("twice") });
  await meters.create(params);
  assert.equal((await rejection(meters.create(params))).type, "StripeInvalidRequestError");
});

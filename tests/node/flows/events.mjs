// Usage: recorded, cancelled, and summed up.
import assert from "node:assert/strict";
import test from "node:test";
import { newMeter, newUsage, rejection, stripe, unique } from "./shared.mjs";

const HOUR = 3600;
const DAY = 24 * HOUR;
const TODAY = Math.floor(Date.now() / 1000 / DAY) * DAY;

/**
 * @param {{ meter: { id: string }, customer: { id: string } }} usage
 * @param {"day" | "hour"} [window]
 */
function summaries({ meter, customer }, window) {
  return stripe.billing.meters.listEventSummaries(meter.id, {
    customer: customer.id,
    start_time: TODAY - 10 * DAY,
    end_time: TODAY,
    limit: 2,
    ...(window ? { value_grouping_window: window } : {}),
  });
}

/** @param {AsyncIterable<{ start_time: number, aggregated_value: number }>} list */
async function values(list) {
  const found = [];
  for await (const summary of list) found.push([summary.start_time, summary.aggregated_value]);
  return found;
}

test("an event has its time as a number or a Date, and is counted", async () => {
  const usage = await newUsage();
  const payload = { stripe_customer_id: usage.customer.id, value: "25" };
  const identifier = unique("event");
  const event = await stripe.billing.meterEvents.create({
    event_name: usage.event_name,
    payload,
    identifier,
    timestamp: TODAY - DAY,
  });
  assert.deepEqual(
    [event.object, event.identifier, event.timestamp, { ...event.payload }],
    ["billing.meter_event", identifier, TODAY - DAY, payload],
  );
  await stripe.billing.meterEvents.create({
    event_name: usage.event_name,
    payload: { ...payload, value: "17.5" },
    timestamp: /** @type {any} */ (new Date((TODAY - DAY + 1) * 1000)),
  });
  assert.deepEqual(await values(summaries(usage)), [[TODAY - 10 * DAY, 42.5]]);
});

test("days and hours are paged through with for await, the newest first", async () => {
  const usage = await newUsage();
  for (const times of [1, 2, 3, 4, 5]) {
    await stripe.billing.meterEvents.create({
      event_name: usage.event_name,
      payload: { stripe_customer_id: usage.customer.id, value: String(times) },
      timestamp: TODAY - times * DAY,
    });
  }
  const days = [1, 2, 3, 4, 5].map((times) => [TODAY - times * DAY, times]);
  assert.deepEqual(await values(summaries(usage, "day")), days);
  assert.deepEqual(await values(summaries(usage, "hour")), days);
});

test("an identifier counts once, and a cancelled event not at all", async () => {
  const usage = await newUsage();
  const identifier = unique("event");
  const params = {
    event_name: usage.event_name,
    payload: { stripe_customer_id: usage.customer.id, value: "3" },
    timestamp: TODAY - DAY,
    identifier,
  };
  await stripe.billing.meterEvents.create(params);
  const again = await rejection(stripe.billing.meterEvents.create(params));
  assert.deepEqual([again.statusCode, again.code], [400, "duplicate_meter_event"]);
  const adjustment = await stripe.billing.meterEventAdjustments.create({
    event_name: usage.event_name,
    type: "cancel",
    cancel: { identifier },
  });
  assert.deepEqual([adjustment.status, adjustment.cancel?.identifier], ["complete", identifier]);
  assert.deepEqual(await values(summaries(usage)), [[TODAY - 10 * DAY, 0]]);
});

test("what cannot be counted is refused with Stripe's codes", async () => {
  const usage = await newUsage();
  const ours = { stripe_customer_id: usage.customer.id, value: "1" };
  /** @type {[string, Record<string, string>, string][]} */
  const cases = [
    ["nothing", ours, "no_meter"],
    [usage.event_name, { ...ours, stripe_customer_id: "cus_x" }, "meter_event_customer_not_found"],
    [usage.event_name, { ...ours, value: "1,000" }, "meter_event_invalid_value"],
  ];
  for (const [event_name, payload, code] of cases) {
    const error = await rejection(stripe.billing.meterEvents.create({ event_name, payload }));
    assert.deepEqual([error.statusCode, error.code], [400, code]);
  }
  const fraction = stripe.billing.meterEvents.create({
    event_name: usage.event_name,
    payload: ours,
    timestamp: Date.now() / 1000 + 0.25,
  });
  assert.equal((await rejection(fraction)).param, "timestamp");
});

test("many events at once are each counted", async () => {
  const usage = await newUsage();
  const send = () =>
    stripe.billing.meterEvents.create({
      event_name: usage.event_name,
      payload: { stripe_customer_id: usage.customer.id, value: "1" },
      timestamp: TODAY - DAY,
    });
  await Promise.all(Array.from({ length: 4 }, send));
  assert.deepEqual(await values(summaries(usage)), [[TODAY - 10 * DAY, 4]]);
});

test("a meter of another formula is summed up its own way", async () => {
  const meter = await stripe.billing.meters.create(
    newMeter({ default_aggregation: { formula: "count" } }),
  );
  const customer = await stripe.customers.create({});
  await stripe.billing.meterEvents.create({
    event_name: meter.event_name,
    payload: { stripe_customer_id: customer.id },
    timestamp: TODAY - DAY,
  });
  assert.deepEqual(await values(summaries({ meter, customer })), [[TODAY - 10 * DAY, 1]]);
});

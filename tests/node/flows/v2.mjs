// Version 2 of meter events: single events, cancels, sessions and the stream.
import assert from "node:assert/strict";
import test from "node:test";
import { newUsage, rejection, stripe, unique } from "./shared.mjs";

const HOUR = 3600;
const AT = Math.floor(Date.now() / 1000 / HOUR) * HOUR - HOUR;
const TIME = new Date(AT * 1000 + 123).toISOString();

/** @param {{ meter: { id: string }, customer: { id: string } }} usage */
async function total({ meter, customer }) {
  const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer: customer.id,
    start_time: AT - HOUR,
    end_time: AT + HOUR,
  });
  return data[0]?.aggregated_value;
}

test("an event and its cancel come back, and usage follows", async () => {
  const usage = await newUsage();
  const identifier = unique("event");
  const payload = { stripe_customer_id: usage.customer.id, value: "25" };
  const event = await stripe.v2.billing.meterEvents.create({
    event_name: usage.event_name,
    payload,
    identifier,
    timestamp: TIME,
  });
  assert.deepEqual(
    [event.object, event.identifier, Date.parse(event.timestamp), { ...event.payload }],
    ["v2.billing.meter_event", identifier, AT * 1000, payload],
  );
  assert.equal(await total(usage), 25);
  const cancelled = await stripe.v2.billing.meterEventAdjustments.create({
    event_name: usage.event_name,
    type: "cancel",
    cancel: { identifier },
  });
  assert.deepEqual([cancelled.status, cancelled.cancel.identifier], ["complete", identifier]);
  assert.equal(await total(usage), 0);
});

test("a session's token opens the stream, and a repeated call counts nothing twice", async () => {
  const usage = await newUsage();
  const session = await stripe.v2.billing.meterEventSession.create();
  assert.ok(Date.parse(session.expires_at) > Date.now() + 14 * 60_000);
  const events = Array.from({ length: 100 }, () => ({
    event_name: usage.event_name,
    payload: { stripe_customer_id: usage.customer.id, value: "0.5" },
    identifier: unique("event"),
    timestamp: TIME,
  }));
  const apiKey = session.authentication_token;
  for (const _ of [1, 2]) await stripe.v2.billing.meterEventStream.create({ events }, { apiKey });
  assert.equal(await total(usage), 50);
});

test("an error has Stripe's code of version 2", async () => {
  const usage = await newUsage();
  const ours = { stripe_customer_id: usage.customer.id, value: "many" };
  const event = { event_name: usage.event_name, payload: ours };
  const single = await rejection(stripe.v2.billing.meterEvents.create(event));
  assert.deepEqual([single.statusCode, single.code], [400, "payload_invalid_value"]);
  const withKey = stripe.v2.billing.meterEventStream.create({ events: [event] });
  assert.equal((await rejection(withKey)).type, "StripeAuthenticationError");
  const apiKey = `mest_${"x".repeat(43)}`;
  const expired = stripe.v2.billing.meterEventStream.create({ events: [event] }, { apiKey });
  assert.equal((await rejection(expired)).code, "billing_meter_event_session_expired");
});

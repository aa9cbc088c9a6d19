// The calls by which Stripe's usage-based sample creates a customer and a meter and records usage, and those of the
// client's example of a stream. Its prices and subscriptions are money, which Meterdrop leaves to you.
/** @type {import("stripe").Stripe} */
const stripe = (await import(String(process.env.SETUP))).stripe;
const event_name = String(process.env.EVENT_NAME);

const customer = await stripe.customers.create({ name: "Jenny Rosen", email: "jenny@example.com" });
const meter = await stripe.billing.meters.create({
  display_name: "API calls",
  event_name,
  default_aggregation: { formula: "sum" },
});
await stripe.v2.billing.meterEvents.create({
  event_name,
  payload: { value: `${25}`, stripe_customer_id: customer.id },
});

const session = await stripe.v2.billing.meterEventSession.create();
const events = [{ event_name, payload: { stripe_customer_id: customer.id, value: "17" } }];
await stripe.v2.billing.meterEventStream.create(
  { events },
  { apiKey: session.authentication_token },
);

const now = Math.floor(Date.now() / 60_000) * 60;
const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
  customer: customer.id,
  start_time: now - 600,
  end_time: now + 60,
});
console.log(data[0].aggregated_value);
process.exit();

// Calls a part of the client for each of Stripe's hosts, whatever comes back.
/** @type {import("stripe").Stripe} */
const stripe = (await import(String(process.env.SETUP))).stripe;
const once = { maxNetworkRetries: 0 };

await Promise.allSettled([
  stripe.customers.list({}, once),
  stripe.files.create({ purpose: "dispute_evidence", file: { data: "a", name: "a" } }, once),
  stripe.oauth.token({ grant_type: "authorization_code", code: "ac_1" }),
  stripe.v2.billing.meterEventStream.create({ events: [] }, once),
]);
// Otherwise, the process waits for connections that the client keeps.
process.exit();

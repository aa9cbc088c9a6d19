// Sends one event for each kind of answer in KINDS, and prints what the client made of it.
/** @type {import("stripe").Stripe} */
const stripe = (await import(String(process.env.SETUP))).stripe;

/** @param {string} kind */
async function attempt(kind) {
  try {
    const event = await stripe.billing.meterEvents.create({ event_name: kind, payload: {} });
    return { resolved: event.object ?? null };
  } catch (thrown) {
    const error = /** @type {import("stripe").Stripe.errors.StripeError} */ (thrown);
    return { type: error.type, status: error.statusCode, message: error.message };
  }
}

const kinds = String(process.env.KINDS).split(",");
const results = await Promise.all(kinds.map(async (kind) => [kind, await attempt(kind)]));
console.log(JSON.stringify(Object.fromEntries(results)));
// Otherwise, the process waits for connections that the client keeps.
process.exit();

// Stripe's own SDK against the double, and the SDK's webhook signatures against ours.
// In:  {url, key, sent: [{body, header}], secret, payload}.  Out: what the SDK read, one JSON object.
import Stripe from 'stripe';
import { text } from 'node:stream/consumers';

const { url, key, sent, secret, payload } = JSON.parse(await text(process.stdin));
const { hostname: host, port, protocol } = new URL(url);
const client = of(key);

function of(apiKey) {
  return new Stripe(apiKey, { host, port, protocol: protocol.slice(0, -1), maxNetworkRetries: 0, telemetry: false });
}

async function refusal(ask) {
  try {
    await ask();
    return 'answered';
  } catch (refused) {
    return `${refused.type} ${refused.code ?? ''} ${refused.statusCode}`;
  }
}

const customer = await client.customers.create({ email: 'payer@example.test', metadata: { invoice: 'one' } });
const order = {
  mode: 'payment', success_url: 'http://localhost/done', customer: customer.id, metadata: { invoice: 'one' },
  payment_intent_data: { metadata: { invoice: 'one' }, transfer_group: 'one' },
  line_items: [{ quantity: 1, price_data: { currency: 'krw', unit_amount: 50001, product_data: { name: 'Invoice 1' } } }],
};
const session = await client.checkout.sessions.create(order, { idempotencyKey: 'same' });
const again = await client.checkout.sessions.create(order, { idempotencyKey: 'same' });
const reused = await refusal(() => client.checkout.sessions.create({ ...order, success_url: 'http://localhost/other' }, { idempotencyKey: 'same' }));
const read = await client.checkout.sessions.retrieve(session.id);
const intent = await client.paymentIntents.create({ amount: 1200, currency: 'eur', metadata: { invoice: 'two' } });
const paid = await client.paymentIntents.confirm(intent.id);
const refund = await client.refunds.create({ payment_intent: intent.id, metadata: { invoice: 'two' } });
const twice = await refusal(() => client.refunds.create({ payment_intent: intent.id }));
const transfer = await client.transfers.create({ amount: 700, currency: 'eur', destination: 'acct_north', transfer_group: 'two' });
const events = await client.events.list({ limit: 3 });
let listed = 0;
for await (const _ of client.events.list({ limit: 1 })) listed++;

console.log(JSON.stringify({
  customer: customer.object, session: [read.object, read.amount_total, read.currency, read.payment_status, read.metadata.invoice, again.id === session.id],
  intent: [paid.object, paid.status, paid.amount_received, (await client.paymentIntents.retrieve(intent.id)).latest_charge === paid.latest_charge],
  refund: [refund.object, refund.amount, refund.status], transfer: [transfer.object, transfer.destination, transfer.amount],
  events: [events.object, events.data[0].object, listed >= events.data.length],
  refusals: [reused, twice, await refusal(() => client.checkout.sessions.retrieve('cs_none')), await refusal(() => of('sk_test_wrong').customers.create({})), await refusal(() => client.paymentIntents.create({ amount: -1, currency: 'eur' }))],
  constructed: sent.map(({ body, header }) => client.webhooks.constructEvent(body, header, secret).type),
  forged: sent.map(({ body, header }) => { try { client.webhooks.constructEvent(body + ' ', header, secret); return 'taken'; } catch (bad) { return bad.type; } }),
  header: client.webhooks.generateTestHeaderString({ payload, secret }),
}));

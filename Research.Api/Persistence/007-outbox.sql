CREATE INDEX outbox_by_subject ON outbox (subject, done);

-- Where an account wants to be told by HTTP; the secret that signs is protected by the hub's key ring.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created TEXT NOT NULL
);

CREATE INDEX webhooks_by_account ON webhooks (account);

-- The payer's name at Stripe, and whether the hospitals' shares of an invoice were asked for.
CREATE TABLE stripe_customers (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts ("Id"),
    customer TEXT NOT NULL
);

ALTER TABLE invoices ADD COLUMN shared TEXT;

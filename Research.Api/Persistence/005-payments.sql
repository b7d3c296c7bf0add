-- One invoice an application; what is owed never depends on answers, consents or sizes.
CREATE TABLE invoices (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    application TEXT NOT NULL UNIQUE REFERENCES applications (id),
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    session TEXT,
    checkout_url TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    payment_intent TEXT,
    created TEXT NOT NULL,
    paid TEXT,
    refunded TEXT,
    log_seq BIGINT
);

CREATE TABLE invoice_lines (
    invoice TEXT NOT NULL REFERENCES invoices (id),
    position BIGINT NOT NULL,
    service TEXT NOT NULL,
    silo TEXT,
    amount BIGINT NOT NULL,
    transfer TEXT,
    PRIMARY KEY (invoice, position)
);

-- Stripe's events as they came, each processed once.
CREATE TABLE payment_events (
    id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    received TEXT NOT NULL,
    outcome TEXT
);

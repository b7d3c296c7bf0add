-- Answers to requests that came with an Idempotency-Key, for a day. Never a query's answer.
CREATE TABLE idempotent_requests (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER,
    content_type TEXT,
    body TEXT,
    time TEXT NOT NULL,
    PRIMARY KEY (account, key)
);

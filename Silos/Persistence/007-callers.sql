-- Nonces of requests signed by organisations, until none of their signatures counts any more.
CREATE TABLE caller_nonces (
    nonce TEXT PRIMARY KEY,
    until TEXT NOT NULL
);

CREATE INDEX caller_nonces_by_end ON caller_nonces (until);

-- The public entries of every log that the hub follows (its own too), as they were read. A copy to filter by: the logs and their proofs are the truth.
CREATE TABLE followed_entries (
    log TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    permit TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (log, seq)
);

CREATE INDEX followed_entries_by_time ON followed_entries (time, log, seq);
CREATE INDEX followed_entries_by_permit ON followed_entries (permit, time);

-- Personal access tokens, kept as hashes.
CREATE TABLE access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT,
    last_used TEXT
);

CREATE TABLE register_votes (
    register TEXT NOT NULL,
    subject TEXT NOT NULL,
    member TEXT NOT NULL,
    decision TEXT NOT NULL,
    rho TEXT NOT NULL,
    delta TEXT NOT NULL,
    files BIGINT NOT NULL,
    time TEXT NOT NULL,
    transaction_hash TEXT,
    PRIMARY KEY (subject, member)
);

-- The append-only log of one host. Rows are only ever added, but for a checkpoint's anchor: it comes after the checkpoint, and again if the chain lost it.
CREATE TABLE log_identity (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL);

CREATE TABLE log_entries (seq BIGINT PRIMARY KEY CHECK (seq >= 0), body TEXT NOT NULL);

-- Roots of perfect subtrees, by in-order position.
CREATE TABLE log_nodes (position BIGINT PRIMARY KEY, hash BYTEA NOT NULL);

CREATE TABLE log_checkpoints (
    size BIGINT PRIMARY KEY,
    first_seq BIGINT NOT NULL UNIQUE,
    note TEXT NOT NULL,
    transaction_hash TEXT,
    block_number BIGINT,
    block_hash TEXT,
    times_anchored INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE log_settlements (seq BIGINT PRIMARY KEY, refusal TEXT NOT NULL);

-- What opens the subject of the log's own entries (alarm, re-anchored).
CREATE TABLE log_notices (seq BIGINT PRIMARY KEY, notice TEXT NOT NULL, salt TEXT NOT NULL);

-- Which process anchors, until when (Unix milliseconds); no safety rests on it.
CREATE TABLE log_anchorer (one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, held_until BIGINT NOT NULL);

-- Accepted by SQLite and by PostgreSQL. Hashes and ids are base64url text; times are RFC 3339 text; losses are nano-rho and atto-delta.

CREATE TABLE datasets (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL,
    blinded TEXT NOT NULL,
    name_salt TEXT NOT NULL,
    policy_hash TEXT NOT NULL,
    policy_salt TEXT NOT NULL,
    seq BIGINT NOT NULL
);

CREATE TABLE dataset_versions (
    dataset TEXT NOT NULL REFERENCES datasets (name),
    version INTEGER NOT NULL,
    root TEXT NOT NULL,
    patients BIGINT NOT NULL,
    reference_date TEXT NOT NULL,
    report TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (dataset, version)
);

-- One row a patient; a corrected patient gets a further record, and versions share what did not change.
CREATE TABLE records (
    dataset TEXT NOT NULL REFERENCES datasets (name),
    patient TEXT NOT NULL,
    from_version INTEGER NOT NULL,
    to_version INTEGER,
    body BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    commitment BYTEA NOT NULL,
    PRIMARY KEY (dataset, patient, from_version)
);

CREATE TABLE enrolments (
    subject TEXT PRIMARY KEY,
    patient TEXT NOT NULL UNIQUE,
    key_id TEXT NOT NULL UNIQUE,
    key_json TEXT NOT NULL,
    salt TEXT NOT NULL,
    enrolled BIGINT NOT NULL UNIQUE,
    enrolled_at TEXT NOT NULL
);

-- recorded counts all directives of the register: a process that holds the register in memory catches up from its last one.
CREATE TABLE directives (
    recorded BIGINT PRIMARY KEY,
    subject TEXT NOT NULL REFERENCES enrolments (subject),
    sequence INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    signed TEXT NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (subject, sequence),
    UNIQUE (subject, nonce)
);

CREATE TABLE consent_snapshots (
    seq BIGINT PRIMARY KEY,
    root TEXT NOT NULL,
    blind TEXT NOT NULL,
    recorded BIGINT NOT NULL
);

CREATE TABLE permits (
    id TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    received_at TEXT NOT NULL
);

-- What is spent: one row for the register, one a permit. Pending counts against the limit.
CREATE TABLE budgets (
    account TEXT PRIMARY KEY,
    posted_rho BIGINT NOT NULL,
    posted_delta BIGINT NOT NULL,
    pending_rho BIGINT NOT NULL,
    pending_delta BIGINT NOT NULL,
    posted_files INTEGER NOT NULL,
    pending_files INTEGER NOT NULL
);

CREATE TABLE seeds (
    id TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL,
    salt TEXT NOT NULL,
    seq BIGINT NOT NULL,
    ready INTEGER NOT NULL,
    used_by TEXT
);

CREATE INDEX seeds_unused ON seeds (used_by, ready, seq);

-- One row a question that was reserved for; its life is in state.
CREATE TABLE queries (
    id TEXT PRIMARY KEY,
    signer TEXT NOT NULL,
    nonce TEXT NOT NULL,
    permit TEXT NOT NULL,
    dataset TEXT NOT NULL,
    version INTEGER NOT NULL,
    output TEXT NOT NULL,
    query_hash TEXT NOT NULL,
    query_text TEXT NOT NULL,
    state TEXT NOT NULL,
    rho BIGINT NOT NULL,
    delta BIGINT NOT NULL,
    files INTEGER NOT NULL,
    seed TEXT NOT NULL REFERENCES seeds (id),
    reserved_at TEXT NOT NULL,
    sealed_answer BYTEA,
    openings TEXT,
    seq BIGINT,
    reason TEXT,
    UNIQUE (signer, nonce)
);

CREATE INDEX queries_by_question ON queries (permit, dataset, version, output, query_hash, state);
CREATE INDEX queries_by_state ON queries (state);

-- Nonces of requests that were answered without a reservation: redeliveries and refusals.
CREATE TABLE spent_nonces (
    signer TEXT NOT NULL,
    nonce TEXT NOT NULL,
    PRIMARY KEY (signer, nonce)
);

-- What was refused, for the patients of the dataset and the board to see; the entry itself holds only commitments.
CREATE TABLE refusals (
    seq BIGINT PRIMARY KEY,
    permit TEXT,
    dataset TEXT,
    code TEXT NOT NULL,
    refused_at TEXT NOT NULL
);

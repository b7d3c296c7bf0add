-- Accepted by SQLite and by PostgreSQL.

-- The one recoding of a dataset version: every extract applies it, so that files can be compared class by class.
CREATE TABLE recodings (
    dataset TEXT NOT NULL,
    version INTEGER NOT NULL,
    levels TEXT NOT NULL,
    PRIMARY KEY (dataset, version)
);

-- A produced file: sealed_file and sealed_classes open with the vault alone. Its state is produced, released or rejected.
CREATE TABLE extracts (
    id TEXT PRIMARY KEY REFERENCES queries (id),
    dataset TEXT NOT NULL,
    state TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    report TEXT NOT NULL,
    sealed_classes BYTEA NOT NULL,
    consent_root TEXT NOT NULL,
    dataset_root TEXT NOT NULL,
    produced_at TEXT NOT NULL
);

-- The keys of the hospital's output checkers.
CREATE TABLE checkers (
    key_id TEXT PRIMARY KEY,
    key_json TEXT NOT NULL,
    registered_at TEXT NOT NULL
);

CREATE TABLE output_checks (
    extract TEXT NOT NULL REFERENCES extracts (id),
    checker TEXT NOT NULL REFERENCES checkers (key_id),
    decision TEXT NOT NULL,
    signed TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (extract, checker)
);

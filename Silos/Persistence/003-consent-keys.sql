-- Accepted by SQLite and by PostgreSQL.

-- The day from which a permit counts no more, because a guardian who signed it falls away (yyyy-MM-dd).
ALTER TABLE directives ADD COLUMN lapses TEXT;

-- Who signs for a patient from then on; her first keys lie with her enrolment. Numbered with the directives, in one order.
CREATE TABLE consent_key_changes (
    recorded BIGINT PRIMARY KEY,
    subject TEXT NOT NULL REFERENCES enrolments (subject),
    sequence INTEGER NOT NULL,
    by_officers INTEGER NOT NULL,
    signed TEXT NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (subject, sequence)
);

-- The hospital's officers, two of whom sign for a patient who decides on paper.
CREATE TABLE consent_officers (
    key_id TEXT PRIMARY KEY,
    key_json TEXT NOT NULL,
    registered_at TEXT NOT NULL
);

CREATE TABLE consent_texts (
    published BIGINT PRIMARY KEY,
    hash TEXT NOT NULL,
    language TEXT NOT NULL,
    version TEXT NOT NULL,
    words TEXT NOT NULL,
    published_at TEXT NOT NULL,
    UNIQUE (version, language)
);

-- Who was erased. What the row says of her is a name that nothing else holds any more.
CREATE TABLE consent_erasures (
    recorded BIGINT PRIMARY KEY,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    erased_at TEXT NOT NULL
);

-- The leaves that an erased patient had in earlier snapshots: commitments whose salt is gone, kept so that others' proofs in those snapshots still hold.
CREATE TABLE consent_erased_leaves (
    recorded BIGINT PRIMARY KEY,
    until BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL
);

-- Who read what was done with her records: the reading is an entry, and is shown to her.
CREATE TABLE consent_reads (
    seq BIGINT PRIMARY KEY,
    subject TEXT NOT NULL,
    read_at TEXT NOT NULL
);

CREATE INDEX consent_reads_by_subject ON consent_reads (subject, seq);
CREATE INDEX refusals_by_dataset ON refusals (dataset, seq);

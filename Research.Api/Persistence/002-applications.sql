-- An application is its events; the row beside them is folded from them and kept for lists.
CREATE TABLE applications (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    applicant TEXT NOT NULL REFERENCES accounts ("Id"),
    institution TEXT,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    changed TEXT NOT NULL,
    events INTEGER NOT NULL
);

CREATE INDEX applications_by_state ON applications (state, number);
CREATE INDEX applications_by_applicant ON applications (applicant, number);

CREATE TABLE application_events (
    application TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    actor TEXT NOT NULL,
    time TEXT NOT NULL,
    log_seq BIGINT,
    PRIMARY KEY (application, seq)
);

CREATE TABLE application_team (
    application TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    PRIMARY KEY (application, account)
);

CREATE TABLE permits (
    id TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL REFERENCES applications (id),
    document TEXT NOT NULL,
    issued TEXT NOT NULL,
    transaction_hash TEXT
);

CREATE INDEX permits_by_application ON permits (application);

CREATE TABLE permit_votes (
    permit TEXT NOT NULL,
    act TEXT NOT NULL,
    member TEXT NOT NULL,
    subject TEXT NOT NULL,
    decision TEXT NOT NULL,
    time TEXT NOT NULL,
    transaction_hash TEXT,
    PRIMARY KEY (subject, member)
);

CREATE TABLE permit_deliveries (
    permit TEXT NOT NULL REFERENCES permits (id),
    silo TEXT NOT NULL,
    delivered TEXT,
    PRIMARY KEY (permit, silo)
);

-- What the hub's own log entries are about: opens their commitments for those entitled, and says which account caused them.
CREATE TABLE log_subjects (
    seq BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    time TEXT NOT NULL,
    account TEXT,
    application TEXT,
    permit TEXT,
    content TEXT NOT NULL,
    salt TEXT NOT NULL
);

CREATE INDEX log_subjects_by_application ON log_subjects (application, seq);

-- Work towards others, done at least once and in order for each subject.
CREATE TABLE outbox (
    id BIGINT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due TEXT NOT NULL,
    done TEXT,
    error TEXT
);

CREATE INDEX outbox_waiting ON outbox (done, due);

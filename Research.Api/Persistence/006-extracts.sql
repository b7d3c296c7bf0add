-- Long work towards a silo: asked for once, carried on after a restart. Holds what the researcher signed and what the silo says of the file, never the file.
CREATE TABLE extract_jobs (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    application TEXT NOT NULL REFERENCES applications (id),
    permit TEXT NOT NULL REFERENCES permits (id),
    silo TEXT NOT NULL,
    dataset TEXT NOT NULL,
    nonce TEXT NOT NULL UNIQUE,
    submission TEXT NOT NULL,
    state TEXT NOT NULL,
    extract TEXT,
    report TEXT,
    approvals BIGINT NOT NULL DEFAULT 0,
    needed BIGINT NOT NULL DEFAULT 2,
    error_code TEXT,
    error TEXT,
    asked TEXT NOT NULL,
    changed TEXT NOT NULL
);

CREATE INDEX extract_jobs_by_state ON extract_jobs (state, number);

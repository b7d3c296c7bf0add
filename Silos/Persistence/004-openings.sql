-- What opens the commitments of entries for which nobody was given a receipt (denials, output checks, downloads, redeliveries). In no export.
CREATE TABLE entry_openings (
    seq BIGINT NOT NULL,
    member TEXT NOT NULL,
    content TEXT NOT NULL,
    salt TEXT NOT NULL,
    PRIMARY KEY (seq, member)
);

-- The signed question itself: an auditor checks that its nonce was mixed into the noise.
ALTER TABLE queries ADD COLUMN signed TEXT;

-- Whose rows an answer counted, a bit a row of the dataset version, compressed and sealed: an auditor replays the answer.
CREATE TABLE query_cohorts (
    query TEXT PRIMARY KEY REFERENCES queries (id),
    floor INTEGER NOT NULL,
    sealed BYTEA NOT NULL
);

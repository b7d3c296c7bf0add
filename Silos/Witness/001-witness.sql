-- Every checkpoint that this witness co-signed; the largest of a log is what the next one must extend.
CREATE TABLE witness_checkpoints (origin TEXT NOT NULL, size BIGINT NOT NULL, root TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, size));

-- Checkpoints heard from others that neither this witness nor the chain knows yet.
CREATE TABLE witness_heard (origin TEXT NOT NULL, size BIGINT NOT NULL, root TEXT NOT NULL, note TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (origin, size, root));

-- Two histories, with the signed note that proves it.
CREATE TABLE witness_alarms (origin TEXT NOT NULL, size BIGINT NOT NULL, root TEXT NOT NULL, note TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT, source TEXT NOT NULL, noticed TEXT NOT NULL, PRIMARY KEY (origin, size, root));

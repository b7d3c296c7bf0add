-- Used seeds stay for the auditor, and are not looked through for the few that lie ready or wait.
DROP INDEX seeds_unused;
CREATE INDEX seeds_unused ON seeds (seq) WHERE used_by IS NULL;
CREATE INDEX seeds_waiting ON seeds (seq) WHERE ready = 0;

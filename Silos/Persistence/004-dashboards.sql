-- Accepted by SQLite and by PostgreSQL.

-- The answers that dashboards show, as they left: each has its entry in the log and its charge on the chain.
CREATE TABLE dashboard_answers (
    dataset TEXT NOT NULL,
    version INTEGER NOT NULL,
    permit TEXT NOT NULL,
    question TEXT NOT NULL,
    refreshed_at TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (dataset, version, permit, question)
);

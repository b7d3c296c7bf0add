-- Whom each project asked about, so that the board is alerted when two cohorts differ by few (E7). Of answers only the interval in which a count was
-- released is kept; of questions only their conditions.
CREATE TABLE asked_cohorts (
    application TEXT NOT NULL,
    silo TEXT NOT NULL,
    dataset TEXT NOT NULL,
    cohort TEXT NOT NULL,
    count_from BIGINT,
    count_to BIGINT,
    times BIGINT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (application, silo, dataset, cohort)
);

CREATE TABLE refused_questions (
    application TEXT NOT NULL,
    day TEXT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (application, day)
);

-- seq is that of the hub's own entry of kind alarm.
CREATE TABLE audit_alerts (
    seq BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    application TEXT NOT NULL,
    permit TEXT NOT NULL,
    silo TEXT NOT NULL,
    dataset TEXT NOT NULL,
    first_cohort TEXT NOT NULL,
    second_cohort TEXT NOT NULL,
    times BIGINT NOT NULL,
    time TEXT NOT NULL
);

CREATE INDEX audit_alerts_by_application ON audit_alerts (application, seq);

-- The watch holds a question against a project's newest cohorts, and asks whether a pair is known: neither may cost more the longer a project asks.
CREATE INDEX asked_cohorts_newest ON asked_cohorts (application, silo, dataset, last_at);
CREATE INDEX audit_alerts_pair ON audit_alerts (application, silo, dataset, first_cohort, second_cohort);

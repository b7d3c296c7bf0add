-- How a dataset's things lie: 'clear' until the next start seals them, 'sealed' under its keys, or 'erased' when those were dropped.
ALTER TABLE datasets ADD COLUMN at_rest TEXT NOT NULL DEFAULT 'clear';

-- The load report, sealed; report is empty then. A record's salt lies sealed with its body, and salt is empty.
ALTER TABLE dataset_versions ADD COLUMN sealed_report BYTEA;

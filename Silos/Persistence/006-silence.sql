-- What the board made of silence about a dataset, as this silo found it on the chain, with the entry that says so.
CREATE TABLE silence_changes (
    dataset TEXT NOT NULL,
    changes BIGINT NOT NULL,
    permits BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (dataset, changes)
);

CREATE TABLE silence_votes (
    register TEXT NOT NULL,
    dataset TEXT NOT NULL,
    silence TEXT NOT NULL,
    subject TEXT NOT NULL,
    member TEXT NOT NULL,
    decision TEXT NOT NULL,
    time TEXT NOT NULL,
    transaction_hash TEXT,
    PRIMARY KEY (subject, member)
);

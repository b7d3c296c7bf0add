-- Passkey ceremonies that were finished: none counts twice. Kept until they would have ended anyway.
CREATE TABLE used_ceremonies (
    id TEXT NOT NULL PRIMARY KEY,
    ends TEXT NOT NULL
);

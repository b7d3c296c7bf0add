-- Which processes of this register live, until when (Unix milliseconds), and which of them works on a question: whoever starts leaves the others' alone.
CREATE TABLE processes (id TEXT PRIMARY KEY, alive_until BIGINT NOT NULL);

ALTER TABLE queries ADD COLUMN owner TEXT;

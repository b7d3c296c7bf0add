-- Authenticator codes that were accepted, as numbers: none counts twice (RFC 6238, section 5.2). Kept until no authenticator would be believed with them.
CREATE TABLE used_codes (
    account TEXT NOT NULL,
    code INTEGER NOT NULL,
    ends TEXT NOT NULL,
    PRIMARY KEY (account, code)
);

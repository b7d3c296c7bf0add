-- Whose keys a permit names: so that the board reviews hospitals' lines by person.
CREATE TABLE permit_people (
    permit TEXT NOT NULL REFERENCES permits (id),
    key_id TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    PRIMARY KEY (permit, key_id)
);

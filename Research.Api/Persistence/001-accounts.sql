-- Identity's tables (schema version 3), in spellings that SQLite and PostgreSQL both accept.
CREATE TABLE accounts (
    "Id" TEXT NOT NULL PRIMARY KEY,
    "Name" TEXT NOT NULL,
    "Institution" TEXT,
    "Kind" TEXT,
    "UserName" VARCHAR(256),
    "NormalizedUserName" VARCHAR(256) UNIQUE,
    "Email" VARCHAR(256),
    "NormalizedEmail" VARCHAR(256) UNIQUE,
    "EmailConfirmed" BOOLEAN NOT NULL,
    "PasswordHash" TEXT,
    "SecurityStamp" TEXT,
    "ConcurrencyStamp" TEXT,
    "PhoneNumber" VARCHAR(256),
    "PhoneNumberConfirmed" BOOLEAN NOT NULL,
    "TwoFactorEnabled" BOOLEAN NOT NULL,
    "LockoutEnd" TIMESTAMPTZ,
    "LockoutEnabled" BOOLEAN NOT NULL,
    "AccessFailedCount" INTEGER NOT NULL
);

CREATE TABLE roles (
    "Id" TEXT NOT NULL PRIMARY KEY,
    "Name" VARCHAR(256),
    "NormalizedName" VARCHAR(256) UNIQUE,
    "ConcurrencyStamp" TEXT
);

CREATE TABLE account_roles (
    "UserId" TEXT NOT NULL REFERENCES accounts ("Id") ON DELETE CASCADE,
    "RoleId" TEXT NOT NULL REFERENCES roles ("Id") ON DELETE CASCADE,
    PRIMARY KEY ("UserId", "RoleId")
);

-- Read by Identity at each sign-in; we write none.
CREATE TABLE account_claims ("Id" INTEGER PRIMARY KEY, "UserId" TEXT NOT NULL REFERENCES accounts ("Id") ON DELETE CASCADE, "ClaimType" TEXT, "ClaimValue" TEXT);

CREATE TABLE role_claims ("Id" INTEGER PRIMARY KEY, "RoleId" TEXT NOT NULL REFERENCES roles ("Id") ON DELETE CASCADE, "ClaimType" TEXT, "ClaimValue" TEXT);

CREATE TABLE account_logins (
    "LoginProvider" VARCHAR(128) NOT NULL,
    "ProviderKey" VARCHAR(128) NOT NULL,
    "ProviderDisplayName" TEXT,
    "UserId" TEXT NOT NULL REFERENCES accounts ("Id") ON DELETE CASCADE,
    PRIMARY KEY ("LoginProvider", "ProviderKey")
);

CREATE TABLE account_tokens (
    "UserId" TEXT NOT NULL REFERENCES accounts ("Id") ON DELETE CASCADE,
    "LoginProvider" VARCHAR(128) NOT NULL,
    "Name" VARCHAR(128) NOT NULL,
    "Value" TEXT,
    PRIMARY KEY ("UserId", "LoginProvider", "Name")
);

CREATE TABLE account_passkeys (
    "CredentialId" BYTEA NOT NULL PRIMARY KEY,
    "UserId" TEXT NOT NULL REFERENCES accounts ("Id") ON DELETE CASCADE,
    "Data" TEXT NOT NULL
);

-- A board member's key in the Members contract, linked to an account; the account of an enrolled patient.
CREATE TABLE member_keys (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts ("Id"),
    key_id TEXT NOT NULL UNIQUE,
    key_jwk TEXT NOT NULL,
    linked TEXT NOT NULL
);

CREATE TABLE patient_links (
    account TEXT NOT NULL REFERENCES accounts ("Id"),
    silo TEXT NOT NULL,
    subject TEXT NOT NULL,
    linked TEXT NOT NULL,
    PRIMARY KEY (account, silo),
    UNIQUE (silo, subject)
);

-- A code is kept as its hash.
CREATE TABLE invitations (
    code_hash TEXT NOT NULL PRIMARY KEY,
    silo TEXT NOT NULL,
    subject TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES accounts ("Id"),
    expires TEXT NOT NULL,
    taken_by TEXT REFERENCES accounts ("Id")
);

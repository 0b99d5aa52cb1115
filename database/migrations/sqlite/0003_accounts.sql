-- +goose Up

-- Who writes, for which group, and how they prove who they are.

CREATE TABLE contributor_groups (
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    CONSTRAINT contributor_groups_pk PRIMARY KEY (id),
    CONSTRAINT contributor_groups_name_unique UNIQUE (name),
    CONSTRAINT contributor_groups_name_given CHECK (name <> '')
);

-- An account's name is shown in public histories only where its person chose so (named). A
-- password is an argon2id hash; '' where there is none. totp_step is the last code's time step,
-- so that no code is taken twice.
ALTER TABLE accounts ADD COLUMN group_id TEXT CONSTRAINT accounts_group_fk REFERENCES contributor_groups (id);
ALTER TABLE accounts ADD COLUMN named BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN password TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN totp_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN deleted_at TIMESTAMP;

-- serves: the members of a group.
CREATE INDEX accounts_by_group ON accounts (group_id) WHERE group_id IS NOT NULL;

-- The group for which its author wrote, as it was then.
ALTER TABLE changesets ADD COLUMN group_id TEXT CONSTRAINT changesets_group_fk REFERENCES contributor_groups (id);

-- serves: what a group has waiting, newest first.
CREATE INDEX changesets_by_group ON changesets (group_id, id) WHERE group_id IS NOT NULL;

-- hint is the token's beginning, by which its owner knows it again.
ALTER TABLE tokens ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN hint TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN scope TEXT NOT NULL DEFAULT 'admin' CONSTRAINT tokens_scope_known CHECK (scope IN ('read', 'propose', 'publish', 'admin'));
ALTER TABLE tokens ADD COLUMN used_at TIMESTAMP;

-- A session is known by the hash of what its cookie holds. Those without an account are of
-- people who are signing in.
CREATE TABLE sessions (
    id          TEXT NOT NULL,
    key         TEXT NOT NULL,
    account_id  TEXT,
    data        BLOB NOT NULL,
    agent       TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    seen_at     TIMESTAMP NOT NULL,
    ends_at     TIMESTAMP NOT NULL,
    expires_at  TIMESTAMP NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (id),
    CONSTRAINT sessions_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
);

-- serves: which session does this cookie belong to?
CREATE UNIQUE INDEX sessions_by_key ON sessions (key);

-- serves: the sessions of an account, to list and to end.
CREATE INDEX sessions_by_account ON sessions (account_id) WHERE account_id IS NOT NULL;

-- serves: which sessions have ended and can be forgotten?
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

-- A link that is used once: to join with a role, to set a new password, or to sign in.
CREATE TABLE invitations (
    id          TEXT NOT NULL,
    hash        BLOB NOT NULL,
    purpose     TEXT NOT NULL,
    label       TEXT NOT NULL,
    role        TEXT NOT NULL,
    group_id    TEXT,
    account_id  TEXT,
    invited_by  TEXT,
    created_at  TIMESTAMP NOT NULL,
    expires_at  TIMESTAMP NOT NULL,
    used_at     TIMESTAMP,
    CONSTRAINT invitations_pk PRIMARY KEY (id),
    CONSTRAINT invitations_group_fk FOREIGN KEY (group_id) REFERENCES contributor_groups (id),
    CONSTRAINT invitations_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT invitations_invited_by_fk FOREIGN KEY (invited_by) REFERENCES accounts (id),
    CONSTRAINT invitations_purpose_known CHECK (purpose IN ('join', 'reset', 'sign_in')),
    CONSTRAINT invitations_role_known CHECK (role IN ('reader', 'contributor', 'editor', 'steward', 'admin')),
    CONSTRAINT invitations_account_given CHECK (purpose = 'join' OR account_id IS NOT NULL)
);

-- serves: which invitation does this link belong to?
CREATE UNIQUE INDEX invitations_by_hash ON invitations (hash);

-- serves: the invitations that wait, newest first.
CREATE INDEX invitations_by_waiting ON invitations (created_at, id) WHERE used_at IS NULL;

-- serves: which links lead to an account?
CREATE INDEX invitations_by_account ON invitations (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE passkeys (
    id             TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    credential_id  BLOB NOT NULL,
    credential     TEXT NOT NULL,
    label          TEXT NOT NULL,
    created_at     TIMESTAMP NOT NULL,
    used_at        TIMESTAMP,
    CONSTRAINT passkeys_pk PRIMARY KEY (id),
    CONSTRAINT passkeys_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
);

-- serves: which passkey is this?
CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential_id);

-- serves: the passkeys of an account.
CREATE INDEX passkeys_by_account ON passkeys (account_id);

CREATE TABLE recovery_codes (
    account_id  TEXT NOT NULL,
    hash        BLOB NOT NULL,
    used_at     TIMESTAMP,
    CONSTRAINT recovery_codes_pk PRIMARY KEY (account_id, hash),
    CONSTRAINT recovery_codes_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
) WITHOUT ROWID;

-- Who somebody is for an OpenID provider. Nothing links an account by its e-mail address.
CREATE TABLE external_identities (
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    CONSTRAINT external_identities_pk PRIMARY KEY (issuer, subject),
    CONSTRAINT external_identities_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
) WITHOUT ROWID;

-- serves: the identities of an account.
CREATE INDEX external_identities_by_account ON external_identities (account_id);

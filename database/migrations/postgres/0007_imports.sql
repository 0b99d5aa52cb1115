-- +goose Up

-- Files that members import: what they chose, how far the job has come, and what it found. The
-- file itself goes once it was loaded. None of it is part of the log.

CREATE TABLE imports (
    id            uuid NOT NULL,
    account_id    uuid NOT NULL,
    name          TEXT NOT NULL,
    content       bytea NOT NULL,
    options       TEXT NOT NULL,
    status        TEXT NOT NULL,
    stage         TEXT NOT NULL,
    done          bigint NOT NULL,
    total         bigint NOT NULL,
    report        TEXT NOT NULL,
    errors        TEXT NOT NULL,
    problem       TEXT NOT NULL,
    changeset_id  uuid,
    created_at    timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    CONSTRAINT imports_pk PRIMARY KEY (id),
    CONSTRAINT imports_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT imports_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id),
    CONSTRAINT imports_status_known CHECK (status IN ('checking', 'checked', 'loading', 'loaded', 'failed'))
);

-- serves: the imports of one account, newest first.
CREATE INDEX imports_by_account ON imports (account_id, id);

-- serves: the foreign key, when a changeset is looked at from there.
CREATE INDEX imports_by_changeset ON imports (changeset_id) WHERE changeset_id IS NOT NULL;

-- What was chosen by hand for the columns of a table, for the next file with the same header.
CREATE TABLE import_mappings (
    header      TEXT NOT NULL,
    options     TEXT NOT NULL,
    account_id  uuid NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT import_mappings_pk PRIMARY KEY (header),
    CONSTRAINT import_mappings_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
);

-- serves: the foreign key, when an account is looked at from there.
CREATE INDEX import_mappings_by_account ON import_mappings (account_id);

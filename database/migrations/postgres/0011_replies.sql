-- +goose Up

-- What people without an account ask for by the right of reply. It is no part of the records: no
-- revision and no leaf of the log holds any of it. hash is that of the code by which its sender
-- follows it. sender is a keyed hash of an address for a day at most; the key is not stored.

CREATE TABLE replies (
    id           uuid NOT NULL,
    hash         bytea NOT NULL,
    kind         text NOT NULL,
    role         text NOT NULL,
    state        text NOT NULL,
    name         text NOT NULL,
    contact      text NOT NULL,
    record_id    uuid,
    subject      text NOT NULL,
    text         text NOT NULL,
    evidence     text NOT NULL,
    private      BOOLEAN NOT NULL,
    sender       bytea,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    changeset_id uuid,
    answer       text NOT NULL,
    shown        BOOLEAN NOT NULL,
    answered_by  uuid,
    answered_at  timestamptz,
    CONSTRAINT replies_pk PRIMARY KEY (id),
    CONSTRAINT replies_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT replies_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id),
    CONSTRAINT replies_answered_by_fk FOREIGN KEY (answered_by) REFERENCES accounts (id),
    CONSTRAINT replies_kind_known CHECK (kind IN ('correction', 'answer')),
    CONSTRAINT replies_role_known CHECK (role IN ('party', 'representative', 'other')),
    CONSTRAINT replies_state_known CHECK (state IN ('unconfirmed', 'waiting', 'answered')),
    CONSTRAINT replies_answered_whole CHECK ((state = 'answered') = (answered_at IS NOT NULL) AND (state = 'answered') = (answered_by IS NOT NULL))
);

-- serves: the reply of a code.
CREATE UNIQUE INDEX replies_by_hash ON replies (hash);

-- serves: the queue of replies in a state, longest first.
CREATE INDEX replies_by_state ON replies (state, id);

-- serves: the answers that everybody sees about a record.
CREATE INDEX replies_by_record ON replies (record_id, id) WHERE record_id IS NOT NULL;

-- serves: how many did an address send, and which hashes are to be forgotten?
CREATE INDEX replies_by_sender ON replies (sender, created_at) WHERE sender IS NOT NULL;

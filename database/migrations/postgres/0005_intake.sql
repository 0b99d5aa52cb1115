-- +goose Up

-- What members take in: articles with their texts, files kept as evidence, and how the links of
-- sources are found. None of it is part of the log; a source names its captures by their hashes.

CREATE TABLE intakes (
    id            uuid NOT NULL,
    account_id    uuid NOT NULL,
    created_at    timestamptz NOT NULL,
    url           TEXT NOT NULL,
    source_id     uuid,
    source        TEXT NOT NULL,
    body          TEXT NOT NULL,
    problem       TEXT NOT NULL,
    capture       TEXT NOT NULL,
    changeset_id  uuid,
    CONSTRAINT intakes_pk PRIMARY KEY (id),
    CONSTRAINT intakes_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT intakes_source_fk FOREIGN KEY (source_id) REFERENCES records (id),
    CONSTRAINT intakes_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id)
);

-- serves: the intakes of one account, newest first.
CREATE INDEX intakes_by_account ON intakes (account_id, id);

-- serves: the foreign keys, when a record or changeset is looked at from there.
CREATE INDEX intakes_by_source ON intakes (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX intakes_by_changeset ON intakes (changeset_id) WHERE changeset_id IS NOT NULL;

CREATE TABLE evidence (
    sha256      TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    bytes       bigint NOT NULL,
    stored_at   timestamptz NOT NULL,
    account_id  uuid NOT NULL,
    CONSTRAINT evidence_pk PRIMARY KEY (sha256),
    CONSTRAINT evidence_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT evidence_hash_whole CHECK (length(sha256) = 64),
    CONSTRAINT evidence_bytes_count CHECK (bytes > 0)
);

-- serves: the files that an account stored.
CREATE INDEX evidence_by_account ON evidence (account_id);

CREATE TABLE link_checks (
    source_id    uuid NOT NULL,
    url          TEXT NOT NULL,
    checked_at   timestamptz NOT NULL,
    outcome      TEXT NOT NULL,
    since        timestamptz NOT NULL,
    detail       TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    CONSTRAINT link_checks_pk PRIMARY KEY (source_id),
    CONSTRAINT link_checks_source_fk FOREIGN KEY (source_id) REFERENCES records (id),
    CONSTRAINT link_checks_outcome_known CHECK (outcome IN ('ok', 'changed', 'gone', 'unreachable'))
);

-- serves: the sources whose links are gone, changed or unreachable; whose check is due.
CREATE INDEX link_checks_by_outcome ON link_checks (outcome, source_id);
CREATE INDEX link_checks_by_age ON link_checks (checked_at, source_id);

-- +goose Up

-- What happens to a changeset before it is published, which records are protected, and what
-- people outside ask for.

-- edition counts the saves of a changeset that waits, so that two people do not overwrite each
-- other's. form is what a page's form held. publish_at is the instant before which an approved
-- changeset is not published. edits and retractions are how many it asks for.
ALTER TABLE changesets ADD COLUMN edition INTEGER NOT NULL DEFAULT 1;
ALTER TABLE changesets ADD COLUMN queue TEXT NOT NULL DEFAULT 'edits' CONSTRAINT changesets_queue_known CHECK (queue IN ('edits', 'replies'));
ALTER TABLE changesets ADD COLUMN form TEXT NOT NULL DEFAULT '';
ALTER TABLE changesets ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changesets ADD COLUMN retractions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changesets ADD COLUMN submitted_at TIMESTAMP;
ALTER TABLE changesets ADD COLUMN publish_at TIMESTAMP;
ALTER TABLE changesets ADD COLUMN amender_id TEXT CONSTRAINT changesets_amender_fk REFERENCES accounts (id);
ALTER TABLE changesets ADD COLUMN approver_id TEXT CONSTRAINT changesets_approver_fk REFERENCES accounts (id);

-- serves: which approved changesets are due?
CREATE INDEX changesets_by_publish_at ON changesets (publish_at) WHERE approver_id IS NOT NULL AND status = 'submitted';

-- serves: what waits in a queue, longest first.
CREATE INDEX changesets_by_queue ON changesets (queue, status, submitted_at, id) WHERE submitted_at IS NOT NULL;

-- serves: how much did an account write in the last hour?
CREATE INDEX changesets_by_author_submitted ON changesets (author_id, submitted_at) WHERE submitted_at IS NOT NULL;

-- serves: what did a person publish in a window?
CREATE INDEX changesets_by_author_decided ON changesets (author_id, decided_at) WHERE from_position IS NOT NULL;

CREATE TABLE changeset_events (
    id            TEXT      NOT NULL,
    changeset_id  TEXT      NOT NULL,
    account_id    TEXT,
    what          TEXT      NOT NULL,
    text          TEXT      NOT NULL,
    operations    TEXT      NOT NULL,
    at            TIMESTAMP NOT NULL,
    CONSTRAINT changeset_events_pk PRIMARY KEY (id),
    CONSTRAINT changeset_events_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id),
    CONSTRAINT changeset_events_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT changeset_events_what_known CHECK (what IN ('comment', 'submitted', 'amended', 'changes_requested', 'approved', 'held_back', 'published', 'rejected', 'withdrawn'))
);

-- serves: what happened to a changeset, in order.
CREATE INDEX changeset_events_by_changeset ON changeset_events (changeset_id, id);

-- A record is protected from at until lifted_at.
CREATE TABLE protections (
    id          TEXT      NOT NULL,
    record_id   TEXT      NOT NULL,
    account_id  TEXT      NOT NULL,
    reason      TEXT      NOT NULL,
    at          TIMESTAMP NOT NULL,
    lifter_id   TEXT,
    lifted_at   TIMESTAMP,
    CONSTRAINT protections_pk PRIMARY KEY (id),
    CONSTRAINT protections_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT protections_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT protections_lifter_fk FOREIGN KEY (lifter_id) REFERENCES accounts (id),
    CONSTRAINT protections_lifted_whole CHECK ((lifter_id IS NULL) = (lifted_at IS NULL))
);

-- serves: is this record protected?
CREATE UNIQUE INDEX protections_by_record ON protections (record_id) WHERE lifted_at IS NULL;

-- serves: which entities have this identifier in another scheme or spelling?
CREATE INDEX entity_identifiers_by_folded ON entity_identifiers (lower(value)) WHERE to_size IS NULL;

-- serves: which links name this seller?
CREATE INDEX relationships_by_supplied_by ON relationships (supplied_by_id) WHERE supplied_by_id IS NOT NULL;

-- serves: which steps did this entity take?
CREATE INDEX status_changes_by_actor ON status_changes (actor_id) WHERE actor_id IS NOT NULL;

-- +goose Up

-- The id that an intake's new source got when a draft that makes it was sent. It is not of a record
-- before it is published.
ALTER TABLE intakes ADD COLUMN made_id TEXT;

-- Ids of drafts are random, so that lists follow when a changeset was sent.
DROP INDEX changesets_by_status;
DROP INDEX changesets_by_author;
DROP INDEX changesets_by_group;

-- serves: changesets, those that were sent last first.
CREATE INDEX changesets_by_sending ON changesets (COALESCE(submitted_at, created_at), id);

-- serves: changesets of one status, those that were sent last first.
CREATE INDEX changesets_by_status ON changesets (status, COALESCE(submitted_at, created_at), id);

-- serves: the changesets of one author, those that were sent last first.
CREATE INDEX changesets_by_author ON changesets (author_id, COALESCE(submitted_at, created_at), id);

-- serves: the changesets of one group, those that were sent last first.
CREATE INDEX changesets_by_group ON changesets (group_id, COALESCE(submitted_at, created_at), id) WHERE group_id IS NOT NULL;

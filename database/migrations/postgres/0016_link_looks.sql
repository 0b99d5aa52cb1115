-- +goose Up

-- How links of sources are looked at: by the text on the page, more than once before it is said
-- that a page is gone or changed, and no server too often.

ALTER TABLE link_checks DROP COLUMN fingerprint;
ALTER TABLE link_checks ADD COLUMN reason text NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN figure bigint NOT NULL DEFAULT 0;
ALTER TABLE link_checks ADD COLUMN due_at timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE link_checks ADD COLUMN suspect text NOT NULL DEFAULT '' CONSTRAINT link_checks_suspect_known CHECK (suspect IN ('', 'changed', 'gone'));
ALTER TABLE link_checks ADD COLUMN suspicions bigint NOT NULL DEFAULT 0;
ALTER TABLE link_checks ADD COLUMN suspect_since timestamptz;
ALTER TABLE link_checks ADD COLUMN sketch text NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN etag text NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN modified text NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN settled_at timestamptz;

-- serves: the sources whose links are to be looked at.
CREATE INDEX link_checks_by_due ON link_checks (due_at, source_id);
DROP INDEX link_checks_by_age;

-- When a server may be asked again, whoever asks.
CREATE TABLE link_hosts (
    host     text NOT NULL,
    next_at  timestamptz NOT NULL,
    CONSTRAINT link_hosts_pk PRIMARY KEY (host)
);

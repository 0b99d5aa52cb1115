-- +goose Up

-- How links of sources are looked at: by the text on the page, more than once before it is said
-- that a page is gone or changed, and no server too often.

ALTER TABLE link_checks DROP COLUMN fingerprint;
ALTER TABLE link_checks ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN figure INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_checks ADD COLUMN due_at TIMESTAMP NOT NULL DEFAULT 0;
ALTER TABLE link_checks ADD COLUMN suspect TEXT NOT NULL DEFAULT '' CONSTRAINT link_checks_suspect_known CHECK (suspect IN ('', 'changed', 'gone'));
ALTER TABLE link_checks ADD COLUMN suspicions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_checks ADD COLUMN suspect_since TIMESTAMP;
ALTER TABLE link_checks ADD COLUMN sketch TEXT NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN etag TEXT NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN modified TEXT NOT NULL DEFAULT '';
ALTER TABLE link_checks ADD COLUMN settled_at TIMESTAMP;

-- serves: the sources whose links are to be looked at.
CREATE INDEX link_checks_by_due ON link_checks (due_at, source_id);
DROP INDEX link_checks_by_age;

-- When a server may be asked again, whoever asks.
CREATE TABLE link_hosts (
    host     TEXT NOT NULL,
    next_at  TIMESTAMP NOT NULL,
    CONSTRAINT link_hosts_pk PRIMARY KEY (host)
);

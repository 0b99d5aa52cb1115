-- +goose Up

-- How often signing in failed of late, by address and by account. bucket is a keyed hash: no table
-- holds an address, and the key is derived from that of the log.

CREATE TABLE throttles (
    bucket     BLOB NOT NULL,
    failures   INTEGER NOT NULL,
    failed_at  TIMESTAMP NOT NULL,
    CONSTRAINT throttles_pk PRIMARY KEY (bucket)
) WITHOUT ROWID;

-- serves: which failures are so long ago that they are forgotten?
CREATE INDEX throttles_by_failed_at ON throttles (failed_at);

-- +goose Up

-- How often signing in failed of late, by address and by account. bucket is a keyed hash: no table
-- holds an address, and the key is derived from that of the log.

CREATE TABLE throttles (
    bucket     bytea NOT NULL,
    failures   bigint NOT NULL,
    failed_at  timestamptz NOT NULL,
    CONSTRAINT throttles_pk PRIMARY KEY (bucket)
);

-- serves: which failures are so long ago that they are forgotten?
CREATE INDEX throttles_by_failed_at ON throttles (failed_at);

-- +goose Up

-- How often an account wrote. A replica that has the number has the writes too, and may answer the
-- account's reads.
ALTER TABLE accounts ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;

-- +goose Up

-- How often an account wrote. A replica that has the number has the writes too, and may answer the
-- account's reads.
ALTER TABLE accounts ADD COLUMN writes bigint NOT NULL DEFAULT 0;

-- That an undisclosed record was named is an operation of its own.
ALTER TABLE revisions DROP CONSTRAINT revisions_op_known;
ALTER TABLE revisions ADD CONSTRAINT revisions_op_known CHECK (op IN ('create', 'edit', 'retract', 'restore', 'merge', 'name', 'redact', 'hold', 'lift'));

-- +goose Up

-- How often an account wrote. A replica that has the number has the writes too, and may answer the
-- account's reads.
ALTER TABLE accounts ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;

-- That an undisclosed record was named is an operation of its own. SQLite cannot alter a constraint;
-- its text alone is changed: see 0014_holds.sql.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''merge'', ''redact''', '''merge'', ''name'', ''redact''') WHERE type = 'table' AND name = 'revisions';
PRAGMA writable_schema = RESET;

-- +goose Up

-- The public keys that sign the log, one after the other: each signs the checkpoints of sizes above
-- from_size, until the next one does. statement is a signed note that says so.
CREATE TABLE log_keys (
    number      INTEGER NOT NULL,
    public_key  TEXT NOT NULL,
    from_size   INTEGER NOT NULL,
    at          TIMESTAMP NOT NULL,
    how         TEXT NOT NULL,
    reason      TEXT NOT NULL,
    statement   TEXT NOT NULL,
    CONSTRAINT log_keys_pk PRIMARY KEY (number),
    CONSTRAINT log_keys_how_known CHECK (how IN ('first', 'handed_over', 'lost')),
    CONSTRAINT log_keys_first CHECK ((how = 'first') = (number = 1)),
    CONSTRAINT log_keys_begin CHECK (number >= 1 AND from_size >= 0 AND (number > 1 OR from_size = 0))
);

-- serves: no key signs twice.
CREATE UNIQUE INDEX log_keys_by_key ON log_keys (public_key);

-- +goose StatementBegin
CREATE TRIGGER log_keys_no_update BEFORE UPDATE ON log_keys
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE of log_keys refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_keys_no_delete BEFORE DELETE ON log_keys
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE of log_keys refused');
END;
-- +goose StatementEnd

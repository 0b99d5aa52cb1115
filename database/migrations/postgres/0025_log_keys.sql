-- +goose Up

-- The public keys that sign the log, one after the other: each signs the checkpoints of sizes above
-- from_size, until the next one does. statement is a signed note that says so.
CREATE TABLE log_keys (
    number      bigint NOT NULL,
    public_key  text   NOT NULL,
    from_size   bigint NOT NULL,
    at          timestamptz NOT NULL,
    how         text   NOT NULL,
    reason      text   NOT NULL,
    statement   text   NOT NULL,
    CONSTRAINT log_keys_pk PRIMARY KEY (number),
    CONSTRAINT log_keys_how_known CHECK (how IN ('first', 'handed_over', 'lost')),
    CONSTRAINT log_keys_first CHECK ((how = 'first') = (number = 1)),
    CONSTRAINT log_keys_begin CHECK (number >= 1 AND from_size >= 0 AND (number > 1 OR from_size = 0))
);

-- serves: no key signs twice.
CREATE UNIQUE INDEX log_keys_by_key ON log_keys (public_key);

CREATE TRIGGER log_keys_no_change BEFORE UPDATE OR DELETE ON log_keys FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_keys_no_truncate BEFORE TRUNCATE ON log_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

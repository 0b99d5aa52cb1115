-- +goose Up

-- Records on hold: what they said is put aside, out of every table that is read, until the hold
-- is lifted. See docs/decisions/0014-holds.md.

ALTER TABLE records ADD COLUMN withheld_at TIMESTAMPTZ;
ALTER TABLE records ADD COLUMN withheld_for TEXT NOT NULL DEFAULT '';

-- serves: which records are on hold?
CREATE INDEX records_withheld ON records (id) WHERE withheld_at IS NOT NULL;

CREATE TABLE withheld_revisions (
    position  BIGINT NOT NULL,
    document  TEXT NOT NULL,
    salts     TEXT NOT NULL,
    CONSTRAINT withheld_revisions_pk PRIMARY KEY (position),
    CONSTRAINT withheld_revisions_position_fk FOREIGN KEY (position) REFERENCES revisions (position)
);

CREATE TABLE withheld_texts (
    owner_id      UUID NOT NULL,
    field         TEXT NOT NULL,
    changeset_id  UUID NOT NULL,
    text          TEXT NOT NULL,
    CONSTRAINT withheld_texts_pk PRIMARY KEY (owner_id, field),
    CONSTRAINT withheld_texts_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id),
    CONSTRAINT withheld_texts_field_known CHECK (field IN ('summary', 'note', 'operations', 'form', 'event_text', 'event_operations'))
);

ALTER TABLE revisions DROP CONSTRAINT revisions_op_known;
ALTER TABLE revisions ADD CONSTRAINT revisions_op_known CHECK (op IN ('create', 'edit', 'retract', 'restore', 'merge', 'redact', 'hold', 'lift'));

-- Two changes are no rewriting of history: a redaction sets members to null, and the end of a hold
-- brings back exactly what was put aside.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION only_redact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'document' - 'salts') <> (to_jsonb(OLD) - 'document' - 'salts') THEN
        RAISE EXCEPTION 'the log is append-only: UPDATE of revisions refused';
    END IF;
    IF NOT (only_nulled(OLD.document, NEW.document) AND only_nulled(OLD.salts, NEW.salts))
        AND NOT EXISTS (SELECT 1 FROM withheld_revisions w WHERE w.position = OLD.position AND w.document = NEW.document AND w.salts = NEW.salts) THEN
        RAISE EXCEPTION 'the log is append-only: UPDATE of revisions refused';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION only_withheld() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM revisions r WHERE r.position = NEW.position AND r.document = NEW.document AND r.salts = NEW.salts) THEN
            RETURN NEW;
        END IF;
    ELSIF EXISTS (SELECT 1 FROM revisions r WHERE r.position = OLD.position AND r.document = OLD.document AND r.salts = OLD.salts) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the log is append-only: % of % refused', TG_OP, TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER withheld_revisions_only_copies BEFORE INSERT OR DELETE ON withheld_revisions FOR EACH ROW EXECUTE FUNCTION only_withheld();
CREATE TRIGGER withheld_revisions_no_update BEFORE UPDATE ON withheld_revisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER withheld_revisions_no_truncate BEFORE TRUNCATE ON withheld_revisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

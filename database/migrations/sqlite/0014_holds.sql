-- +goose Up

-- Records on hold: what they said is put aside, out of every table that is read, until the hold
-- is lifted. See docs/decisions/0014-holds.md.

ALTER TABLE records ADD COLUMN withheld_at TIMESTAMP;
ALTER TABLE records ADD COLUMN withheld_for TEXT NOT NULL DEFAULT '';

-- serves: which records are on hold?
CREATE INDEX records_withheld ON records (id) WHERE withheld_at IS NOT NULL;

CREATE TABLE withheld_revisions (
    position  INTEGER NOT NULL,
    document  TEXT NOT NULL,
    salts     TEXT NOT NULL,
    CONSTRAINT withheld_revisions_pk PRIMARY KEY (position),
    CONSTRAINT withheld_revisions_position_fk FOREIGN KEY (position) REFERENCES revisions (position)
);

CREATE TABLE withheld_texts (
    owner_id      TEXT NOT NULL,
    field         TEXT NOT NULL,
    changeset_id  TEXT NOT NULL,
    text          TEXT NOT NULL,
    CONSTRAINT withheld_texts_pk PRIMARY KEY (owner_id, field),
    CONSTRAINT withheld_texts_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id),
    CONSTRAINT withheld_texts_field_known CHECK (field IN ('summary', 'note', 'operations', 'form', 'event_text', 'event_operations'))
) WITHOUT ROWID;

-- SQLite cannot alter a constraint; what an operation may be is the same on disk, so its text alone
-- is changed: https://www.sqlite.org/lang_altertable.html#otheralter
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''merge'', ''redact'')', '''merge'', ''redact'', ''hold'', ''lift'')') WHERE type = 'table' AND name = 'revisions';
PRAGMA writable_schema = RESET;

DROP TRIGGER revisions_only_redact;

-- Two changes are no rewriting of history: a redaction sets members to null, and the end of a hold
-- brings back exactly what was put aside.

-- +goose StatementBegin
CREATE TRIGGER revisions_only_redact BEFORE UPDATE ON revisions
WHEN NEW.position <> OLD.position OR NEW.record_id <> OLD.record_id OR NEW.type <> OLD.type
    OR NEW.version <> OLD.version OR NEW.changeset_id <> OLD.changeset_id OR NEW.op <> OLD.op
    OR NEW.edit <> OLD.edit OR NEW.state <> OLD.state OR NEW.merged_into IS NOT OLD.merged_into
    OR NEW.at <> OLD.at OR NEW.leaf <> OLD.leaf
    OR (NOT EXISTS (SELECT 1 FROM withheld_revisions AS w WHERE w.position = OLD.position AND w.document = NEW.document AND w.salts = NEW.salts)
        AND (EXISTS (
                SELECT 1 FROM json_each(NEW.document) AS a
                LEFT JOIN json_each(OLD.document) AS b ON b.key = a.key
                WHERE b.key IS NULL OR (a.type <> 'null' AND (a.type <> b.type OR a.value <> b.value))
            )
            OR (SELECT count(*) FROM json_each(NEW.document)) <> (SELECT count(*) FROM json_each(OLD.document))
            OR EXISTS (
                SELECT 1 FROM json_each(NEW.salts) AS a
                LEFT JOIN json_each(OLD.salts) AS b ON b.key = a.key
                WHERE b.key IS NULL OR (a.type <> 'null' AND (a.type <> b.type OR a.value <> b.value))
            )
            OR (SELECT count(*) FROM json_each(NEW.salts)) <> (SELECT count(*) FROM json_each(OLD.salts))))
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE of revisions refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER withheld_revisions_only_copies BEFORE INSERT ON withheld_revisions
WHEN NOT EXISTS (SELECT 1 FROM revisions AS r WHERE r.position = NEW.position AND r.document = NEW.document AND r.salts = NEW.salts)
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: INSERT of withheld_revisions refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER withheld_revisions_no_update BEFORE UPDATE ON withheld_revisions
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE of withheld_revisions refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER withheld_revisions_once_back BEFORE DELETE ON withheld_revisions
WHEN NOT EXISTS (SELECT 1 FROM revisions AS r WHERE r.position = OLD.position AND r.document = OLD.document AND r.salts = OLD.salts)
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE of withheld_revisions refused');
END;
-- +goose StatementEnd

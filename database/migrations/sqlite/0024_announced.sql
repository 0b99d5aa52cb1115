-- +goose Up

-- Whether the sources of a step report it as done or announce it for later; '' where nobody said.
ALTER TABLE status_changes ADD COLUMN reported TEXT NOT NULL DEFAULT '' CONSTRAINT status_changes_reported_known CHECK (reported IN ('', 'done', 'announced'));

-- Steps that were announced and that nothing confirms, with the log sizes between which that was so:
-- they begin no span.
CREATE TABLE announced_steps (
    change_id  TEXT    NOT NULL,
    from_size  INTEGER NOT NULL,
    to_size    INTEGER,
    record_id  TEXT    NOT NULL,
    told_day   TEXT    NOT NULL,
    due_day    TEXT    NOT NULL,
    CONSTRAINT announced_steps_pk PRIMARY KEY (change_id, from_size),
    CONSTRAINT announced_steps_change_fk FOREIGN KEY (change_id) REFERENCES records (id),
    CONSTRAINT announced_steps_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT announced_steps_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: the announced steps of records.
CREATE INDEX announced_steps_of_record ON announced_steps (record_id, change_id);

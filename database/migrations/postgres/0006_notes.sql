-- +goose Up

-- Notes and tasks of members on records. They are no part of the records: no revision and no leaf
-- of the log holds any of it, and they can be deleted.

CREATE TABLE notes (
    id             uuid        NOT NULL,
    record_id      uuid        NOT NULL,
    author_id      uuid        NOT NULL,
    text           text        NOT NULL,
    state          text        NOT NULL,
    assignee_id    uuid,
    group_id       uuid,
    created_at     timestamptz NOT NULL,
    done_at        timestamptz,
    done_by_id     uuid,
    CONSTRAINT notes_pk PRIMARY KEY (id),
    CONSTRAINT notes_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT notes_author_fk FOREIGN KEY (author_id) REFERENCES accounts (id),
    CONSTRAINT notes_assignee_fk FOREIGN KEY (assignee_id) REFERENCES accounts (id),
    CONSTRAINT notes_done_by_fk FOREIGN KEY (done_by_id) REFERENCES accounts (id),
    CONSTRAINT notes_text_given CHECK (text <> ''),
    CONSTRAINT notes_state_known CHECK (state IN ('note', 'open', 'done')),
    CONSTRAINT notes_group_fk FOREIGN KEY (group_id) REFERENCES contributor_groups (id),
    CONSTRAINT notes_assigned_once CHECK (assignee_id IS NULL OR group_id IS NULL),
    CONSTRAINT notes_done_whole CHECK ((state = 'done') = (done_at IS NOT NULL) AND (state = 'done') = (done_by_id IS NOT NULL))
);

-- serves: the notes on a record, newest first.
CREATE INDEX notes_by_record ON notes (record_id, id);

-- serves: all notes or tasks of a state, newest first.
CREATE INDEX notes_by_state ON notes (state, id);

-- serves: the tasks of a person, newest first.
CREATE INDEX notes_by_assignee ON notes (assignee_id, state, id) WHERE assignee_id IS NOT NULL;

-- serves: the tasks of a group, newest first.
CREATE INDEX notes_by_group ON notes (group_id, state, id) WHERE group_id IS NOT NULL;

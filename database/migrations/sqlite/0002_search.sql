-- +goose Up

-- What search knows of live records. It follows each publication and holds the present alone.
CREATE TABLE search_entries (
    record_id  TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    names      TEXT    NOT NULL,
    words      TEXT    NOT NULL,
    CONSTRAINT search_entries_pk PRIMARY KEY (record_id),
    CONSTRAINT search_entries_record_fk FOREIGN KEY (record_id) REFERENCES records (id)
);

-- serves: the entry that a full-text index found.
CREATE UNIQUE INDEX search_entries_by_number ON search_entries (number);

-- serves: records by whole words and beginnings of words.
CREATE VIRTUAL TABLE search_words USING fts5 (names, words, content = 'search_entries', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');

-- serves: entities by near spellings of their names.
CREATE VIRTUAL TABLE search_names USING fts5 (names, content = 'search_entries', content_rowid = 'number', tokenize = 'trigram', detail = 'none');

-- +goose StatementBegin
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries
BEGIN
    INSERT INTO search_words (rowid, names, words) VALUES (NEW.number, NEW.names, NEW.words);
    INSERT INTO search_names (rowid, names) VALUES (NEW.number, NEW.names);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries
BEGIN
    INSERT INTO search_words (search_words, rowid, names, words) VALUES ('delete', OLD.number, OLD.names, OLD.words);
    INSERT INTO search_names (search_names, rowid, names) VALUES ('delete', OLD.number, OLD.names);
END;
-- +goose StatementEnd

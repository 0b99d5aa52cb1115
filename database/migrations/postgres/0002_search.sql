-- +goose Up

-- What search knows of live records. It follows each publication and holds the present alone.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE search_entries (
    record_id  uuid   NOT NULL,
    number     bigint NOT NULL,
    type       text   NOT NULL,
    kind       text   NOT NULL,
    names      text   NOT NULL,
    words      text   NOT NULL,
    terms      tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', names), 'A') || setweight(to_tsvector('simple', words), 'D')) STORED,
    CONSTRAINT search_entries_pk PRIMARY KEY (record_id),
    CONSTRAINT search_entries_record_fk FOREIGN KEY (record_id) REFERENCES records (id)
);

-- serves: records by whole words and beginnings of words.
CREATE INDEX search_entries_by_terms ON search_entries USING gin (terms);

-- serves: entities by near spellings of their names.
CREATE INDEX entity_names_near ON entity_names USING gin (folded gin_trgm_ops) WHERE to_size IS NULL;

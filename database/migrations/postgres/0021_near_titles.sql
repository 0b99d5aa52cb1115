-- +goose Up

-- serves: sources by near spellings of their titles.
CREATE INDEX search_entries_near ON search_entries USING gin (names gin_trgm_ops) WHERE type = 'source';

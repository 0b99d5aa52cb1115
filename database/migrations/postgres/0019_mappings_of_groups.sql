-- +goose Up

-- What was chosen by hand for the columns of a table is remembered for each group, and for each
-- account without one. owner_id is that group's or account's id.
CREATE TABLE mappings_before AS
    SELECT COALESCE(a.group_id, a.id) AS owner_id, m.header, m.options, m.changed_at
    FROM import_mappings m JOIN accounts a ON a.id = m.account_id;
DROP TABLE import_mappings;
CREATE TABLE import_mappings (
    owner_id    uuid NOT NULL,
    header      TEXT NOT NULL,
    options     TEXT NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT import_mappings_pk PRIMARY KEY (owner_id, header)
);
INSERT INTO import_mappings SELECT owner_id, header, options, changed_at FROM mappings_before;
DROP TABLE mappings_before;

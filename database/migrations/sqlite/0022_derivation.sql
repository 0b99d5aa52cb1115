-- +goose Up

-- By which version of the rules of derivation (models.Derivation) standings, spans and
-- involvements were counted: 0 until a program with such a version recounted them.
CREATE TABLE derivation (
    id       INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    CONSTRAINT derivation_pk PRIMARY KEY (id),
    CONSTRAINT derivation_alone CHECK (id = 1)
);

INSERT INTO derivation (id, version) VALUES (1, 0);

-- The hosts under which this site is or was reached: its own pages are no evidence.
CREATE TABLE site_hosts (
    host  TEXT NOT NULL,
    CONSTRAINT site_hosts_pk PRIMARY KEY (host)
) WITHOUT ROWID;

-- SQLite cannot alter a constraint; what a source may be, and may point at, is the same on disk, so
-- its text alone is changed: https://www.sqlite.org/lang_altertable.html#otheralter
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''internal_data'', ''other'')', '''internal_data'', ''imported_file'', ''other'')') WHERE type = 'table' AND name = 'sources';
UPDATE sqlite_schema SET sql = replace(sql, '''reports_on'', ''examined'')', '''reports_on'', ''examined'', ''copy_of'')') WHERE type = 'table' AND name = 'record_links';
PRAGMA writable_schema = RESET;

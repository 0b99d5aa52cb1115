-- +goose Up

-- By which version of the rules of derivation (models.Derivation) standings, spans and
-- involvements were counted: 0 until a program with such a version recounted them.
CREATE TABLE derivation (
    id       bigint NOT NULL,
    version  bigint NOT NULL,
    CONSTRAINT derivation_pk PRIMARY KEY (id),
    CONSTRAINT derivation_alone CHECK (id = 1)
);

INSERT INTO derivation (id, version) VALUES (1, 0);

-- The hosts under which this site is or was reached: its own pages are no evidence.
CREATE TABLE site_hosts (
    host  text NOT NULL,
    CONSTRAINT site_hosts_pk PRIMARY KEY (host)
);

ALTER TABLE sources DROP CONSTRAINT sources_kind_known;
ALTER TABLE sources ADD CONSTRAINT sources_kind_known CHECK (kind IN ('article', 'investigation', 'report', 'statement', 'filing', 'post', 'dataset', 'internal_data', 'imported_file', 'other'));
ALTER TABLE record_links DROP CONSTRAINT record_links_role_known;
ALTER TABLE record_links ADD CONSTRAINT record_links_role_known CHECK (role IN ('member', 'about', 'answers', 'publisher', 'reports_on', 'examined', 'copy_of'));

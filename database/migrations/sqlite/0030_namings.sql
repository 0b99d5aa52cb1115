-- +goose Up

-- What was said of a supply before its end was named is not said of the named one. There are few
-- namings, and each derivation asks for them.
CREATE INDEX revisions_of_namings ON revisions (changeset_id) WHERE op = 'name';

-- +goose Up

-- The files that show what a source said, as its versions list them.

CREATE TABLE captures (
    record_id  uuid NOT NULL,
    place      integer NOT NULL,
    from_size  bigint NOT NULL,
    to_size    bigint,
    sha256     text NOT NULL,
    public     boolean NOT NULL,
    CONSTRAINT captures_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT captures_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT captures_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT captures_hash_whole CHECK (length(sha256) = 64)
);

-- serves: the sources that list a file, when it is asked for.
CREATE INDEX captures_by_hash ON captures (sha256, record_id);

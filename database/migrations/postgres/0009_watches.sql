-- +goose Up

-- What members watch. position is how far in the log an account has looked.

CREATE TABLE watches (
    id          uuid NOT NULL,
    account_id  uuid NOT NULL,
    record_id   uuid NOT NULL,
    position    bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT watches_pk PRIMARY KEY (id),
    CONSTRAINT watches_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT watches_record_fk FOREIGN KEY (record_id) REFERENCES records (id)
);

-- serves: the watches of an account, and does it watch this record already?
CREATE UNIQUE INDEX watches_by_account ON watches (account_id, record_id);

-- serves: the foreign key, when a record is looked at from there.
CREATE INDEX watches_by_record ON watches (record_id);

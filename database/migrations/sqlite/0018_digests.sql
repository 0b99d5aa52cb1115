-- +goose Up

-- Lists and searches that members watch, as the API asks for them. position is how far in the log an
-- account has looked.
CREATE TABLE list_watches (
    id          TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    list        TEXT NOT NULL,
    query       TEXT NOT NULL,
    position    INTEGER NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    CONSTRAINT list_watches_pk PRIMARY KEY (id),
    CONSTRAINT list_watches_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
);

-- serves: the watches of an account, and does it watch this list already?
CREATE UNIQUE INDEX list_watches_by_account ON list_watches (account_id, list, query);

-- Who gets what is new about their watches by mail. The address is kept for this alone, and goes
-- with the row.
CREATE TABLE digests (
    account_id    TEXT NOT NULL,
    address       TEXT NOT NULL,
    rhythm        TEXT NOT NULL,
    hash          BLOB,
    leave         TEXT NOT NULL,
    position      INTEGER NOT NULL,
    told_at       TIMESTAMP NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    confirmed_at  TIMESTAMP,
    CONSTRAINT digests_pk PRIMARY KEY (account_id),
    CONSTRAINT digests_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT digests_rhythm CHECK (rhythm IN ('daily', 'weekly'))
);

-- serves: the link in a letter that ends them.
CREATE UNIQUE INDEX digests_by_leave ON digests (leave);

-- serves: the link that confirms an address.
CREATE UNIQUE INDEX digests_by_hash ON digests (hash);

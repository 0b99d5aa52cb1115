-- +goose Up

-- The evidence horizons of statuses, as of each run of days. verification, disputed and
-- basis are set where evidence of the record alone gives the status; else the status change that
-- began it has its own standing.
CREATE TABLE horizons (
    record_id       uuid NOT NULL,
    from_day        text COLLATE "C" NOT NULL,
    from_size       bigint NOT NULL,
    to_size         bigint,
    until_day       text COLLATE "C" NOT NULL,
    last_evidenced  date,
    last_checked    date,
    verification    text,
    disputed        boolean NOT NULL,
    basis           text NOT NULL,
    CONSTRAINT horizons_pk PRIMARY KEY (record_id, from_day, from_size),
    CONSTRAINT horizons_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT horizons_verification_known CHECK (verification IN ('single_origin', 'corroborated', 'partly_acknowledged', 'acknowledged')),
    CONSTRAINT horizons_days_forward CHECK (from_day < until_day),
    CONSTRAINT horizons_held_forward CHECK (to_size IS NULL OR to_size > from_size)
);

-- +goose Up

-- Programs elsewhere that are told of changes. The log is what is to be told: position is how far
-- a webhook has come in it. secret and previous_secret sign what is sent.

CREATE TABLE webhooks (
    id               uuid NOT NULL,
    url              text NOT NULL,
    label            text NOT NULL,
    events           text NOT NULL,
    entity_id        uuid,
    secret           text NOT NULL,
    previous_secret  text NOT NULL,
    previous_until   timestamptz,
    state            text NOT NULL,
    problem          text NOT NULL,
    position         bigint NOT NULL,
    failures         bigint NOT NULL,
    delivered_at     timestamptz,
    resume_at        timestamptz,
    holder_id        uuid,
    held_until       timestamptz,
    creator_id       uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    CONSTRAINT webhooks_pk PRIMARY KEY (id),
    CONSTRAINT webhooks_entity_fk FOREIGN KEY (entity_id) REFERENCES records (id),
    CONSTRAINT webhooks_creator_fk FOREIGN KEY (creator_id) REFERENCES accounts (id),
    CONSTRAINT webhooks_state_known CHECK (state IN ('active', 'paused', 'disabled')),
    CONSTRAINT webhooks_held_whole CHECK ((holder_id IS NULL) = (held_until IS NULL))
);

-- serves: the foreign key, when a record is looked at from there.
CREATE INDEX webhooks_by_entity ON webhooks (entity_id) WHERE entity_id IS NOT NULL;

-- serves: the foreign key, when an account is looked at from there.
CREATE INDEX webhooks_by_creator ON webhooks (creator_id);

-- One event for one webhook: whether it was sent, and what the receiver said. A test has no
-- position.
CREATE TABLE deliveries (
    id          uuid NOT NULL,
    webhook_id  uuid NOT NULL,
    position    bigint,
    event       text NOT NULL,
    state       text NOT NULL,
    tries       bigint NOT NULL,
    due_at      timestamptz NOT NULL,
    tried_at    timestamptz,
    took        bigint NOT NULL,
    response    bigint NOT NULL,
    problem     text NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT deliveries_pk PRIMARY KEY (id),
    CONSTRAINT deliveries_webhook_fk FOREIGN KEY (webhook_id) REFERENCES webhooks (id),
    CONSTRAINT deliveries_position_fk FOREIGN KEY (position) REFERENCES revisions (position),
    CONSTRAINT deliveries_state_known CHECK (state IN ('pending', 'delivered', 'failed', 'skipped'))
);

-- serves: has this webhook a delivery for this position, to be sent again?
CREATE UNIQUE INDEX deliveries_by_position ON deliveries (webhook_id, position);

-- serves: what is to be sent to a webhook next?
CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at, id) WHERE state = 'pending';

-- serves: the deliveries of a webhook, newest first.
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);

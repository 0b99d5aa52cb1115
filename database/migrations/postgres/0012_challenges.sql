-- +goose Up

-- What a passkey is asked to sign: taken once, within minutes. data is what the answer is checked
-- against, as JSON.

CREATE TABLE challenges (
    id          uuid NOT NULL,
    purpose     text NOT NULL,
    data        text NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT challenges_pk PRIMARY KEY (id),
    CONSTRAINT challenges_purpose_known CHECK (purpose IN ('add', 'sign_in', 'confirm', 'join', 'reset'))
);

-- serves: which challenges have ended and can be forgotten?
CREATE INDEX challenges_by_expires_at ON challenges (expires_at);

-- +goose Up

-- What a passkey is asked to sign: taken once, within minutes. data is what the answer is checked
-- against, as JSON.

CREATE TABLE challenges (
    id          TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    data        TEXT NOT NULL,
    expires_at  TIMESTAMP NOT NULL,
    CONSTRAINT challenges_pk PRIMARY KEY (id),
    CONSTRAINT challenges_purpose_known CHECK (purpose IN ('add', 'sign_in', 'confirm', 'join', 'reset'))
);

-- serves: which challenges have ended and can be forgotten?
CREATE INDEX challenges_by_expires_at ON challenges (expires_at);

-- +goose Up

-- Records, their versions, what is derived from them, and the log. A row was known from the log
-- size from_size up to and without to_size; present rows have no to_size. One index serves the
-- present and the past: a record has few superseded rows.

CREATE TABLE accounts (
    id            TEXT        NOT NULL,
    name          TEXT        NOT NULL,
    role          TEXT        NOT NULL,
    created_at    TIMESTAMP     NOT NULL,
    suspended_at  TIMESTAMP,
    CONSTRAINT accounts_pk PRIMARY KEY (id),
    CONSTRAINT accounts_name_unique UNIQUE (name),
    CONSTRAINT accounts_name_given CHECK (name <> ''),
    CONSTRAINT accounts_role_known CHECK (role IN ('reader', 'contributor', 'editor', 'steward', 'admin'))
);

CREATE TABLE tokens (
    id          TEXT    NOT NULL,
    account_id  TEXT    NOT NULL,
    hash        BLOB   NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    expires_at  TIMESTAMP,
    revoked_at  TIMESTAMP,
    CONSTRAINT tokens_pk PRIMARY KEY (id),
    CONSTRAINT tokens_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id)
) WITHOUT ROWID;

-- serves: which account does this bearer token belong to?
CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);

-- serves: the tokens of an account.
CREATE INDEX tokens_by_account ON tokens (account_id);

CREATE TABLE changesets (
    id             TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    summary        TEXT    NOT NULL,
    author_id      TEXT    NOT NULL,
    reviewer_id    TEXT,
    note           TEXT    NOT NULL,
    created_at     TIMESTAMP NOT NULL,
    decided_at     TIMESTAMP,
    from_position  INTEGER,
    to_size        INTEGER,
    operations     TEXT    NOT NULL,
    CONSTRAINT changesets_pk PRIMARY KEY (id),
    CONSTRAINT changesets_author_fk FOREIGN KEY (author_id) REFERENCES accounts (id),
    CONSTRAINT changesets_reviewer_fk FOREIGN KEY (reviewer_id) REFERENCES accounts (id),
    CONSTRAINT changesets_status_known CHECK (status IN ('draft', 'submitted', 'changes_requested', 'published', 'rejected', 'withdrawn')),
    CONSTRAINT changesets_published_whole CHECK ((status = 'published') = (to_size IS NOT NULL)),
    CONSTRAINT changesets_positions CHECK ((from_position IS NULL) = (to_size IS NULL) AND (to_size IS NULL OR to_size > from_position))
);

-- serves: changesets newest first, of one status.
CREATE INDEX changesets_by_status ON changesets (status, id);

-- serves: the changesets of one author, newest first.
CREATE INDEX changesets_by_author ON changesets (author_id, id);

-- serves: which changeset published a log position?
CREATE UNIQUE INDEX changesets_by_position ON changesets (from_position) WHERE from_position IS NOT NULL;

CREATE TABLE records (
    id           TEXT   NOT NULL,
    type         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    merged_into  TEXT,
    version      INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    CONSTRAINT records_pk PRIMARY KEY (id),
    CONSTRAINT records_merged_into_fk FOREIGN KEY (merged_into) REFERENCES records (id),
    CONSTRAINT records_type_known CHECK (type IN ('entity', 'relationship', 'status_change', 'claim', 'source', 'open_item')),
    CONSTRAINT records_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT records_merged_whole CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT records_version_counts CHECK (version > 0)
) WITHOUT ROWID;

-- serves: which records were merged into this one?
CREATE INDEX records_by_merged_into ON records (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE slugs (
    slug       TEXT NOT NULL,
    record_id  TEXT NOT NULL,
    CONSTRAINT slugs_pk PRIMARY KEY (slug),
    CONSTRAINT slugs_record_fk FOREIGN KEY (record_id) REFERENCES records (id)
) WITHOUT ROWID;

-- serves: every slug that leads to a record.
CREATE INDEX slugs_by_record ON slugs (record_id);

CREATE TABLE revisions (
    position      INTEGER  NOT NULL,
    record_id     TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    version       INTEGER  NOT NULL,
    changeset_id  TEXT    NOT NULL,
    op            TEXT    NOT NULL,
    edit          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    merged_into   TEXT,
    at            TIMESTAMP NOT NULL,
    document      TEXT    NOT NULL,
    salts         TEXT    NOT NULL,
    leaf          TEXT    NOT NULL,
    CONSTRAINT revisions_pk PRIMARY KEY (position),
    CONSTRAINT revisions_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT revisions_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id),
    CONSTRAINT revisions_op_known CHECK (op IN ('create', 'edit', 'retract', 'restore', 'merge', 'redact')),
    CONSTRAINT revisions_edit_known CHECK (edit IN ('', 'world_changed', 'corrected')),
    CONSTRAINT revisions_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT revisions_version_counts CHECK (version > 0)
);

-- serves: the revisions of a record, in order; one version has one revision.
CREATE UNIQUE INDEX revisions_by_record ON revisions (record_id, version);

-- serves: the revisions of a changeset.
CREATE INDEX revisions_by_changeset ON revisions (changeset_id, position);

CREATE TABLE log_hashes (
    number  INTEGER NOT NULL,
    hash    BLOB  NOT NULL,
    CONSTRAINT log_hashes_pk PRIMARY KEY (number)
);

CREATE TABLE checkpoints (
    size  INTEGER  NOT NULL,
    at    TIMESTAMP NOT NULL,
    root  BLOB   NOT NULL,
    note  TEXT    NOT NULL,
    CONSTRAINT checkpoints_pk PRIMARY KEY (size)
);

-- serves: how large was the log at an instant? (known_at)
CREATE INDEX checkpoints_by_at ON checkpoints (at, size);

CREATE TABLE idempotency_keys (
    account_id    TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    request       BLOB   NOT NULL,
    changeset_id  TEXT    NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (account_id, key),
    CONSTRAINT idempotency_keys_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT idempotency_keys_changeset_fk FOREIGN KEY (changeset_id) REFERENCES changesets (id)
) WITHOUT ROWID;

CREATE TABLE entities (
    id          TEXT   NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    state       TEXT   NOT NULL,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_folded  TEXT NOT NULL,
    slug         TEXT NOT NULL,
    identity     TEXT NOT NULL,
    start_text      TEXT   NOT NULL,
    start_earliest  TEXT,
    start_latest    TEXT,
    start_words     TEXT   NOT NULL,
    end_text      TEXT   NOT NULL,
    end_earliest  TEXT,
    end_latest    TEXT,
    end_words     TEXT   NOT NULL,
    CONSTRAINT entities_pk PRIMARY KEY (id, from_size),
    CONSTRAINT entities_record_fk FOREIGN KEY (id) REFERENCES records (id),
    CONSTRAINT entities_revision_fk FOREIGN KEY (revision) REFERENCES revisions (position),
    CONSTRAINT entities_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT entities_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT entities_slug_fk FOREIGN KEY (slug) REFERENCES slugs (slug),
    CONSTRAINT entities_kind_known CHECK (kind IN ('company', 'unit', 'service', 'system', 'person', 'group', 'organization', 'contract', 'facility', 'event', 'inquiry', 'case')),
    CONSTRAINT entities_identity_known CHECK (identity IN ('disclosed', 'undisclosed')),
    CONSTRAINT entities_start_order CHECK (start_earliest IS NULL OR start_latest IS NULL OR start_earliest <= start_latest),
    CONSTRAINT entities_end_order CHECK (end_earliest IS NULL OR end_latest IS NULL OR end_earliest <= end_latest)
) WITHOUT ROWID;

-- serves: which entity has this slug now? Two present entities never share one.
CREATE UNIQUE INDEX entities_by_slug ON entities (slug) WHERE to_size IS NULL;

-- serves: entities of a kind, in the order of their ids.
CREATE INDEX entities_by_kind ON entities (kind, id);

-- serves: entities by name, of all kinds or of one.
CREATE INDEX entities_by_name ON entities (name_folded, id);
CREATE INDEX entities_by_kind_name ON entities (kind, name_folded, id);

-- serves: undisclosed entities.
CREATE INDEX entities_by_identity ON entities (identity, id) WHERE identity = 'undisclosed';

CREATE TABLE entity_names (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    text    TEXT NOT NULL,
    folded  TEXT NOT NULL,
    CONSTRAINT entity_names_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT entity_names_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT entity_names_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: which entities have exactly this folded name?
CREATE INDEX entity_names_by_folded ON entity_names (folded);

CREATE TABLE entity_identifiers (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    scheme  TEXT NOT NULL,
    value   TEXT NOT NULL,
    CONSTRAINT entity_identifiers_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT entity_identifiers_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT entity_identifiers_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: which entity has this identifier? One alone may.
CREATE UNIQUE INDEX entity_identifiers_by_value ON entity_identifiers (scheme, value) WHERE to_size IS NULL;

CREATE TABLE entity_places (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    code  TEXT NOT NULL,
    CONSTRAINT entity_places_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT entity_places_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT entity_places_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: the entities of a country or region.
CREATE INDEX entity_places_by_code ON entity_places (code, record_id);

CREATE TABLE relationships (
    id          TEXT   NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    state       TEXT   NOT NULL,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    type            TEXT NOT NULL,
    subject_id      TEXT NOT NULL,
    object_id       TEXT NOT NULL,
    supplied_by_id  TEXT,
    start_text      TEXT   NOT NULL,
    start_earliest  TEXT,
    start_latest    TEXT,
    start_words     TEXT   NOT NULL,
    end_text      TEXT   NOT NULL,
    end_earliest  TEXT,
    end_latest    TEXT,
    end_words     TEXT   NOT NULL,
    CONSTRAINT relationships_pk PRIMARY KEY (id, from_size),
    CONSTRAINT relationships_record_fk FOREIGN KEY (id) REFERENCES records (id),
    CONSTRAINT relationships_revision_fk FOREIGN KEY (revision) REFERENCES revisions (position),
    CONSTRAINT relationships_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT relationships_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT relationships_subject_fk FOREIGN KEY (subject_id) REFERENCES records (id),
    CONSTRAINT relationships_object_fk FOREIGN KEY (object_id) REFERENCES records (id),
    CONSTRAINT relationships_supplied_by_fk FOREIGN KEY (supplied_by_id) REFERENCES records (id),
    CONSTRAINT relationships_type_known CHECK (type IN ('provides', 'supplied_to', 'part_of', 'owns', 'party_to', 'covers', 'position', 'member_of', 'operates', 'uses', 'stored_at', 'located_in', 'took_part', 'commissions', 'conducts', 'concerns', 'campaigns_against', 'linked_to')),
    CONSTRAINT relationships_two_ends CHECK (subject_id <> object_id),
    CONSTRAINT relationships_start_order CHECK (start_earliest IS NULL OR start_latest IS NULL OR start_earliest <= start_latest),
    CONSTRAINT relationships_end_order CHECK (end_earliest IS NULL OR end_latest IS NULL OR end_earliest <= end_latest)
) WITHOUT ROWID;

-- serves: relationships of a type, in the order of their ids.
CREATE INDEX relationships_by_type ON relationships (type, id);

-- serves: the links that lead from an entity (network, entity page).
CREATE INDEX relationships_by_subject ON relationships (subject_id, type, id);

-- serves: the links that lead to an entity (network, entity page).
CREATE INDEX relationships_by_object ON relationships (object_id, type, id);

CREATE TABLE record_purposes (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    purpose  TEXT NOT NULL,
    CONSTRAINT record_purposes_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT record_purposes_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT record_purposes_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT record_purposes_known CHECK (purpose IN ('surveillance', 'targeting', 'translation', 'storage', 'search_and_rescue', 'cybersecurity', 'other'))
) WITHOUT ROWID;

-- serves: the records with a purpose.
CREATE INDEX record_purposes_by_purpose ON record_purposes (purpose, record_id);

CREATE TABLE status_changes (
    id          TEXT   NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    state       TEXT   NOT NULL,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    record_id  TEXT NOT NULL,
    status     TEXT NOT NULL,
    extent     TEXT NOT NULL,
    scope      TEXT NOT NULL,
    actor_id   TEXT,
    claim_id   TEXT,
    place      INTEGER NOT NULL,
    effective_text      TEXT   NOT NULL,
    effective_earliest  TEXT,
    effective_latest    TEXT,
    effective_words     TEXT   NOT NULL,
    announced_text      TEXT   NOT NULL,
    announced_earliest  TEXT,
    announced_latest    TEXT,
    announced_words     TEXT   NOT NULL,
    CONSTRAINT status_changes_pk PRIMARY KEY (id, from_size),
    CONSTRAINT status_changes_record_fk FOREIGN KEY (id) REFERENCES records (id),
    CONSTRAINT status_changes_revision_fk FOREIGN KEY (revision) REFERENCES revisions (position),
    CONSTRAINT status_changes_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT status_changes_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT status_changes_of_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT status_changes_actor_fk FOREIGN KEY (actor_id) REFERENCES records (id),
    CONSTRAINT status_changes_claim_fk FOREIGN KEY (claim_id) REFERENCES records (id),
    CONSTRAINT status_changes_status_known CHECK (status IN ('planned', 'active', 'restricted', 'suspended', 'disabled', 'ended', 'unknown', 'current', 'pending', 'expired', 'cancelled', 'terminated', 'announced', 'ongoing', 'concluded', 'abandoned', 'open', 'no_response', 'declined', 'partly_answered', 'answered', 'partly_met', 'met', 'refused', 'kept', 'broken', 'lapsed')),
    CONSTRAINT status_changes_extent_known CHECK (extent IN ('full', 'partial')),
    CONSTRAINT status_changes_partial_says_of_what CHECK (extent = 'full' OR scope <> ''),
    CONSTRAINT status_changes_dated CHECK (effective_text <> ''),
    CONSTRAINT status_changes_effective_order CHECK (effective_earliest IS NULL OR effective_latest IS NULL OR effective_earliest <= effective_latest),
    CONSTRAINT status_changes_announced_order CHECK (announced_earliest IS NULL OR announced_latest IS NULL OR announced_earliest <= announced_latest)
) WITHOUT ROWID;

-- serves: the history of a record.
CREATE INDEX status_changes_of_record ON status_changes (record_id, id);

-- serves: status changes to a status, in the order of their ids.
CREATE INDEX status_changes_by_status ON status_changes (status, id);

-- serves: status changes by the day on which they took effect, of all statuses or of one.
CREATE INDEX status_changes_by_effective ON status_changes (COALESCE(effective_latest, '9999-12-31'), id);
CREATE INDEX status_changes_by_status_effective ON status_changes (status, COALESCE(effective_latest, '9999-12-31'), id);

-- serves: the status changes that a claim moved.
CREATE INDEX status_changes_by_claim ON status_changes (claim_id) WHERE claim_id IS NOT NULL;

CREATE TABLE claims (
    id          TEXT   NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    state       TEXT   NOT NULL,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    stance  TEXT NOT NULL,
    extent  TEXT NOT NULL,
    said_on_text      TEXT   NOT NULL,
    said_on_earliest  TEXT,
    said_on_latest    TEXT,
    said_on_words     TEXT   NOT NULL,
    CONSTRAINT claims_pk PRIMARY KEY (id, from_size),
    CONSTRAINT claims_record_fk FOREIGN KEY (id) REFERENCES records (id),
    CONSTRAINT claims_revision_fk FOREIGN KEY (revision) REFERENCES revisions (position),
    CONSTRAINT claims_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT claims_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT claims_stance_known CHECK (stance IN ('alleges', 'reports', 'states', 'finds_evidence', 'finds_no_evidence', 'admits', 'denies', 'disputes', 'declines_to_answer', 'no_response', 'commits', 'demands')),
    CONSTRAINT claims_extent_known CHECK (extent IN ('full', 'partial')),
    CONSTRAINT claims_dated CHECK (said_on_text <> ''),
    CONSTRAINT claims_said_on_order CHECK (said_on_earliest IS NULL OR said_on_latest IS NULL OR said_on_earliest <= said_on_latest)
) WITHOUT ROWID;

-- serves: claims of a stance, in the order of their ids.
CREATE INDEX claims_by_stance ON claims (stance, id);

-- serves: claims by the day on which they were made.
CREATE INDEX claims_by_said_on ON claims (COALESCE(said_on_latest, '9999-12-31'), id);

CREATE TABLE record_speakers (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    entity_id        TEXT,
    on_behalf_of_id  TEXT,
    CONSTRAINT record_speakers_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT record_speakers_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT record_speakers_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT record_speakers_entity_fk FOREIGN KEY (entity_id) REFERENCES records (id),
    CONSTRAINT record_speakers_on_behalf_of_fk FOREIGN KEY (on_behalf_of_id) REFERENCES records (id)
) WITHOUT ROWID;

-- serves: the records in which an entity speaks, or on whose behalf somebody does.
CREATE INDEX record_speakers_by_entity ON record_speakers (entity_id, record_id) WHERE entity_id IS NOT NULL;
CREATE INDEX record_speakers_by_on_behalf_of ON record_speakers (on_behalf_of_id, record_id) WHERE on_behalf_of_id IS NOT NULL;

CREATE TABLE record_links (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    role       TEXT NOT NULL,
    target_id  TEXT NOT NULL,
    CONSTRAINT record_links_pk PRIMARY KEY (record_id, role, place, from_size),
    CONSTRAINT record_links_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT record_links_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT record_links_target_fk FOREIGN KEY (target_id) REFERENCES records (id),
    CONSTRAINT record_links_role_known CHECK (role IN ('member', 'about', 'answers', 'publisher', 'reports_on', 'examined'))
) WITHOUT ROWID;

-- serves: which claims are about, or answer, a record; which sources report on a source; which case holds an entity.
CREATE INDEX record_links_by_target ON record_links (target_id, role, record_id);

CREATE TABLE sources (
    id          TEXT   NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    state       TEXT   NOT NULL,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    normal_url   TEXT    NOT NULL,
    unpublished  BOOLEAN NOT NULL,
    published_text      TEXT   NOT NULL,
    published_earliest  TEXT,
    published_latest    TEXT,
    published_words     TEXT   NOT NULL,
    CONSTRAINT sources_pk PRIMARY KEY (id, from_size),
    CONSTRAINT sources_record_fk FOREIGN KEY (id) REFERENCES records (id),
    CONSTRAINT sources_revision_fk FOREIGN KEY (revision) REFERENCES revisions (position),
    CONSTRAINT sources_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT sources_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT sources_kind_known CHECK (kind IN ('article', 'investigation', 'report', 'statement', 'filing', 'post', 'dataset', 'internal_data', 'other')),
    CONSTRAINT sources_url_http CHECK (url = '' OR url LIKE 'http://%' OR url LIKE 'https://%'),
    CONSTRAINT sources_published_order CHECK (published_earliest IS NULL OR published_latest IS NULL OR published_earliest <= published_latest)
) WITHOUT ROWID;

-- serves: sources of a kind, in the order of their ids.
CREATE INDEX sources_by_kind ON sources (kind, id);

-- serves: sources by the day on which they were published.
CREATE INDEX sources_by_published ON sources (COALESCE(published_latest, '9999-12-31'), id);

-- serves: is the source at this address known?
CREATE INDEX sources_by_normal_url ON sources (normal_url) WHERE normal_url <> '';

CREATE TABLE citations (
    record_id   TEXT   NOT NULL,
    place       INTEGER NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    source_id   TEXT NOT NULL,
    holds_on    TEXT,
    checked_on  TEXT,
    CONSTRAINT citations_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT citations_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT citations_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT citations_source_fk FOREIGN KEY (source_id) REFERENCES records (id)
) WITHOUT ROWID;

-- serves: what rests on a source.
CREATE INDEX citations_by_source ON citations (source_id, record_id);

CREATE TABLE open_items (
    id          TEXT   NOT NULL,
    from_size   INTEGER NOT NULL,
    to_size     INTEGER,
    state       TEXT   NOT NULL,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    addressee_id  TEXT NOT NULL,
    raised_on_text      TEXT   NOT NULL,
    raised_on_earliest  TEXT,
    raised_on_latest    TEXT,
    raised_on_words     TEXT   NOT NULL,
    due_text      TEXT   NOT NULL,
    due_earliest  TEXT,
    due_latest    TEXT,
    due_words     TEXT   NOT NULL,
    CONSTRAINT open_items_pk PRIMARY KEY (id, from_size),
    CONSTRAINT open_items_record_fk FOREIGN KEY (id) REFERENCES records (id),
    CONSTRAINT open_items_revision_fk FOREIGN KEY (revision) REFERENCES revisions (position),
    CONSTRAINT open_items_state_known CHECK (state IN ('live', 'retracted', 'merged')),
    CONSTRAINT open_items_held_forward CHECK (to_size IS NULL OR to_size > from_size),
    CONSTRAINT open_items_addressee_fk FOREIGN KEY (addressee_id) REFERENCES records (id),
    CONSTRAINT open_items_kind_known CHECK (kind IN ('question', 'demand', 'commitment')),
    CONSTRAINT open_items_dated CHECK (raised_on_text <> ''),
    CONSTRAINT open_items_raised_on_order CHECK (raised_on_earliest IS NULL OR raised_on_latest IS NULL OR raised_on_earliest <= raised_on_latest),
    CONSTRAINT open_items_due_order CHECK (due_earliest IS NULL OR due_latest IS NULL OR due_earliest <= due_latest)
) WITHOUT ROWID;

-- serves: open items of a kind, in the order of their ids.
CREATE INDEX open_items_by_kind ON open_items (kind, id);

-- serves: open items by the day on which they were raised.
CREATE INDEX open_items_by_raised_on ON open_items (COALESCE(raised_on_latest, '9999-12-31'), id);

-- serves: open items addressed to an entity.
CREATE INDEX open_items_by_addressee ON open_items (addressee_id, id);

CREATE TABLE spans (
    record_id  TEXT    NOT NULL,
    place      INTEGER NOT NULL,
    from_size  INTEGER  NOT NULL,
    to_size    INTEGER,
    subject    TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    extent     TEXT    NOT NULL,
    scope      TEXT    NOT NULL,
    from_day   TEXT NOT NULL,
    until_day  TEXT NOT NULL,
    change_id  TEXT,
    CONSTRAINT spans_pk PRIMARY KEY (record_id, place, from_size),
    CONSTRAINT spans_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT spans_change_fk FOREIGN KEY (change_id) REFERENCES records (id),
    CONSTRAINT spans_subject_known CHECK (subject IN ('supplied_to', 'position', 'contract', 'inquiry', 'question', 'demand', 'commitment')),
    CONSTRAINT spans_status_known CHECK (status IN ('planned', 'active', 'restricted', 'suspended', 'disabled', 'ended', 'unknown', 'current', 'pending', 'expired', 'cancelled', 'terminated', 'announced', 'ongoing', 'concluded', 'abandoned', 'open', 'no_response', 'declined', 'partly_answered', 'answered', 'partly_met', 'met', 'refused', 'kept', 'broken', 'lapsed')),
    CONSTRAINT spans_extent_known CHECK (extent IN ('full', 'partial')),
    CONSTRAINT spans_days_forward CHECK (from_day < until_day),
    CONSTRAINT spans_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: the records with a status on a day, in the order of their ids.
CREATE INDEX spans_by_status ON spans (subject, status, record_id);

CREATE TABLE standings (
    record_id       TEXT    NOT NULL,
    from_size       INTEGER  NOT NULL,
    to_size         INTEGER,
    verification    TEXT,
    disputed        BOOLEAN NOT NULL,
    origins         INTEGER NOT NULL,
    basis           TEXT    NOT NULL,
    last_evidenced  TEXT,
    last_checked    TEXT,
    CONSTRAINT standings_pk PRIMARY KEY (record_id, from_size),
    CONSTRAINT standings_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT standings_verification_known CHECK (verification IN ('single_origin', 'corroborated', 'partly_acknowledged', 'acknowledged')),
    CONSTRAINT standings_origins_counted CHECK (origins >= 0),
    CONSTRAINT standings_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: the records with a level of verification, in the order of their ids.
CREATE INDEX standings_by_verification ON standings (verification, record_id);

-- serves: disputed records.
CREATE INDEX standings_disputed ON standings (record_id) WHERE disputed;

CREATE TABLE involvements (
    entity_id  TEXT    NOT NULL,
    record_id  TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    from_size  INTEGER  NOT NULL,
    to_size    INTEGER,
    type       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    day        TEXT NOT NULL,
    CONSTRAINT involvements_pk PRIMARY KEY (record_id, entity_id, role, from_size),
    CONSTRAINT involvements_entity_fk FOREIGN KEY (entity_id) REFERENCES records (id),
    CONSTRAINT involvements_record_fk FOREIGN KEY (record_id) REFERENCES records (id),
    CONSTRAINT involvements_role_known CHECK (role IN ('party', 'speaker')),
    CONSTRAINT involvements_type_known CHECK (type IN ('entity', 'relationship', 'status_change', 'claim', 'source', 'open_item')),
    CONSTRAINT involvements_held_forward CHECK (to_size IS NULL OR to_size > from_size)
) WITHOUT ROWID;

-- serves: an entity's timeline, in the order of days.
CREATE INDEX involvements_timeline ON involvements (entity_id, day, record_id);

-- serves: an entity's links, claims and open items, of one kind or all, in the order of their ids.
CREATE INDEX involvements_by_type ON involvements (entity_id, type, kind, record_id);

-- The log is append-only: its tables refuse UPDATE and DELETE. The one exception is a redaction,
-- which may set members of a revision's document and salts to null.

-- +goose StatementBegin
CREATE TRIGGER revisions_only_redact BEFORE UPDATE ON revisions
WHEN NEW.position <> OLD.position OR NEW.record_id <> OLD.record_id OR NEW.type <> OLD.type
    OR NEW.version <> OLD.version OR NEW.changeset_id <> OLD.changeset_id OR NEW.op <> OLD.op
    OR NEW.edit <> OLD.edit OR NEW.state <> OLD.state OR NEW.merged_into IS NOT OLD.merged_into
    OR NEW.at <> OLD.at OR NEW.leaf <> OLD.leaf
    OR EXISTS (
        SELECT 1 FROM json_each(NEW.document) AS a
        LEFT JOIN json_each(OLD.document) AS b ON b.key = a.key
        WHERE b.key IS NULL OR (a.type <> 'null' AND (a.type <> b.type OR a.value <> b.value))
    )
    OR (SELECT count(*) FROM json_each(NEW.document)) <> (SELECT count(*) FROM json_each(OLD.document))
    OR EXISTS (
        SELECT 1 FROM json_each(NEW.salts) AS a
        LEFT JOIN json_each(OLD.salts) AS b ON b.key = a.key
        WHERE b.key IS NULL OR (a.type <> 'null' AND (a.type <> b.type OR a.value <> b.value))
    )
    OR (SELECT count(*) FROM json_each(NEW.salts)) <> (SELECT count(*) FROM json_each(OLD.salts))
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE of revisions refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE of revisions refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_hashes_no_update BEFORE UPDATE ON log_hashes
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE of log_hashes refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_hashes_no_delete BEFORE DELETE ON log_hashes
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE of log_hashes refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: UPDATE of checkpoints refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: DELETE of checkpoints refused');
END;
-- +goose StatementEnd

-- +goose Up

-- When a span began as the step that began it says, which is seldom a day: pages and files never show
-- the day by which it certainly had begun as that on which it did.
ALTER TABLE spans ADD COLUMN since_text text NOT NULL DEFAULT '';

UPDATE spans SET since_text = COALESCE((SELECT s.effective_text FROM status_changes s
    WHERE s.id = spans.change_id AND s.from_size <= spans.from_size AND (s.to_size IS NULL OR s.to_size > spans.from_size)), '')
WHERE change_id IS NOT NULL;

UPDATE spans SET since_text = '[..' || from_day || ']'
WHERE change_id IS NULL AND from_day <> '' AND subject IN ('supplied_to', 'position');

UPDATE spans SET since_text = COALESCE((SELECT o.raised_on_text FROM open_items o
    WHERE o.id = spans.record_id AND o.from_size <= spans.from_size AND (o.to_size IS NULL OR o.to_size > spans.from_size)), '')
WHERE change_id IS NULL AND from_day <> '' AND subject IN ('question', 'demand', 'commitment');

-- serves: feeds: the entities that were published last.
CREATE INDEX entities_by_publication ON entities (revision, id);

-- serves: feeds: the relationships that were published last.
CREATE INDEX relationships_by_publication ON relationships (revision, id);

-- serves: feeds: the status changes that were published last.
CREATE INDEX status_changes_by_publication ON status_changes (revision, id);

-- serves: feeds: the claims that were published last.
CREATE INDEX claims_by_publication ON claims (revision, id);

-- serves: feeds: the sources that were published last.
CREATE INDEX sources_by_publication ON sources (revision, id);

-- serves: feeds: the open items that were published last.
CREATE INDEX open_items_by_publication ON open_items (revision, id);

package services

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/models"
)

// RecountChange says what came out otherwise at present for records of one type.
type RecountChange struct {
	// What is what changed: "verification", "disputed", "status", "scope", "origins", "evidenced" or
	// "parties".
	What string
	Type models.RecordType
	// Kind is the type of relationships, "" for other records.
	Kind string
	// Former and Present are the codes before and after; "" where only the count tells.
	Former, Present string
	Count           int64
	// Records are the first of them, at most mostExamples, and Names what they are called.
	Records []uuid.UUID `gorm:"-"`
	Names   []string    `gorm:"-"`
}

// mostExamples bounds the records that a change names.
const mostExamples = 3

// formerSQL keeps what is derived at present, to be compared when it was derived anew: levels,
// statuses of today, and whom records involve.
var formerSQL = []string{
	`CREATE TEMPORARY TABLE former_standings AS
		SELECT record_id, verification, disputed, origins, last_evidenced FROM standings WHERE to_size IS NULL`,
	`CREATE TEMPORARY TABLE former_spans AS
		SELECT record_id, status, extent, scope FROM spans WHERE to_size IS NULL AND from_day <= @today AND until_day > @today`,
	`CREATE TEMPORARY TABLE former_involvements AS
		SELECT record_id, entity_id, role FROM involvements WHERE to_size IS NULL`,
}

// remember keeps what is derived at present.
func (c *recounting) remember() error {
	for _, statement := range formerSQL {
		if err := c.tx.Exec(strings.ReplaceAll(statement, "@today", "'"+c.s.today().String()+"'")).Error; err != nil {
			return fmt.Errorf("keep what was counted: %w", err)
		}
	}
	return nil
}

// forget drops it.
func (c *recounting) forget() error {
	for _, table := range []string{"former_standings", "former_spans", "former_involvements"} {
		if err := c.tx.Exec("DROP TABLE " + table).Error; err != nil {
			return fmt.Errorf("drop what was kept: %w", err)
		}
	}
	return nil
}

// comparisons find what came out otherwise: each gives the record, what was and what is.
var comparisons = []struct{ what, text string }{
	{"verification", `SELECT n.record_id, f.verification AS former, n.verification AS present FROM standings n JOIN former_standings f ON f.record_id = n.record_id
		WHERE n.to_size IS NULL AND n.verification <> f.verification`},
	{"disputed", `SELECT n.record_id, CASE WHEN f.disputed THEN 'disputed' ELSE '' END AS former, CASE WHEN n.disputed THEN 'disputed' ELSE '' END AS present
		FROM standings n JOIN former_standings f ON f.record_id = n.record_id WHERE n.to_size IS NULL AND n.disputed <> f.disputed`},
	{"status", `SELECT n.record_id, f.status AS former, n.status AS present FROM spans n JOIN former_spans f ON f.record_id = n.record_id
		WHERE n.to_size IS NULL AND n.from_day <= @today AND n.until_day > @today AND n.status <> f.status`},
	{"scope", `SELECT n.record_id, '' AS former, '' AS present FROM spans n JOIN former_spans f ON f.record_id = n.record_id
		WHERE n.to_size IS NULL AND n.from_day <= @today AND n.until_day > @today AND n.status = f.status AND (n.extent <> f.extent OR n.scope <> f.scope)`},
	{"origins", `SELECT n.record_id, '' AS former, '' AS present FROM standings n JOIN former_standings f ON f.record_id = n.record_id
		WHERE n.to_size IS NULL AND n.verification = f.verification AND n.origins <> f.origins`},
	{"evidenced", `SELECT n.record_id, '' AS former, '' AS present FROM standings n JOIN former_standings f ON f.record_id = n.record_id
		WHERE n.to_size IS NULL AND n.last_evidenced IS DISTINCT FROM f.last_evidenced`},
	{"parties", `SELECT n.record_id, '' AS former, '' AS present FROM involvements n
		WHERE n.to_size IS NULL AND NOT EXISTS (SELECT 1 FROM former_involvements f WHERE f.record_id = n.record_id AND f.entity_id = n.entity_id AND f.role = n.role)
		UNION SELECT f.record_id, '' AS former, '' AS present FROM former_involvements f
		WHERE NOT EXISTS (SELECT 1 FROM involvements n WHERE n.to_size IS NULL AND n.record_id = f.record_id AND n.entity_id = f.entity_id AND n.role = f.role)`},
}

// compare finds what came out otherwise, counted by type and kind, with the first records of each.
func (c *recounting) compare() error {
	for _, table := range []string{"former_standings", "former_spans", "former_involvements"} {
		if err := c.tx.Exec("CREATE INDEX " + table + "_by_record ON " + table + " (record_id)").Error; err != nil {
			return fmt.Errorf("index what was counted: %w", err)
		}
	}
	for _, one := range comparisons {
		text := strings.ReplaceAll(one.text, "@today", "'"+c.s.today().String()+"'")
		if c.tx.Name() == database.SQLite {
			text = strings.ReplaceAll(text, "IS DISTINCT FROM", "IS NOT")
		}
		var rows []struct {
			RecordID uuid.UUID
			RecountChange
		}
		err := c.tx.Raw(`SELECT * FROM (
			SELECT x.record_id, r.type, COALESCE(l.type, '') AS kind, x.former, x.present,
				count(*) OVER (PARTITION BY r.type, l.type, x.former, x.present) AS count,
				row_number() OVER (PARTITION BY r.type, l.type, x.former, x.present ORDER BY x.record_id) AS place
			FROM (`+text+`) x JOIN records r ON r.id = x.record_id AND r.withheld_at IS NULL
			LEFT JOIN relationships l ON l.id = r.id AND l.to_size IS NULL) counted
			WHERE place <= ? ORDER BY type, kind, former, present, place`, mostExamples).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("compare the %s of records: %w", one.what, err)
		}
		for _, row := range rows {
			c.add(one.what, row.RecordID, row.RecountChange)
		}
	}
	return nil
}

// add adds a record to the change that it is part of: rows of one come one after the other.
func (c *recounting) add(what string, record uuid.UUID, change RecountChange) {
	change.What = what
	if n := len(c.out.Changes); n > 0 {
		last := &c.out.Changes[n-1]
		if last.What == what && last.Type == change.Type && last.Kind == change.Kind && last.Former == change.Former && last.Present == change.Present {
			last.Records = append(last.Records, record)
			return
		}
	}
	change.Records = []uuid.UUID{record}
	c.out.Changes = append(c.out.Changes, change)
}

// labelRecount names the records of changes.
func (s *Services) labelRecount(ctx context.Context, changes []RecountChange) error {
	var ids []uuid.UUID
	for _, change := range changes {
		ids = append(ids, change.Records...)
	}
	if len(ids) == 0 {
		return nil
	}
	refs, err := s.Labels(ctx, models.Actor{}, ids)
	for i := range changes {
		for _, id := range changes[i].Records {
			changes[i].Names = append(changes[i].Names, refs[id].Label())
		}
	}
	return err
}

// Sentence says the change to people, such as "5 supplies are no longer corroborated, but resting
// on a single origin: Azure supplied to Unit 8200; and 4 more."
func (c RecountChange) Sentence() string {
	names := strings.Join(c.Names, "; ")
	if more := c.Count - int64(len(c.Names)); more > 0 {
		names += fmt.Sprintf("; and %d more", more)
	}
	return fmt.Sprintf("%s %s: %s.", c.noun(), c.verb(), names)
}

// noun counts the records.
func (c RecountChange) noun() string {
	one, many := label(c.Type), label(c.Type)+"s"
	switch {
	case c.Kind == string(models.SuppliedTo):
		one, many = "supply", "supplies"
	case c.Type == models.TypeRelationship:
		one, many = "link", "links"
	case c.Type == models.TypeEntity:
		one, many = "entity", "entities"
	}
	return count(int(c.Count), one, many)
}

// levelWords say how well something is established, after "is".
var levelWords = map[string]string{string(models.NoOrigin): "resting on no origin that counts", string(models.SingleOrigin): "resting on a single origin", string(models.Corroborated): "corroborated",
	string(models.PartlyAcknowledged): "partly acknowledged", string(models.Acknowledged): "acknowledged"}

func (c RecountChange) verb() string {
	is, has := "is", "has"
	if c.Count > 1 {
		is, has = "are", "have"
	}
	switch c.What {
	case "verification":
		return fmt.Sprintf("%s no longer %s, but %s", is, levelWords[c.Former], levelWords[c.Present])
	case "disputed":
		if c.Present == "" {
			return is + " no longer disputed"
		}
		return is + " disputed now"
	case "status":
		return fmt.Sprintf("%s no longer %s today, but %s", is, c.Former, c.Present)
	case "scope":
		return has + " a status of another scope"
	case "origins":
		return fmt.Sprintf("%s another number of independent origins", has)
	case "evidenced":
		return has + " another day on which evidence last shows that the record held"
	}
	return is + " about other parties"
}

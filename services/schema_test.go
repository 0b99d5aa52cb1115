package services

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm/schema"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
)

// tables are all models that are rows of a table.
var tables = []any{
	&models.Record{}, &models.SlugRow{}, &models.EntityRow{}, &models.NameRow{}, &models.IdentifierRow{}, &models.PlaceRow{},
	&models.RelationshipRow{}, &models.PurposeRow{}, &models.LinkRow{}, &models.StatusChangeRow{}, &models.ClaimRow{}, &models.SpeakerRow{},
	&models.SourceRow{}, &models.CitationRow{}, &models.OpenItemRow{}, &models.SpanRow{}, &models.AnnouncedStepRow{}, &models.HorizonRow{}, &models.StandingRow{}, &models.InvolvementRow{},
	&models.ChangesetRow{}, &models.Revision{}, &models.WithheldRevision{}, &models.WithheldText{}, &models.LogHash{}, &models.Checkpoint{}, &models.LogKeyRow{}, &models.DerivationRow{}, &models.SiteHost{}, &models.Account{}, &models.Token{}, &models.IdempotencyKey{},
	&models.ChangesetEvent{}, &models.Protection{},
	&models.Intake{}, &models.Evidence{}, &models.LinkCheck{}, &models.LinkHost{}, &models.CaptureRow{},
	&models.Import{}, &models.ImportMapping{},
	&models.ContributorGroup{}, &models.Session{}, &models.Invitation{}, &models.Passkey{}, &models.RecoveryCode{}, &models.ExternalIdentity{}, &models.Challenge{}, &models.Throttle{},
	&models.Note{},
	&models.Reply{},
	&models.Webhook{}, &models.Delivery{}, &models.Watch{}, models.ListWatch{}, models.Digest{},
	&SearchEntry{},
}

// description is a schema in words that are the same for both engines.
type description struct {
	columns     map[string]string // table.column: type and whether it may be null
	keys        map[string]string // table: the columns of its primary key
	indexes     map[string]string // name: definition
	constraints []string          // table.constraint and what it checks
}

var (
	kindWords = map[string]string{"text": "text", "uuid": "id", "bigint": "number", "integer": "number", "boolean": "flag", "date": "day", "timestamp with time zone": "instant",
		"bytea": "bytes", "tsvector": "terms", "timestamp": "instant", "blob": "bytes"}
	spaces = regexp.MustCompile(`\s+`)
)

func describe(t *testing.T, db *database.Database) description {
	t.Helper()
	d := description{columns: map[string]string{}, keys: map[string]string{}, indexes: map[string]string{}}
	tx := db.Read(context.Background())
	if db.Dialect() == database.SQLite {
		var objects []struct{ Type, Name, TblName, SQL string }
		if err := tx.Raw("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'goose%' AND tbl_name NOT LIKE 'river%' AND name NOT LIKE 'search_words%' AND name NOT LIKE 'search_names%' AND name NOT LIKE 'sqlite%'").Scan(&objects).Error; err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			switch o.Type {
			case "index":
				d.indexes[o.Name] = indexWords(o.SQL)
			case "table":
				var columns []struct {
					Name, Type string
					Notnull    bool
					Pk         int
				}
				if err := tx.Raw("PRAGMA table_info(" + o.Name + ")").Scan(&columns).Error; err != nil {
					t.Fatal(err)
				}
				for _, c := range columns {
					d.columns[o.Name+"."+c.Name] = fmt.Sprint(strings.ToLower(c.Type), " null:", !c.Notnull)
				}
				d.constraints = append(d.constraints, constraintNames(o.Name, o.SQL)...)
			}
		}
	} else {
		var columns []struct{ TableName, ColumnName, DataType, IsNullable string }
		if err := tx.Raw("SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%' AND table_name NOT LIKE 'river%'").Scan(&columns).Error; err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			d.columns[c.TableName+"."+c.ColumnName] = fmt.Sprint(kindWords[c.DataType], " null:", c.IsNullable == "YES")
		}
		var indexes []struct{ Indexname, Indexdef string }
		if err := tx.Raw("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%' AND tablename NOT LIKE 'river%'").Scan(&indexes).Error; err != nil {
			t.Fatal(err)
		}
		for _, i := range indexes {
			d.indexes[i.Indexname] = indexWords(i.Indexdef)
		}
		var constraints []struct{ Conname, Relname string }
		if err := tx.Raw("SELECT c.conname, r.relname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = 'public' AND r.relname NOT LIKE 'goose%' AND r.relname NOT LIKE 'river%'").Scan(&constraints).Error; err != nil {
			t.Fatal(err)
		}
		for _, c := range constraints {
			d.constraints = append(d.constraints, c.Relname+"."+c.Conname)
		}
	}
	sort.Strings(d.constraints)
	return d
}

// indexWords brings index definitions of both engines to one form: uniqueness, columns, condition.
func indexWords(text string) string {
	text = strings.NewReplacer("public.", "", "USING btree ", "", "::date", "", "::text", "", "\"", "", "<> ''", "<>''").Replace(text)
	text = spaces.ReplaceAllString(text, " ")
	open := strings.Index(text, "(")
	body := strings.NewReplacer("(", "", ")", "", " ", "").Replace(strings.ToLower(text[open:]))
	return fmt.Sprint(strings.Contains(text, "UNIQUE"), " ", body)
}

var constraintName = regexp.MustCompile(`CONSTRAINT (\w+)`)

func constraintNames(table, text string) []string {
	var names []string
	for _, match := range constraintName.FindAllStringSubmatch(text, -1) {
		names = append(names, table+"."+match[1])
	}
	return names
}

// sameKind tells which column types of SQLite stand for those of PostgreSQL.
var sameKind = map[string][]string{"id": {"text"}, "text": {"text"}, "day": {"text"}, "number": {"integer"}, "flag": {"boolean"}, "instant": {"timestamp"}, "bytes": {"blob"}}

func TestSchema_isTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	one, other := describe(t, dbtest.SQLite(t)), describe(t, dbtest.Postgres(t))
	for column, words := range other.columns {
		if column == "search_entries.terms" {
			continue // SQLite has FTS5 tables of its own
		}
		kind, null, _ := strings.Cut(words, " ")
		got := one.columns[column]
		liteKind, liteNull, _ := strings.Cut(got, " ")
		if !slices.Contains(sameKind[kind], liteKind) || null != liteNull {
			t.Errorf("%s: %q on SQLite, %q on PostgreSQL", column, got, words)
		}
	}
	for column := range one.columns {
		if _, ok := other.columns[column]; !ok {
			t.Errorf("%s is on SQLite alone", column)
		}
	}
	for name, words := range one.indexes {
		if other.indexes[name] != words && name != "search_entries_by_number" {
			t.Errorf("index %s: %q on SQLite, %q on PostgreSQL", name, words, other.indexes[name])
		}
	}
	for _, constraint := range one.constraints {
		if !slices.Contains(other.constraints, constraint) {
			t.Errorf("constraint %s is on SQLite alone", constraint)
		}
	}
	for _, constraint := range other.constraints {
		if !slices.Contains(one.constraints, constraint) {
			t.Errorf("constraint %s is on PostgreSQL alone", constraint)
		}
	}
}

func TestSchema_holdsEveryColumnOfTheModels(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		d := describe(t, db)
		modelled := map[string]bool{}
		for _, model := range tables {
			parsed, err := schema.Parse(model, &sync.Map{}, schema.NamingStrategy{})
			if err != nil {
				t.Fatal(err)
			}
			for _, field := range parsed.Fields {
				if field.DBName == "" {
					continue
				}
				column := parsed.Table + "." + field.DBName
				modelled[column] = true
				words, ok := d.columns[column]
				if !ok {
					t.Errorf("the model has %s, the schema has not", column)
				} else if nullable := strings.HasSuffix(words, "null:true"); nullable == (field.NotNull || field.PrimaryKey) && !field.PrimaryKey && field.NotNull {
					t.Errorf("%s: nullable %v in the schema, not null %v in the model", column, nullable, field.NotNull)
				}
			}
		}
		for column := range d.columns {
			if !modelled[column] && column != "search_entries.terms" {
				t.Errorf("the schema has %s, no model has", column)
			}
		}
	})
}

// TestSchema_knowsTheCodesOfTheModels writes a row with every code of every vocabulary, as the
// CHECKs see it, by reading the CHECKs of the SQLite schema, which the other test holds equal
// in name to PostgreSQL's.
func TestSchema_knowsTheCodesOfTheModels(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		checks := map[string]string{}
		tx := db.Read(context.Background())
		if db.Dialect() == database.SQLite {
			var texts []string
			if err := tx.Raw("SELECT sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL").Scan(&texts).Error; err != nil {
				t.Fatal(err)
			}
			for _, text := range texts {
				for _, match := range regexp.MustCompile(`CONSTRAINT (\w+_known) CHECK \((.*?)\)\)`).FindAllStringSubmatch(text, -1) {
					checks[match[1]] = match[2]
				}
			}
		} else {
			var rows []struct{ Conname, Def string }
			if err := tx.Raw("SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE conname LIKE '%\\_known'").Scan(&rows).Error; err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				checks[row.Conname] = row.Def
			}
		}
		for name, codes := range map[string][]string{
			"records_type_known": models.RecordTypes().Values(), "records_state_known": models.RecordStates().Values(), "entities_kind_known": models.EntityKinds().Values(),
			"entities_identity_known": models.Identities().Values(), "relationships_type_known": models.RelationshipTypes().Values(), "record_purposes_known": models.Purposes().Values(),
			"status_changes_status_known": models.AllStatuses(), "spans_status_known": models.AllStatuses(), "spans_subject_known": subjects(), "status_changes_extent_known": models.Extents().Values(),
			"claims_stance_known": models.Stances().Values(), "sources_kind_known": models.SourceKinds().Values(), "open_items_kind_known": models.OpenItemKinds().Values(),
			"standings_verification_known": models.Verifications().Values(), "horizons_verification_known": models.Verifications().Values(), "revisions_op_known": models.Operations().Values(), "changesets_status_known": models.ChangesetStatuses().Values(),
			"changesets_queue_known": models.Queues().Values(), "changeset_events_what_known": models.EventKinds().Values(),
			"replies_kind_known": models.ReplyKinds().Values(), "replies_role_known": models.ReplyRoles().Values(), "replies_state_known": models.ReplyStates().Values(),
			"notes_state_known": models.NoteStates().Values(), "accounts_role_known": models.Roles().Values(), "invitations_role_known": models.Roles().Values(),
			"log_keys_how_known": models.KeyOrigins().Values(), "webhooks_state_known": models.WebhookStates().Values(), "deliveries_state_known": models.DeliveryStates().Values(),
			"tokens_scope_known": models.Scopes().Values(), "invitations_purpose_known": models.InvitationPurposes(), "challenges_purpose_known": models.ChallengePurposes(),
		} {
			var listed []string
			for _, match := range regexp.MustCompile(`'(\w+)'`).FindAllStringSubmatch(checks[name], -1) {
				listed = append(listed, match[1])
			}
			sort.Strings(listed)
			want := slices.Clone(codes)
			sort.Strings(want)
			if !slices.Equal(listed, want) {
				t.Errorf("%s knows %v, the models %v", name, listed, want)
			}
		}
	})
}

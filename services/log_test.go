package services

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/database"
	"plumbline/models"
)

func TestLog_provesInclusionAndConsistency(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.supply(t)
		early, err := w.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			w.must(t, create(&models.Source{Kind: "article", Title: fmt.Sprint("Article ", i)}))
		}
		late, err := w.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		public, err := w.PublicKey(ctx, late.Size)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(public)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := note.Open([]byte(late.Note), note.VerifierList(verifier)); err != nil {
			t.Errorf("the checkpoint's signature: %v", err)
		}

		entries, err := w.LogEntries(ctx, 0, 100)
		if err != nil || int64(len(entries)) != late.Size {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for _, e := range entries {
			proof, size, err := w.InclusionProof(ctx, e.Position, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(recordProof(proof), size, tlog.Hash(late.Root), e.Position, tlog.RecordHash([]byte(e.Leaf))); err != nil {
				t.Errorf("inclusion of %d: %v", e.Position, err)
			}
		}
		proof, _, err := w.ConsistencyProof(ctx, early.Size, late.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(tlog.TreeProof(recordProof(proof)), late.Size, tlog.Hash(late.Root), early.Size, tlog.Hash(early.Root)); err != nil {
			t.Errorf("consistency: %v", err)
		}
	})
}

func recordProof(hashes [][]byte) tlog.RecordProof {
	proof := make(tlog.RecordProof, len(hashes))
	for i, hash := range hashes {
		proof[i] = tlog.Hash(hash)
	}
	return proof
}

// tampering is a change behind the program's back, and words that verify must find for it.
type tampering struct {
	name       string
	statements []string
	found      string
}

// presentTampering are changes to the log and to what follows from it at present.
var presentTampering = []tampering{
	{"a byte of a document", []string{"UPDATE revisions SET document = replace(document, 'Acme Cloud', 'Acme Clood')"}, "does not match its commitment: name"},
	{"a byte of a leaf", []string{"UPDATE revisions SET leaf = replace(leaf, '\"op\":\"create\"', '\"op\":\"creat_\"') WHERE position = 2"}, "revision 2"},
	{"a salt", []string{"UPDATE revisions SET salts = replace(salts, '\":\"', '\":\"A') WHERE position = 1"}, "revision 1"},
	{"a dropped revision", []string{"DELETE FROM entities WHERE revision = 2", "UPDATE records SET revision = 1 WHERE revision = 2", "DELETE FROM revisions WHERE position = 2"}, "revisions 2 to 2 are missing"},
	{"a truncated log", []string{"DELETE FROM relationships", "DELETE FROM revisions WHERE position >= 4"}, "there are 4 revisions"},
	{"swapped revisions", []string{"UPDATE revisions SET position = -1 WHERE position = 1", "UPDATE revisions SET position = 1 WHERE position = 2", "UPDATE revisions SET position = 2 WHERE position = -1"}, "its columns do not match its leaf"},
	{"a hash of the tree", []string{"UPDATE log_hashes SET hash = (SELECT hash FROM log_hashes WHERE number = 0) WHERE number = 1"}, "hash 1"},
	{"a missing hash", []string{"DELETE FROM log_hashes WHERE number = 3"}, "3 to 3 are missing"},
	{"a checkpoint's text", []string{"UPDATE checkpoints SET note = replace(note, 'plumbline', 'plumbl1ne')"}, "not signed by this log's key"},
	{"a checkpoint's root", []string{"UPDATE checkpoints SET root = (SELECT hash FROM log_hashes WHERE number = 0)"}, "does not match its signed text"},
	{"a missing checkpoint", []string{"DELETE FROM checkpoints"}, "the last checkpoint has the size 0"},
	{"a changeset's summary", []string{"UPDATE changesets SET summary = 'something else'"}, "summary"},
	{"a held row", []string{"UPDATE entities SET name = 'Acne' WHERE name = 'Acme'"}, "the row is not as its revision says"},
	{"a missing held row", []string{"DELETE FROM relationships WHERE type = 'provides'"}, "the row is missing"},
	{"a citation", []string{"DELETE FROM citations WHERE place = 0"}, "citations"},
	{"a record's state", []string{"UPDATE records SET state = 'retracted' WHERE type = 'source'"}, "is not as its last revision"},
	{"a stored status", []string{"UPDATE spans SET status = 'active'"}, "the stored status"},
	{"a stored verification", []string{"UPDATE standings SET verification = 'corroborated'"}, "the stored verification"},
	{"a stored party", []string{"DELETE FROM involvements"}, "the stored parties"},
}

func TestVerify_namesWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	for _, c := range presentTampering {
		t.Run(c.name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				w.supply(t)
				w.verified(t)
				w.tamper(t, c.statements)
				w.finds(t, c.found)
			})
		})
	}
}

// pastTampering are changes to what followed from the records once.
var pastTampering = []tampering{
	{"a status that held", []string{"UPDATE spans SET status = 'disabled' WHERE to_size IS NOT NULL AND status = 'active'"}, "the stored status of record"},
	{"a dropped status that held", []string{"DELETE FROM spans WHERE to_size IS NOT NULL"}, "the stored status of record"},
	{"when a status began to be known", []string{"UPDATE spans SET from_size = from_size - 1 WHERE to_size IS NOT NULL"}, "no changeset accounts for the spans"},
	{"a verification that held", []string{"UPDATE standings SET origins = 9 WHERE to_size IS NOT NULL"}, "the stored verification of record"},
	{"a party that was", []string{"UPDATE involvements SET day = '1999-01-01' WHERE to_size IS NOT NULL"}, "the stored parties of record"},
	{"a party that never was", []string{"INSERT INTO involvements (entity_id, record_id, role, type, kind, day, from_size, to_size) SELECT entity_id, record_id, role, type, kind, day, 1, 2 FROM involvements WHERE record_id NOT IN (SELECT record_id FROM involvements WHERE from_size < 2) LIMIT 1"}, "no changeset accounts for the involvements"},
}

func TestVerify_namesWhatWasTamperedWithInThePast(t *testing.T) {
	t.Parallel()
	for _, c := range pastTampering {
		t.Run(c.name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				s := w.supply(t)
				second := create(&models.Source{Kind: "report", Title: "A report"})
				cite := []models.Citation{{Source: s.source}}
				change := create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2020"), Citations: cite})
				w.must(t, second, change)
				w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeStatusChange, ID: change.ID, Version: 1, Edit: models.Corrected, Reason: "The report says when.", Data: &models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2021"),
					Citations: append(cite, models.Citation{Source: second.ID})}})
				w.verified(t)
				w.tamper(t, c.statements)
				w.finds(t, c.found)
			})
		})
	}
}

// finds has verify name a problem.
func (w *world) finds(t *testing.T, problem string) {
	t.Helper()
	report, err := w.Verify(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(report.Problems, "\n"), problem) {
		t.Errorf("verify did not say %q, but: %v", problem, report.Problems)
	}
}

// tamper does what a person with the database file could: it switches the guards off first.
func (w *world) tamper(t *testing.T, statements []string) {
	t.Helper()
	tx := w.db.Write(context.Background())
	guards := []string{"SET session_replication_role = replica"}
	if w.db.Dialect() == database.SQLite {
		guards = []string{"PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"}
		var triggers []string
		if err := tx.Raw("SELECT name FROM sqlite_master WHERE type = 'trigger'").Scan(&triggers).Error; err != nil {
			t.Fatal(err)
		}
		for _, name := range triggers {
			guards = append(guards, "DROP TRIGGER "+name)
		}
	}
	pool, err := tx.DB()
	if err != nil {
		t.Fatal(err)
	}
	connection, err := pool.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	for _, statement := range append(guards, statements...) {
		if _, err := connection.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestLog_refusesChanges(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		for _, statement := range []string{
			"UPDATE revisions SET document = replace(document, 'Acme', 'Acne')", "UPDATE revisions SET leaf = 'x'", "UPDATE revisions SET version = 9 WHERE position = 0",
			"DELETE FROM revisions", "UPDATE log_hashes SET hash = hash", "DELETE FROM log_hashes", "UPDATE checkpoints SET note = ''", "DELETE FROM checkpoints",
		} {
			err := w.db.Write(context.Background()).Exec(statement).Error
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		w.verified(t)
	})
}

func TestVerify_holdsTheLogToAnOlderCheckpoint(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.supply(t)
		older, err := w.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w.must(t, create(&models.Source{Kind: "article", Title: "Another"}))
		report, err := w.Verify(ctx, older.Note)
		if err != nil || len(report.Problems) > 0 || report.Root == base64.StdEncoding.EncodeToString(older.Root) {
			t.Errorf("a log that grew: %v, %v", report.Problems, err)
		}

		stranger, err := makeLogKey(filepath.Join(t.TempDir(), "other.key"), "plumbline-0badcafe")
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(older.Note, "\n\n")
		forged, err := note.Sign(&note.Note{Text: text + "\n"}, stranger.signer)
		if err != nil {
			t.Fatal(err)
		}
		report, err = w.Verify(ctx, string(forged))
		if err != nil || !strings.Contains(strings.Join(report.Problems, "\n"), "the older checkpoint is not signed by this log's key: plumbline-0badcafe+") {
			t.Errorf("another key: %v, %v", report.Problems, err)
		}
	})
}

func TestRedact_leavesATombstoneAndALogThatVerifies(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		steward := w.account(t, "Steward", models.RoleSteward)
		secret := "Very Secret Name"
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 1, Edit: models.Corrected, Reason: "its name",
			Data: &models.Entity{Kind: models.KindUnit, Name: secret, Slug: "very-secret-name", Citations: []models.Citation{{Source: s.source}}}})

		if _, err := w.Redact(ctx, w.editor, s.unit, "name", "a court order"); err == nil {
			t.Error("an editor redacted")
		}
		if _, err := w.Redact(ctx, steward, s.unit, "kind", "a court order"); err == nil {
			t.Error("a kind was redacted")
		}
		if _, err := w.Redact(ctx, steward, s.unit, "name", "a court order"); err != nil {
			t.Fatal(err)
		}
		w.verified(t)

		page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, s.unit.String(), Moment{})
		if err != nil || page.Records[0].Document.(*models.Entity).Name != Tombstone {
			t.Errorf("the present: %+v, %v", page.Records, err)
		}
		revisions, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &s.unit})
		if err != nil || len(revisions) != 3 || fmt.Sprint(revisions[1].Redacted) != "[name slug]" {
			t.Errorf("revisions: %+v, %v", revisions, err)
		}
		w.mustNotHold(t, secret, "very-secret-name", "very secret name")
	})
}

// mustNotHold looks for texts in every text column of every table.
func (w *world) mustNotHold(t *testing.T, secrets ...string) {
	t.Helper()
	columns := map[string][]string{"revisions": {"document", "leaf", "salts"}, "entities": {"name", "name_folded", "slug"}, "entity_names": {"text", "folded"},
		"slugs": {"slug"}, "search_entries": {"names", "words"}, "changesets": {"summary", "operations"}}
	for table, names := range columns {
		for _, column := range names {
			for _, secret := range secrets {
				var n int64
				if err := w.db.Write(context.Background()).Raw("SELECT count(*) FROM "+table+" WHERE "+column+" LIKE ?", "%"+secret+"%").Scan(&n).Error; err != nil {
					t.Fatal(err)
				}
				if n > 0 {
					t.Errorf("%s.%s still holds %q", table, column, secret)
				}
			}
		}
	}
}

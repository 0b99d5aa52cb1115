package services

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/models"
)

func TestNotes_areKeptAssignedAndDone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		colleague := w.account(t, "Colleague", models.RoleContributor)
		note, err := w.AddNote(ctx, w.editor, s.link.String(), models.Note{Text: " Ask them again. ", State: models.NoteOpen, AssigneeID: &colleague.Account})
		if err != nil || note.Text != "Ask them again." || note.Author != "Editor" || note.Assignee != "Colleague" || note.Record.Kind != "supplied_to" {
			t.Fatalf("%+v, %v", note, err)
		}
		if _, err := w.AddNote(ctx, w.editor, "unit-one", models.Note{Text: "A remark.", State: models.NotePlain}); err != nil {
			t.Fatal(err)
		}

		notes := func(by models.Actor, q NoteQuery) []string {
			t.Helper()
			page, err := w.Notes(ctx, by, q)
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, one := range page.Notes {
				list = append(list, one.Text)
			}
			return list
		}
		for name, test := range map[string]struct {
			by   models.Actor
			q    NoteQuery
			want string
		}{
			"of a record":     {w.editor, NoteQuery{Record: s.link.String()}, "[Ask them again.]"},
			"by slug":         {w.editor, NoteQuery{Record: "unit-one"}, "[A remark.]"},
			"all":             {w.editor, NoteQuery{}, "[A remark. Ask them again.]"},
			"one's own tasks": {colleague, NoteQuery{Mine: true, State: models.NoteOpen}, "[Ask them again.]"},
			"nobody else's":   {w.editor, NoteQuery{Mine: true, State: models.NoteOpen}, "[]"},
			"done":            {colleague, NoteQuery{State: models.NoteDone}, "[]"},
		} {
			if got := fmt.Sprint(notes(test.by, test.q)); got != test.want {
				t.Errorf("%s: %s, want %s", name, got, test.want)
			}
		}
		first, err := w.Notes(ctx, w.editor, NoteQuery{Limit: 1})
		if err != nil || len(first.Notes) != 1 || first.Next == "" {
			t.Fatalf("%+v, %v", first, err)
		}
		if rest := notes(w.editor, NoteQuery{Limit: 1, Cursor: first.Next}); fmt.Sprint(rest) != "[Ask them again.]" {
			t.Errorf("the second page: %v", rest)
		}

		done := models.NoteDone
		marked, err := w.ChangeNote(ctx, colleague, note.ID, NotePatch{State: &done})
		if err != nil || marked.DoneBy != "Colleague" || marked.DoneAt == nil || marked.Assignee != "Colleague" {
			t.Errorf("marked: %+v, %v", marked, err)
		}
		open, nobody := models.NoteOpen, uuid.Nil
		again, err := w.ChangeNote(ctx, w.editor, note.ID, NotePatch{State: &open, Assignee: &nobody})
		if err != nil || again.DoneAt != nil || again.AssigneeID != nil {
			t.Errorf("open again: %+v, %v", again, err)
		}
		if err := w.DeleteNote(ctx, w.editor, note.ID); err != nil {
			t.Error(err)
		}
		if _, err := w.Note(ctx, w.editor, note.ID); errorKind(err) != models.ErrNotFound {
			t.Errorf("after it was deleted: %v", err)
		}
	})
}

func TestNotes_refuseWhoMayNotAndWhatIsWrong(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		note, err := w.AddNote(ctx, w.editor, s.link.String(), models.Note{Text: "Mine.", State: models.NotePlain})
		if err != nil {
			t.Fatal(err)
		}
		other := w.account(t, "Other", models.RoleContributor)
		for name, by := range map[string]models.Actor{"the public": {}, "a reader": w.account(t, "Reader", models.RoleReader)} {
			text := "x"
			_, add := w.AddNote(ctx, by, s.link.String(), models.Note{Text: "x", State: models.NotePlain})
			_, list := w.Notes(ctx, by, NoteQuery{})
			_, get := w.Note(ctx, by, note.ID)
			_, change := w.ChangeNote(ctx, by, note.ID, NotePatch{Text: &text})
			_, _, colleagues := w.Colleagues(ctx, by)
			for i, err := range []error{add, list, get, change, w.DeleteNote(ctx, by, note.ID), colleagues} {
				if kind := errorKind(err); kind != models.ErrForbidden && kind != models.ErrUnauthorized {
					t.Errorf("%s, call %d: %v", name, i, err)
				}
			}
		}
		text := "Not yours."
		if _, err := w.ChangeNote(ctx, other, note.ID, NotePatch{Text: &text}); errorKind(err) != models.ErrForbidden {
			t.Errorf("another's words were changed: %v", err)
		}
		if err := w.DeleteNote(ctx, other, note.ID); errorKind(err) != models.ErrForbidden {
			t.Errorf("another's note was deleted: %v", err)
		}
		steward := w.account(t, "Steward", models.RoleSteward)
		narrow := steward
		narrow.Scope = models.ScopePropose
		if err := w.DeleteNote(ctx, narrow, note.ID); errorKind(err) != models.ErrForbidden {
			t.Errorf("a steward's token for proposals deleted it: %v", err)
		}
		if err := w.DeleteNote(ctx, steward, note.ID); err != nil {
			t.Errorf("a steward could not delete it: %v", err)
		}

		missing := newID()
		for name, test := range map[string]struct {
			note models.Note
			at   string
		}{
			"no words":         {models.Note{Text: " ", State: models.NotePlain}, "/text"},
			"too many words":   {models.Note{Text: strings.Repeat("a", 2001), State: models.NotePlain}, "/text"},
			"no state":         {models.Note{Text: "x"}, "/state"},
			"a note for one":   {models.Note{Text: "x", State: models.NotePlain, AssigneeID: &other.Account}, "/state"},
			"nobody":           {models.Note{Text: "x", State: models.NoteOpen, AssigneeID: &missing}, "/assignee"},
			"no group":         {models.Note{Text: "x", State: models.NoteOpen, GroupID: &missing}, "/group"},
			"one and a group":  {models.Note{Text: "x", State: models.NoteOpen, AssigneeID: &other.Account, GroupID: &missing}, "/group"},
			"a made-up status": {models.Note{Text: "x", State: "later"}, "/state"},
		} {
			if _, err := w.AddNote(ctx, w.editor, s.link.String(), test.note); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), test.at+":") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.AddNote(ctx, w.editor, missing.String(), models.Note{Text: "x", State: models.NotePlain}); errorKind(err) != models.ErrNotFound {
			t.Errorf("on no record: %v", err)
		}
	})
}

// TestNotes_leaveNoTraceInTheRecord looks for a note's words in every table: they stand in the
// table of notes alone, so that no page, export, revision or leaf of the log can hold them.
func TestNotes_leaveNoTraceInTheRecord(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		before, err := w.Size(ctx)
		if err != nil {
			t.Fatal(err)
		}
		const secret = "zanzibar-among-ourselves"
		if _, err := w.AddNote(ctx, w.editor, s.link.String(), models.Note{Text: secret, State: models.NoteOpen}); err != nil {
			t.Fatal(err)
		}
		if after, err := w.Size(ctx); err != nil || after != before {
			t.Errorf("the log grew from %d to %d (%v)", before, after, err)
		}
		found := tablesWith(t, w.db, secret)
		if fmt.Sprint(found) != "[notes]" {
			t.Errorf("the words stand in %v", found)
		}
		w.verified(t)
	})
}

// tablesWith lists the tables in which some column holds a text.
func tablesWith(t *testing.T, db *database.Database, text string) []string {
	t.Helper()
	columns := map[string][]string{}
	for column := range describe(t, db).columns {
		table, name, _ := strings.Cut(column, ".")
		columns[table] = append(columns[table], name)
	}
	var found []string
	for _, table := range sorted(keys(columns)) {
		for _, column := range columns[table] {
			var n int64
			query := fmt.Sprintf(`SELECT count(*) FROM %s WHERE CAST(%q AS text) LIKE ?`, table, column)
			if err := db.Read(context.Background()).Raw(query, "%"+text+"%").Scan(&n).Error; err != nil {
				t.Fatalf("%s.%s: %v", table, column, err)
			}
			if n > 0 {
				found = append(found, table)
				break
			}
		}
	}
	return found
}

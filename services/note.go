package services

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// NoteView is a note with the names that one needs to show it.
type NoteView struct {
	models.Note
	Author, Assignee, Group, DoneBy string
	// Record is what the note is on.
	Record Ref `gorm:"-"`
}

// NotePage is a run of notes, newest first.
type NotePage struct {
	Notes []NoteView
	Next  string
}

// NoteQuery asks for notes.
type NoteQuery struct {
	// Record is the id or slug of a record; "" for all records. What was noted on records that
	// were merged into it is there too.
	Record string
	// Mine narrows to the actor's own tasks and those of the actor's group.
	Mine bool
	// State narrows to notes of one state; "" for all.
	State models.NoteState
	// Limit is from 1 to 500; 50 when 0.
	Limit  int
	Cursor string
}

// NotePatch is what is to be different about a note; nil leaves a field as it is.
type NotePatch struct {
	Text  *string
	State *models.NoteState
	// Assignee and Group are ids; uuid.Nil takes the task from whoever has it.
	Assignee *uuid.UUID
	Group    *uuid.UUID
}

// Colleague is somebody, or a group, to whom a task can be assigned.
type Colleague struct {
	ID   uuid.UUID
	Name string
}

// ParseNotes reads the parameters of the list of notes: record, mine, state, limit and cursor.
func ParseNotes(values url.Values) (NoteQuery, error) {
	p := &queryParser{}
	names := []string{"record", "mine", "state", "limit", "cursor"}
	for _, name := range sorted(keys(values)) {
		if !slices.Contains(names, name) {
			p.problem(name, "There is no parameter %q.%s Possible are %s.", shorten(name), models.DidYouMean(name, names), strings.Join(names, ", "))
		}
	}
	p.once(values, names...)
	mine := p.filter(Parameter{Name: "mine", Values: flags, shape: flagShape}, split(values["mine"]))
	state := p.filter(Parameter{Name: "state", Values: models.NoteStates().Values()}, split(values["state"]))
	q := NoteQuery{Record: p.text(Parameter{Name: "record"}, values.Get("record")), Mine: len(mine) > 0 && mine[0] == "true", Limit: p.limit(values.Get("limit")), Cursor: values.Get("cursor")}
	if len(state) > 0 {
		q.State = models.NoteState(state[0])
	}
	return q, p.failed()
}

// AddNote keeps a note or task on a record. It publishes nothing: no revision, no leaf, no page
// that the public sees changes.
func (s *Services) AddNote(ctx context.Context, by models.Actor, record string, note models.Note) (view NoteView, err error) {
	if err := require(by, ActionNotes); err != nil {
		return NoteView{}, err
	}
	note.ID, note.AuthorID, note.CreatedAt = newID(), by.Account, s.now()
	s.settleDone(by, &note)
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		found, err := survivor(tx, record)
		if err != nil {
			return err
		}
		note.RecordID = found.ID
		if err := checkNote(tx, &note); err != nil {
			return err
		}
		if err := tx.Create(&note).Error; err != nil {
			return fmt.Errorf("store note: %w", err)
		}
		view, err = readNoteView(tx, note.ID)
		return err
	})
	return view, err
}

// settleDone sets who did a task and when, as its state says.
func (s *Services) settleDone(by models.Actor, note *models.Note) {
	switch {
	case note.State != models.NoteDone:
		note.DoneAt, note.DoneByID = nil, nil
	case note.DoneAt == nil:
		now := s.now()
		note.DoneAt, note.DoneByID = &now, &by.Account
	}
}

// checkNote finds everything wrong with a note.
func checkNote(tx *gorm.DB, note *models.Note) error {
	problems := note.Validate()
	for _, assigned := range []struct {
		pointer, query string
		id             *uuid.UUID
	}{
		{"/assignee", "SELECT count(*) FROM accounts WHERE id = ? AND suspended_at IS NULL AND deleted_at IS NULL AND role <> 'reader'", note.AssigneeID},
		{"/group", "SELECT count(*) FROM contributor_groups WHERE id = ?", note.GroupID},
	} {
		if assigned.id == nil {
			continue
		}
		var n int64
		if err := tx.Raw(assigned.query, *assigned.id).Scan(&n).Error; err != nil {
			return fmt.Errorf("look up %s: %w", assigned.pointer, err)
		}
		if n == 0 {
			problems = append(problems, models.Problem{Pointer: assigned.pointer, Message: "There is nobody here by this id who could take a task; choose somebody else."})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Problems: problems, Message: "The note was not kept. " + count(len(problems), "thing needs", "things need") + " attention."}
}

// Note gives one note: ErrNotFound when there is none.
func (s *Services) Note(ctx context.Context, by models.Actor, id uuid.UUID) (NoteView, error) {
	if err := require(by, ActionNotes); err != nil {
		return NoteView{}, err
	}
	return readNoteView(s.db.Write(ctx), id)
}

func readNoteView(tx *gorm.DB, id uuid.UUID) (NoteView, error) {
	var views []NoteView
	if err := noteViews(tx).Where("n.id = ?", id).Scan(&views).Error; err != nil {
		return NoteView{}, fmt.Errorf("read note: %w", err)
	}
	if len(views) == 0 {
		return NoteView{}, noNote()
	}
	err := labelNotes(tx, views)
	return views[0], err
}

func noNote() error {
	return models.Errorf(models.ErrNotFound, "There is no such note. Perhaps it was deleted.")
}

func noteViews(tx *gorm.DB) *gorm.DB {
	return tx.Table("notes n").Joins("JOIN accounts a ON a.id = n.author_id").Joins("LEFT JOIN accounts t ON t.id = n.assignee_id").
		Joins("LEFT JOIN accounts d ON d.id = n.done_by_id").Joins("LEFT JOIN contributor_groups g ON g.id = n.group_id").
		Select(`n.*, a.name AS author, COALESCE(t.name, '') AS assignee, COALESCE(d.name, '') AS done_by, COALESCE(g.name, '') AS "group"`)
}

// labelNotes names the records that notes are on, in one query.
func labelNotes(tx *gorm.DB, views []NoteView) error {
	wanted := wantedRefs{}
	for _, view := range views {
		wanted.add("", view.RecordID)
	}
	refs, err := (&reading{tx: tx}).loadRefs(wanted)
	for i := range views {
		views[i].Record = refs[views[i].RecordID]
	}
	return err
}

// Notes lists notes, newest first.
func (s *Services) Notes(ctx context.Context, by models.Actor, q NoteQuery) (NotePage, error) {
	if err := require(by, ActionNotes); err != nil {
		return NotePage{}, err
	}
	listing := Query{Filters: map[string][]string{"state": {"any", string(q.State)}}, Limit: q.Limit, Cursor: q.Cursor}.withDefaults("-id")
	what := fmt.Sprintf("notes %s %t %s", q.Record, q.Mine, by.Account)
	after, err := listing.after(what)
	if err != nil {
		return NotePage{}, err
	}
	tx := noteViews(s.db.Write(ctx)).Order("n.id DESC").Limit(listing.Limit + 1)
	if q.Record != "" {
		record, err := survivor(s.db.Write(ctx), q.Record)
		if err != nil {
			return NotePage{}, err
		}
		tx = tx.Where(`n.record_id IN (WITH RECURSIVE same (id) AS (SELECT CAST(? AS `+s.idType()+`) UNION SELECT r.id FROM records r JOIN same ON r.merged_into = same.id) SELECT id FROM same)`, record.ID)
	}
	if q.Mine {
		tx = tx.Where("n.assignee_id = ? OR n.group_id = (SELECT m.group_id FROM accounts m WHERE m.id = ?)", by.Account, by.Account)
	}
	if q.State != "" {
		tx = tx.Where("n.state = ?", q.State)
	}
	if after != nil {
		tx = tx.Where("n.id < ?", after.ID)
	}

	var page NotePage
	if err := tx.Scan(&page.Notes).Error; err != nil {
		return page, fmt.Errorf("list notes: %w", err)
	}
	if len(page.Notes) > listing.Limit {
		page.Notes = page.Notes[:listing.Limit]
		page.Next = listing.next(what, cursor{ID: page.Notes[listing.Limit-1].ID})
	}
	return page, labelNotes(s.db.Read(ctx), page.Notes)
}

// idType is how the engine calls the type of ids.
func (s *Services) idType() string {
	if s.db.Dialect() == "postgres" {
		return "uuid"
	}
	return "text"
}

// ChangeNote changes a note. Its text is its author's to change; its state and whose task it is
// are everybody's who works on records. It gives the note as this change left it.
func (s *Services) ChangeNote(ctx context.Context, by models.Actor, id uuid.UUID, patch NotePatch) (view NoteView, err error) {
	if err := require(by, ActionNotes); err != nil {
		return NoteView{}, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		note, err := readNote(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id) // others may change it in other fields
		if err != nil {
			return err
		}
		if patch.Text != nil && *patch.Text != note.Text && note.AuthorID != by.Account {
			return models.Errorf(models.ErrForbidden, "Only its author can change what a note says. Write another note.").About(0, "/text")
		}
		patch.Apply(&note)
		s.settleDone(by, &note)
		if err := checkNote(tx, &note); err != nil {
			return err
		}
		if err := tx.Model(&note).Select("text", "state", "assignee_id", "group_id", "done_at", "done_by_id").Updates(&note).Error; err != nil {
			return fmt.Errorf("change note %s: %w", id, err)
		}
		view, err = readNoteView(tx, id)
		return err
	})
	return view, err
}

// Apply changes a note as the patch says.
func (p NotePatch) Apply(note *models.Note) {
	if p.Text != nil {
		note.Text = *p.Text
	}
	if p.State != nil {
		note.State = *p.State
	}
	for into, id := range map[**uuid.UUID]*uuid.UUID{&note.AssigneeID: p.Assignee, &note.GroupID: p.Group} {
		if id != nil {
			if *into = id; *id == uuid.Nil {
				*into = nil
			}
		}
	}
}

func readNote(tx *gorm.DB, id uuid.UUID) (models.Note, error) {
	var note models.Note
	found := tx.Limit(1).Find(&note, "id = ?", id)
	if found.Error != nil {
		return note, fmt.Errorf("read note %s: %w", id, found.Error)
	}
	if found.RowsAffected == 0 {
		return note, noNote()
	}
	return note, nil
}

// DeleteNote forgets a note: its author may, and who may redact.
func (s *Services) DeleteNote(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionNotes); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		note, err := readNote(tx, id)
		if err != nil {
			return err
		}
		if !MayDelete(by, note) {
			return models.Errorf(models.ErrForbidden, "Only its author or a steward can delete a note.")
		}
		return wrap(tx.Delete(&models.Note{}, "id = ?", id).Error, "delete note %s", id)
	})
}

// MayDelete reports whether an actor may delete a note.
func MayDelete(by models.Actor, note models.Note) bool {
	return note.AuthorID == by.Account || May(by, ActionRedact)
}

// mostColleagues bounds whom a form offers.
const mostColleagues = 500

// Colleagues lists the people and the groups to whom a task can be assigned, by name.
func (s *Services) Colleagues(ctx context.Context, by models.Actor) (people, groups []Colleague, err error) {
	if err := require(by, ActionNotes); err != nil {
		return nil, nil, err
	}
	tx := s.db.Read(ctx)
	err = tx.Raw("SELECT id, name FROM accounts WHERE suspended_at IS NULL AND deleted_at IS NULL AND role <> 'reader' ORDER BY name, id LIMIT ?", mostColleagues).Scan(&people).Error
	if err == nil {
		err = tx.Raw("SELECT id, name FROM contributor_groups ORDER BY name, id LIMIT ?", mostColleagues).Scan(&groups).Error
	}
	return slices.Clip(people), slices.Clip(groups), wrap(err, "list colleagues")
}

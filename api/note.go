package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Note is a short remark or task on a record, for members alone.
type Note struct {
	ID         uuid.UUID  `json:"id" format:"uuid"`
	Record     *Ref       `json:"record"`
	Text       string     `json:"text"`
	State      string     `json:"state" doc:"note, open or done."`
	Author     string     `json:"author"`
	AssigneeID *uuid.UUID `json:"assignee" format:"uuid" doc:"The account whose task it is; null when it is nobody's or a group's."`
	Assignee   string     `json:"assignee_name,omitempty"`
	GroupID    *uuid.UUID `json:"group" format:"uuid" doc:"The group whose task it is; null when it is not a group's."`
	Group      string     `json:"group_name,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	DoneAt     *time.Time `json:"done_at"`
	DoneBy     string     `json:"done_by,omitempty"`
}

// NoteList is a page of notes.
type NoteList struct {
	Data []Note  `json:"data"`
	Next *string `json:"next"`
}

func noteOf(n services.NoteView) Note {
	wire := Note{ID: n.ID, Record: refOf(n.Record), Text: n.Text, State: string(n.State), Author: n.Author, AssigneeID: n.AssigneeID, Assignee: n.Assignee,
		GroupID: n.GroupID, Group: n.Group, CreatedAt: n.CreatedAt.UTC(), DoneBy: n.DoneBy}
	if n.DoneAt != nil {
		at := n.DoneAt.UTC()
		wire.DoneAt = &at
	}
	return wire
}

var noteFields = map[string]string{"text": "What it says.", "state": "note, open or done.", "assignee": "The id of an account.", "group": "The id of a group."}

func (a *API) registerNotes() {
	operation := func(method, path, id, summary string) huma.Operation {
		return secured(huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{"notes"}}, services.ActionNotes, mostBody)
	}
	list := operation(http.MethodGet, "/notes", "list-notes", "List notes and tasks, newest first")
	list.Parameters = append([]*huma.Param{parameter("record", "On this record, by its id or slug."), parameter("mine", "One's own tasks and those of one's group.", "true", "false"),
		parameter("state", "Where it stands.", models.NoteStates().Values()...)}, pageParameters()...)
	huma.Register(a.huma, list, a.listNotes)

	get := operation(http.MethodGet, "/notes/{id}", "get-note", "Get one note")
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Note], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		note, err := a.services.Note(ctx, actorOf(ctx), id)
		return a.noteAnswer(note, err)
	})

	body := map[string]string{"record": "The id or slug of the record."}
	for name, words := range noteFields {
		body[name] = words
	}
	post := operation(http.MethodPost, "/notes", "create-note", "Write a note or a task on a record")
	post.DefaultStatus = http.StatusCreated
	a.writes[post.OperationID] = writing{body: objectBody(true, body), answer: reflect.TypeFor[Note]()}
	huma.Register(a.huma, post, a.createNote)

	patch := operation(http.MethodPatch, "/notes/{id}", "change-note", "Change a note, or say that a task is done")
	a.writes[patch.OperationID] = writing{body: objectBody(true, noteFields), answer: reflect.TypeFor[Note]()}
	huma.Register(a.huma, patch, a.changeNote)

	remove := operation(http.MethodDelete, "/notes/{id}", "delete-note", "Delete a note")
	remove.DefaultStatus = http.StatusNoContent
	a.writes[remove.OperationID] = writing{}
	huma.Register(a.huma, remove, func(ctx context.Context, in *one) (*struct{}, error) {
		id, err := in.uuid(in.ID)
		if err == nil {
			err = a.services.DeleteNote(ctx, actorOf(ctx), id)
		}
		if err != nil {
			return nil, a.failed(err)
		}
		return nil, nil
	})
}

func (a *API) noteAnswer(note services.NoteView, err error) (*answer[Note], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	return &answer[Note]{Body: noteOf(note), CacheControl: "no-store"}, nil
}

func (a *API) listNotes(ctx context.Context, in *struct{ request }) (*answer[NoteList], error) {
	q, err := services.ParseNotes(in.values)
	if err != nil {
		return nil, a.failed(err)
	}
	page, err := a.services.Notes(ctx, actorOf(ctx), q)
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[NoteList]{CacheControl: "no-store", Body: NoteList{Data: make([]Note, len(page.Notes))}}
	for i, note := range page.Notes {
		out.Body.Data[i] = noteOf(note)
	}
	out.Link, out.Body.Next = in.next(page.Next)
	return out, nil
}

// readNote reads what a body says of a note; nil for what it leaves as it is.
func readNote(r *bodyReader, m members) services.NotePatch {
	var patch services.NotePatch
	if _, ok := m["text"]; ok {
		text := r.text(m, "", "text")
		patch.Text = &text
	}
	if _, ok := m["state"]; ok {
		state := models.NoteState(r.text(m, "", "state"))
		patch.State = &state
	}
	for name, into := range map[string]**uuid.UUID{"assignee": &patch.Assignee, "group": &patch.Group} {
		if _, ok := m[name]; ok {
			id := r.uuid(m, "", name)
			*into = &id
		}
	}
	return patch
}

func (a *API) createNote(ctx context.Context, in *body) (*answer[Note], error) {
	m, err := in.members()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	record, patch := r.text(m, "", "record"), readNote(&r, m)
	if record == "" {
		r.problem("/record", "Name the record by its id or slug.")
	}
	r.only(m, "", "record", "text", "state", "assignee", "group")
	if err := r.failed(); err != nil {
		return nil, err
	}
	note := models.Note{State: models.NotePlain}
	patch.Apply(&note)
	made, err := a.services.AddNote(ctx, actorOf(ctx), record, note)
	out, err := a.noteAnswer(made, err)
	if err == nil {
		out.Status, out.Location = http.StatusCreated, Prefix+"/notes/"+made.ID.String()
	}
	return out, err
}

func (a *API) changeNote(ctx context.Context, in *oneBody) (*answer[Note], error) {
	id, err := in.uuid(in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.jsonBody("application/merge-patch+json"); err != nil {
		return nil, err
	}
	m, err := readMembers(in.raw)
	if err != nil {
		return nil, err
	}
	var r bodyReader
	patch := readNote(&r, m)
	r.only(m, "", "text", "state", "assignee", "group")
	if err := r.failed(); err != nil {
		return nil, err
	}
	note, err := a.services.ChangeNote(ctx, actorOf(ctx), id, patch)
	return a.noteAnswer(note, err)
}

package frontend

import (
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// notesPage shows the notes and tasks on a record, or one's tasks. Members alone see it.
type notesPage struct {
	layout
	// Record is what the notes are on; nil on the page of tasks.
	Record *link
	Action string
	Notes  []noteLine
	Next   string
	// Tabs choose which tasks are shown.
	Tabs []tab
	// Text and the choices are those of the form.
	Text     string
	Task     bool
	Assigned []pick
	Back     string
}

// noteLine is one note.
type noteLine struct {
	ID, Text, Author, When, Machine, For, Done string
	Record                                     link
	Task, Open                                 bool
	MayDelete                                  bool
}

func (p *Pages) recordNotes(c *gin.Context) (view, error) {
	page, err := p.recordNotesPage(c)
	return view{template: "notes", data: page}, err
}

func (p *Pages) recordNotesPage(c *gin.Context) (*notesPage, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	id, _, err := p.services.Find(ctx, by, c.Param("id"))
	if err != nil {
		return nil, err
	}
	refs, err := p.services.Labels(ctx, by, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	about := showing{}.refLink(refs[id])
	page := &notesPage{layout: memberLayout("", "Notes for members"), Record: &about, Action: "/records/" + id.String() + "/notes", Text: c.PostForm("text"), Task: c.PostForm("task") != ""}
	page.Back = page.Action
	if err := p.addNotes(c, page, services.NoteQuery{Record: id.String(), Cursor: c.Query("cursor")}); err != nil {
		return nil, err
	}
	page.Assigned, err = p.assignable(c)
	return page, err
}

func (p *Pages) addNotes(c *gin.Context, page *notesPage, q services.NoteQuery) error {
	found, err := p.services.Notes(c.Request.Context(), p.actor(c), q)
	if err != nil {
		return err
	}
	for _, one := range found.Notes {
		line := noteLine{ID: one.ID.String(), Text: one.Text, Author: one.Author, When: instantText(one.CreatedAt), Machine: one.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"), For: one.Assignee + one.Group, Record: showing{}.refLink(one.Record),
			Task: one.State != models.NotePlain, Open: one.State == models.NoteOpen, MayDelete: services.MayDelete(p.actor(c), one.Note)}
		if one.DoneAt != nil {
			line.Done = one.DoneBy + ", " + instantText(one.DoneAt.UTC())
		}
		page.Notes = append(page.Notes, line)
	}
	if found.Next != "" {
		values := firstPage(c.Request.URL.Query())
		values.Set("cursor", found.Next)
		page.Next = address(c.Request.URL.Path, values)
	}
	return nil
}

// assignable lists to whom a task can be given.
func (p *Pages) assignable(c *gin.Context) ([]pick, error) {
	people, groups, err := p.services.Colleagues(c.Request.Context(), p.actor(c))
	list := []pick{{Value: "", Label: "Nobody in particular"}}
	for _, one := range people {
		list = append(list, pick{Value: "person:" + one.ID.String(), Label: one.Name})
	}
	for _, one := range groups {
		list = append(list, pick{Value: "group:" + one.ID.String(), Label: "Group: " + one.Name})
	}
	for i := range list {
		list[i].Checked = list[i].Value == c.PostForm("assigned")
	}
	return list, err
}

// addNote keeps a note.
func (p *Pages) addNote(c *gin.Context, by models.Actor) (view, error) {
	note := models.Note{Text: c.PostForm("text"), State: models.NotePlain}
	if c.PostForm("task") != "" || c.PostForm("assigned") != "" {
		note.State = models.NoteOpen
	}
	kind, text, _ := strings.Cut(c.PostForm("assigned"), ":")
	if id, err := uuid.Parse(text); err == nil && kind == "person" {
		note.AssigneeID = &id
	} else if err == nil && kind == "group" {
		note.GroupID = &id
	}
	if _, err := p.services.AddNote(c.Request.Context(), by, c.Param("id"), note); err != nil {
		page, failed := p.recordNotesPage(c)
		if failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "notes", data: page}, err)
	}
	p.tell(c, "The note is kept. Members alone see it.")
	return view{moved: "/records/" + c.Param("id") + "/notes"}, nil
}

// changeNote marks a task as done or open, or deletes a note.
func (p *Pages) changeNote(c *gin.Context, by models.Actor) (view, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return view{}, models.Errorf(models.ErrNotFound, "There is no such note.")
	}
	back := local(c.PostForm("next"), "/tasks")
	switch does := c.PostForm("do"); does {
	case "delete":
		err = p.services.DeleteNote(c.Request.Context(), by, id)
	case "done", "open":
		state := models.NoteState(does)
		_, err = p.services.ChangeNote(c.Request.Context(), by, id, services.NotePatch{State: &state})
	default:
		err = models.Errorf(models.ErrInvalid, "Choose what is to be done with the note.")
	}
	return view{moved: back}, err
}

// tasks shows one's open tasks, those of everybody, or those that were done.
func (p *Pages) tasks(c *gin.Context) (view, error) {
	if _, err := moment(c, "show", "cursor"); err != nil {
		return view{}, err
	}
	shown := c.Query("show")
	page := &notesPage{layout: memberLayout("/tasks", "Tasks"), Back: c.Request.URL.RequestURI()}
	q := services.NoteQuery{Mine: shown == "", State: models.NoteOpen, Cursor: c.Query("cursor")}
	if shown == "done" {
		q.State = models.NoteDone
	}
	for _, which := range [][2]string{{"", "Yours"}, {"all", "Everybody’s"}, {"done", "Done"}} {
		page.Tabs = append(page.Tabs, tab{URL: address("/tasks", withoutEmpty(map[string][]string{"show": {which[0]}})), Name: which[1], Current: shown == which[0]})
	}
	return view{template: "notes", data: page}, p.addNotes(c, page, q)
}

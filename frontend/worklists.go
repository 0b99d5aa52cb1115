package frontend

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// worklistsPage shows what waits for attention: the beginning of every worklist.
type worklistsPage struct {
	layout
	Lists []workList
}

// worklistPage shows one worklist.
type worklistPage struct {
	layout
	List workList
	// Types are the record types that it can show, where there are several.
	Types []tab
	Next  string
}

type workList struct {
	ID, URL, Title, Definition string
	Rows                       []workRow
	More                       bool
}

// workRow is a record that waits, why, and the forms that mend it.
type workRow struct {
	Link    link
	Why     string
	Actions []link
}

// mostGlance is how many rows of each worklist the overview of them shows.
const mostGlance = 5

func (p *Pages) worklists(c *gin.Context) (view, error) {
	page := &worklistsPage{layout: memberLayout("/worklists", "Worklists")}
	for _, w := range services.Worklists() {
		work, err := p.services.Worklist(c.Request.Context(), p.actor(c), w.Name, services.WorklistQuery{Limit: mostGlance})
		if err != nil {
			return view{}, err
		}
		page.Lists = append(page.Lists, workListOf(work))
	}
	return view{template: "worklists", data: page}, nil
}

func (p *Pages) worklist(c *gin.Context) (view, error) {
	w, err := services.FindWorklist(c.Param("id"))
	if err != nil {
		return view{}, err
	}
	values := c.Request.URL.Query()
	q, err := services.ParseWorklist(w, values)
	if err != nil {
		return view{}, err
	}
	work, err := p.services.Worklist(c.Request.Context(), p.actor(c), w.Name, q)
	if err != nil {
		return view{}, err
	}
	page := &worklistPage{layout: memberLayout("/worklists", w.Title), List: workListOf(work)}
	page.API = apiAddress("/worklists/"+w.Name, values)
	if len(w.Types) > 1 {
		for _, t := range w.Types {
			page.Types = append(page.Types, tab{URL: address("/worklists/"+w.Name, url.Values{"type": {string(t)}}), Name: plainType(t), Current: t == work.Type})
		}
	}
	if work.Next != "" {
		next := firstPage(values)
		next.Set("cursor", work.Next)
		page.Next = address("/worklists/"+w.Name, next)
	}
	return view{template: "worklist", data: page}, nil
}

func plainType(t models.RecordType) string {
	words := map[models.RecordType]string{models.TypeRelationship: "Links", models.TypeStatusChange: "Status changes", models.TypeClaim: "Claims", models.TypeOpenItem: "Questions", models.TypeEntity: "Entities", models.TypeSource: "Sources"}
	return words[t]
}

func workListOf(work services.WorkPage) workList {
	list := workList{ID: work.Worklist.Name, URL: "/worklists/" + work.Worklist.Name, Title: work.Worklist.Title, Definition: work.Worklist.Definition, More: work.Next != ""}
	s := showingOf(work.Page, services.Moment{})
	for _, record := range work.Records {
		list.Rows = append(list.Rows, workRow{Link: s.link(record.ID), Why: work.Why[record.ID], Actions: mending(work.Worklist.Name, record)})
	}
	return list
}

// mending are the forms that take a record off a worklist.
func mending(worklist string, record services.Record) []link {
	id := record.ID.String()
	form := func(name, t string, values url.Values) link { return link{URL: address("/new/"+t, values), Name: name} }
	add := link{URL: "/records/" + id + "/edit#group-citationsSources", Name: "Add a source"}
	switch worklist {
	case "stale-links":
		return []link{{URL: "/records/" + id + "/still-holds", Name: "It still holds"}, form("It changed", "status_change", url.Values{"record": {id}})}
	case "unanswered-claims":
		return []link{form("Add an answer", "claim", url.Values{"answers": {id}})}
	case "unanswered-questions":
		return []link{form("It was answered", "status_change", url.Values{"record": {id}}), form("Add a claim about it", "claim", url.Values{"about": {id}})}
	case "lost-sources":
		return []link{{URL: "/sources/" + id + "/captures", Name: "Keep a copy"}, {URL: "/records/" + id + "/edit", Name: "Correct its address"}}
	case "undisclosed":
		return []link{{URL: "/records/" + id + "/edit", Name: "Edit it"}, form("Add a claim about it", "claim", url.Values{"about": {id}})}
	}
	return []link{add}
}

// stillHoldsPage asks for the source that shows that a record still holds.
type stillHoldsPage struct {
	layout
	Record            link
	ID                string
	Version           int64
	Evidence          string
	Sources           []pick
	NewTitle, NewURL  string
	NewDate           string
	HoldsOn, Locator  string
	Proposes          bool
	ActionURL, Status string
}

func (p *Pages) stillHoldsForm(c *gin.Context) (view, error) {
	page, err := p.stillHoldsPage(c)
	return view{template: "still-holds", data: page}, err
}

func (p *Pages) stillHoldsPage(c *gin.Context) (*stillHoldsPage, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	id, kind, err := p.services.Find(ctx, by, c.Param("id"))
	if err != nil {
		return nil, err
	}
	found, err := p.services.Get(ctx, by, kind, id.String(), services.Moment{})
	if err != nil {
		return nil, err
	}
	record, s := found.Records[0], showingOf(found, services.Moment{})
	status, standing := "", record.Standing
	if record.Status != nil {
		status, standing = strings.ReplaceAll(string(record.Status.Span.Status), "_", " "), record.Status.Standing
	}
	version, of := record.Version, record.SpokenOf()
	if of != id { // what is to be shown is the step that began the status
		step, err := p.services.GetWritten(ctx, by, of)
		if err != nil {
			return nil, err
		}
		version = step.Records[0].Version
	}
	recent, err := p.services.RecentSources(ctx, by, mostRecent)
	if err != nil {
		return nil, err
	}
	page := &stillHoldsPage{layout: memberLayout("/worklists", "Does it still hold?"), Record: s.link(id), ID: of.String(), Version: version, Status: status,
		Evidence: services.EvidenceWords(standing, found.AsOf), ActionURL: "/records/" + of.String() + "/still-holds", Proposes: !services.May(by, services.ActionPublish),
		NewTitle: c.PostForm("title"), NewURL: c.PostForm("url"), NewDate: c.PostForm("published"), HoldsOn: c.PostForm("holds_on"), Locator: c.PostForm("locator")}
	chosen := c.PostForm("source")
	if chosen == "" && page.NewTitle+page.NewURL+page.NewDate != "" {
		chosen = "new"
	}
	for _, ref := range recent {
		page.Sources = append(page.Sources, pick{Value: ref.ID.String(), Label: ref.Label(), Hint: refHint(ref)})
	}
	page.Sources = append(page.Sources, pick{Value: "new", Label: "Another source, entered below"})
	for i := range page.Sources {
		page.Sources[i].ID, page.Sources[i].Checked = "source-"+strconv.Itoa(i), page.Sources[i].Value == chosen
	}
	return page, nil
}

// stillHolds records that a record was checked.
func (p *Pages) stillHolds(c *gin.Context, by models.Actor) (view, error) {
	page, err := p.stillHoldsPage(c)
	if err != nil {
		return view{}, err
	}
	confirmation, err := p.confirmation(c, page)
	if err == nil {
		var out services.Outcome
		out, err = p.services.Confirm(c.Request.Context(), by, uuid.MustParse(page.ID), confirmation)
		if err == nil {
			p.tellPublished(c, out, uuid.MustParse(page.ID))
			return view{moved: "/worklists"}, nil
		}
		var forPeople *models.Error
		if errors.As(err, &forPeople) && forPeople.Kind == models.ErrStale {
			err = wrong("version", "Somebody else changed this record while you looked at it. Read it again: if it still holds as it stands now, press the button again.")
		}
	}
	return p.again(view{template: "still-holds", data: page}, err)
}

// confirmation reads what was chosen and typed.
func (p *Pages) confirmation(c *gin.Context, page *stillHoldsPage) (services.Confirmation, error) {
	out := services.Confirmation{Locator: page.Locator}
	out.Version, _ = strconv.ParseInt(c.PostForm("version"), 10, 64) // what is no number is no version
	if page.HoldsOn != "" {
		day, err := models.ParseDay(page.HoldsOn)
		if err != nil {
			return out, wrong("holds_on", err.Error())
		}
		out.HoldsOn = day
	}
	chosen := c.PostForm("source")
	entered := strings.TrimSpace(page.NewTitle+page.NewURL+page.NewDate) != ""
	if c.PostForm("found") == "nothing" {
		if chosen != "" || entered || page.HoldsOn != "" || page.Locator != "" {
			return out, wrong("source-0", "You named a source and said that you found nothing newer. Press “It still holds” to enter that source, or leave all of it empty.")
		}
		return out, nil
	}
	if chosen == "" && entered {
		chosen = "new"
	}
	switch {
	case chosen != "new" && entered:
		return out, wrong("title", "You chose a source above and entered another here. Empty these fields, or choose “Another source, entered below”.")
	case chosen == "new":
		published, err := models.ParseDateWords(page.NewDate, models.Day{})
		if err != nil {
			return out, wrong("published", err.Error())
		}
		if strings.TrimSpace(page.NewTitle) == "" {
			return out, wrong("title", "Give the title of the source, or choose one above.")
		}
		out.New = &models.Source{Kind: "article", Title: page.NewTitle, URL: strings.TrimSpace(page.NewURL), Published: published}
	case chosen == "":
		return out, wrong("source-0", "Choose the source that shows that it still holds, or enter it. If you found none, press “I looked, and found nothing newer”.")
	default:
		id, err := uuid.Parse(chosen)
		if err != nil {
			return out, wrong("source-0", "Choose a source.")
		}
		out.Source = &id
	}
	return out, nil
}

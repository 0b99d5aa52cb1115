package frontend

import (
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// recordPage shows one link, status change, claim or open item with all that is known of it.
type recordPage struct {
	layout
	Type      string
	Retracted bool
	Line      *linkLine
	Change    *changeLine
	Claim     *claimCard
	Item      *itemLine
	// Of is what the status change changed.
	Of        *link
	Steps     []changeLine
	Claims    []claimCard
	Questions []itemLine
	Revisions []revisionLine
}

// revisionLine is one version of a record.
type revisionLine struct {
	Version int64
	At      time.Time
	Machine string
	What    *text
	// Edit is what sort of edit it was; "" for no edit.
	Edit   string
	Reason string
	Author string
	// Proof is the address of the proof that the log holds it.
	Proof string
}

// recordPaths are the API's paths of records that have no page of their own.
var recordPaths = map[models.RecordType]string{models.TypeRelationship: "relationships", models.TypeStatusChange: "status-changes",
	models.TypeClaim: "claims", models.TypeOpenItem: "open-items"}

func (p *Pages) record(c *gin.Context) (view, error) {
	m, err := moment(c)
	if err != nil {
		return view{}, err
	}
	name, asked := strings.CutSuffix(c.Param("id"), ".json")
	id, kind, err := p.services.Find(c.Request.Context(), models.Actor{}, name)
	if err != nil {
		return view{}, err
	}
	if asked {
		return view{seeOther: apiAddress(listPaths[kind]+"/"+id.String(), momentValues(m))}, nil
	}
	home := "/records/" + id.String()
	switch kind {
	case models.TypeEntity:
		home = "/entities/" + id.String()
	case models.TypeSource:
		home = "/sources/" + id.String()
	}
	if c.Request.URL.Path != home {
		return view{moved: address(home, c.Request.URL.Query())}, nil
	}
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, kind, id.String(), m)
	if err != nil {
		return view{}, err
	}

	r := page.Records[0]
	data := &recordPage{Type: models.RecordTypes().Label(string(kind)), Retracted: r.State == models.StateRetracted}
	if err := p.addSelf(c, data, page, m); err != nil {
		return view{}, err
	}
	days, err := p.addAround(c, data, r, m)
	if err != nil {
		return view{}, err
	}
	data.layout = p.layout(c, titleOf(page.Refs[id]), m, days)
	data.Offers = p.offers(c, r)
	if err := p.addReplies(c, &data.layout, r.ID, m); err != nil {
		return view{}, err
	}
	data.API = apiAddress("/"+recordPaths[kind]+"/"+id.String(), momentValues(m))
	data.AsFiles = dataFiles(home, momentValues(m))[:1]
	return view{template: "record", data: data}, nil
}

// addSelf adds the record of a page itself.
func (p *Pages) addSelf(c *gin.Context, data *recordPage, page services.Page, m services.Moment) error {
	s, r := showingOf(page, m), page.Records[0]
	switch d := r.Document.(type) {
	case *models.Relationship:
		line := s.line(r)
		if d.Type == models.SuppliedTo && len(line.Providers) == 0 {
			providers, err := p.providers(c, []uuid.UUID{d.Subject}, m)
			if err != nil {
				return err
			}
			line.Providers = providers[d.Subject]
		}
		data.Line = &line
	case *models.StatusChange:
		line, of := s.change(r), s.link(d.Record)
		data.Change, data.Of = &line, &of
	case *models.Claim:
		cards, err := p.cards(c, m, page.Records, s)
		if err != nil {
			return err
		}
		data.Claim = &cards[0]
	case *models.OpenItem:
		line := s.item(r)
		data.Item = &line
	}
	return nil
}

// addAround adds the record's status changes, the claims and questions about it and them, and
// its versions. It gives the days on which its status changed.
func (p *Pages) addAround(c *gin.Context, data *recordPage, r services.Record, m services.Moment) ([]models.Day, error) {
	ctx, id := c.Request.Context(), r.ID.String()
	changes, err := p.services.List(ctx, models.Actor{}, models.TypeStatusChange, services.Query{Moment: m, Limit: 100, Filters: map[string][]string{"record": {id}}})
	if err != nil {
		return nil, err
	}
	s := showingOf(changes, m)
	concerned := map[string][]string{"about": {id}}
	for _, change := range changes.Records {
		data.Steps = append(data.Steps, s.change(change))
		concerned["about"] = append(concerned["about"], change.ID.String())
	}

	about, err := p.services.List(ctx, models.Actor{}, models.TypeClaim, services.Query{Moment: m, Limit: 100, Filters: concerned})
	if err != nil {
		return nil, err
	}
	if data.Claims, err = p.cards(c, m, about.Records, showingOf(about, m)); err != nil {
		return nil, err
	}
	asked, err := p.services.List(ctx, models.Actor{}, models.TypeOpenItem, services.Query{Moment: m, Limit: 100, Filters: concerned})
	if err != nil {
		return nil, err
	}
	s = showingOf(asked, m)
	for _, item := range asked.Records {
		data.Questions = append(data.Questions, s.item(item))
	}
	data.Revisions, err = p.revisions(c, r.ID)
	return changeDays(append(changes.Records, r)), err
}

// revisions are the versions of a record, first to last.
func (p *Pages) revisions(c *gin.Context, id uuid.UUID) ([]revisionLine, error) {
	revisions, err := p.services.Revisions(c.Request.Context(), models.Actor{}, services.RevisionQuery{Record: &id, Limit: 100})
	if err != nil {
		return nil, err
	}
	lines := make([]revisionLine, len(revisions))
	for i, r := range revisions {
		lines[i] = revisionLineOf(r)
	}
	return lines, nil
}

func revisionLineOf(r services.RevisionView) revisionLine {
	line := revisionLine{Version: r.Version, At: r.At, Machine: r.At.Format(time.RFC3339),
		What: operationWords[r.Op], Reason: r.Reason, Author: r.Author, Proof: "/api/v1/log/proof/inclusion?position=" + strconv.FormatInt(r.Position, 10)}
	if r.Edit != "" {
		line.Edit = models.EditKinds().Label(string(r.Edit))
	}
	return line
}

// operationWords say what a version did.
var operationWords = map[models.Op]*text{models.OpCreate: say("Entered"), models.OpEdit: say("Edited"), models.OpRetract: say("Retracted"),
	models.OpRestore: say("Restored"), models.OpMerge: say("Merged"), models.OpName: say("It was named"), models.OpRedact: say("Redacted"), models.OpHold: say("Put on hold"), models.OpLift: say("Hold lifted")}

// titleOf is a record in words: its name, or what ties it to others.
func titleOf(r services.Ref) *text {
	if words := refWords(r); words != nil {
		return words
	}
	return verbatim(r.Label())
}

// nameIn is what a text of the interface calls a record: a name keeps its own direction there.
func nameIn(r services.Ref) any {
	if words := refWords(r); words != nil {
		return words
	}
	return r.Label()
}

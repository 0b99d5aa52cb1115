package frontend

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// historyPage lists every version of a record, and shows any two beside each other.
type historyPage struct {
	layout
	Record link
	Type   string
	ID     string
	Lines  []historyLine
	Next   string
	// From and To are the versions that are compared, Newest the last one.
	From, To, Newest int64
	Compared         *comparedVersions
	// Protection says since when and why each edit waits for review; nil when none does.
	Protection *protectionView
	// MayProtect says that the reader may change that; Reason is what was typed.
	MayProtect bool
	Reason     string
	Merge      string
	// Withheld says that the record is on hold; Hold and Redact lead stewards to where that is done.
	Withheld     bool
	Hold, Redact string
}

// historyLine is one version.
type historyLine struct {
	revisionLine
	When      *stampOf
	Changeset string
	// Compare shows what it changed; "" for the first version.
	Compare string
	// RevertEdit and RevertTo lead to what takes it back, or everything after it; "" where there is
	// nothing to take back, or the reader may not.
	RevertEdit, RevertTo string
}

// comparedVersions are two versions beside each other.
type comparedVersions struct {
	Fields               []diffField
	Before, After        []citation
	FromVersion, Version int64
}

type protectionView struct {
	By, Reason string
	When       *stampOf
}

// revisionsAddress is where the API lists the versions of a record.
func revisionsAddress(t models.RecordType, id uuid.UUID) string {
	path := recordPaths[t]
	switch t {
	case models.TypeEntity:
		path = "entities"
	case models.TypeSource:
		path = "sources"
	}
	return apiAddress("/"+path+"/"+id.String()+"/revisions", nil)
}

// mostVersions is how many versions a page lists.
const mostVersions = 50

func (p *Pages) history(c *gin.Context) (view, error) {
	if _, err := moment(c, "from", "to", "cursor"); err != nil {
		return view{}, err
	}
	page, moved, err := p.historyPage(c)
	if err != nil || moved != "" {
		return view{moved: moved}, err
	}
	return view{template: "history", data: page}, nil
}

// recordWith reads the id of the path, of a record that has versions: also one that was merged. A
// slug leads to the record's own address.
func (p *Pages) recordWith(c *gin.Context, tail string) (uuid.UUID, string, error) {
	text := c.Param("id")
	if id, err := uuid.Parse(text); err == nil && len(text) == 36 {
		return id, "", nil
	}
	id, _, err := p.services.Find(c.Request.Context(), p.actor(c), text)
	return id, address("/records/"+id.String()+tail, c.Request.URL.Query()), err
}

func (p *Pages) historyPage(c *gin.Context) (*historyPage, string, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	id, moved, err := p.recordWith(c, "/history")
	if err != nil || moved != "" {
		return nil, moved, err
	}
	before, err := positionOf(c.Query("cursor"))
	if err != nil {
		return nil, "", err
	}
	newest, err := p.services.Revisions(ctx, by, services.RevisionQuery{Record: &id, Newest: true, Limit: 1})
	if err == nil && len(newest) == 0 {
		err = models.Errorf(models.ErrNotFound, "There is no record with the id %s.", id)
	}
	if err != nil {
		return nil, "", err
	}
	revisions, err := p.services.Revisions(ctx, by, services.RevisionQuery{Record: &id, Newest: true, Before: before, Limit: mostVersions + 1})
	if err != nil {
		return nil, "", err
	}
	refs, err := p.services.Labels(ctx, by, []uuid.UUID{id})
	if err != nil {
		return nil, "", err
	}

	last := newest[0]
	page := &historyPage{ID: id.String(), Record: showing{refs: refs}.link(id), Type: models.RecordTypes().Label(string(last.Type)), Newest: last.Version}
	page.layout = plainLayout("", say("History: %s", nameIn(refs[id])), revisionsAddress(last.Type, id))
	if len(revisions) > mostVersions {
		revisions = revisions[:mostVersions]
		page.Next = nextPage(c, strconv.FormatInt(revisions[mostVersions-1].Position, 10))
	}
	for _, r := range revisions {
		page.Lines = append(page.Lines, historyLineOf(by, r, last))
	}
	if last.State == models.StateLive && services.May(by, services.ActionPropose) {
		page.Merge = "/records/" + page.ID + "/merge"
	}
	page.Withheld = last.Withheld
	if services.May(by, services.ActionHold) {
		page.Hold = "/records/" + page.ID + "/hold"
	}
	if services.May(by, services.ActionRedact) {
		page.Redact = "/records/" + page.ID + "/redact"
	}
	if err := p.addProtection(c, page, id); err != nil {
		return nil, "", err
	}
	return page, "", p.addCompared(c, page, id)
}

func historyLineOf(by models.Actor, r, last services.RevisionView) historyLine {
	home := "/records/" + r.Record.String()
	line := historyLine{revisionLine: revisionLineOf(r), When: stamp(r.At), Changeset: "/changesets/" + r.Changeset.String()}
	if r.Version > 1 && !last.Withheld {
		line.Compare = address(home+"/history", url.Values{"from": {strconv.FormatInt(r.Version-1, 10)}, "to": {strconv.FormatInt(r.Version, 10)}})
	}
	if !services.May(by, services.ActionRevertOwn) {
		return line
	}
	if r.Op != models.OpRedact && r.Op != models.OpHold && r.Op != models.OpLift && !last.Withheld {
		line.RevertEdit = fmt.Sprintf("%s/revert?revision=%d", home, r.Position)
	}
	if r.Version < last.Version && !last.Withheld {
		line.RevertTo = fmt.Sprintf("%s/revert?version=%d", home, r.Version)
	}
	return line
}

// positionOf reads a log position; 0 for none.
func positionOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, models.Errorf(models.ErrInvalid, "The list cannot be continued there. Begin at its first page.")
	}
	return n, nil
}

func (p *Pages) addProtection(c *gin.Context, page *historyPage, id uuid.UUID) error {
	page.MayProtect = services.May(p.actor(c), services.ActionProtect)
	found, err := p.services.Protection(c.Request.Context(), p.actor(c), id)
	if err == nil && found != nil {
		page.Protection = &protectionView{By: found.By, Reason: found.Reason, When: stamp(found.At)}
	}
	return err
}

// addCompared shows the two versions that were asked for.
func (p *Pages) addCompared(c *gin.Context, page *historyPage, id uuid.UUID) error {
	page.From, page.To = max(page.Newest-1, 1), page.Newest
	if c.Query("from") == "" && c.Query("to") == "" {
		return nil
	}
	for name, into := range map[string]*int64{"from": &page.From, "to": &page.To} {
		if text := c.Query(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return models.Errorf(models.ErrInvalid, "A version is a number from 1 to %d.", page.Newest)
			}
			*into = n
		}
	}
	compared, err := p.services.Compare(c.Request.Context(), p.actor(c), id, page.From, page.To)
	if err != nil {
		return err
	}
	d := newDiffer(compared.Refs, nil)
	page.Compared = &comparedVersions{Fields: d.of(compared.Type).fields(compared.Fields), Before: d.citations(compared.Before), After: d.citations(compared.After),
		FromVersion: page.From, Version: page.To}
	return nil
}

// protect has each edit of a record wait for review, or lets it be edited again.
func (p *Pages) protect(c *gin.Context, by models.Actor) (view, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return view{}, models.Errorf(models.ErrNotFound, "There is no record at this address.")
	}
	words := say("The record is protected: each edit waits for review now.")
	if c.PostForm("do") == "lift" {
		err, words = p.services.Unprotect(c.Request.Context(), by, id), say("The record can be edited again by everybody who may.")
	} else {
		err = p.services.Protect(c.Request.Context(), by, id, c.PostForm("reason"))
	}
	if err == nil {
		p.tell(c, p.languageOf(c).say(words))
		return view{moved: "/records/" + id.String() + "/history"}, nil
	}
	page, _, failed := p.historyPage(c)
	if failed != nil {
		return view{}, failed
	}
	page.Reason = c.PostForm("reason")
	return p.again(view{template: "history", data: page}, aboutFields(err, "/reason"))
}

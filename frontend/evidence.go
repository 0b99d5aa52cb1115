package frontend

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// evidence lists the pages on which members keep files, and where files are to be had.
func (p *Pages) evidence(router *gin.Engine, member func(string, services.Action, func(*gin.Context) (view, error)),
	post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/sources/:id/captures", services.ActionIntake, p.captures)
	router.POST("/sources/:id/captures", p.post(services.ActionIntake, services.MostEvidence+mostForm, p.addCapture))
	post("/sources/:id/captures/fetch", services.ActionIntake, p.fetchCapture)
	post("/sources/:id/link", services.ActionPropose, p.doWithLink)
	post("/sources/:id/captures/:sha256", services.ActionIntake, p.changeCapture)
	router.Match([]string{http.MethodGet, http.MethodHead}, "/evidence/:sha256", p.sendEvidence)
}

// captureLine is a file that shows what a source said.
type captureLine struct {
	Hash   string
	Format string
	On     models.Day
	// Size is in kilobytes, at least 1.
	Size   int64
	Note   string
	Public bool
	// File is where the reader may have it; "" where they may not.
	File string
}

func captureLines(source *models.Source, by models.Actor) []captureLine {
	lines := make([]captureLine, len(source.Captures))
	for i, c := range source.Captures {
		lines[len(lines)-1-i] = captureLine{Hash: c.SHA256, Format: models.CaptureFormats().Label(string(c.Format)), On: c.CapturedOn, Size: max(1, c.Bytes>>10), Note: c.Note, Public: c.Public}
		if c.Public || services.May(by, services.ActionIntake) {
			lines[len(lines)-1-i].File = "/evidence/" + c.SHA256
		}
	}
	return lines
}

// capturesPage keeps files that show what a source said, and says who may have them.
type capturesPage struct {
	layout
	Source   link
	Address  string
	Captures []captureLine
	// Found says what the last look at the address found, and Wrong that it is gone or changed.
	Found string
	Wrong bool
	// Look is where the link is looked at, or settled.
	Look string
	// Archived is the address of an archived copy, as typed.
	Archived string
	// Keeps reports whether files can be kept here.
	Keeps      bool
	Proposes   bool
	Most       int
	CapturedOn string
	Note       string
	Public     bool
	Action     string
}

func (p *Pages) captures(c *gin.Context) (view, error) {
	page, err := p.capturesPage(c)
	return view{template: "captures", data: page}, err
}

func (p *Pages) capturesPage(c *gin.Context) (*capturesPage, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	found, err := p.services.Get(ctx, by, models.TypeSource, c.Param("id"), services.Moment{})
	if err != nil {
		return nil, err
	}
	r := found.Records[0]
	source := r.Document.(*models.Source)
	page := &capturesPage{layout: memberLayout("", "Evidence kept of a source"), Source: showingOf(found, services.Moment{}).link(r.ID), Address: source.URL, Captures: captureLines(source, by),
		Keeps: p.services.KeepsEvidence(), Proposes: !services.May(by, services.ActionPublish), Most: services.MostEvidence >> 20,
		CapturedOn: c.PostForm("captured_on"), Note: c.PostForm("note"), Public: c.PostForm("public") != "", Action: "/sources/" + r.ID.String() + "/captures",
		Look: "/sources/" + r.ID.String() + "/link", Archived: c.PostForm("archived")}
	looks, err := p.services.LinkChecks(ctx, r.ID)
	if look, ok := looks[r.ID]; ok {
		page.Found = services.LinkWords(look)
		page.Wrong = look.SettledAt == nil && (look.Outcome == models.LinkGone || look.Outcome == models.LinkChanged)
	}
	return page, err
}

// addCapture keeps an uploaded file.
func (p *Pages) addCapture(c *gin.Context, by models.Actor) (view, error) {
	id, err := sourceID(c)
	if err != nil {
		return view{}, err
	}
	header, err := c.FormFile("file")
	if err != nil {
		return p.againCaptures(c, wrong("file", "Choose a file to keep."))
	}
	r := services.CaptureRequest{Name: header.Filename, Note: c.PostForm("note"), Public: c.PostForm("public") != ""}
	if text := c.PostForm("captured_on"); text != "" {
		if r.CapturedOn, err = models.ParseDay(text); err != nil {
			return p.againCaptures(c, wrong("captured_on", err.Error()))
		}
	}
	file, err := header.Open()
	if err != nil {
		return view{}, err
	}
	defer file.Close()
	out, _, err := p.services.AddCapture(c.Request.Context(), by, id, r, file)
	return p.captured(c, id, out, err)
}

// fetchCapture fetches the source's page, and keeps it.
func (p *Pages) fetchCapture(c *gin.Context, by models.Actor) (view, error) {
	id, err := sourceID(c)
	if err != nil {
		return view{}, err
	}
	out, _, err := p.services.CapturePage(c.Request.Context(), by, id, c.PostForm("archived"))
	return p.captured(c, id, out, err)
}

// doWithLink has a source's link looked at soon, or says that a member saw to what was found.
func (p *Pages) doWithLink(c *gin.Context, by models.Actor) (view, error) {
	id, err := sourceID(c)
	if err != nil {
		return view{}, err
	}
	switch c.PostForm("do") {
	case "look":
		err = p.services.CheckLinks(c.Request.Context(), by, id)
		p.tell(c, "The link is looked at in a moment.")
	case "settle":
		_, err = p.services.SettleLink(c.Request.Context(), by, id)
		p.tell(c, "It is off the worklist.")
	default:
		err = models.Errorf(models.ErrInvalid, "Choose what is to be done with the link.")
	}
	if err != nil {
		return p.againCaptures(c, err)
	}
	return view{moved: "/sources/" + id.String() + "/captures"}, nil
}

// linkState says in the reader's language what the last look at a source's address found.
type linkState struct{ Found, Why *text }

func (p *Pages) linkState(c *gin.Context, source uuid.UUID) (*linkState, error) {
	looks, err := p.services.LinkChecks(c.Request.Context(), source)
	look, ok := looks[source]
	if err != nil || !ok {
		return nil, err
	}
	since, last := models.DayOf(look.Since.UTC()), models.DayOf(look.CheckedAt.UTC())
	switch look.Outcome {
	case models.LinkOK:
		return &linkState{Found: say("The page was there on %s.", last)}, nil
	case models.LinkUnreachable:
		return &linkState{Found: say("The page could not be read on %s.", last), Why: linkWhy(look)}, nil
	case models.LinkChanged:
		return &linkState{Found: say("The page has changed; this was found on %s.", since), Why: linkWhy(look)}, nil
	}
	return &linkState{Found: say("The page is gone; this was found on %s.", since), Why: linkWhy(look)}, nil
}

func linkWhy(look models.LinkCheck) *text {
	switch look.Reason {
	case models.LinkStatus:
		return say("The server answers with the status %s.", strconv.FormatInt(look.Figure, 10))
	case models.LinkNoServer:
		return say("There is no server with this name.")
	case models.LinkFrontPage:
		return say("The address leads to the front page of a site.")
	case models.LinkSaysMissing:
		return say("A page is there that says that there is none.")
	case models.LinkText:
		return say("%d%% of what it said is not there any more.", look.Figure)
	case models.LinkNoText:
		return say("There is hardly any text on the page.")
	}
	return say("The server gives no answer.")
}

// changeCapture says who may have a file.
func (p *Pages) changeCapture(c *gin.Context, by models.Actor) (view, error) {
	id, err := sourceID(c)
	if err != nil {
		return view{}, err
	}
	out, err := p.services.ChangeCapture(c.Request.Context(), by, id, c.Param("sha256"), c.PostForm("public") == "on")
	return p.captured(c, id, out, err)
}

func sourceID(c *gin.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return id, models.Errorf(models.ErrNotFound, "There is no source at this address.")
	}
	return id, nil
}

// captured leads back to the captures, or shows what is wrong.
func (p *Pages) captured(c *gin.Context, id uuid.UUID, out services.Outcome, err error) (view, error) {
	if err != nil {
		return p.againCaptures(c, err)
	}
	p.tellPublished(c, out, id)
	return view{moved: "/sources/" + id.String() + "/captures"}, nil
}

func (p *Pages) againCaptures(c *gin.Context, problem error) (view, error) {
	page, err := p.capturesPage(c)
	if err != nil {
		return view{}, errors.Join(err, problem)
	}
	return p.again(view{template: "captures", data: page}, problem)
}

// sendEvidence sends a kept file: as an attachment that no browser opens as a page of this site.
func (p *Pages) sendEvidence(c *gin.Context) {
	defer p.recover(c)
	secure(c)
	if err := p.identify(c); err != nil {
		p.fail(c, err)
		return
	}
	file, err := p.services.Evidence(c.Request.Context(), p.actor(c), c.Param("sha256"))
	if err != nil {
		p.fail(c, err)
		return
	}
	defer file.Content.Close()
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Content-Type", file.Format.MediaType())
	c.Header("Content-Length", strconv.FormatInt(file.Bytes, 10))
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name()}))
	c.Header("Cache-Control", "private, no-store")
	c.Status(http.StatusOK)
	if c.Request.Method != http.MethodHead {
		_, _ = io.Copy(c.Writer, file.Content) // a client that went away
	}
}

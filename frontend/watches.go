package frontend

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// watchesPage lists what a member watches, with what is new.
type watchesPage struct {
	layout
	// Asked is the record that one is about to watch; nil for none.
	Asked   *link
	AskedID string
	Watches []watchLine
	// AskedList and AskedQuery are the list that one is about to watch; "" for none.
	AskedList, AskedQuery, AskedTitle string
	Lists                             []listWatchLine
	// Mails says that letters can be sent; Address, Rhythm and Waits how they are.
	Mails           bool
	Address, Rhythm string
	Waits           bool
}

// listWatchLine is a watched list.
type listWatchLine struct {
	ID, Until string
	List      link
	News      []link
	More      bool
}

// watchLine is one watch.
type watchLine struct {
	ID, Until string
	Record    link
	News      []newsLine
	More      bool
}

// newsLine is one revision that is new.
type newsLine struct {
	Record                       link
	What, Summary, When, Machine string
}

func (p *Pages) watchPages(member func(string, services.Action, func(*gin.Context) (view, error)),
	post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/watches", services.ActionWatch, p.watches)
	post("/watches", services.ActionWatch, p.addWatch)
	post("/watches/:id", services.ActionWatch, changeWatch(p.services.SeeWatch, p.services.DeleteWatch))
	post("/watches/lists/:id", services.ActionWatch, changeWatch(p.services.SeeListWatch, p.services.DeleteListWatch))
	post("/watches/digest", services.ActionWatch, p.askDigest)
}

// watches shows what one watches; record= asks whether to watch one more.
func (p *Pages) watches(c *gin.Context) (view, error) {
	page, err := p.watchesPage(c, p.actor(c))
	return view{template: "watches", data: page}, err
}

func (p *Pages) watchesPage(c *gin.Context, by models.Actor) (*watchesPage, error) {
	ctx := c.Request.Context()
	page := &watchesPage{layout: memberLayout("/watches", "What you watch")}
	if asked := c.Query("record"); asked != "" {
		id, _, err := p.services.Find(ctx, by, asked)
		if err != nil {
			return nil, err
		}
		refs, err := p.services.Labels(ctx, by, []uuid.UUID{id})
		if err != nil {
			return nil, err
		}
		about := showing{}.refLink(refs[id])
		page.Asked, page.AskedID = &about, id.String()
	}
	views, err := p.services.Watches(ctx, by)
	if err != nil {
		return nil, err
	}
	var news []uuid.UUID
	for _, v := range views {
		for _, r := range v.News {
			news = append(news, r.Record)
		}
	}
	refs, err := p.services.Labels(ctx, by, news)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if v.RecordID.String() == page.AskedID {
			page.Asked = nil // it is in the list already
		}
		page.Watches = append(page.Watches, watchLineOf(v, refs))
	}
	return page, p.addLists(c, by, page)
}

// addLists adds the lists that one watches, and how letters come.
func (p *Pages) addLists(c *gin.Context, by models.Actor, page *watchesPage) error {
	ctx := c.Request.Context()
	views, err := p.services.ListWatches(ctx, by)
	if err != nil {
		return err
	}
	for _, v := range views {
		line := listWatchLine{ID: v.ID.String(), Until: strconv.FormatInt(v.Until, 10), List: link{URL: watchedAddress(v), Name: services.ListTitle(v.ListWatch)}, More: v.More}
		for _, ref := range v.News {
			line.News = append(line.News, showing{}.refLink(ref))
		}
		page.Lists = append(page.Lists, line)
	}
	if list := c.Query("list"); list != "" {
		page.AskedList, page.AskedQuery = list, c.Query("query")
		page.AskedTitle = services.ListTitle(models.ListWatch{List: list, Query: page.AskedQuery})
	}

	page.Mails, page.Rhythm = p.services.Mails(), string(models.Weekly)
	digest, err := p.services.Digest(ctx, by)
	var none *models.Error
	if errors.As(err, &none) && none.Kind == models.ErrNotFound {
		return nil
	}
	page.Address, page.Rhythm, page.Waits = digest.Address, string(digest.Rhythm), digest.ConfirmedAt == nil
	return err
}

// watchedPaths are the pages of lists.
var watchedPaths = map[string]string{"relationship": "/supplies", "status_change": "/status-changes", "claim": "/claims", "open_item": "/open-items", "source": "/sources", models.SearchList: "/search"}

// watchedAddress is the page of a watched list.
func watchedAddress(v services.ListWatchView) string {
	values := v.Parameters()
	switch v.List {
	case string(models.TypeEntity):
		if plural := plurals[models.EntityKind(values.Get("kind"))]; plural != "" {
			return address("/"+plural, without(values, "kind"))
		}
		return "/api/v1/entities?" + values.Encode()
	case string(models.TypeRelationship):
		values = without(values, "type")
	}
	return address(watchedPaths[v.List], values)
}

// watchList leads from a list to the question whether to watch it; none for who may not.
func (p *Pages) watchList(c *gin.Context, list string, query url.Values) []link {
	if !services.May(p.actor(c), services.ActionWatch) {
		return nil
	}
	return []link{{URL: address("/watches", url.Values{"list": {list}, "query": {without(query, "cursor", "limit", "sort", "as_of", "known_at").Encode()}}), Name: "Watch this list"}}
}

func watchLineOf(v services.WatchView, refs map[uuid.UUID]services.Ref) watchLine {
	line := watchLine{ID: v.ID.String(), Until: strconv.FormatInt(v.Until, 10), Record: showing{}.refLink(v.Record), More: v.More}
	for _, r := range v.News {
		about := showing{}.refLink(refs[r.Record])
		about.URL = "/records/" + r.Record.String()
		summary := r.Summary
		if summary == models.Operations().Label(string(r.Op))+" "+strings.ToLower(models.RecordTypes().Label(string(r.Type))) {
			summary = "" // nobody said more
		}
		line.News = append(line.News, newsLine{Record: about, What: models.RecordTypes().Label(string(r.Type)) + ": " + models.Operations().Label(string(r.Op)),
			Summary: summary, When: instantText(r.At), Machine: r.At.UTC().Format("2006-01-02T15:04:05Z")})
	}
	return line
}

func (p *Pages) addWatch(c *gin.Context, by models.Actor) (view, error) {
	if list := c.PostForm("list"); list != "" {
		if _, err := p.services.AddListWatch(c.Request.Context(), by, list, c.PostForm("query")); err != nil {
			return view{}, err
		}
		p.tell(c, "You watch this list now. What is new in it is listed here.")
		return view{moved: "/watches"}, nil
	}
	if _, err := p.services.AddWatch(c.Request.Context(), by, c.PostForm("record")); err != nil {
		return view{}, err
	}
	p.tell(c, "You watch it now. What is new is listed here.")
	return view{moved: "/watches"}, nil
}

// changeWatch makes the handler that notes that what is new was looked at, or ends a watch, of a
// record or of a list.
func changeWatch(see func(ctx context.Context, by models.Actor, id uuid.UUID, until int64) error, end func(ctx context.Context, by models.Actor, id uuid.UUID) error) func(*gin.Context, models.Actor) (view, error) {
	return func(c *gin.Context, by models.Actor) (view, error) {
		id, err := uuid.Parse(c.Param("id"))
		if err != nil {
			return view{}, models.Errorf(models.ErrNotFound, "You do not watch this (any more).")
		}
		switch c.PostForm("do") {
		case "seen":
			until, unreadable := strconv.ParseInt(c.PostForm("until"), 10, 64)
			if unreadable != nil {
				return view{}, models.Errorf(models.ErrInvalid, "The form could not be read. Open the page again.")
			}
			err = see(c.Request.Context(), by, id, until)
		case "end":
			err = end(c.Request.Context(), by, id)
		default:
			err = models.Errorf(models.ErrInvalid, "Choose what is to be done with it.")
		}
		return view{moved: "/watches"}, err
	}
}

// askDigest has what is new mailed, or ends that.
func (p *Pages) askDigest(c *gin.Context, by models.Actor) (view, error) {
	if c.PostForm("do") == "stop" {
		if err := p.services.StopDigest(c.Request.Context(), by); err != nil {
			return view{}, err
		}
		p.tell(c, "No more letters are sent, and the address was forgotten.")
		return view{moved: "/watches"}, nil
	}
	if err := p.services.AskDigest(c.Request.Context(), by, c.PostForm("address"), models.Rhythm(c.PostForm("rhythm"))); err != nil {
		page, failed := p.watchesPage(c, by)
		if failed != nil {
			return view{}, failed
		}
		page.Address, page.Rhythm = c.PostForm("address"), c.PostForm("rhythm")
		return p.again(view{template: "watches", data: page}, err)
	}
	p.tell(c, "Saved. To an address that is new, a link was mailed: letters come once it was followed.")
	return view{moved: "/watches"}, nil
}

// digestPage is where the links of letters lead.
type digestPage struct {
	layout
	Text, Action, Button string
}

func (p *Pages) digestPages(router *gin.Engine) {
	read := []string{http.MethodGet, http.MethodHead}
	router.Match(read, "/digest/:code", p.page(func(c *gin.Context) (view, error) {
		page := &digestPage{layout: memberLayout("/watches", "Letters about what you watch"), Text: "Confirm that letters may come to your address.", Action: c.Request.URL.Path, Button: "Confirm"}
		return view{template: "digest", data: page, private: true}, nil
	}))
	router.POST("/digest/:code", p.post(anybody, mostForm, func(c *gin.Context, _ models.Actor) (view, error) {
		err := p.services.ConfirmDigest(c.Request.Context(), c.Param("code"))
		page := &digestPage{layout: memberLayout("/watches", "Letters about what you watch"), Text: "Your address is confirmed. Each letter has a link that ends them."}
		return view{template: "digest", data: page}, err
	}))
	// What only reads the link, as previews of letters do, ends nothing; a mail program that its
	// reader asked sends a POST (RFC 8058).
	router.Match(read, "/digest/leave/:code", p.page(func(c *gin.Context) (view, error) {
		page := &digestPage{layout: memberLayout("/watches", "Letters about what you watch"), Text: "End these letters, and have your address forgotten.", Action: c.Request.URL.Path, Button: "No more letters"}
		return view{template: "digest", data: page, private: true}, nil
	}))
	router.POST("/digest/leave/:code", p.leaveDigest)
}

// leaveDigest ends letters. It takes the word of any program, since the link alone says whose they
// are, and nothing else can be done with it.
func (p *Pages) leaveDigest(c *gin.Context) {
	defer p.recover(c)
	secure(c)
	err := readForm(c, mostForm)
	if err == nil {
		err = p.identify(c)
	}
	ended := false
	if err == nil {
		ended, err = p.services.LeaveDigest(c.Request.Context(), c.Param("code"))
	}
	page := &digestPage{layout: memberLayout("/watches", "Letters about what you watch"), Text: "You get no more of these letters, and your address was forgotten."}
	if !ended {
		page.Text = "This link ended nothing: the letters were ended already, or the link is of an old letter. The newest letter has one that ends them, and so does the page of what you watch."
	}
	p.answerPost(c, view{template: "digest", data: page}, err)
}

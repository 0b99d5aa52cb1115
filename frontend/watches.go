package frontend

import (
	"strconv"

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
}

// watchLine is one watch.
type watchLine struct {
	ID, Until string
	Record    link
	News      []newsLine
	More      bool
}

// newsLine is one revision that is new.
type newsLine struct{ URL, What, Summary, When, Machine string }

func (p *Pages) watchPages(member func(string, services.Action, func(*gin.Context) (view, error)),
	post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/watches", services.ActionWatch, p.watches)
	post("/watches", services.ActionWatch, p.addWatch)
	post("/watches/:id", services.ActionWatch, p.changeWatch)
}

// watches shows what one watches; record= asks whether to watch one more.
func (p *Pages) watches(c *gin.Context) (view, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	page := &watchesPage{layout: memberLayout("/watches", "What you watch")}
	if asked := c.Query("record"); asked != "" {
		id, _, err := p.services.Find(ctx, by, asked)
		if err != nil {
			return view{}, err
		}
		refs, err := p.services.Labels(ctx, by, []uuid.UUID{id})
		if err != nil {
			return view{}, err
		}
		about := showing{}.refLink(refs[id])
		page.Asked, page.AskedID = &about, id.String()
	}
	views, err := p.services.Watches(ctx, by)
	for _, v := range views {
		if v.RecordID.String() == page.AskedID {
			page.Asked = nil // it is in the list already
		}
		page.Watches = append(page.Watches, watchLineOf(v))
	}
	return view{template: "watches", data: page}, err
}

func watchLineOf(v services.WatchView) watchLine {
	line := watchLine{ID: v.ID.String(), Until: strconv.FormatInt(v.Until, 10), Record: showing{}.refLink(v.Record), More: v.More}
	for _, r := range v.News {
		line.News = append(line.News, newsLine{URL: "/records/" + r.Record.String(), What: models.RecordTypes().Label(string(r.Type)) + ": " + models.Operations().Label(string(r.Op)),
			Summary: r.Summary, When: instantText(r.At), Machine: r.At.UTC().Format("2006-01-02T15:04:05Z")})
	}
	return line
}

func (p *Pages) addWatch(c *gin.Context, by models.Actor) (view, error) {
	if _, err := p.services.AddWatch(c.Request.Context(), by, c.PostForm("record")); err != nil {
		return view{}, err
	}
	p.tell(c, "You watch it now. What is new is listed here.")
	return view{moved: "/watches"}, nil
}

// changeWatch notes that what is new was looked at, or ends a watch.
func (p *Pages) changeWatch(c *gin.Context, by models.Actor) (view, error) {
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
		err = p.services.SeeWatch(c.Request.Context(), by, id, until)
	case "end":
		err = p.services.DeleteWatch(c.Request.Context(), by, id)
	default:
		err = models.Errorf(models.ErrInvalid, "Choose what is to be done with it.")
	}
	return view{moved: "/watches"}, err
}

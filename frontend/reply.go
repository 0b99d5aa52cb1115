package frontend

import (
	"net/url"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// replyPage is the form by which anyone asks for a correction or sends an answer.
type replyPage struct {
	layout
	// Record is what it is about, Query its id; nil and "" for the site's texts.
	Record *link
	Query  string
	// Typed is what the form holds.
	Typed        models.Reply
	Kinds, Roles []replyChoice
	// Mails says that the reply is confirmed by mail.
	Mails bool
	// Shown were answered in public.
	Shown []replyLine
}

// replyChoice is one of a vocabulary.
type replyChoice struct {
	Value         string
	Label, Hint   string
	Chosen, First bool
}

func choices(v models.Vocabulary, chosen string) []replyChoice {
	list := make([]replyChoice, len(v.Codes))
	for i, code := range v.Codes {
		list[i] = replyChoice{code.Code, code.Label, code.Definition, code.Code == chosen, i == 0}
	}
	return list
}

// replyLine is a reply as pages show it.
type replyLine struct {
	services.ReplyView
	About                       *link
	KindLabel, RoleLabel, State string
	When                        string
}

func replyLineOf(v services.ReplyView) replyLine {
	line := replyLine{ReplyView: v, KindLabel: models.ReplyKinds().Label(string(v.Kind)), RoleLabel: models.ReplyRoles().Label(string(v.Role)),
		State: models.ReplyStates().Label(string(v.Reply.State)), When: instantText(v.CreatedAt)}
	if v.RecordID != nil {
		about := showing{}.refLink(v.Record)
		line.About = &about
	}
	return line
}

// replyAddress leads from a record to the form about it.
func replyAddress(record uuid.UUID) string {
	return address("/reply", url.Values{"record": {record.String()}})
}

// addReplies has the page of a record lead to the form about it, and show what was sent and answered
// in public by the moment shown.
func (p *Pages) addReplies(c *gin.Context, page *layout, record uuid.UUID, m services.Moment) error {
	page.Reply = replyAddress(record)
	shown, err := p.services.ShownReplies(c.Request.Context(), record)
	for _, one := range shown {
		if m.KnownAt.IsZero() || one.AnsweredAt != nil && !one.AnsweredAt.After(m.KnownAt) {
			page.Answers = append(page.Answers, replyLineOf(one))
		}
	}
	return err
}

func (p *Pages) replyForm(c *gin.Context) (view, error) {
	if _, err := moment(c, "record", "kind"); err != nil {
		return view{}, err
	}
	page, err := p.replyPage(c, c.Query("record"), models.Reply{Kind: models.ReplyKind(c.Query("kind"))})
	return view{template: "reply", data: page, private: true}, err
}

func (p *Pages) replyPage(c *gin.Context, record string, typed models.Reply) (*replyPage, error) {
	page := &replyPage{layout: plainLayout("/reply", say("Ask for a correction or send an answer"), ""), Query: record, Typed: typed, Mails: p.services.Mails(),
		Kinds: choices(models.ReplyKinds(), string(typed.Kind)), Roles: choices(models.ReplyRoles(), string(typed.Role))}
	if record == "" {
		return page, nil
	}
	ctx := c.Request.Context()
	id, _, err := p.services.Find(ctx, models.Actor{}, record)
	if err != nil {
		return nil, err
	}
	refs, err := p.services.Labels(ctx, models.Actor{}, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	about := showing{}.refLink(refs[id])
	page.Record = &about
	shown, err := p.services.ShownReplies(ctx, id)
	for _, one := range shown {
		page.Shown = append(page.Shown, replyLineOf(one))
	}
	return page, err
}

// sentPage says how a reply is followed.
type sentPage struct {
	layout
	Code string
}

// sendReply keeps what the form holds.
func (p *Pages) sendReply(c *gin.Context, _ models.Actor) (view, error) {
	typed := models.Reply{Kind: models.ReplyKind(c.PostForm("kind")), Role: models.ReplyRole(c.PostForm("role")), Name: c.PostForm("name"), Contact: c.PostForm("contact"),
		Subject: c.PostForm("subject"), Text: c.PostForm("text"), Evidence: c.PostForm("evidence"), Private: c.PostForm("private") != ""}
	record := c.PostForm("record")
	code, err := p.services.SendReply(c.Request.Context(), typed, record, c.ClientIP())
	if err != nil {
		page, failed := p.replyPage(c, record, typed)
		if failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "reply", data: page}, err)
	}
	return view{template: "reply-sent", data: &sentPage{layout: plainLayout("/reply", say("Thank you"), ""), Code: code}}, nil
}

// replyStatePage shows its sender what became of a reply.
type replyStatePage struct {
	layout
	Line replyLine
	// Confirms is where its sender confirms it; "" once that was done.
	Confirms string
}

func (p *Pages) replyState(c *gin.Context) (view, error) {
	reply, err := p.services.ReplyOf(c.Request.Context(), c.Param("code"))
	if err != nil {
		return view{}, err
	}
	page := &replyStatePage{layout: plainLayout("/reply", say("What you sent"), ""), Line: replyLineOf(reply)}
	if reply.Reply.State == models.ReplyUnconfirmed {
		page.Confirms = "/reply/" + c.Param("code")
	}
	return view{template: "reply-state", data: page, private: true}, nil
}

// confirmReply confirms it. What only reads the link, as previews of messages do, does not.
func (p *Pages) confirmReply(c *gin.Context, _ models.Actor) (view, error) {
	err := p.services.ConfirmReply(c.Request.Context(), c.Param("code"))
	return view{moved: "/reply/" + c.Param("code")}, err
}

// repliesPage is the queue of replies, for editors.
type repliesPage struct {
	layout
	Tabs  []tab
	Lines []replyLine
	Next  string
}

func (p *Pages) replies(c *gin.Context) (view, error) {
	if _, err := moment(c, "state", "cursor"); err != nil {
		return view{}, err
	}
	state := c.Query("state")
	found, err := p.services.Replies(c.Request.Context(), p.actor(c), models.ReplyState(state), c.Query("cursor"))
	if err != nil {
		return view{}, err
	}
	page := &repliesPage{layout: memberLayout("/replies", "Replies"), Tabs: []tab{{URL: "/replies", Name: "Waiting", Current: state != "answered"}, {URL: "/replies?state=answered", Name: "Answered", Current: state == "answered"}}}
	for _, one := range found.Replies {
		page.Lines = append(page.Lines, replyLineOf(one))
	}
	if found.Next != "" {
		page.Next = address("/replies", with(with(c.Request.URL.Query(), "state", state), "cursor", found.Next))
	}
	return view{template: "replies", data: page}, nil
}

// replyWorkPage lets an editor answer a reply, and begin a draft from it.
type replyWorkPage struct {
	layout
	Line    replyLine
	Answer  string
	Stances []models.Code
	// Drafts says that a draft can be begun, Edits that it is an edit.
	Drafts, Edits bool
}

func (p *Pages) replyWork(c *gin.Context) (view, error) {
	page, err := p.replyWorkPage(c)
	return view{template: "reply-work", data: page}, err
}

func (p *Pages) replyWorkPage(c *gin.Context) (*replyWorkPage, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return nil, models.Errorf(models.ErrNotFound, "There is no such reply.")
	}
	reply, err := p.services.Reply(c.Request.Context(), p.actor(c), id)
	if err != nil {
		return nil, err
	}
	page := &replyWorkPage{layout: memberLayout("/replies", "A reply"), Line: replyLineOf(reply), Answer: c.PostForm("answer"), Drafts: reply.RecordID != nil && reply.ChangesetID == nil,
		Edits: reply.Kind == models.ReplyCorrection}
	if !page.Edits {
		for _, code := range models.Stances().Codes {
			if s := models.Stance(code.Code); s == models.Denies || s == models.Disputes || s == models.Admits || s == models.States || s == models.DeclinesToAnswer || s == models.Commits {
				page.Stances = append(page.Stances, code)
			}
		}
	}
	return page, nil
}

// workReply answers a reply, or begins a draft from it.
func (p *Pages) workReply(c *gin.Context, by models.Actor) (view, error) {
	page, err := p.replyWorkPage(c)
	if err != nil {
		return view{}, err
	}
	ctx, id := c.Request.Context(), page.Line.ID
	if c.PostForm("do") == "draft" {
		draft, err := p.services.DraftOfReply(ctx, by, id, models.Stance(c.PostForm("stance")))
		if err != nil {
			return p.again(view{template: "reply-work", data: page}, err)
		}
		return view{moved: "/drafts/" + draft.ID.String()}, nil
	}
	if err := p.services.AnswerReply(ctx, by, id, page.Answer, c.PostForm("shown") != ""); err != nil {
		return p.again(view{template: "reply-work", data: page}, err)
	}
	p.tell(c, "The reply was answered.")
	return view{moved: "/replies/" + id.String()}, nil
}

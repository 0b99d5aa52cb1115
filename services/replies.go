package services

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"plumbline/models"
)

// Bounds of the right of reply: what one address may have sent in a day and still wait, and what
// everybody together may send in a day, since anyone can.
const (
	repliesOfAddress = 5
	repliesADay      = 500
	replyDay         = 24 * time.Hour
)

// ReplyView is a reply with the names that one needs to show it.
type ReplyView struct {
	models.Reply
	// Record is what it is about; zero where it names no record.
	Record Ref `gorm:"-"`
}

// ReplyPage is a run of replies, those first that wait longest.
type ReplyPage struct {
	Replies []ReplyView
	Next    string
}

// senderKey makes the key that hides addresses, once for as long as the program runs.
func senderKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, by its promise
	return key
}

// SendReply keeps what somebody without an account asks for, about a record or, where record is
// "", about the text that its subject names. It gives the code by which its sender follows it, or
// "" where a link is mailed that confirms it. address is where it came from; no more than a keyed
// hash of it is kept, for a day. ErrLimited when too much waits.
func (s *Services) SendReply(ctx context.Context, reply models.Reply, record, address string) (string, error) {
	code, err := newSecret("")
	if err != nil {
		return "", err
	}
	now := s.now()
	mac := hmac.New(sha256.New, s.senderKey)
	fmt.Fprintf(mac, "%s %s", models.DayOf(now), address)
	reply.ID, reply.Hash, reply.Sender, reply.CreatedAt, reply.State = newID(), hashSecret(code), mac.Sum(nil), now, models.ReplyUnconfirmed
	if s.mailer == nil {
		reply.State, reply.ConfirmedAt = models.ReplyWaiting, &now
	}

	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if record != "" {
			found, err := survivor(tx, record)
			if err != nil {
				return err
			}
			reply.RecordID = &found.ID
		}
		if problems := append(reply.Validate(), s.checkContact(reply.Contact)...); len(problems) > 0 {
			return &models.Error{Kind: models.ErrInvalid, Problems: problems, Message: "Nothing was sent. " + count(len(problems), "thing needs", "things need") + " attention."}
		}
		if err := s.withinReplies(tx, reply.Sender); err != nil {
			return err
		}
		if err := tx.Create(&reply).Error; err != nil {
			return fmt.Errorf("store reply: %w", err)
		}
		if s.mailer == nil {
			return nil
		}
		return s.enqueue(tx, replyMailJob{Reply: reply.ID}, &river.InsertOpts{MaxAttempts: 5})
	})
	if err != nil || s.mailer != nil {
		return "", err
	}
	return code, nil
}

// checkContact says what is wrong with a sender's mail address; it may be left out where nothing is
// mailed.
func (s *Services) checkContact(contact string) []models.Problem {
	address, err := mail.ParseAddress(contact)
	if contact == "" && s.mailer == nil || err == nil && len(contact) <= 254 && address.Address == contact {
		return nil
	}
	return []models.Problem{{Pointer: "/contact", Message: "Give a mail address such as name@example.org, so that the reply can be confirmed and answered."}}
}

// withinReplies refuses a reply of an address, or of anybody, that sent too many.
func (s *Services) withinReplies(tx *gorm.DB, sender []byte) error {
	since := s.now().Add(-replyDay)
	var own, all int64
	err := tx.Model(&models.Reply{}).Where("sender = ? AND created_at > ? AND state <> 'answered'", sender, since).Count(&own).Error
	if err == nil {
		err = tx.Model(&models.Reply{}).Where("sender IS NOT NULL AND created_at > ?", since).Count(&all).Error
	}
	if err != nil {
		return fmt.Errorf("count replies: %w", err)
	}
	if own < repliesOfAddress && all < repliesADay {
		return nil
	}
	limited := models.Errorf(models.ErrLimited, "As much as can wait was sent from where you are. Try again tomorrow, or when you have an answer.")
	limited.RetryAfter = replyDay
	return limited
}

// replyMailJob mails the link that confirms a reply.
type replyMailJob struct {
	Reply uuid.UUID `json:"reply"`
}

func (replyMailJob) Kind() string { return "reply_mail" }

// workReplyMail mails a new code: only its hash is kept, so that no table and no job has it.
func (s *Services) workReplyMail(ctx context.Context, job replyMailJob) error {
	if s.mailer == nil {
		return nil
	}
	code, err := newSecret("")
	if err != nil {
		return err
	}
	var reply models.Reply
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		found := tx.Limit(1).Find(&reply, "id = ? AND state = ?", job.Reply, models.ReplyUnconfirmed)
		if found.Error != nil || found.RowsAffected == 0 {
			return wrap(found.Error, "read reply %s", job.Reply)
		}
		return wrap(tx.Model(&reply).Where("id = ?", reply.ID).Update("hash", hashSecret(code)).Error, "store the code of %s", job.Reply)
	})
	if err != nil || reply.ID == uuid.Nil {
		return err
	}
	return s.mailer.Mail(ctx, Letter{To: reply.Contact, Subject: "Confirm what you sent to Plumbline",
		Text: "Somebody sent a correction or an answer to " + s.site + " and gave this address. If it was you, confirm it here:\n\n" +
			s.site + "/reply/" + code + "\n\nThe same address shows the answer later. If it was not you, do nothing: nobody reads it, and it is forgotten.\n"})
}

// forgetRepliesJob forgets what is kept of replies for a while only.
type forgetRepliesJob struct{}

func (forgetRepliesJob) Kind() string { return "forget_replies" }

// unconfirmedFor is how long a reply waits for its sender to confirm it.
const unconfirmedFor = 7 * 24 * time.Hour

// workForgetReplies forgets the hashes of addresses after a day, and replies that nobody confirmed.
func (s *Services) workForgetReplies(ctx context.Context, _ forgetRepliesJob) error {
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		err := tx.Exec("UPDATE replies SET sender = NULL WHERE sender IS NOT NULL AND created_at < ?", s.now().Add(-replyDay)).Error
		if err == nil {
			err = tx.Exec("DELETE FROM replies WHERE state = 'unconfirmed' AND created_at < ?", s.now().Add(-unconfirmedFor)).Error
		}
		return wrap(err, "forget what is kept of replies")
	})
}

// ReplyOf gives the reply of a code to its sender: ErrNotFound when there is none.
func (s *Services) ReplyOf(ctx context.Context, code string) (ReplyView, error) {
	return s.reply(ctx, "hash = ?", hashSecret(code))
}

// ConfirmReply puts the reply of a code before the editors; a second time changes nothing.
func (s *Services) ConfirmReply(ctx context.Context, code string) error {
	if _, err := s.ReplyOf(ctx, code); err != nil {
		return err
	}
	err := s.db.Write(ctx).Model(&models.Reply{}).Where("hash = ? AND state = ?", hashSecret(code), models.ReplyUnconfirmed).
		Updates(map[string]any{"state": models.ReplyWaiting, "confirmed_at": s.now()}).Error
	return wrap(err, "confirm a reply")
}

func (s *Services) reply(ctx context.Context, condition string, value any) (ReplyView, error) {
	var rows []models.Reply
	if err := s.db.Write(ctx).Limit(1).Where(condition, value).Find(&rows).Error; err != nil {
		return ReplyView{}, fmt.Errorf("read a reply: %w", err)
	}
	if len(rows) == 0 {
		return ReplyView{}, models.Errorf(models.ErrNotFound, "There is no such reply. Check the code; one that was not confirmed within a week is forgotten.")
	}
	views, err := s.replyViews(ctx, rows)
	if err != nil {
		return ReplyView{}, err
	}
	return views[0], nil
}

// replyViews names the records that replies are about, in one query.
func (s *Services) replyViews(ctx context.Context, rows []models.Reply) ([]ReplyView, error) {
	wanted := wantedRefs{}
	for _, row := range rows {
		if row.RecordID != nil {
			wanted.add("", *row.RecordID)
		}
	}
	refs, err := (&reading{tx: s.db.Read(ctx)}).loadRefs(wanted)
	views := make([]ReplyView, len(rows))
	for i, row := range rows {
		views[i].Reply = row
		if row.RecordID != nil {
			views[i].Record = refs[*row.RecordID]
		}
	}
	return views, err
}

// Reply gives one reply to an editor: ErrNotFound for one that its sender did not confirm.
func (s *Services) Reply(ctx context.Context, by models.Actor, id uuid.UUID) (ReplyView, error) {
	if err := require(by, ActionReview); err != nil {
		return ReplyView{}, err
	}
	view, err := s.reply(ctx, "id = ?", id)
	if err == nil && view.State == models.ReplyUnconfirmed {
		return ReplyView{}, models.Errorf(models.ErrNotFound, "There is no such reply.")
	}
	return view, err
}

// Replies lists those that wait, or were answered, for editors: the oldest first.
func (s *Services) Replies(ctx context.Context, by models.Actor, state models.ReplyState, cursorText string) (ReplyPage, error) {
	if err := require(by, ActionReview); err != nil {
		return ReplyPage{}, err
	}
	if state == "" {
		state = models.ReplyWaiting
	}
	if state != models.ReplyWaiting && state != models.ReplyAnswered {
		return ReplyPage{}, searchProblem("state", "Replies are listed that are \"waiting\" or \"answered\".")
	}
	q := Query{Cursor: cursorText}.withDefaults("id")
	what := "replies " + string(state)
	after, err := q.after(what)
	if err != nil {
		return ReplyPage{}, err
	}
	tx := s.db.Write(ctx).Where("state = ?", state).Order("id").Limit(q.Limit + 1)
	if after != nil {
		tx = tx.Where("id > ?", after.ID)
	}
	var rows []models.Reply
	if err := tx.Find(&rows).Error; err != nil {
		return ReplyPage{}, fmt.Errorf("list replies: %w", err)
	}
	var page ReplyPage
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		page.Next = q.next(what, cursor{ID: rows[q.Limit-1].ID})
	}
	page.Replies, err = s.replyViews(ctx, rows)
	return page, err
}

// mostShownReplies bounds the answers that everybody sees about one record.
const mostShownReplies = 50

// ShownReplies gives the answers that everybody sees about a record, newest first.
func (s *Services) ShownReplies(ctx context.Context, record uuid.UUID) ([]ReplyView, error) {
	var rows []models.Reply
	err := s.db.Read(ctx).Where("record_id = ? AND shown", record).Order("id DESC").Limit(mostShownReplies).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list answered replies: %w", err)
	}
	return s.replyViews(ctx, rows)
}

// AnswerReply answers a reply that waits, in public unless its sender asked for a private answer
// or the editor prefers one. ErrConflict when it was answered already.
func (s *Services) AnswerReply(ctx context.Context, by models.Actor, id uuid.UUID, answer string, shown bool) error {
	if err := require(by, ActionReview); err != nil {
		return err
	}
	answer, err := remark("/answer", answer, true)
	if err != nil {
		return err
	}
	reply, err := s.Reply(ctx, by, id)
	if err != nil {
		return err
	}
	done := s.db.Write(ctx).Model(&models.Reply{}).Where("id = ? AND state = ?", id, models.ReplyWaiting).
		Updates(map[string]any{"state": models.ReplyAnswered, "answer": answer, "shown": shown && !reply.Private, "answered_by": by.Account, "answered_at": s.now()})
	if done.Error == nil && done.RowsAffected == 0 {
		return models.Errorf(models.ErrConflict, "This was answered already.")
	}
	s.bylines.Add(1)
	return wrap(done.Error, "answer reply %s", id)
}

// DraftOfReply begins what comes of a reply, as a draft of the editor's: for an answer a claim with
// its source, which answers the claim or is about the record; for a correction an edit of the
// record as it stands. Nothing is published before the editor hands it in.
func (s *Services) DraftOfReply(ctx context.Context, by models.Actor, id uuid.UUID, stance models.Stance) (Draft, error) {
	reply, err := s.Reply(ctx, by, id)
	if err != nil {
		return Draft{}, err
	}
	switch {
	case reply.RecordID == nil:
		return Draft{}, models.Errorf(models.ErrConflict, "This names no record. Open the record that it is about, and edit it there.")
	case reply.ChangesetID != nil:
		return Draft{}, models.Errorf(models.ErrConflict, "Something was made of this already.")
	}
	operations, err := s.operationsOf(ctx, by, reply, stance)
	if err != nil {
		return Draft{}, err
	}
	draft := Draft{ID: NewDraftID(), queue: models.QueueReplies, Operations: operations,
		Summary: "Right of reply: " + strings.ToLower(models.ReplyKinds().Label(string(reply.Kind))) + " by " + reply.Name}
	if err := draft.check(); err != nil {
		return Draft{}, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if draft, err = s.newDraft(tx, by, draft); err != nil {
			return err
		}
		noted := tx.Model(&models.Reply{}).Where("id = ? AND changeset_id IS NULL", id).Update("changeset_id", draft.ID)
		if noted.Error == nil && noted.RowsAffected == 0 { // another editor was faster
			return models.Errorf(models.ErrConflict, "Something was made of this already.")
		}
		return wrap(noted.Error, "note the draft of reply %s", id)
	})
	return draft, err
}

func (s *Services) operationsOf(ctx context.Context, by models.Actor, reply ReplyView, stance models.Stance) ([]models.Operation, error) {
	kind := reply.Record.Type
	if reply.Kind == models.ReplyCorrection {
		page, err := s.Get(ctx, by, kind, reply.RecordID.String(), Moment{})
		if err != nil {
			return nil, err
		}
		record := page.Records[0]
		return []models.Operation{{Op: models.OpEdit, Type: kind, ID: record.ID, Version: record.Version, Edit: models.Corrected,
			Reason: "Asked for by the right of reply, by " + reply.Name + ".", Data: record.Document}}, nil
	}

	day, err := models.ParseDate(models.DayOf(reply.CreatedAt).String())
	if err != nil {
		return nil, fmt.Errorf("date of reply %s: %w", reply.ID, err)
	}
	role := models.ReplyRoles().Label(string(reply.Role))
	source := &models.Source{Kind: "statement", Title: "Reply by " + reply.Name + " (" + strings.ToLower(role) + "), sent by the right of reply", Published: day, Unpublished: true, Summary: shorter(reply.Evidence, 1900)}
	sourceID := ProvisionalID()
	claim := &models.Claim{Speakers: []models.Speaker{{Description: shorter(reply.Name+" ("+strings.ToLower(role)+")", 300)}}, Stance: stance, SaidOn: day, Text: reply.Text,
		Citations: []models.Citation{{Source: sourceID}}}
	switch {
	case kind == models.TypeEntity && reply.Role == models.ReplyParty:
		claim.Speakers = []models.Speaker{{Entity: reply.RecordID}}
		claim.About = []uuid.UUID{*reply.RecordID}
	case kind == models.TypeClaim:
		claim.Answers = []uuid.UUID{*reply.RecordID}
	case kind != models.TypeSource:
		claim.About = []uuid.UUID{*reply.RecordID}
	}
	return []models.Operation{{Op: models.OpCreate, Type: models.TypeSource, ID: sourceID, Data: source}, {Op: models.OpCreate, Type: models.TypeClaim, ID: ProvisionalID(), Data: claim}}, nil
}

// shorter cuts a text to so many letters.
func shorter(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}

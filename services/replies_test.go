package services

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// letterBox keeps the letters that were to be sent.
type letterBox struct{ letters []Letter }

func (b *letterBox) Mail(_ context.Context, letter Letter) error {
	b.letters = append(b.letters, letter)
	return nil
}

func replyOf(kind models.ReplyKind) models.Reply {
	return models.Reply{Kind: kind, Role: models.ReplyParty, Name: "Company press office", Contact: "press@company.example", Text: "This is wrong.", Evidence: "https://company.example/statement"}
}

func TestReplies_areFollowedByACodeAndAnswered(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		code, err := w.SendReply(ctx, replyOf(models.ReplyCorrection), s.link.String(), "192.0.2.1")
		if err != nil || code == "" {
			t.Fatal(code, err)
		}
		own, err := w.ReplyOf(ctx, code)
		if err != nil || own.State != models.ReplyWaiting || *own.RecordID != s.link || strings.Contains(string(own.Hash), code) {
			t.Fatalf("%+v, %v", own, err)
		}
		if _, err := w.ReplyOf(ctx, code+"x"); errorKind(err) != models.ErrNotFound {
			t.Errorf("another code: %v", err)
		}
		contributor := w.account(t, "Contributor", models.RoleContributor)
		if _, err := w.Replies(ctx, contributor, "", ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("the queue for a contributor: %v", err)
		}
		queue, err := w.Replies(ctx, w.editor, "", "")
		if err != nil || len(queue.Replies) != 1 || queue.Replies[0].Record.ID != s.link {
			t.Fatalf("%+v, %v", queue, err)
		}

		if err := w.AnswerReply(ctx, w.editor, own.ID, " ", true); errorKind(err) != models.ErrInvalid {
			t.Errorf("no words: %v", err)
		}
		if err := w.AnswerReply(ctx, w.editor, own.ID, "It was corrected.", true); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerReply(ctx, w.editor, own.ID, "Twice.", true); errorKind(err) != models.ErrConflict {
			t.Errorf("a second answer: %v", err)
		}
		shown, err := w.ShownReplies(ctx, s.link)
		if err != nil || len(shown) != 1 || shown[0].Answer != "It was corrected." {
			t.Errorf("%+v, %v", shown, err)
		}
	})
}

func TestReplies_privateOnesAreNotShown(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		reply := replyOf(models.ReplyAnswer)
		reply.Private = true
		code, err := w.SendReply(ctx, reply, s.link.String(), "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		own, err := w.ReplyOf(ctx, code)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerReply(ctx, w.editor, own.ID, "For you alone.", true); err != nil {
			t.Fatal(err)
		}
		if shown, err := w.ShownReplies(ctx, s.link); err != nil || len(shown) != 0 {
			t.Errorf("%+v, %v", shown, err)
		}
		if own, err = w.ReplyOf(ctx, code); err != nil || own.Answer != "For you alone." {
			t.Errorf("its sender reads %q, %v", own.Answer, err)
		}
	})
}

func TestReplies_areRefusedWhole(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		_, err := w.SendReply(ctx, models.Reply{Kind: "x", Contact: "nobody", Text: strings.Repeat("x", 5001)}, "", "192.0.2.1")
		for _, pointer := range []string{"/kind", "/role", "/name", "/subject", "/text", "/contact"} {
			if !strings.Contains(fmt.Sprint(err), pointer) {
				t.Errorf("nothing says what is wrong with %s: %v", pointer, err)
			}
		}
		if _, err := w.SendReply(ctx, replyOf(models.ReplyAnswer), "nobody", "192.0.2.1"); errorKind(err) != models.ErrNotFound {
			t.Errorf("about no record: %v", err)
		}
	})
}

func TestReplies_ofOneAddressAreLimitedAndItsHashForgotten(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		for range repliesOfAddress {
			if _, err := w.SendReply(ctx, replyOf(models.ReplyAnswer), s.link.String(), "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.SendReply(ctx, replyOf(models.ReplyAnswer), s.link.String(), "192.0.2.1"); errorKind(err) != models.ErrLimited {
			t.Errorf("one more: %v", err)
		}
		if _, err := w.SendReply(ctx, replyOf(models.ReplyAnswer), s.link.String(), "192.0.2.2"); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
		if err := w.db.Write(ctx).Exec("UPDATE replies SET created_at = ?", w.now.Add(-25*time.Hour)).Error; err != nil {
			t.Fatal(err)
		}
		if err := w.workForgetReplies(ctx, forgetRepliesJob{}); err != nil {
			t.Fatal(err)
		}
		var kept int64
		if err := w.db.Read(ctx).Model(&models.Reply{}).Where("sender IS NOT NULL").Count(&kept).Error; err != nil || kept != 0 {
			t.Errorf("%d hashes of addresses are kept after a day, %v", kept, err)
		}
	})
}

func TestReplies_areConfirmedByMail(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		box := &letterBox{}
		w.mailer, w.site = box, "https://plumbline.example"
		reply := replyOf(models.ReplyCorrection)
		reply.Contact = ""
		if _, err := w.SendReply(ctx, reply, s.link.String(), "192.0.2.1"); errorKind(err) != models.ErrInvalid {
			t.Errorf("without an address: %v", err)
		}
		code, err := w.SendReply(ctx, replyOf(models.ReplyCorrection), s.link.String(), "192.0.2.1")
		if err != nil || code != "" {
			t.Fatal(code, err)
		}
		var row models.Reply
		if err := w.db.Read(ctx).First(&row).Error; err != nil {
			t.Fatal(err)
		}
		id := row.ID
		if _, err := w.Reply(ctx, w.editor, id); errorKind(err) != models.ErrNotFound {
			t.Errorf("editors see it before it is confirmed: %v", err)
		}
		if err := w.workReplyMail(ctx, replyMailJob{Reply: id}); err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`https://plumbline\.example/reply/(\S+)`).FindStringSubmatch(box.letters[0].Text)
		if box.letters[0].To != "press@company.example" || found == nil {
			t.Fatalf("%+v", box.letters)
		}
		if err := w.ConfirmReply(ctx, found[1]); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Reply(ctx, w.editor, id); err != nil {
			t.Error(err)
		}
		if err := w.workReplyMail(ctx, replyMailJob{Reply: id}); err != nil || len(box.letters) != 1 {
			t.Errorf("%d letters, %v", len(box.letters), err)
		}
	})
}

func TestReplies_becomeDrafts(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		send := func(kind models.ReplyKind, record string) uuid.UUID {
			t.Helper()
			code, err := w.SendReply(ctx, replyOf(kind), record, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			own, err := w.ReplyOf(ctx, code)
			if err != nil {
				t.Fatal(err)
			}
			return own.ID
		}
		id := send(models.ReplyAnswer, s.company.String())
		draft, err := w.DraftOfReply(ctx, w.editor, id, models.Denies)
		if err != nil || len(draft.Operations) != 2 {
			t.Fatalf("%+v, %v", draft, err)
		}
		out, err := w.SubmitDraft(ctx, w.editor, draft.ID, draft.Edition)
		if err != nil || out.Status != models.ChangesetPublished {
			t.Fatalf("%+v, %v", out, err)
		}
		page := w.list(t, models.TypeClaim, "stance=denies")
		claim, ok := page.Records[0].Document.(*models.Claim)
		if !ok || *claim.Speakers[0].Entity != s.company || claim.Text != "This is wrong." {
			t.Errorf("%+v", claim)
		}
		if _, err := w.DraftOfReply(ctx, w.editor, id, models.Denies); errorKind(err) != models.ErrConflict {
			t.Errorf("a second time: %v", err)
		}

		answer, err := w.DraftOfReply(ctx, w.editor, send(models.ReplyAnswer, page.Records[0].ID.String()), models.Disputes)
		if err != nil || answer.Operations[1].Data.(*models.Claim).Answers[0] != page.Records[0].ID {
			t.Errorf("%+v, %v", answer, err)
		}
		correction, err := w.DraftOfReply(ctx, w.editor, send(models.ReplyCorrection, s.link.String()), "")
		if err != nil || correction.Operations[0].Op != models.OpEdit || correction.Operations[0].ID != s.link {
			t.Errorf("%+v, %v", correction, err)
		}
	})
}

package services

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
)

// histories gives everything that tells a reader who had to do with records, as text.
func (w *world) histories(t *testing.T, reader models.Actor, record, changeset uuid.UUID) string {
	t.Helper()
	ctx := context.Background()
	var said []any
	revisions, err := w.Revisions(ctx, reader, RevisionQuery{Record: &record})
	if err != nil {
		t.Fatal(err)
	}
	one, err := w.Changeset(ctx, reader, changeset, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.Changesets(ctx, reader, Query{Filters: map[string][]string{"status": {"published"}}})
	if err != nil {
		t.Fatal(err)
	}
	events, err := w.ChangesetEvents(ctx, reader, changeset)
	if err != nil {
		t.Fatal(err)
	}
	protection, err := w.Protection(ctx, reader, record)
	if err != nil {
		t.Fatal(err)
	}
	said = append(said, revisions, one, page, events, protection)
	text, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestHistories_showNobodyWhoDidNotChooseSo looks at every place that shows a person, as everybody.
func TestHistories_showNobodyWhoDidNotChooseSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		ctx := context.Background()
		w := newWorld(t, db)
		s := w.supply(t)
		admin := w.account(t, "Admin Adams", models.RoleAdmin)
		group, err := w.CreateGroup(ctx, admin, "Tech Watch")
		if err != nil {
			t.Fatal(err)
		}
		author := w.joined(t, admin, "Ada Author", models.RoleContributor, &group.ID)
		reviewer := w.joined(t, admin, "Rita Reviewer", models.RoleSteward, nil)
		reviewer.Confirmed, author.Confirmed = true, true
		other := w.account(t, "Other Contributor", models.RoleContributor)

		out, err := w.Submit(ctx, author, models.Changeset{Summary: "An edit", Operations: []models.Operation{{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 1,
			Edit: models.Corrected, Reason: "It was wrong.", Data: &models.Entity{Kind: models.KindUnit, Name: "Another unit", Citations: []models.Citation{{Source: s.source}}}}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Comment(ctx, reviewer, out.Changeset, "Well found."); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, reviewer, out.Changeset, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.Protect(ctx, reviewer, s.unit, "It is vandalised."); err != nil {
			t.Fatal(err)
		}
		check := func(what string, reader models.Actor, shown, hidden []string) {
			t.Helper()
			text := w.histories(t, reader, s.unit, out.Changeset)
			for _, name := range shown {
				if !strings.Contains(text, name) {
					t.Errorf("%s: %q is not shown in %s", what, name, text)
				}
			}
			for _, name := range hidden {
				if strings.Contains(text, name) {
					t.Errorf("%s: %q is shown in %s", what, name, text)
				}
			}
		}

		public := models.Actor{}
		check("the public", public, []string{"Tech Watch", models.Pseudonym(reviewer.Account)}, []string{"Ada Author", "Rita Reviewer"})
		check("another contributor", other, []string{"Tech Watch", models.Pseudonym(reviewer.Account)}, []string{"Ada Author", "Rita Reviewer"})
		check("the author", author, []string{"Ada Author"}, []string{"Rita Reviewer"})
		check("a reviewer", w.editor, []string{"Ada Author", "Rita Reviewer"}, nil)

		if err := w.ShowName(ctx, other, author.Account, true); errorKind(err) != models.ErrNotFound {
			t.Errorf("somebody shows another's name: %v", err)
		}
		before := w.Bylines()
		if err := w.ShowName(ctx, author, author.Account, true); err != nil || w.Bylines() == before {
			t.Fatalf("show the name: %v", err)
		}
		check("the public, of a named author", public, []string{"Ada Author", models.Pseudonym(reviewer.Account)}, []string{"Rita Reviewer"})

		token, err := w.CreateToken(ctx, admin, models.Account{ID: author.Account}, 0)
		if err != nil {
			t.Fatal(err)
		}
		watched := create(&models.Source{Kind: "article", Title: "Watched"})
		w.must(t, watched)
		if err := db.Write(ctx).Create(&models.Watch{ID: newID(), AccountID: author.Account, RecordID: watched.ID, CreatedAt: w.now}).Error; err != nil {
			t.Fatal(err)
		}
		hook := models.Webhook{ID: newID(), URL: "https://hooks.example/x", Label: "Hers", Secret: "whsec_x", State: models.WebhookActive, CreatorID: author.Account, CreatedAt: w.now}
		if err := db.Write(ctx).Create(&hook).Error; err != nil {
			t.Fatal(err)
		}
		draft := w.account(t, "Nobody", models.RoleContributor)
		if err := w.DeleteAccount(ctx, draft, author.Account); errorKind(err) != models.ErrForbidden {
			t.Errorf("a contributor deletes another's account: %v", err)
		}
		if err := w.DeleteAccount(ctx, author, author.Account); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteAccount(ctx, admin, reviewer.Account); err != nil {
			t.Fatal(err)
		}
		names := []string{models.Pseudonym(author.Account), models.Pseudonym(reviewer.Account)}
		check("the public, of deleted accounts", public, []string{"Tech Watch", names[1]}, []string{"Ada Author", "Rita Reviewer"})
		check("a reviewer, of deleted accounts", w.editor, names, []string{"Ada Author", "Rita Reviewer"})
		if _, err := w.Authenticate(ctx, token); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("a deleted account's token: %v", err)
		}
		if _, err := w.Member(ctx, author.Account.String(), ""); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("a deleted account's session: %v", err)
		}
		if _, err := w.SignInWithPassword(ctx, Caller{}, names[0], chosenPassword); err == nil {
			t.Error("a deleted account's password signs in")
		}
		if _, err := w.MemberOf(ctx, admin, author.Account); errorKind(err) != models.ErrNotFound {
			t.Errorf("a deleted account is listed: %v", err)
		}
		if again := w.joined(t, admin, "Ada Author", models.RoleReader, nil); again.Account == author.Account {
			t.Error("the name leads to the deleted account")
		}
		var left int64
		for _, table := range []string{"tokens", "sessions", "passkeys", "recovery_codes", "external_identities", "invitations", "watches"} {
			if err := db.Read(ctx).Table(table).Where("account_id = ?", author.Account).Count(&left).Error; err != nil || left > 0 {
				t.Errorf("%d rows of a deleted account are left in %s: %v", left, table, err)
			}
		}

		if err := db.Read(ctx).First(&hook, "id = ?", hook.ID).Error; err != nil || hook.State != models.WebhookDisabled || hook.Problem == "" {
			t.Errorf("the webhook of a deleted account: %+v, %v", hook, err)
		}
		report, err := w.Verify(ctx, "")
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("the log does not verify: %v %v", report.Problems, err)
		}
	})
}

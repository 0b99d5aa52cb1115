package services

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"plumbline/models"
)

// Digest gives how an account gets what is new by mail: ErrNotFound when it does not.
func (s *Services) Digest(ctx context.Context, by models.Actor) (models.Digest, error) {
	if err := require(by, ActionWatch); err != nil {
		return models.Digest{}, err
	}
	var row models.Digest
	found := s.db.Primary(ctx).Limit(1).Find(&row, "account_id = ?", by.Account)
	if found.Error == nil && found.RowsAffected == 0 {
		return row, models.Errorf(models.ErrNotFound, "You get no letters about what you watch.")
	}
	return row, wrap(found.Error, "read digest")
}

// askedAgain is how long one waits before a link is mailed to another address.
const askedAgain = 10 * time.Minute

// AskDigest has what is new about an account's watches mailed to an address, once the link that is
// sent there was followed. For an address that is confirmed it changes the rhythm alone.
func (s *Services) AskDigest(ctx context.Context, by models.Actor, address string, rhythm models.Rhythm) error {
	if err := require(by, ActionWatch); err != nil {
		return err
	}
	if s.mailer == nil {
		return models.Errorf(models.ErrConflict, "This site sends no mail: no mail server is set for it.")
	}
	if problems := s.checkContact(address); len(problems) > 0 {
		problems[0] = models.Problem{Pointer: "/address", Message: "Give a mail address such as name@example.org."}
		return &models.Error{Kind: models.ErrInvalid, Problems: problems, Message: problems[0].Message}
	}
	if rhythm != models.Daily && rhythm != models.Weekly {
		return models.Errorf(models.ErrInvalid, "Choose whether letters come daily or weekly.").About(0, "/rhythm")
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var before models.Digest
		if err := tx.Limit(1).Find(&before, "account_id = ?", by.Account).Error; err != nil {
			return fmt.Errorf("read digest: %w", err)
		}
		now := s.now()
		switch {
		case before.Address == address && before.ConfirmedAt != nil:
			return wrap(tx.Model(&models.Digest{}).Where("account_id = ?", by.Account).Update("rhythm", rhythm).Error, "change digest")
		case before.Address != "" && now.Before(before.CreatedAt.Add(askedAgain)):
			limited := models.Errorf(models.ErrLimited, "A link was mailed a moment ago. Wait ten minutes before you ask for another one.")
			limited.RetryAfter = askedAgain
			return limited
		}
		head, err := headCheckpoint(tx)
		if err != nil {
			return err
		}
		if err := tx.Delete(&models.Digest{}, "account_id = ?", by.Account).Error; err != nil {
			return fmt.Errorf("forget digest: %w", err)
		}
		row := models.Digest{AccountID: by.Account, Address: address, Rhythm: rhythm, Position: head.Size, ToldAt: now, CreatedAt: now}
		row.Leave = leaveHash(s.leaveCode(row))
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store digest: %w", err)
		}
		return s.enqueue(tx, confirmDigestJob{by.Account}, &river.InsertOpts{MaxAttempts: 5})
	})
}

// confirmDigestJob mails the link that confirms an address.
type confirmDigestJob struct {
	Account uuid.UUID `json:"account"`
}

func (confirmDigestJob) Kind() string { return "confirm_digest" }

// workConfirmDigest mails a new link: only its hash is kept, so that no table and no job has it.
func (s *Services) workConfirmDigest(ctx context.Context, job confirmDigestJob) error {
	if s.mailer == nil {
		return nil
	}
	code, err := newSecret("")
	if err != nil {
		return err
	}
	var row models.Digest
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		found := tx.Limit(1).Find(&row, "account_id = ? AND confirmed_at IS NULL", job.Account)
		if found.Error != nil || found.RowsAffected == 0 {
			return wrap(found.Error, "read digest")
		}
		return wrap(tx.Model(&models.Digest{}).Where("account_id = ?", row.AccountID).Update("hash", hashSecret(code)).Error, "store the link of a digest")
	})
	if err != nil || row.Address == "" {
		return err
	}
	return s.mailer.Mail(ctx, Letter{To: row.Address, Subject: "Confirm letters from Plumbline",
		Text: "Somebody with an account at " + s.site + " asked for letters to this address about what they watch there. If it was you, confirm it here; the link works once, within a week:\n\n" +
			s.site + "/digest/" + code + "\n\nIf it was not you, do nothing: nothing more is sent, and the address is forgotten.\n"})
}

// ConfirmDigest starts the letters of a link, which works once: ErrNotFound after that.
func (s *Services) ConfirmDigest(ctx context.Context, code string) error {
	now := s.now()
	done := s.db.Write(ctx).Model(&models.Digest{}).Where("hash = ? AND confirmed_at IS NULL AND created_at > ?", hashSecret(code), now.Add(-unconfirmedFor)).
		Updates(map[string]any{"confirmed_at": now, "hash": nil, "told_at": now})
	if done.Error == nil && done.RowsAffected == 0 {
		return models.Errorf(models.ErrNotFound, "This link was used already, or is older than a week. Ask for another one where you see what you watch.")
	}
	return wrap(done.Error, "confirm a digest")
}

// StopDigest ends an account's letters and forgets the address; without any it changes nothing.
func (s *Services) StopDigest(ctx context.Context, by models.Actor) error {
	if err := require(by, ActionWatch); err != nil {
		return err
	}
	return wrap(s.db.Write(ctx).Delete(&models.Digest{}, "account_id = ?", by.Account).Error, "stop digest")
}

// LeaveDigest ends the letters of the link that each of them has, and forgets the address. It
// reports whether there was anything to end: not a second time, nor by the link of a letter of before
// the site's key changed.
func (s *Services) LeaveDigest(ctx context.Context, leave string) (ended bool, err error) {
	done := s.db.Write(ctx).Delete(&models.Digest{}, "leave = ?", leaveHash(leave))
	return done.RowsAffected > 0, wrap(done.Error, "leave digest")
}

// leaveCode is the secret of the link that ends an account's letters. It is the same in all of them,
// and follows from the site's key, so that the table can do with its hash.
func (s *Services) leaveCode(d models.Digest) string {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "letters of %s since %d", d.AccountID, d.CreatedAt.UnixMicro())
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func leaveHash(code string) string { return base64.RawURLEncoding.EncodeToString(hashSecret(code)) }

// leaveLink is the link that ends the letters; its hash is noted anew where the site's key changed.
func (s *Services) leaveLink(ctx context.Context, d models.Digest) (string, error) {
	code := s.leaveCode(d)
	link := s.site + "/digest/leave/" + code
	if d.Leave == leaveHash(code) {
		return link, nil
	}
	return link, wrap(s.db.Write(ctx).Model(&models.Digest{}).Where("account_id = ?", d.AccountID).Update("leave", leaveHash(code)).Error, "note a link")
}

// dueDigestsJob finds whose letters are due.
type dueDigestsJob struct{}

func (dueDigestsJob) Kind() string { return "due_digests" }

// workDueDigests has due letters sent, and forgets addresses that nobody confirmed.
func (s *Services) workDueDigests(ctx context.Context, _ dueDigestsJob) error {
	now := s.now()
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := tx.Delete(&models.Digest{}, "confirmed_at IS NULL AND created_at < ?", now.Add(-unconfirmedFor)).Error; err != nil {
			return fmt.Errorf("forget addresses: %w", err)
		}
		if s.mailer == nil {
			return nil
		}
		var due []models.Digest
		for _, rhythm := range models.Rhythms() {
			var rows []models.Digest
			if err := tx.Find(&rows, "confirmed_at IS NOT NULL AND rhythm = ? AND told_at <= ?", rhythm, now.Add(-rhythm.Period())).Error; err != nil {
				return fmt.Errorf("find due digests: %w", err)
			}
			due = append(due, rows...)
		}
		list := make([]river.InsertManyParams, len(due))
		for i, row := range due {
			list[i] = river.InsertManyParams{Args: digestJob{row.AccountID}, InsertOpts: &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: time.Hour}}}
		}
		return s.enqueueAll(tx, list)
	})
}

// digestJob mails one account what is new.
type digestJob struct {
	Account uuid.UUID `json:"account"`
}

func (digestJob) Kind() string { return "digest" }

// workDigest mails what is new since the last letter, where anything is. Should it break off after
// the letter went and before that was noted, the letter comes once more.
func (s *Services) workDigest(ctx context.Context, job digestJob) error {
	if s.mailer == nil {
		return nil
	}
	var row models.Digest
	found := s.db.Write(ctx).Limit(1).Find(&row, "account_id = ? AND confirmed_at IS NOT NULL", job.Account)
	if found.Error != nil || found.RowsAffected == 0 {
		return wrap(found.Error, "read digest")
	}
	now := s.now()
	if row.ToldAt.Add(row.Rhythm.Period()).After(now) {
		return nil // another try told it
	}
	var account models.Account
	if err := s.db.Write(ctx).First(&account, "id = ?", row.AccountID).Error; err != nil {
		return fmt.Errorf("read the account of a digest: %w", err)
	}
	head, err := headCheckpoint(s.db.Write(ctx))
	if err != nil {
		return err
	}
	if account.SuspendedAt == nil && account.DeletedAt == nil {
		leave, err := s.leaveLink(ctx, row)
		if err != nil {
			return err
		}
		text, err := s.digestText(ctx, row, head.Size, leave)
		if err != nil {
			return err
		}
		if text != "" {
			letter := Letter{To: row.Address, Subject: "Plumbline: what is new about what you watch", Text: text, Unsubscribe: leave}
			if err := s.mailer.Mail(ctx, letter); err != nil {
				return err
			}
		}
	}
	return wrap(s.db.Write(ctx).Model(&models.Digest{}).Where("account_id = ? AND position = ?", row.AccountID, row.Position).
		Updates(map[string]any{"position": head.Size, "told_at": now}).Error, "note what was told")
}

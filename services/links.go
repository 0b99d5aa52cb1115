package services

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// How often a source's link is looked at, and how many are looked at in a day.
const (
	linkCheckEvery = 30 * 24 * time.Hour
	linksADay      = 500
)

// dueLinksJob makes a linkJob for each source whose link is due.
type dueLinksJob struct{}

func (dueLinksJob) Kind() string { return "due_links" }

// linkJob looks whether a source is still to be found at its address.
type linkJob struct {
	Source uuid.UUID `json:"source"`
}

func (linkJob) Kind() string { return "link" }

// CheckLinks has the links of sources looked at soon: of the given ones, or of all that are due.
func (s *Services) CheckLinks(ctx context.Context, by models.Actor, sources ...uuid.UUID) error {
	if err := require(by, ActionPropose); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if len(sources) == 0 {
			return s.enqueue(tx, dueLinksJob{}, nil)
		}
		return s.enqueueAll(tx, linkJobs(sources))
	})
}

func linkJobs(sources []uuid.UUID) []river.InsertManyParams {
	list := make([]river.InsertManyParams, len(sources))
	for i, id := range sources {
		list[i] = river.InsertManyParams{Args: linkJob{Source: id}, InsertOpts: &river.InsertOpts{
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: time.Hour}, MaxAttempts: 3}}
	}
	return list
}

// workDueLinks finds the live sources whose links were never looked at, or not for long.
func (s *Services) workDueLinks(ctx context.Context, _ dueLinksJob) error {
	if s.outside == nil {
		return nil
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var due []uuid.UUID
		err := tx.Raw(`SELECT s.id FROM sources s LEFT JOIN link_checks c ON c.source_id = s.id
			WHERE s.to_size IS NULL AND s.state = 'live' AND s.url <> '' AND (c.source_id IS NULL OR c.checked_at < ?)
			ORDER BY c.checked_at, s.id LIMIT ?`, s.now().Add(-linkCheckEvery), linksADay).Scan(&due).Error
		if err != nil {
			return fmt.Errorf("find links that are due: %w", err)
		}
		return s.enqueueAll(tx, linkJobs(due))
	})
}

// workLink looks at one link and keeps what was found. No answer is an error, so that it is tried
// again soon, and kept all the same.
func (s *Services) workLink(ctx context.Context, job linkJob) error {
	if s.outside == nil {
		return nil
	}
	var row models.SourceRow
	found := s.db.Write(ctx).Limit(1).Find(&row, "id = ? AND to_size IS NULL AND state = 'live' AND url <> ''", job.Source)
	if found.Error != nil {
		return fmt.Errorf("read source %s: %w", job.Source, found.Error)
	}
	if found.RowsAffected == 0 {
		return nil // retracted or without a link meanwhile
	}

	look := s.lookAt(ctx, row.URL)
	look.SourceID = row.ID
	if err := s.keepLook(ctx, look); err != nil {
		return err
	}
	if look.Outcome == models.LinkUnreachable {
		return models.Errorf(models.ErrUnreachable, "%s", look.Detail)
	}
	return nil
}

// lookAt asks an address and says what was found, before it is compared with an earlier look.
func (s *Services) lookAt(ctx context.Context, url string) models.LinkCheck {
	look := models.LinkCheck{URL: url, CheckedAt: s.now(), Outcome: models.LinkOK}
	answer, err := s.outside.Send(ctx, OutsideRequest{URL: url})
	switch {
	case err != nil:
		look.Outcome, look.Detail = models.LinkUnreachable, err.Error()
	case answer.Status == 404 || answer.Status == 410:
		look.Outcome, look.Detail = models.LinkGone, fmt.Sprintf("The server says that there is nothing at the address (%d).", answer.Status)
	case answer.Status < 200 || answer.Status > 299:
		look.Outcome, look.Detail = models.LinkUnreachable, fmt.Sprintf("The server answered with the status %d.", answer.Status)
	default:
		sum := sha256.Sum256(answer.Body)
		look.Fingerprint = hex.EncodeToString(sum[:])
	}
	return look
}

// keepLook compares a look with the one before and keeps it.
func (s *Services) keepLook(ctx context.Context, look models.LinkCheck) error {
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var before models.LinkCheck
		found := tx.Limit(1).Find(&before, "source_id = ?", look.SourceID)
		if found.Error != nil {
			return fmt.Errorf("read the last look at %s: %w", look.SourceID, found.Error)
		}
		sameLink := found.RowsAffected > 0 && before.URL == look.URL
		if look.Outcome == models.LinkOK && sameLink && before.Fingerprint != "" && before.Fingerprint != look.Fingerprint {
			look.Outcome, look.Detail = models.LinkChanged, "The text is not the one that was found before."
		}
		if look.Fingerprint == "" && sameLink {
			look.Fingerprint = before.Fingerprint
		}
		look.Since = look.CheckedAt
		if sameLink && before.Outcome == look.Outcome {
			look.Since = before.Since
		}
		return wrap(tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "source_id"}}, UpdateAll: true}).Create(&look).Error,
			"keep the look at %s", look.SourceID)
	})
}

// LinkWords says what the last look at a link found.
func LinkWords(look models.LinkCheck) string {
	words := map[models.LinkOutcome]string{models.LinkOK: "its page is there, as it was", models.LinkChanged: "its page has changed", models.LinkGone: "its page is gone", models.LinkUnreachable: "its page could not be reached"}
	text := fmt.Sprintf("Last looked at on %s: %s.", models.DayOf(look.CheckedAt.UTC()).Label(), words[look.Outcome])
	if look.Detail != "" {
		text += " " + look.Detail
	}
	return text
}

// LinkChecks gives the last looks at the links of sources, by source.
func (s *Services) LinkChecks(ctx context.Context, sources ...uuid.UUID) (map[uuid.UUID]models.LinkCheck, error) {
	var rows []models.LinkCheck
	if err := s.db.Read(ctx).Find(&rows, "source_id IN ?", sources).Error; err != nil {
		return nil, fmt.Errorf("read looks at links: %w", err)
	}
	looks := make(map[uuid.UUID]models.LinkCheck, len(rows))
	for _, row := range rows {
		looks[row.SourceID] = row
	}
	return looks, nil
}

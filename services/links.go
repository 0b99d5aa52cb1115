package services

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// How often a source's link is looked at, how many are chosen at once, and how long a server is
// left alone after it was asked.
const (
	linkCheckEvery   = 30 * 24 * time.Hour
	suspectEvery     = 24 * time.Hour
	unreachableEvery = 3 * 24 * time.Hour
	unreachableGone  = 30 * 24 * time.Hour
	linksAtOnce      = 100
	hostPause        = 10 * time.Second
	longestAlone     = 24 * time.Hour
)

// needed says how many looks, how long apart the first and the last, it takes to say of a page that
// it is gone, or that it has changed: servers have bad days.
var needed = map[models.LinkOutcome]struct {
	looks int64
	over  time.Duration
}{models.LinkGone: {3, 2 * suspectEvery}, models.LinkChanged: {2, suspectEvery}}

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

// workDueLinks finds the live sources whose links were never looked at, have another address since,
// or are due.
func (s *Services) workDueLinks(ctx context.Context, _ dueLinksJob) error {
	if s.outside == nil {
		return nil
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var due []uuid.UUID
		err := tx.Raw(`SELECT s.id FROM sources s LEFT JOIN link_checks c ON c.source_id = s.id
			WHERE s.to_size IS NULL AND s.state = 'live' AND s.url <> '' AND (c.source_id IS NULL OR c.url <> s.url OR c.due_at <= ?)
			ORDER BY c.due_at IS NOT NULL, c.due_at, s.id LIMIT ?`, s.now(), linksAtOnce).Scan(&due).Error
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
	if wait, err := s.takeTurn(ctx, row.URL, hostPause); err != nil || wait > 0 {
		if err != nil {
			return err
		}
		return river.JobSnooze(wait)
	}

	before, err := s.lastLook(ctx, row)
	if err != nil {
		return err
	}
	look, err := s.lookAt(ctx, before)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "source_id"}}, UpdateAll: true}).Create(&look).Error
	if err != nil {
		return fmt.Errorf("keep the look at %s: %w", look.SourceID, err)
	}
	if look.Outcome == models.LinkUnreachable && look.Suspect == "" {
		return models.Errorf(models.ErrUnreachable, "%s", look.Detail)
	}
	return nil
}

// lastLook gives the last look at a source's address; an empty one where there is none at this one.
func (s *Services) lastLook(ctx context.Context, row models.SourceRow) (before models.LinkCheck, err error) {
	found := s.db.Write(ctx).Limit(1).Find(&before, "source_id = ? AND url = ?", row.ID, row.URL)
	if found.RowsAffected == 0 {
		before = models.LinkCheck{SourceID: row.ID, URL: row.URL}
	}
	return before, wrap(found.Error, "read the last look at %s", row.ID)
}

// takeTurn asks whether a server may be asked now, and takes the turn: no server is asked twice
// within the pause, by whichever instance. It says how long to wait where it may not.
func (s *Services) takeTurn(ctx context.Context, address string, pause time.Duration) (wait time.Duration, err error) {
	host, now := hostOf(address), s.now()
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		taken := tx.Exec(`INSERT INTO link_hosts (host, next_at) VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET next_at = excluded.next_at WHERE link_hosts.next_at <= ?`, host, now.Add(pause), now)
		if taken.Error != nil || taken.RowsAffected > 0 {
			return taken.Error
		}
		var next models.LinkHost
		if err := tx.First(&next, "host = ?", host).Error; err != nil {
			return err
		}
		wait = max(time.Second, next.NextAt.Sub(now))
		return nil
	})
	return wait, wrap(err, "take a turn at %s", host)
}

// leaveAlone keeps from asking a server before an instant that it named itself.
func (s *Services) leaveAlone(ctx context.Context, address, after string) error {
	pause := time.Hour
	if seconds, err := strconv.ParseInt(strings.TrimSpace(after), 10, 32); err == nil && seconds > 0 {
		pause = time.Duration(seconds) * time.Second
	} else if at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", after); err == nil {
		pause = at.Sub(s.now())
	}
	pause = min(max(pause, hostPause), longestAlone)
	err := s.db.Write(ctx).Model(&models.LinkHost{}).Where("host = ?", hostOf(address)).Update("next_at", s.now().Add(pause)).Error
	return wrap(err, "leave %s alone", hostOf(address))
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(parsed.Hostname())
}

// glance is what one look found, before it is told from a bad day.
type glance struct {
	outcome models.LinkOutcome
	reason  models.LinkReason
	figure  int64
	detail  string
	// sketch is that of the text that was found; "" where there was none, or it is the one before.
	sketch         string
	etag, modified string
}

// lookAt asks an address, and says what is to be kept of it.
func (s *Services) lookAt(ctx context.Context, before models.LinkCheck) (models.LinkCheck, error) {
	header := map[string]string{"Accept": "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1"}
	if before.ETag != "" {
		header["If-None-Match"] = before.ETag
	}
	if before.Modified != "" {
		header["If-Modified-Since"] = before.Modified
	}
	answer, err := s.outside.Send(ctx, OutsideRequest{URL: before.URL, Header: header})
	if err == nil && (answer.Status == 429 || answer.Status == 503) {
		if err := s.leaveAlone(ctx, before.URL, answer.Header["Retry-After"]); err != nil {
			return models.LinkCheck{}, err
		}
	}
	return after(before, glanceAt(before, answer, err), s.now()), nil
}

// glanceAt says what an answer tells of a page.
func glanceAt(before models.LinkCheck, answer OutsideResponse, err error) glance {
	switch {
	case errors.As(err, new(NoServer)):
		return glance{outcome: models.LinkGone, reason: models.LinkNoServer, detail: err.Error()}
	case err != nil:
		return glance{outcome: models.LinkUnreachable, reason: models.LinkNoAnswer, detail: err.Error()}
	case answer.Status == 304:
		return glance{outcome: models.LinkOK, etag: before.ETag, modified: before.Modified}
	case answer.Status == 404 || answer.Status == 410:
		return glance{outcome: models.LinkGone, reason: models.LinkStatus, figure: int64(answer.Status), detail: fmt.Sprintf("The server says that there is nothing at the address (%d).", answer.Status)}
	case answer.Status < 200 || answer.Status > 299:
		return glance{outcome: models.LinkUnreachable, reason: models.LinkStatus, figure: int64(answer.Status), detail: fmt.Sprintf("The server answered with the status %d.", answer.Status)}
	case ledToFront(before.URL, answer.URL):
		return glance{outcome: models.LinkGone, reason: models.LinkFrontPage, detail: "The address leads to the front page of a site."}
	}
	return glanceAtPage(before, answer)
}

// glanceAtPage compares what a page says with what it said.
func glanceAtPage(before models.LinkCheck, answer OutsideResponse) glance {
	g := glance{outcome: models.LinkOK, etag: answer.Header["Etag"], modified: answer.Header["Last-Modified"]}
	found, err := readArticle(answer)
	switch {
	case isMissing(found.Title, found.Text):
		return glance{outcome: models.LinkGone, reason: models.LinkSaysMissing, detail: "A page is there that says that there is none."}
	case err != nil && !strings.HasPrefix(found.mediaType, "text/") && found.mediaType != "application/xhtml+xml": // a file, which is as it is
		sum := sha256.Sum256(answer.Body)
		if g.sketch = sealed + hex.EncodeToString(sum[:]); strings.HasPrefix(before.Sketch, sealed) && before.Sketch != g.sketch {
			g.outcome, g.reason, g.figure, g.detail = models.LinkChanged, models.LinkText, 100, "The file is not the one that was found before."
		}
		return g
	case err != nil:
		return glance{outcome: models.LinkUnreachable, reason: models.LinkNoText, detail: err.Error()}
	}
	g.sketch = sketchOf(found.Title + "\n" + found.Text)
	if strings.HasPrefix(before.Sketch, sketched) {
		if g.figure = lostOf(before.Sketch, found.Title+"\n"+found.Text); g.figure >= lostMuch {
			g.outcome, g.reason, g.detail = models.LinkChanged, models.LinkText, fmt.Sprintf("%d %% of what it said is not there any more.", g.figure)
		}
	}
	return g
}

// after puts a glance to what was known: what is bad must be found more than once before it is said.
func after(before models.LinkCheck, g glance, now time.Time) models.LinkCheck {
	look := before
	look.CheckedAt = now
	if g.outcome == models.LinkOK && look.Sketch == "" {
		look.Sketch = g.sketch
	}
	said := before.Outcome
	switch g.outcome {
	case models.LinkOK:
		look.Suspect, look.Suspicions, look.SuspectSince = "", 0, nil
		look.ETag, look.Modified = g.etag, g.modified
		look.Outcome = models.LinkOK
	case models.LinkUnreachable:
		look.Outcome = models.LinkUnreachable
		if said == models.LinkGone || said == models.LinkChanged {
			look.Outcome = said // a bad day says nothing against it
		}
	default:
		if look.Suspect != g.outcome {
			look.Suspect, look.Suspicions, look.SuspectSince = g.outcome, 0, &now
		}
		look.Suspicions++
		look.ETag, look.Modified = "", "" // the next look is to read it
		need := needed[g.outcome]
		switch {
		case look.Suspicions >= need.looks && now.Sub(*look.SuspectSince) >= need.over:
			look.Outcome = g.outcome
		case said == "" || said == models.LinkUnreachable:
			look.Outcome = models.LinkUnreachable // so far there was no answer of use
		}
	}

	if look.Outcome == g.outcome || look.Outcome == models.LinkUnreachable {
		look.Reason, look.Figure, look.Detail = g.reason, g.figure, g.detail
	}
	if look.Outcome != said {
		look.Since, look.SettledAt = now, nil
	}
	if look.Outcome == models.LinkUnreachable && now.Sub(look.Since) >= unreachableGone {
		look.Outcome, look.Since, look.SettledAt = models.LinkGone, now, nil
	}
	look.DueAt = now.Add(dueIn(look))
	return look
}

// dueIn says how long after a look the next one is due.
func dueIn(look models.LinkCheck) time.Duration {
	switch {
	case look.Suspect != "" && look.Suspect != look.Outcome:
		return suspectEvery
	case look.Outcome == models.LinkUnreachable:
		return unreachableEvery
	}
	return linkCheckEvery
}

// SettleLink says that a member saw to what was found at a source's link: a changed text is taken
// for the page's own from then on, and the source leaves the worklist. ErrConflict where nothing
// was found.
func (s *Services) SettleLink(ctx context.Context, by models.Actor, source uuid.UUID) (models.LinkCheck, error) {
	if err := require(by, ActionPropose); err != nil {
		return models.LinkCheck{}, err
	}
	looks, err := s.LinkChecks(ctx, source)
	if err != nil {
		return models.LinkCheck{}, err
	}
	look, ok := looks[source]
	switch {
	case !ok:
		return look, models.Errorf(models.ErrNotFound, "The link of this source was not looked at yet.")
	case look.Outcome != models.LinkGone && look.Outcome != models.LinkChanged:
		return look, models.Errorf(models.ErrConflict, "Nothing is wrong with the link, as far as is known.")
	}
	now := s.now()
	look.SettledAt, look.DueAt = &now, now.Add(linkCheckEvery)
	settled := map[string]any{"settled_at": now, "due_at": look.DueAt}
	if look.Outcome == models.LinkChanged { // the next look takes the text that it finds
		look.DueAt = now
		settled = map[string]any{"settled_at": now, "due_at": now, "sketch": "", "etag": "", "modified": ""}
	}
	err = s.db.Write(ctx).Model(&models.LinkCheck{}).Where("source_id = ?", source).Updates(settled).Error
	return look, wrap(err, "settle the link of %s", source)
}

// LinkWords says what the last look at a link found.
func LinkWords(look models.LinkCheck) string {
	words := map[models.LinkOutcome]string{models.LinkOK: "its page is there, as it was", models.LinkChanged: "its page has changed", models.LinkGone: "its page is gone", models.LinkUnreachable: "its page could not be reached"}
	text := fmt.Sprintf("Last looked at on %s: %s", models.DayOf(look.CheckedAt.UTC()).Label(), words[look.Outcome])
	if look.Outcome != models.LinkOK && models.DayOf(look.Since.UTC()) != models.DayOf(look.CheckedAt.UTC()) {
		text += ", first found on " + models.DayOf(look.Since.UTC()).Label()
	}
	text += "."
	if look.Detail != "" {
		text += " " + look.Detail
	}
	if look.Suspect != "" && look.Suspect != look.Outcome {
		text += " The last " + count(int(look.Suspicions), "look", "looks") + " found it " + string(look.Suspect) + "; it is looked at again before that is said."
	}
	return text
}

// LinkChecks gives the last looks at the links of sources, by source.
func (s *Services) LinkChecks(ctx context.Context, sources ...uuid.UUID) (map[uuid.UUID]models.LinkCheck, error) {
	var rows []models.LinkCheck
	if err := s.db.Read(ctx).Omit("sketch").Find(&rows, "source_id IN ?", sources).Error; err != nil {
		return nil, fmt.Errorf("read looks at links: %w", err)
	}
	looks := make(map[uuid.UUID]models.LinkCheck, len(rows))
	for _, row := range rows {
		looks[row.SourceID] = row
	}
	return looks, nil
}

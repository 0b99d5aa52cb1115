package services

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// unsourced enters the source that stands for having none.
func (w *world) unsourced(t *testing.T) uuid.UUID {
	t.Helper()
	w.must(t, models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: models.UnsourcedID, Data: models.Unsourced()})
	return models.UnsourcedID
}

// What is no evidence shows nothing to hold, and nobody to have looked.
func TestEvidence_ofNothingMovesNoHorizon(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		w.tamper(t, []string{"INSERT INTO site_hosts (host) VALUES ('tracker.example')"})
		unsourced := w.unsourced(t)
		file := w.source(t, &models.Source{Kind: models.SourceImportedFile, Title: "supplies.csv"})
		own := w.source(t, &models.Source{Kind: "article", Title: "Our page", URL: "https://tracker.example/supplies/1"})
		article := w.source(t, &models.Source{Kind: "article", Title: "An article", URL: "https://outlet.example/a"})
		for name, c := range map[string]struct {
			sources                    []uuid.UUID
			status, evidenced, checked string
		}{
			"no source":              {[]uuid.UUID{unsourced}, "unknown", "", ""},
			"an imported file":       {[]uuid.UUID{file}, "unknown", "", ""},
			"a page of this site":    {[]uuid.UUID{own}, "unknown", "", ""},
			"all of them":            {[]uuid.UUID{unsourced, file, own}, "unknown", "", ""},
			"an article":             {[]uuid.UUID{article}, "active", "2025-03-01", "2025-04-01"},
			"an article and a file":  {[]uuid.UUID{article, file}, "active", "2025-03-01", "2025-04-01"},
			"a file, and an article": {[]uuid.UUID{file, article}, "active", "2025-03-02", "2025-04-02"},
		} {
			link := &models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: s.unit, Description: name}
			for i, source := range c.sources { // each shows a later day
				link.Citations = append(link.Citations, models.Citation{Source: source, HoldsOn: day(t, "2025-03-01").AddDays(i), CheckedOn: day(t, "2025-04-01").AddDays(i)})
			}
			op := create(link)
			w.must(t, op)
			r, _ := w.statusOn(t, op.ID, Moment{})
			if r.Status == nil || string(r.Status.Span.Status) != c.status || r.Standing.LastEvidenced.String() != c.evidenced || r.Standing.LastChecked.String() != c.checked {
				t.Errorf("%s: %+v, evidenced %s, checked %s", name, r.Status, r.Standing.LastEvidenced, r.Standing.LastChecked)
			}
		}
		w.verified(t)
	})
}

// What a source turns out to be is followed by what rests on it, of every day that can be asked about.
func TestEvidence_thatTurnsOutToBeNoneIsTakenBack(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		source := w.source(t, &models.Source{Kind: "article", Title: "A list", URL: "https://outlet.example/list"})
		link := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: s.unit, Description: "another", Citations: []models.Citation{{Source: source, HoldsOn: day(t, "2025-03-01")}}})
		w.must(t, link)
		for version, c := range []struct{ kind, status, evidenced string }{{models.SourceImportedFile, "unknown", ""}, {"article", "active", "2025-03-01"}} {
			w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: source, Version: int64(version + 1), Edit: models.Corrected, Reason: "It is.",
				Data: &models.Source{Kind: c.kind, Title: "A list", URL: "https://outlet.example/list"}})
			if r, _ := w.statusOn(t, link.ID, Moment{}); string(r.Status.Span.Status) != c.status || r.Standing.LastEvidenced.String() != c.evidenced {
				t.Errorf("with a source of the kind %s: %+v, %s", c.kind, r.Status, r.Standing.LastEvidenced)
			}
			w.verified(t)
		}
	})
}

// A file confirms no step that was announced; and a step that it tells of is believed as of the day on
// which it was entered, however long the source that stands for none has been there.
func TestAnnounced_isNotConfirmedByAFile(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.promised(t)
		unsourced := w.unsourced(t)
		step, _ := w.statusOn(t, p.step, Moment{})
		change := *step.Document.(*models.StatusChange)
		change.Citations = append(change.Citations, models.Citation{Source: unsourced, HoldsOn: day(t, "2025-07-05")})
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeStatusChange, ID: p.step, Version: step.Version, Edit: models.WorldChanged, Reason: "A list says so.", Data: &change})
		if r, _ := w.statusOn(t, p.link, Moment{}); r.Status.Span.Status != "active" || len(r.Status.Announced) != 1 {
			t.Errorf("a file confirmed the step: %+v", r.Status)
		}

		w.now = w.now.Add(60 * 24 * time.Hour) // 30 November 2025
		other := create(&models.Relationship{Type: models.SuppliedTo, Subject: p.service, Object: p.unit, Description: "another", Citations: []models.Citation{{Source: p.source}}})
		ended := create(&models.StatusChange{Record: other.ID, Status: "active", Effective: date(t, "2025-11-15"), Citations: []models.Citation{{Source: unsourced}}})
		ahead := create(&models.StatusChange{Record: other.ID, Status: "ended", Effective: date(t, "2025-12-31"), Citations: []models.Citation{{Source: unsourced}}})
		w.must(t, other, ended, ahead)
		if r, _ := w.statusOn(t, other.ID, Moment{}); r.Status.Span.Status != "active" || len(r.Status.Announced) != 1 || r.Status.Announced[0].Change != ahead.ID {
			t.Errorf("steps without a source: %+v", r.Status)
		}
		w.verified(t)
	})
}

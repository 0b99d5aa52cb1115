package services

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// counted is how many independent origins a record has that cites sources, and its level.
func (w *world) counted(t *testing.T, sources ...uuid.UUID) (int, models.Verification) {
	t.Helper()
	var cite []models.Citation
	for _, id := range sources {
		cite = append(cite, models.Citation{Source: id})
	}
	record := create(&models.Entity{Kind: models.KindCompany, Name: "Counted", Citations: cite})
	w.must(t, record)
	page, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, record.ID.String(), Moment{})
	if err != nil {
		t.Fatal(err)
	}
	standing := page.Records[0].Standing
	return len(standing.Basis.Origins), standing.Verification
}

// What counts as an origin: each case is sources that a record cites, and how many origins those are.
func TestOrigins_areCountedByWhatTheyAre(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		people := map[string]uuid.UUID{}
		for _, name := range []string{"Sentinel", "Courier", "Herald"} {
			e := create(&models.Entity{Kind: models.KindOrganization, Name: name, Citations: []models.Citation{{Source: w.source(t, &models.Source{Kind: "other", Title: "About " + name})}}})
			w.must(t, e)
			people[name] = e.ID
		}
		w.tamper(t, []string{"INSERT INTO site_hosts (host) VALUES ('tracker.example')"})
		for name, e := range map[string]*models.Entity{
			"The Gazette Ltd.": {Kind: models.KindCompany, Name: "The Gazette Ltd."}, "GAZETTE": {Kind: models.KindOrganization, Name: "GAZETTE"}, "Gazette of Record": {Kind: models.KindOrganization, Name: "Gazette of Record"},
			"Anonymous": {Kind: models.KindPerson, Name: "Anonymous", Identity: models.Undisclosed}, "Holding": {Kind: models.KindCompany, Name: "Holding"}, "Paper A": {Kind: models.KindCompany, Name: "Paper A"},
			"Paper B": {Kind: models.KindCompany, Name: "Paper B"}, "Supplement": {Kind: models.KindCompany, Name: "Supplement"},
			"Former": {Kind: models.KindCompany, Name: "Former"}, "Paper C": {Kind: models.KindCompany, Name: "Paper C"},
		} {
			e.Citations = []models.Citation{{Source: w.source(t, &models.Source{Kind: "other", Title: "About " + name})}}
			op := create(e)
			w.must(t, op)
			people[name] = op.ID
		}
		owns := func(owner, object string, end models.Date) {
			w.must(t, create(&models.Relationship{Type: models.Owns, Subject: people[owner], Object: people[object], End: end, Citations: []models.Citation{{Source: w.source(t, &models.Source{Kind: "other", Title: object})}}}))
		}
		owns("Holding", "Paper A", models.Date{})
		owns("Holding", "Paper B", models.Date{})
		owns("Paper A", "Supplement", models.Date{})
		owns("Former", "Paper C", date(t, "2020"))
		by := func(names ...string) (ids []uuid.UUID) {
			for _, name := range names {
				ids = append(ids, people[name])
			}
			return ids
		}
		investigation := w.source(t, &models.Source{Kind: "investigation", Title: "Joint", Publishers: by("Sentinel", "Courier"), URL: "https://sentinel.example/joint"})
		unnamed := w.source(t, &models.Source{Kind: "internal_data", Title: "Data", Unpublished: true})
		for name, c := range map[string]struct {
			sources []*models.Source
			origins int
		}{
			"two hosts":                               {[]*models.Source{{URL: "https://one.example/a"}, {URL: "https://two.example/a"}}, 2},
			"two pages of one host":                   {[]*models.Source{{URL: "https://three.example/a"}, {URL: "https://www.three.example/b"}}, 1},
			"two hosts of one domain":                 {[]*models.Source{{URL: "https://news.four.example/a"}, {URL: "https://blog.four.example/b"}}, 1},
			"two blogs of one host of blogs":          {[]*models.Source{{URL: "https://a.blogspot.com/1"}, {URL: "https://b.substack.com/1"}, {URL: "https://c.substack.com/1"}}, 3},
			"two posts of one blog":                   {[]*models.Source{{URL: "https://medium.com/@a/1"}, {URL: "https://medium.com/@a/2"}}, 1},
			"a publisher, and its host without it":    {[]*models.Source{{URL: "https://five.example/a", Publishers: by("Herald")}, {URL: "https://five.example/b"}}, 1},
			"two publishers on one host":              {[]*models.Source{{URL: "https://six.example/a", Publishers: by("Herald")}, {URL: "https://six.example/b", Publishers: by("Courier")}}, 2},
			"neither publisher nor address":           {[]*models.Source{{}, {}}, 0},
			"one that counts, one that does not":      {[]*models.Source{{URL: "https://seven.example/a"}, {}}, 1},
			"an imported file":                        {[]*models.Source{{URL: "https://eight.example/a"}, {Kind: models.SourceImportedFile, URL: "https://nine.example/b", Publishers: by("Courier")}}, 1},
			"a dataset without a publisher":           {[]*models.Source{{URL: "https://ten.example/a"}, {Kind: models.SourceDataset, URL: "https://data.example/b"}}, 1},
			"a dataset with one":                      {[]*models.Source{{URL: "https://eleven.example/a"}, {Kind: models.SourceDataset, URL: "https://data.example/c", Publishers: by("Courier")}}, 2},
			"a page of the tracker":                   {[]*models.Source{{URL: "https://twelve.example/a"}, {URL: "https://tracker.example/claims/1"}}, 1},
			"a page that nobody else reaches":         {[]*models.Source{{URL: "https://thirteen.example/a"}, {URL: "http://localhost:8080/claims/1"}, {URL: "http://192.168.0.4/a"}}, 1},
			"a short address of an archive":           {[]*models.Source{{URL: "https://fourteen.example/a"}, {URL: "https://archive.ph/AbCdE"}, {URL: "https://perma.cc/ABCD-1234"}, {URL: "https://t.co/abc"}}, 1},
			"a reprint of the joint investigation":    {[]*models.Source{{URL: "https://herald.example/reprint", Publishers: by("Herald"), CopyOf: &investigation}, {URL: "https://courier.example/own", Publishers: by("Courier")}}, 1},
			"two reprints":                            {[]*models.Source{{URL: "https://herald.example/re2", Publishers: by("Herald"), CopyOf: &investigation}, {URL: "https://fifteen.example/re", CopyOf: &investigation}}, 1},
			"a reprint, and its publisher's own work": {[]*models.Source{{URL: "https://herald.example/re3", Publishers: by("Herald"), CopyOf: &investigation}, {URL: "https://herald.example/own", Publishers: by("Herald")}}, 2},
			"reports on it and a reprint":             {[]*models.Source{{URL: "https://sixteen.example/a", ReportsOn: []models.Origin{{Source: investigation}}}, {URL: "https://seventeen.example/a", CopyOf: &investigation}}, 1},
			"reports on what nobody is named for":     {[]*models.Source{{URL: "https://eighteen.example/a", ReportsOn: []models.Origin{{Source: unnamed}}}, {URL: "https://nineteen.example/a"}}, 1},
			"publishers of one name":                  {[]*models.Source{{URL: "https://gazette.example/a", Publishers: by("GAZETTE")}, {URL: "https://gazette.example/b", Publishers: by("The Gazette Ltd.")}}, 1},
			"publishers of like names":                {[]*models.Source{{URL: "https://gazette.example/c", Publishers: by("GAZETTE")}, {URL: "https://record.example/d", Publishers: by("Gazette of Record")}}, 2},
			"an owner, and what it owns":              {[]*models.Source{{URL: "https://holding.example/a", Publishers: by("Holding")}, {URL: "https://papera.example/a", Publishers: by("Paper A")}}, 1},
			"an owner, and what that owns":            {[]*models.Source{{URL: "https://supplement.example/a", Publishers: by("Supplement")}, {URL: "https://holding.example/b", Publishers: by("Holding")}}, 1},
			"two papers of one owner":                 {[]*models.Source{{URL: "https://papera.example/b", Publishers: by("Paper A")}, {URL: "https://paperb.example/a", Publishers: by("Paper B")}}, 2},
			"a former owner":                          {[]*models.Source{{URL: "https://paperc.example/of", Publishers: by("Paper C")}, {URL: "https://former.example/of", Publishers: by("Former")}}, 2},
			"somebody who is not known":               {[]*models.Source{{URL: "https://host.example/a"}, {Publishers: by("Anonymous")}, {URL: "https://docs.google.com/document/d/2", Publishers: by("Anonymous")}}, 1},
			"somebody who is not known, at a host":    {[]*models.Source{{URL: "https://leaks.example/a", Publishers: by("Anonymous")}, {URL: "https://leaks.example/b"}}, 1},
			"somebody who is not known, at two hosts": {[]*models.Source{{URL: "https://leaks2.example/a", Publishers: by("Anonymous")}, {URL: "https://leaks3.example/b", Publishers: by("Anonymous")}}, 2},
			"another port of the tracker, and below":  {[]*models.Source{{URL: "https://twelve.example/b"}, {URL: "https://tracker.example:8443/supplies"}, {URL: "http://staging.tracker.example/a"}, {URL: "https://www.tracker.example:8080", Publishers: by("Courier")}}, 1},
			"a host that ends like the tracker":       {[]*models.Source{{URL: "https://twelve.example/c"}, {URL: "https://nottracker.example/a"}}, 2},
			"machines that nobody else reaches":       {[]*models.Source{{URL: "https://thirteen.example/b"}, {URL: "http://127.0.0.1:8171/a"}, {URL: "http://[::1]:8171/b"}, {URL: "http://10.1.2.3/a"}, {URL: "https://intranet/a"}, {URL: "http://tracker.localhost/a"}}, 1},
			"examined it itself":                      {[]*models.Source{{URL: "https://twenty.example/a", ReportsOn: []models.Origin{{Source: unnamed, Examined: true}}}, {URL: "https://twentyone.example/a"}}, 2},
		} {
			var ids []uuid.UUID
			for _, s := range c.sources {
				if s.Kind == "" {
					s.Kind = "article"
				}
				s.Title = name
				ids = append(ids, w.source(t, s))
			}
			want := models.SingleOrigin
			switch {
			case c.origins > 1:
				want = models.Corroborated
			case c.origins == 0:
				want = models.NoOrigin
			}
			if origins, level := w.counted(t, ids...); origins != c.origins || level != want {
				t.Errorf("%s: %d origins, %s; want %d", name, origins, level, c.origins)
			}
		}
		w.verified(t)
	})
}

// Sources that report on each other in a circle are one origin, where nobody examined the matter.
func TestOrigins_circlesAreOne(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		on := func(examined bool, ids ...uuid.UUID) (list []models.Origin) {
			for _, id := range ids {
				list = append(list, models.Origin{Source: id, Examined: examined})
			}
			return list
		}
		a := w.source(t, &models.Source{Kind: "article", Title: "A", URL: "https://a.example/1"})
		b := w.source(t, &models.Source{Kind: "article", Title: "B", URL: "https://b.example/1", ReportsOn: on(false, a)})
		c := w.source(t, &models.Source{Kind: "article", Title: "C", URL: "https://c.example/1", ReportsOn: on(false, b)})
		d := w.source(t, &models.Source{Kind: "article", Title: "D", URL: "https://d.example/1", ReportsOn: on(false, c)})
		apart := w.source(t, &models.Source{Kind: "article", Title: "E", URL: "https://e.example/1"})
		check := func(what string, want int, ids ...uuid.UUID) {
			t.Helper()
			if origins, _ := w.counted(t, ids...); origins != want {
				t.Errorf("%s: %d origins, want %d", what, origins, want)
			}
		}
		check("a chain", 1, a, b, c, d)
		turn := func(version int64, reportsOn []models.Origin) {
			t.Helper()
			w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: a, Version: version, Edit: models.Corrected, Reason: "It does.",
				Data: &models.Source{Kind: "article", Title: "A", URL: "https://a.example/1", ReportsOn: reportsOn}})
		}
		turn(1, on(false, c))
		check("a circle", 1, a, b, c)
		check("a circle, and what leads to it", 1, d, c)
		check("a circle, and another", 2, a, apart, d)
		turn(2, on(false, c, apart))
		check("a circle with a way out", 1, a, b, c, apart)
		turn(3, on(true, c))
		check("a circle in which one examined the matter", 1, a, b, c, d)
		w.verified(t)
	})
}

// A source that was taken back counts for nothing from then on, nor does what reports on it.
func TestOrigins_leaveOutWhatWasRetracted(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		one := w.source(t, &models.Source{Kind: "article", Title: "One", URL: "https://one.example/a"})
		hoax := w.source(t, &models.Source{Kind: "article", Title: "Hoax", URL: "https://two.example/a"})
		through := w.source(t, &models.Source{Kind: "article", Title: "Through", URL: "https://three.example/a", ReportsOn: []models.Origin{{Source: hoax}}})
		record := create(&models.Entity{Kind: models.KindCompany, Name: "Acme", Citations: []models.Citation{{Source: one}, {Source: hoax}, {Source: through}}})
		w.must(t, record)
		standing := func() models.Standing {
			page, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, record.ID.String(), Moment{})
			if err != nil {
				t.Fatal(err)
			}
			return page.Records[0].Standing
		}
		if s := standing(); len(s.Basis.Origins) != 2 {
			t.Fatalf("%d origins before", len(s.Basis.Origins))
		}
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeSource, ID: hoax, Version: 1, Reason: "It never existed."})
		s := standing()
		if len(s.Basis.Origins) != 1 || len(s.Basis.NotCounted) != 2 || s.Verification != models.SingleOrigin {
			t.Errorf("counted is %+v", s)
		}
		for _, lost := range s.Basis.NotCounted {
			if lost.Why != models.UncountedRetracted || lost.Shows != (lost.Source == through) && lost.Source == hoax {
				t.Errorf("not counted is %+v", lost)
			}
		}
		w.verified(t)
	})
}

// Who publishes, and who owns whom, is looked at anew when it changes.
func TestOrigins_followWhatBecomesOfPublishers(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		about := w.source(t, &models.Source{Kind: "other", Title: "About them"})
		entity := func(name string, identity models.Identity) *models.Entity {
			return &models.Entity{Kind: models.KindCompany, Name: name, Identity: identity, Citations: []models.Citation{{Source: about}}}
		}
		a, b := create(entity("Paper A", models.Disclosed)), create(entity("Paper B", models.Disclosed))
		w.must(t, a, b)
		one := w.source(t, &models.Source{Kind: "article", Title: "One", URL: "https://a.example/1", Publishers: []uuid.UUID{a.ID}})
		two := w.source(t, &models.Source{Kind: "article", Title: "Two", URL: "https://docs.google.com/document/d/1", Publishers: []uuid.UUID{b.ID}})
		record := create(&models.Entity{Kind: models.KindCompany, Name: "Acme", Citations: []models.Citation{{Source: one}, {Source: two}}})
		w.must(t, record)
		check := func(what string, want int) {
			t.Helper()
			page, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, record.ID.String(), Moment{})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(page.Records[0].Standing.Basis.Origins); got != want {
				t.Errorf("%s: %d origins, want %d", what, got, want)
			}
			w.verified(t)
		}
		check("two papers", 2)
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: b.ID, Version: 1, Edit: models.Corrected, Reason: "Its name.", Data: entity("PAPER A, Inc.", models.Disclosed)})
		check("one name", 1)
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: b.ID, Version: 2, Edit: models.Corrected, Reason: "Its name.", Data: entity("Paper B", models.Disclosed)})
		check("two names", 2)
		link := create(&models.Relationship{Type: models.Owns, Subject: a.ID, Object: b.ID, Citations: []models.Citation{{Source: one}}})
		w.must(t, link)
		check("owner and owned", 1)
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeRelationship, ID: link.ID, Version: 1, Reason: "It does not."})
		check("no longer owned", 2)
	})
}

// An admission raises a level where somebody is named who published it.
func TestAcknowledgement_needsASourceThatCounts(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		file := w.source(t, &models.Source{Kind: models.SourceImportedFile, Title: "companies", URL: "https://files.example/a.csv"})
		w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.Admits, About: []uuid.UUID{s.link}, SaidOn: date(t, "2025-05"), Text: "We do.",
			Citations: []models.Citation{{Source: file}}}))
		w.standing(t, s.link, models.SingleOrigin, 1, false)
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: file, Version: 1, Edit: models.Corrected, Reason: "It is their statement.",
			Data: &models.Source{Kind: "statement", Title: "We do", Publishers: []uuid.UUID{s.company}}})
		w.standing(t, s.link, models.Acknowledged, 1, false)
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: file, Version: 2, Edit: models.Corrected, Reason: "It is not.",
			Data: &models.Source{Kind: "statement", Title: "We do"}})
		w.standing(t, s.link, models.SingleOrigin, 1, false)

		// nor is an imported file an announcement of whom it names as its publisher
		change := create(&models.StatusChange{Record: s.link, Status: "ended", Effective: date(t, "2025-06"), Actor: &s.company,
			Citations: []models.Citation{{Source: w.source(t, &models.Source{Kind: models.SourceImportedFile, Title: "steps", Publishers: []uuid.UUID{s.company}})}}})
		w.must(t, change)
		w.standing(t, change.ID, models.NoOrigin, 0, false)
		w.verified(t)
	})
}

// source makes a source.
func (w *world) source(t *testing.T, s *models.Source) uuid.UUID {
	t.Helper()
	op := create(s)
	w.must(t, op)
	return op.ID
}

// Sources of one address, which older rows may have, are one document, whenever the second came, and
// whatever became of the address.
func TestOrigins_joinSourcesOfOneAddress(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.source(t, &models.Source{Kind: "article", Title: "First", URL: "https://one.example/a"})
		other := w.source(t, &models.Source{Kind: "article", Title: "Other", URL: "https://two.example/a"})
		record := create(&models.Entity{Kind: models.KindCompany, Name: "Acme", Citations: []models.Citation{{Source: first}, {Source: other}}})
		w.must(t, record)
		level := func() models.Verification {
			page, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, record.ID.String(), Moment{})
			if err != nil {
				t.Fatal(err)
			}
			return page.Records[0].Standing.Verification
		}
		edit := func(id uuid.UUID, version int64, s *models.Source) {
			t.Helper()
			w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: id, Version: version, Edit: models.Corrected, Reason: "It is so.", Data: s})
			w.verified(t)
		}
		if level() != models.Corroborated {
			t.Fatal("two hosts do not corroborate")
		}
		edit(other, 1, &models.Source{Kind: "article", Title: "Other", URL: "https://two.example/a", CopyOf: &first})
		if level() != models.SingleOrigin {
			t.Error("a copy corroborates its original")
		}
		edit(other, 2, &models.Source{Kind: "article", Title: "Other", URL: "https://two.example/a"})
		if level() != models.Corroborated {
			t.Error("it is no longer a copy")
		}
		edit(other, 3, &models.Source{Kind: models.SourceImportedFile, Title: "Other", URL: "https://two.example/a"})
		if level() != models.SingleOrigin {
			t.Error("an imported file corroborates")
		}
	})
}

package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"testing"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/seed"
	"plumbline/services"
	"plumbline/services/imports"
)

// newTold is a site on a database, reached under an address, with the demo where it is asked for.
func newTold(t *testing.T, db *database.Database, address string, demo bool) *returning {
	t.Helper()
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	s := services.New(db, services.Settings{LogKey: key, Site: address})
	if err := s.KnowSite(t.Context()); err != nil {
		t.Fatal(err)
	}
	account, err := s.CreateAccount(t.Context(), services.Operator(), seed.AccountName, models.RoleSteward)
	if err != nil {
		t.Fatal(err)
	}
	r := &returning{site: &site{routerOf(t, s, db), s, ""}, editor: services.ActorOf(account)}
	if demo {
		if _, err := seed.Load(t.Context(), s, r.editor); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Submit(t.Context(), r.editor, models.Changeset{Summary: "awkward records", Operations: awkward(t)}); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// level is what readers are told of how well a record is established.
type level struct {
	Verification                      models.Verification
	Disputed                          bool
	Origins                           int
	Status                            models.Status
	Since, LastEvidenced, LastChecked string
	slug                              string
}

// levels tells it of every record, by its id.
func (s *returning) levels(t *testing.T) map[string]level {
	t.Helper()
	found := map[string]level{}
	for _, kind := range models.RecordTypes().Values() {
		q := services.Query{Limit: 100}
		for {
			page, err := s.services.List(t.Context(), models.Actor{}, models.RecordType(kind), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				one := level{Verification: r.Standing.Verification, Disputed: r.Standing.Disputed, Origins: len(r.Standing.Basis.Origins),
					LastEvidenced: r.Standing.LastEvidenced.String(), LastChecked: r.Standing.LastChecked.String()}
				if r.Status != nil {
					one.Status, one.Since = r.Status.Span.Status, r.Status.Span.Since.Text
				}
				if e, ok := r.Document.(*models.Entity); ok {
					one.slug = e.Slug
				}
				found[r.ID.String()] = one
			}
			if page.Next == "" {
				break
			}
			q.Cursor = page.Next
		}
	}
	return found
}

// enter imports a file as far as it is right.
func (s *returning) enter(t *testing.T, name string, text []byte) imports.Report {
	t.Helper()
	plan, err := imports.Check(context.Background(), s.services, s.editor, imports.File{Name: filepath.Base(name), Content: bytes.NewReader(text), Size: int64(len(text))},
		imports.Options{ValidRowsOnly: true, Doubts: imports.DoubtsMatch})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if _, err := plan.Load(t.Context()); err != nil {
		t.Fatalf("%s: %v\n%+v", name, err, plan.Report().Problems)
	}
	return plan.Report()
}

// exported are the files that a tracker gives of itself and that can be imported, in an order in which
// what they name is there.
func (s *returning) exported(t *testing.T) (names []string, files map[string][]byte) {
	files = map[string][]byte{}
	add := func(name, address string) {
		names = append(names, name)
		files[name] = s.fetch(t, address)
	}
	add("all.ocds.json", "/api/v1/exports/ocds")
	add("all.ftm.json", "/api/v1/exports/ftm")
	for _, format := range []string{"csv", "xlsx", "json", "ndjson"} {
		for _, list := range []string{"sources", "entities", "relationships", "claims", "open-items", "status-changes"} {
			add(list+"."+format, "/api/v1/"+list+"."+format)
		}
	}
	for _, format := range []string{"xlsx", "sqlite", "ndjson"} {
		add("all."+format, "/api/v1/exports/"+format)
	}
	return names, files
}

// What a tracker says of itself is no evidence: imported again, it changes no level, origin, status
// or day.
func TestExports_importedAgainLiftNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		for _, address := range []string{"https://tracker.example", ""} {
			if address == "" {
				if db.Dialect() == database.Postgres {
					break
				}
				db = dbtest.SQLite(t)
			}
			s := newTold(t, db, address, true)
			before := s.levels(t)
			names, files := s.exported(t)
			for _, name := range names {
				r := s.enter(t, name, files[name])
				after := s.levels(t)
				if r.Rows.All == 0 || r.Rows.Same+r.Rows.LeftOut != r.Rows.All || len(after) != len(before) {
					t.Errorf("%s of %q: %+v, %d records of %d: %+v", name, address, r.Rows, len(after), len(before), r.Problems)
				}
				for id, one := range before {
					if after[id] != one {
						t.Errorf("%s of %q made of %+v %+v", name, address, one, after[id])
					}
				}
			}
		}
	})
}

var ranks = []models.Verification{"", models.NoOrigin, models.SingleOrigin, models.Corroborated, models.PartlyAcknowledged, models.Acknowledged}

// Nor does it say more in an empty tracker than it did where it comes from.
func TestExports_importedElsewhereLiftNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		s := newTold(t, db, "https://tracker.example", true)
		before := s.levels(t)
		slugs := map[string]level{}
		for _, one := range before {
			slugs[one.slug] = one
		}
		names, files := s.exported(t)
		fresh := dbtest.SQLite
		if db.Dialect() == database.Postgres {
			fresh = func(t testing.TB) *database.Database { return dbtest.Postgres(t) }
		}
		for _, group := range [][]string{{"all.ocds.json"}, {"all.ftm.json"}, names[2:8], names[8:14], names[20:26], {"all.xlsx"}, {"all.sqlite"}, {"all.ndjson"}, names} {
			other := newTold(t, fresh(t), "https://elsewhere.example", false)
			for _, name := range group {
				other.enter(t, name, files[name])
			}
			after := other.levels(t)
			if len(after) == 0 {
				t.Errorf("%v entered nothing", group)
			}
			for id, one := range after {
				was, known := before[id]
				if !known && one.slug != "" {
					was = slugs[one.slug]
				}
				if slices.Index(ranks, one.Verification) > max(slices.Index(ranks, was.Verification), 2) || one.Origins > max(was.Origins, 1) || one.LastEvidenced > was.LastEvidenced || one.LastChecked > was.LastChecked {
					t.Errorf("%v made of %+v %+v", group, was, one)
				}
			}
		}
	})
}

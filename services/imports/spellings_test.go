package imports

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// spellings are six addresses of one page.
var spellings = []string{"https://outlet.example/a?b=1&c=2", "http://www.outlet.example/a/?c=2&b=1", "https://OUTLET.example//x/../a?b=1&c=2&utm_source=mail",
	"https://web.archive.org/web/20250926101112/https://outlet.example/a?b=1&c=2", "https://m.outlet.example:443/%61?b=1&c=2#top", "https://www.google.com/url?q=https%3A%2F%2Foutlet.example%2Fa%3Fb%3D1%26c%3D2"}

// filesCiting writes files of every format that each name a page by an address; %d is a number that tells
// the files apart.
func filesCiting(n int, address string) map[string]File {
	page := string(mustJSON(address))
	return map[string]File{
		"rows":                          fileOf(fmt.Sprintf("rows-%d.csv", n), fmt.Sprintf("kind,name,country,source_url\ncompany,Of rows %d,DE,%q\n", n, address)),
		"rows that name it as a source": fileOf(fmt.Sprintf("named-%d.csv", n), fmt.Sprintf("kind,name,country,source\ncompany,Of names %d,DE,%q\n", n, address)),
		"a table of sources":            fileOf(fmt.Sprintf("sources-%d.csv", n), fmt.Sprintf("kind,title,url\narticle,A page,%q\n", address)),
		"FollowTheMoney": fileOf(fmt.Sprintf("x-%d.ftm.json", n), fmt.Sprintf(`{"id":"f%[1]d","schema":"Company","properties":{"name":["Of FtM %[1]d"],"country":["de"],"sourceUrl":[%[2]s]}}
{"id":"p%[1]d","schema":"Person","properties":{"name":["Person of FtM %[1]d"],"sourceUrl":[%[2]s]}}
{"id":"l%[1]d","schema":"Directorship","properties":{"organization":["f%[1]d"],"director":["p%[1]d"],"sourceUrl":[%[2]s]}}`, n, page)),
		"an article of FollowTheMoney": fileOf(fmt.Sprintf("a-%d.ftm.json", n), fmt.Sprintf(`{"id":"a%d","schema":"Article","properties":{"title":["A page"],"sourceUrl":[%s]}}`, n, page)),
		"OCDS":                         fileOf(fmt.Sprintf("o-%d.json", n), fmt.Sprintf(`{"uri":%[2]s,"releases":[{"ocid":"o-%[1]d","id":"1","date":"2024-01-01","contracts":[{"id":"1","title":"Of OCDS %[1]d","status":"active","dateSigned":"2024-01-01"}]}]}`, n, page)),
		"BODS":                         fileOf(fmt.Sprintf("b-%d.json", n), fmt.Sprintf(`[{"statementId":"s%[1]d","statementDate":"2024-01-01","recordId":"e%[1]d","recordType":"entity","recordStatus":"new","source":{"url":%[2]s},"recordDetails":{"entityType":{"type":"registeredEntity"},"name":"Of BODS %[1]d"}}]`, n, page)),
	}
}

// namesCiting gives what the files of one number made, by what they are.
func namesCiting(n int) []string {
	return []string{fmt.Sprintf("of-rows-%d", n), fmt.Sprintf("of-names-%d", n), fmt.Sprintf("of-ftm-%d", n), fmt.Sprintf("person-of-ftm-%d", n), fmt.Sprintf("of-ocds-%d", n), fmt.Sprintf("of-bods-%d", n)}
}

func (w *world) sources(t testing.TB) (list []services.Record) {
	t.Helper()
	page, err := w.List(context.Background(), models.Actor{}, models.TypeSource, services.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records
}

// One address is one source, in whatever spelling, format and order it comes.
func TestImport_oneAddressIsOneSourceInEveryFormat(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for n, address := range spellings {
			files := filesCiting(n, address)
			formats := []string{"rows", "rows that name it as a source", "a table of sources", "FollowTheMoney", "an article of FollowTheMoney", "OCDS", "BODS"}
			if len(formats) != len(files) {
				t.Fatal("a format is not tried")
			}
			formats = append(formats[n:], formats[:n]...) // another is the first each time
			for _, format := range formats {
				before := len(w.sources(t))
				w.load(t, files[format], Options{Doubts: DoubtsMatch})
				if after := len(w.sources(t)); after != max(before, 1) {
					t.Errorf("%s of %s: %d sources, %d before", format, address, after, before)
				}
			}
		}
		// and all in one file
		all := "kind,name,country,source_url\n"
		for i, address := range spellings {
			all += fmt.Sprintf("company,All in one %d,DE,%q\n", i, address)
		}
		w.load(t, fileOf("all.csv", all), Options{})
		w.load(t, fileOf("joined.csv", fmt.Sprintf("kind,name,country,source_url\ncompany,Of all,DE,%q\n", strings.Join(spellings, "; "))), Options{})
		if list := w.sources(t); len(list) != 1 {
			t.Errorf("%d sources", len(list))
		}
		for n := range spellings {
			for _, slug := range append(namesCiting(n), fmt.Sprintf("all-in-one-%d", n), "of-all") {
				r := w.get(t, models.TypeEntity, slug)
				if len(r.Document.Cited()) != 1 || len(r.Standing.Basis.Origins) > 1 || r.Standing.Verification != models.SingleOrigin {
					t.Errorf("%s: %+v", slug, r.Standing)
				}
			}
		}
		w.verified(t)
	})
}

// A page of this site is no evidence of what it tells, whatever file cites it.
func TestImport_pagesOfThisSiteAreNoEvidence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
		if err != nil {
			t.Fatal(err)
		}
		w := &world{db: db, Services: services.New(db, services.Settings{LogKey: key, Site: "https://tracker.example", Clock: func() time.Time { return time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC) }})}
		if err := w.KnowSite(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.editor = w.account(t, "Editor", models.RoleEditor)
		for n, address := range []string{"https://tracker.example/supplies/1", "http://www.tracker.example/supplies.csv?utm_source=x", "https://web.archive.org/web/2025/https://tracker.example/claims/7"} {
			for _, file := range filesCiting(n, address) {
				w.load(t, file, Options{Doubts: DoubtsMatch})
			}
			w.load(t, fileOf(fmt.Sprintf("held-%d.csv", n), fmt.Sprintf("kind,name,country,source_url,holds_on,checked_on\ncompany,Held %d,DE,%q,2025-11-01,2025-11-02\n", n, address)), Options{})
			w.load(t, fileOf(fmt.Sprintf("of-%d.csv", n), fmt.Sprintf("kind,name,country\ncompany,Declared %d,DE\n", n)), Options{Source: OwnSource{URL: address}})
			for _, slug := range append(namesCiting(n), fmt.Sprintf("held-%d", n), fmt.Sprintf("declared-%d", n)) {
				s := w.get(t, models.TypeEntity, slug).Standing
				own := slices.ContainsFunc(s.Basis.NotCounted, func(one models.UncountedSource) bool { return one.Why == models.UncountedOwn })
				if len(s.Basis.Origins) > 0 || !own || !s.LastEvidenced.IsZero() || !s.LastChecked.IsZero() {
					t.Errorf("%s cites %s: %+v", slug, address, s)
				}
			}
		}
		w.verified(t)
	})
}

package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// The words by which what is withheld is found: searches ask for the first, so that only the
// second must stand in no answer.
const (
	withheldWords = "Zyxwvut Qponmlk"
	askedWord     = "zyxwvut"
	hiddenWord    = "qponmlk"
)

// withheldRecords marks one record of each type of the seeded site by the words, as one of its
// members would, and gives their ids and the instant at which all of it was known.
func withheldRecords(t *testing.T, s *site) (map[models.RecordType]uuid.UUID, models.Actor, time.Time) {
	t.Helper()
	ctx := context.Background()
	account, err := s.services.CreateAccount(ctx, services.Operator(), "Law", models.RoleSteward)
	if err != nil {
		t.Fatal(err)
	}
	steward := models.Actor{Account: account.ID, Name: account.Name, Role: account.Role, Confirmed: true}
	ids := map[models.RecordType]uuid.UUID{}
	var operations []models.Operation
	edit := func(kind models.RecordType, query url.Values, change func(models.Document)) {
		q, err := services.ParseQuery(kind, query)
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.services.List(ctx, models.Actor{}, kind, q)
		if err != nil || len(page.Records) == 0 {
			t.Fatalf("there is no %s: %v", kind, err)
		}
		r := page.Records[0]
		change(r.Document)
		ids[kind] = r.ID
		operations = append(operations, models.Operation{Op: models.OpEdit, Type: kind, ID: r.ID, Version: r.Version, Edit: models.Corrected, Reason: withheldWords + " was left out.", Data: r.Document})
	}
	edit(models.TypeEntity, url.Values{"kind": {"unit"}, "identity": {"disclosed"}}, func(d models.Document) {
		e := d.(*models.Entity)
		e.Name, e.Slug, e.Summary = withheldWords, askedWord+"-"+hiddenWord, "Of "+withheldWords+" it is said."
		e.Names = append(e.Names, models.Name{Text: withheldWords + " Two", Type: "alias"})
		e.Identifiers = append(e.Identifiers, models.Identifier{Scheme: "wikidata", Value: "Q1" + hiddenWord})
	})
	edit(models.TypeRelationship, url.Values{"type": {"supplied_to"}, "party": {"microsoft"}}, func(d models.Document) { d.(*models.Relationship).Quantity = withheldWords })
	edit(models.TypeStatusChange, url.Values{"party": {"microsoft"}}, func(d models.Document) {
		d.(*models.StatusChange).Extent, d.(*models.StatusChange).Scope = models.Partial, withheldWords
	})
	edit(models.TypeClaim, url.Values{"party": {"microsoft"}}, func(d models.Document) { d.(*models.Claim).Text = withheldWords })
	edit(models.TypeSource, url.Values{}, func(d models.Document) { d.(*models.Source).Title = withheldWords })
	edit(models.TypeOpenItem, url.Values{"party": {"microsoft"}}, func(d models.Document) { d.(*models.OpenItem).Text = withheldWords })
	if _, err := s.services.Submit(ctx, steward, models.Changeset{Summary: withheldWords + " in all of them", Operations: operations}); err != nil {
		t.Fatal(err)
	}
	head, err := s.services.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// One more, so that what was known before the hold is a past of its own.
	if _, err := s.services.Submit(ctx, steward, models.Changeset{Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "article", Title: "Another"}}}}); err != nil {
		t.Fatal(err)
	}
	return ids, steward, head.At
}

// asker asks addresses of a site as nobody.
type asker struct {
	*site
	mutex  sync.Mutex
	found  map[string]bool // addresses in whose answers the hidden word stands
	asked  map[string]bool
	broken []string
}

// ask gives the body of an answer, and notes whether the hidden word is in it.
func (a *asker) ask(t *testing.T, method, address string) (string, int) {
	t.Helper()
	body := ""
	if method == "POST" {
		body = "queries=" + url.QueryEscape(`{"q0":{"query":"`+askedWord+`"}}`)
	}
	request := httptest.NewRequest(method, "https://plumbline.example"+address, strings.NewReader(body)).WithContext(t.Context())
	if method == "POST" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if strings.HasSuffix(strings.SplitN(address, "?", 2)[0], "/events") {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		request = request.WithContext(ctx)
	}
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, request)
	text := strings.ToLower(recorder.Body.String() + fmt.Sprint(recorder.Header()))
	if strings.Contains(text, "pk\x03\x04") {
		text = strings.ToLower(unzipped(recorder.Body.Bytes()))
	}
	text = strings.ReplaceAll(text, strings.ToLower(address), "")
	if strings.Contains(address, hiddenWord) { // what was asked for may stand in the answer
		text = strings.ReplaceAll(text, askedWord+"-"+hiddenWord, "")
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.asked[address] = true
	if recorder.Code >= 500 {
		a.broken = append(a.broken, fmt.Sprintf("%s: %d", address, recorder.Code))
	}
	if strings.Contains(text, hiddenWord) {
		a.found[address] = true
	}
	return recorder.Body.String(), recorder.Code
}

// atOnce does something with each of a list, a few at a time.
func atOnce[T any](list []T, do func(T)) {
	var group sync.WaitGroup
	seats := make(chan struct{}, 8)
	for _, one := range list {
		seats <- struct{}{}
		group.Go(func() {
			defer func() { <-seats }()
			do(one)
		})
	}
	group.Wait()
}

// unzipped gives the texts of all files of a zip.
func unzipped(content []byte) string {
	files, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return string(content)
	}
	var text strings.Builder
	for _, file := range files.File {
		if in, err := file.Open(); err == nil {
			_, _ = io.Copy(&text, in) // what cannot be read holds nothing
			in.Close()
		}
	}
	return text.String()
}

var addressInPage = regexp.MustCompile(`(?:href|src|action)="(/[^"#]*)`)

// walk asks every route that can be read, with each of the ids in each place of one, in the present
// and the past; and every page to which those lead.
func (a *asker) walk(t *testing.T, ids map[models.RecordType]uuid.UUID, changesets []uuid.UUID, known time.Time) {
	t.Helper()
	values := []string{"microsoft", "microsoft-and-the-israeli-military"}
	for _, id := range ids {
		values = append(values, id.String())
	}
	for _, id := range changesets {
		values = append(values, id.String())
	}
	past := url.QueryEscape(known.UTC().Format(time.RFC3339Nano))
	queries := []string{"", "?known_at=" + past, "?as_of=2025-10-01", "?q=" + askedWord, "?query=" + askedWord, "?limit=500", "?facets=kind,type,party,speaker,addressee", "?include=sources",
		"?prefix=" + askedWord, "?from=1&to=2", "?known_at=" + past + "&limit=500", "?format=bibtex&path=/companies/microsoft", "?path=/supplies", "?depth=2", "?ids=microsoft", "?scope=all",
		"?start=0&limit=1000", "?since=0&limit=500", "?newest=true", "?to=" + ids[models.TypeEntity].String()}
	for _, id := range ids {
		queries = append(queries, "?record="+id.String(), "?party="+id.String(), "?source="+id.String(), "?ids=microsoft,"+id.String(), "?path=/records/"+id.String(), "?entity="+id.String())
	}

	crawl := []string{"/", "/companies/microsoft", "/supplies", "/status-changes", "/claims", "/open-items", "/sources", "/units", "/timeline", "/network", "/changesets", "/data"}
	read := 0
	var visits []visit
	for _, route := range a.Handler.(*gin.Engine).Routes() {
		if route.Method != "GET" || strings.HasPrefix(route.Path, "/static") || strings.HasPrefix(route.Path, "/ar") && route.Path != "/ar/records/:id" {
			continue
		}
		read++
		filled := []string{route.Path}
		for strings.ContainsAny(filled[0], ":*") {
			var next []string
			for _, path := range filled {
				parts := strings.Split(path, "/")
				i := slices.IndexFunc(parts, func(part string) bool { return strings.ContainsAny(part, ":*") })
				literal, name := parts[i][:strings.IndexAny(parts[i], ":*")], parts[i][strings.IndexAny(parts[i], ":*"):]
				choices := values
				if name == ":format" || name == ":name" {
					choices = []string{"csv", "sqlite", "ndjson", "ftm", "ocds", "graphml", "gexf", "jsonld", "xlsx", "zip"}
				}
				for _, value := range choices {
					parts[i] = literal + value
					next = append(next, strings.Join(parts, "/"))
				}
			}
			filled = next
		}
		for i, path := range filled {
			some := queries
			if i > 0 && len(filled) > 1 {
				some = queries[:3]
				if testing.Short() {
					some = queries[:1]
				}
			}
			visits = append(visits, visit{path, some})
		}
	}
	atOnce(visits, func(v visit) {
		for _, query := range v.queries {
			// A page for members alone is the same whatever one asks of it.
			if _, code := a.ask(t, "GET", v.path+query); query == "" && (code == http.StatusSeeOther || code == http.StatusNotFound || code == http.StatusUnauthorized) {
				break
			}
		}
	})
	if read < 60 {
		t.Errorf("only %d routes are read", read)
	}
	for _, name := range []string{"ndjson", "ftm", "ocds", "graphml", "gexf", "jsonld", "csv", "xlsx", "sqlite"} {
		crawl = append(crawl, "/api/v1/exports/"+name, "/api/v1/export?format="+name, "/data/"+name)
	}
	for _, list := range []string{"companies", "units", "supplies", "status-changes", "claims", "open-items", "sources", "network", "timeline", "changesets"} {
		for _, ending := range []string{".json", ".csv", ".xlsx", ".ndjson", ".atom", ".ics", ".graphml", ".gexf", ".svg", ".feed.json"} {
			crawl = append(crawl, "/"+list+ending)
		}
	}
	a.ask(t, "POST", "/api/v1/reconcile")
	pages := 700
	if testing.Short() {
		pages = 150
	}
	for n := 0; n < len(crawl) && n < pages; {
		some := make([]*crawled, min(16, len(crawl)-n, pages-n))
		for i := range some {
			some[i] = &crawled{address: crawl[n+i]}
		}
		n += len(some)
		atOnce(some, func(one *crawled) { one.page, _ = a.ask(t, "GET", one.address) })
		for _, one := range some {
			for _, match := range addressInPage.FindAllStringSubmatch(one.page, -1) {
				next := strings.ReplaceAll(match[1], "&amp;", "&")
				if !a.asked[next] && !slices.Contains(crawl, next) && !strings.HasPrefix(next, "/static") && !strings.HasPrefix(next, "/ar") {
					crawl = append(crawl, next)
				}
			}
		}
	}
}

// visit is a path and what one asks of it in turn.
type visit struct {
	path    string
	queries []string
}

// crawled is a page of a crawl.
type crawled struct{ address, page string }

// TestHold_hidesARecordFromEveryAnswer puts one record of each type on hold, and looks for what
// they said in everything that anybody can read. Before, it stands in much of it.
func TestHold_hidesARecordFromEveryAnswer(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newSite(t, c)
		ids, steward, known := withheldRecords(t, s)
		var changesets []uuid.UUID
		page, err := s.services.Changesets(t.Context(), models.Actor{}, services.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Changesets[:2] {
			changesets = append(changesets, one.ID)
		}

		before := &asker{site: s, found: map[string]bool{}, asked: map[string]bool{}}
		before.walk(t, ids, changesets, known)
		if len(before.found) < 200 {
			t.Errorf("before the hold only %d of %d answers show the records", len(before.found), len(before.asked))
		}
		if _, err := s.services.Hold(t.Context(), steward, slices.Collect(maps.Values(ids)), "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		after := &asker{site: s, found: map[string]bool{}, asked: map[string]bool{}}
		atOnce(slices.Collect(maps.Keys(before.found)), func(address string) { after.ask(t, "GET", address) })
		after.walk(t, ids, changesets, known)
		for _, address := range slices.Sorted(maps.Keys(after.found)) {
			t.Errorf("%s shows what is withheld", address)
		}
		for _, broken := range append(before.broken, after.broken...) {
			t.Errorf("broken: %s", broken)
		}
		t.Logf("%d answers of %d showed it before, none of %d after", len(before.found), len(before.asked), len(after.asked))

		plurals := map[models.RecordType]string{models.TypeEntity: "entities", models.TypeRelationship: "relationships", models.TypeStatusChange: "status-changes",
			models.TypeClaim: "claims", models.TypeSource: "sources", models.TypeOpenItem: "open-items"}
		for kind, id := range ids {
			for _, path := range []string{"/records/" + id.String(), "/api/v1/" + plurals[kind] + "/" + id.String()} {
				answer := httptest.NewRecorder()
				s.ServeHTTP(answer, httptest.NewRequest("GET", "https://plumbline.example"+path, nil))
				if answer.Code != http.StatusUnavailableForLegalReasons || !strings.Contains(answer.Body.String(), "A court asks for it.") {
					t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
				}
			}
		}
		report, err := s.services.Verify(t.Context(), "")
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: %v, %v", report.Problems, err)
		}
	})
}

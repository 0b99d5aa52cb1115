package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/seed"
	"plumbline/services"
)

// site is the whole program over a seeded database.
type site struct {
	http.Handler
	services *services.Services
	token    string
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(browsertest.Main(func() int { return dbtest.Main(m) }))
}

// theCase is a database with the case, and the token of a steward.
var theCase = dbtest.Prepare(func(t testing.TB, db *database.Database, folder string) (token string) {
	s := servicesOn(t, db, folder)
	ctx := context.Background()
	account, err := s.CreateAccount(ctx, services.Operator(), seed.AccountName, models.RoleSteward)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Load(ctx, s, models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}); err != nil {
		t.Fatal(err)
	}
	token, err = s.CreateToken(ctx, services.Operator(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	return token
})

// servicesOn are those of a database whose key is in a folder.
func servicesOn(t testing.TB, db *database.Database, folder string) *services.Services {
	t.Helper()
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(folder, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	return services.New(db, services.Settings{LogKey: key})
}

func newSite(t testing.TB, c dbtest.Copy[string]) *site {
	t.Helper()
	s := servicesOn(t, c.Database, c.Folder)
	return &site{routerOf(t, s, c.Database), s, c.Value}
}

// get asks the API and gives the status and the JSON object.
func (s *site) get(t testing.TB, path string) (int, object) {
	t.Helper()
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/api/v1"+path, nil))
	var o object
	if err := json.Unmarshal(recorder.Body.Bytes(), &o); err != nil {
		t.Fatalf("GET %s: status %d, no JSON object: %v\n%s", path, recorder.Code, err, recorder.Body)
	}
	return recorder.Code, o
}

func (s *site) list(t testing.TB, path string, query string) []object {
	t.Helper()
	status, o := s.get(t, path+"?limit=500&"+query)
	if status != http.StatusOK {
		t.Fatalf("GET %s?%s: %d %v", path, query, status, o)
	}
	var list []object
	for _, one := range o["data"].([]any) {
		list = append(list, one.(map[string]any))
	}
	return list
}

// object is JSON with paths: "effective.text", "speakers.0.entity.name".
type object map[string]any

func (o object) at(path string) string {
	var value any = map[string]any(o)
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				return ""
			}
			value = v[i]
		default:
			return ""
		}
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func (o object) names(list, path string) []string {
	var names []string
	values, _ := o[list].([]any)
	for i := range values {
		names = append(names, o.at(fmt.Sprintf("%s.%d%s", list, i, path)))
	}
	slices.Sort(names)
	return names
}

// want is what a record must have: paths and values, and lists with their members in any order.
type want map[string]string

// missing says what is not as wanted; "" when all is.
func (w want) missing(o object) string {
	for _, path := range slices.Sorted(maps.Keys(w)) {
		value := w[path]
		if list, inner, ok := strings.Cut(path, "[]"); ok {
			var wanted []string
			if value != "" {
				wanted = strings.Split(value, ";")
			}
			slices.Sort(wanted)
			if got := o.names(list, inner); !slices.Equal(got, wanted) {
				return fmt.Sprintf("%s is %q, want %q", path, got, wanted)
			}
			continue
		}
		if got := o.at(path); got != value {
			return fmt.Sprintf("%s is %q, want %q", path, got, value)
		}
	}
	return ""
}

// fact is one row of the case: exactly one record of a list is as wanted.
type fact struct {
	id    string
	path  string
	query string
	want  want
}

const (
	tempo     = "Tempo"
	joint     = "The Guardian;+972 Magazine;Local Call"
	early     = "early August 2025"
	microsoft = "Microsoft"
)

// supplied is a row for a tracked link.
func supplied(id, service, unit string, more want) fact {
	w := want{"type": "supplied_to", "subject.name": service, "object.name": unit}
	for path, value := range more {
		w[path] = value
	}
	return fact{id, "/relationships", "type=supplied_to", w}
}

// linked is a row for another link.
func linked(id, kind, subject, object string, more want) fact {
	w := want{"type": kind, "subject.name": subject, "object.name": object}
	for path, value := range more {
		w[path] = value
	}
	return fact{id, "/relationships", "type=" + kind, w}
}

// claimed is a row for a claim.
func claimed(id, speakers, stance, saidOn string, more want) fact {
	w := want{"stance": stance, "said_on.text": saidOn, "speakers[].entity.name": speakers}
	for path, value := range more {
		w[path] = value
	}
	return fact{id, "/claims", "stance=" + stance, w}
}

// facts are the rows of the case, by their structure.
var facts = []fact{
	{"F01", "/entities", "kind=event", want{"name": "Meeting of Unit 8200 commanders and Microsoft's chief executive", "start.text": "2021"}},
	linked("F01", "took_part", "Commanders of Unit 8200", "Meeting of Unit 8200 commanders and Microsoft's chief executive", want{"origins": "1"}),
	linked("F01", "took_part", "Satya Nadella", "Meeting of Unit 8200 commanders and Microsoft's chief executive", nil),
	linked("F02", "operates", "Unit 8200", "Mass-surveillance system of the Israeli unit", want{"start.text": "[2021..]", "purposes[]": "surveillance", "end": ""}),
	linked("F02", "uses", "Mass-surveillance system of the Israeli unit", "Microsoft products (unspecified)", want{"start.text": "[2021..]", "purposes[]": "surveillance"}),
	supplied("F02", "Microsoft products (unspecified)", "Unit 8200", want{"start.text": "[2021..]", "purposes[]": "surveillance", "verification": "single_origin", "origins": "1"}),
	claimed("F02", joint, "alleges", "2025-08", want{"said_on.words": early, "purposes[]": "surveillance", "about[].kind": "supplied_to;uses;operates", "origins": "1"}),
	claimed("F03", joint, "alleges", "2025-08", want{"said_on.words": early, "purposes[]": "surveillance;translation", "about[].kind": "system;group", "origins": "1", "verification": "single_origin"}),
	linked("F04", "stored_at", "Mass-surveillance system of the Israeli unit", "Microsoft data centre in Europe", want{"start.text": "[2021..]"}),
	claimed("F04", joint, "alleges", "2025-08", want{"said_on.words": early, "purposes[]": "storage", "about[].kind": "stored_at"}),
	{"F05", "/entities", "kind=event", want{"name": "Attack of 7 October 2023", "start.text": "2023-10-07"}},
	linked("F05", "took_part", "Hamas", "Attack of 7 October 2023", nil),
	claimed("F06", "Associated Press", "alleges", "2025-02", want{"about[].kind": "supplied_to;supplied_to;supplied_to", "purposes[]": "", "origins": "1"}),
	supplied("F07", "Azure cloud storage", "Israel Defense Forces", want{"quantity": "gigabit-sized, on a large scale", "start.text": "[2023-10-07..]", "purposes[]": "storage", "verification": "acknowledged", "origins": "1"}),
	supplied("F07", "AI language translation", "Israel Defense Forces", want{"quantity": "on a large scale", "start.text": "[2023-10-07..]", "purposes[]": "translation", "verification": "acknowledged", "origins": "1"}),
	claimed("F07", "Associated Press", "alleges", "2025-02", want{"purposes[]": "storage;translation", "verification": "acknowledged", "origins": "1", "disputed": "false"}),
	supplied("F08", "Microsoft Azure", "Israel Defense Forces", want{"start.text": "[2023-10-07..]", "purposes[]": "surveillance;targeting", "verification": "single_origin", "disputed": "true", "origins": "1"}),
	claimed("F08", "Associated Press", "alleges", "2025-02", want{"purposes[]": "surveillance", "verification": "single_origin", "disputed": "true", "origins": "1"}),
	claimed("F09", "Associated Press", "alleges", "2025-02", want{"purposes[]": "targeting", "verification": "single_origin", "disputed": "true", "origins": "1"}),
	linked("F09", "operates", "Israel Defense Forces", "Israel's in-house AI systems", want{"purposes[]": "targeting"}),
	supplied("F10", "Microsoft Azure", "Unit 8200", want{"quantity": "several subscriptions", "start.text": "[..2025-02]", "verification": "single_origin", "origins": "1"}),
	claimed("F10", "Associated Press", "alleges", "2025-02", want{"about.0.subject.name": "Microsoft Azure", "about.0.object.name": "Unit 8200"}),
	claimed("F11", microsoft, "admits", "2025-05", want{"answers[].kind": "alleges", "about[].subject.name": "Azure cloud storage;AI language translation", "extent": "full", "verification": "acknowledged"}),
	claimed("F12", microsoft, "states", "2025-05", want{"purposes[]": "search_and_rescue", "about[].name": "Microsoft;State of Israel"}),
	claimed("F13", microsoft, "finds_no_evidence", "2025-05", want{"answers[].kind": "alleges;alleges", "about[].subject.name": "Microsoft Azure", "purposes[]": "targeting"}),
	linked("F13", "conducts", microsoft, "Microsoft's first review", nil),
	{"F13", "/entities", "kind=inquiry", want{"name": "Microsoft's first review", "disputed": "false"}},
	supplied("F14", "Microsoft Azure", "Israeli military surveillance agency (undisclosed here)", want{"purposes[]": "surveillance;storage", "object.identity": "undisclosed", "verification": "partly_acknowledged", "origins": "1"}),
	claimed("F14", joint, "alleges", "2025-08", want{"said_on.words": early, "purposes[]": "surveillance;storage", "verification": "partly_acknowledged", "origins": "1", "disputed": "false"}),
	supplied("F15", "Microsoft Azure", "State of Israel", want{"purposes[]": "surveillance", "verification": "single_origin"}),
	claimed("F15", "The Guardian", "alleges", "2025-08", want{"purposes[]": "surveillance", "origins": "1"}),
	linked("F16", "commissions", microsoft, "Microsoft's second review", want{"start.text": "[2025-08..2025-09-25]"}),
	linked("F16", "conducts", "External law firm (undisclosed)", "Microsoft's second review", want{"start.text": "[2025-08..2025-09-25]"}),
	{"F16", "/status-changes", "status=announced", want{"record.name": "Microsoft's second review", "effective.text": "[2025-08..2025-09-25]"}},
	claimed("F16", tempo, "reports", "2025-09", want{"about[].name": "Microsoft's second review"}),
	claimed("F16", "CNA", "reports", "2025-09", want{"about[].name": "Microsoft's second review"}),
	{"F17", "/status-changes", "status=ended", want{"effective.text": "2025-08", "effective.words": "end of August", "actor.name": microsoft, "extent": "full", "record.kind": "position", "record.subject.name": "Four Microsoft employees", "verification": "acknowledged"}},
	{"F17", "/entities", "kind=group", want{"name": "Four Microsoft employees", "count.number": "4", "count.exactness": "exact"}},
	claimed("F17", tempo, "reports", "2025-09", want{"about[].kind": "ended"}),
	linked("F17", "took_part", "Four Microsoft employees", "Protests at Microsoft over its ties with Israel", nil),
	{"F18", "/entities", "kind=event", want{"name": "Sit-in at Microsoft's headquarters", "start.text": "[..2025-08]"}},
	{"F18", "/entities", "kind=group", want{"name": "Two of the four Microsoft employees", "count.number": "2", "count.exactness": "exact"}},
	linked("F18", "part_of", "Two of the four Microsoft employees", "Four Microsoft employees", nil),
	linked("F18", "took_part", "Two of the four Microsoft employees", "Sit-in at Microsoft's headquarters", nil),
	claimed("F19", microsoft, "states", "2025-08", want{"answers[].kind": "reports", "about[].kind": "ended"}),
	supplied("F20", "Azure cloud storage", "Unidentified unit in IMOD", want{"status": "disabled", "status_extent": "partial", "status_scope": "certain subscriptions and services"}),
	supplied("F20", "AI technology disabled in 2025 (undisclosed)", "Unidentified unit in IMOD", want{"status": "disabled", "status_extent": "partial", "status_scope": "certain subscriptions and services", "subject.identity": "undisclosed", "object.identity": "undisclosed"}),
	linked("F20", "part_of", "Unidentified unit in IMOD", "Israel Ministry of Defense", nil),
	disabled("Azure cloud storage"),
	disabled("AI technology disabled in 2025 (undisclosed)"),
	claimed("F21", microsoft, "admits", "2025-09-25", want{"extent": "partial", "answers[].kind": "alleges", "about[].object.name": "Israeli military surveillance agency (undisclosed here)", "verification": "partly_acknowledged"}),
	supplied("F22", "Azure cloud storage", "Israel Ministry of Defense", want{"purposes[]": "storage", "verification": "acknowledged", "status": "active", "last_evidenced": "2025-09-25"}),
	supplied("F22", "Microsoft AI services (unspecified)", "Israel Ministry of Defense", want{"verification": "acknowledged", "status": "active", "last_evidenced": "2025-09-25"}),
	linked("F22", "stored_at", "Azure cloud storage", "Azure storage location in the Netherlands", want{"verification": "acknowledged"}),
	claimed("F22", microsoft, "admits", "2025-09-25", want{"verification": "acknowledged", "extent": "full", "about[].kind": "supplied_to;supplied_to;stored_at"}),
	claimed("F23", "Brad Smith", "states", "2025-09-25", want{"speakers.0.on_behalf_of.name": microsoft, "purposes[]": "surveillance"}),
	claimed("F24", "Brad Smith", "finds_evidence", "2025-09-25", want{"speakers.0.on_behalf_of.name": microsoft, "about[].kind": "inquiry;service"}),
	{"F25", "/status-changes", "status=ongoing", want{"record.name": "Microsoft's second review", "citations.0.holds_on": "2025-09-25", "effective.text": "[2025-08..2025-09-25]", "announced.text": "2025-09-25", "verification": "acknowledged"}},
	{"F25", "/entities", "kind=inquiry&status=ongoing&as_of=2025-09-25", want{"name": "Microsoft's second review"}},
	supplied("F26", "Microsoft cybersecurity services", "State of Israel", want{"status": "active", "status_change": "", "citations.0.holds_on": "2025-09-25", "purposes[]": "cybersecurity"}),
	supplied("F26", "Microsoft cybersecurity services", "Other countries in the Middle East (described)", want{"status": "active", "status_change": "", "citations.0.holds_on": "2025-09-25", "purposes[]": "cybersecurity"}),
	claimed("F26", "Brad Smith", "states", "2025-09-25", want{"speakers.0.on_behalf_of.name": microsoft, "purposes[]": "cybersecurity", "about[].kind": "supplied_to;supplied_to"}),
	{"F27", "/open-items", "status=open", want{"kind": "question", "addressee.name": microsoft, "raised_on.text": "2025-09-25"}},
	{"F28", "/open-items", "status=declined", want{"kind": "question", "raised_by.0.entity.name": "Associated Press", "about[].kind": "disabled;disabled"}},
	{"F28", "/status-changes", "status=declined", want{"record.type": "open_item", "effective.text": "2025-09-25", "announced.text": "2025-09-25", "claim.kind": "declines_to_answer"}},
	claimed("F28", microsoft, "declines_to_answer", "2025-09-25", nil),
	{"F29", "/open-items", "status=no_response", want{"kind": "question", "addressee.name": microsoft}},
	{"F29", "/status-changes", "status=no_response", want{"record.type": "open_item", "effective.text": "2025-09-25", "claim.kind": "no_response", "actor.name": ""}},
	claimed("F29", microsoft, "no_response", "2025-09-25", nil),
	{"F30", "/claims", "stance=states", want{"speakers.0.entity": "", "speakers.0.description": "an Israeli security official who spoke on condition of anonymity", "answers[]": "", "about[].kind": "disabled;disabled"}},
	claimed("F31", tempo, "reports", "2025-09", want{"about[].kind": "group;person"}),
	{"F31", "/entities", "kind=group", want{"start.text": "[..2025-09-25]", "count.number": "13", "count.exactness": "at_least"}},
	linked("F31", "member_of", "Hossam Nasr", "Microsoft employees fired or arrested after protests", want{"start.text": "[..2025-09-25]"}),
	{"F32", "/claims", "stance=states&speaker=hossam-nasr&about=" + "%s", want{"text": "The step is a significant and unprecedented victory, and not enough."}},
	{"F33", "/claims", "stance=states&speaker=hossam-nasr", want{"text": "Only a small part of the services, for one unit, was disabled; most contracts with the Israeli military stand."}},
	linked("F34", "part_of", "Unit 8200", "Israel Defense Forces", nil),
	linked("F35", "provides", microsoft, "Azure cloud storage", nil),
	linked("F35", "provides", microsoft, "Microsoft Azure", nil),
	linked("F35", "provides", microsoft, "AI language translation", nil),
	linked("F35", "part_of", "Azure cloud storage", "Microsoft Azure", nil),

	// The chains of reporting.
	{"F07", "/sources", "kind=investigation", want{"publishers[].name": "Associated Press", "published.text": "2025-02", "reports_on[].source.kind": "internal_data", "reports_on.0.examined": "true"}},
	{"F07", "/sources", "kind=internal_data", want{"unpublished": "true", "publishers[]": "", "published.text": ""}},
	{"F07", "/sources", "kind=article", want{"publishers[].name": "ABC News", "reports_on[].source.kind": "investigation"}},
	{"F14", "/sources", "kind=investigation", want{"publishers[].name": joint, "published.text": "2025-08", "published.words": early}},
	{"F16", "/sources", "kind=article", want{"publishers[].name": "CNA", "published.text": "2025-09", "reports_on[].source.kind": "statement"}},
	{"F17", "/sources", "kind=article", want{"publishers[].name": tempo, "published.text": "2025-09", "published.words": "end of September 2025",
		"reports_on[].source.kind": "article;article;article;article;investigation;statement;statement;statement;statement"}},
}

func disabled(service string) fact {
	return fact{"F20", "/status-changes", "status=disabled", want{"record.type": "relationship", "record.kind": "supplied_to", "record.subject.name": service,
		"record.object.name": "Unidentified unit in IMOD", "extent": "partial", "scope": "certain subscriptions and services", "effective.text": "[..2025-09-25]",
		"announced.text": "2025-09-25", "actor.name": microsoft, "verification": "acknowledged", "origins": "1", "disputed": "false"}}
}

// usual is what a row wants of the records of a path where it says nothing else, so that each
// row holds its record to the whole of its structure.
func usual(path string) want {
	standing := want{"verification": "single_origin", "origins": "1", "disputed": "false"}
	more := map[string]want{
		"/entities":       {"identity": "disclosed"},
		"/relationships":  {"start.text": "", "start.words": "", "end.text": "", "quantity": "", "purposes[]": "", "status_scope": ""},
		"/status-changes": {"extent": "full", "scope": "", "effective.words": "", "announced.text": "", "actor.name": microsoft},
		"/claims":         {"extent": "full", "said_on.words": "", "purposes[]": "", "answers[].kind": "", "speakers.0.on_behalf_of.name": ""},
		"/open-items":     {"kind": "question", "addressee.name": microsoft, "raised_on.text": "2025-09-25", "about[].kind": "disabled;disabled", "due": ""},
	}[path]
	if path == "/sources" {
		return want{"url": "", "authors[]": "", "published.words": "", "unpublished": "false", "reports_on[].source.kind": ""}
	}
	maps.Copy(standing, more)
	return standing
}

// tie says that the list of one row's record holds the records of other rows, and no others.
// A record is named by its row's fact and path, as in "F13 /claims".
type tie struct {
	from, list string
	to         []string
}

// ties are the answers, and what statements are about, by the very records.
var ties = []tie{
	{"F11 /claims", "answers", []string{"F07 /claims"}},
	{"F11 /claims", "about", []string{"F07 /relationships"}},
	{"F07 /claims", "about", []string{"F07 /relationships"}},
	{"F13 /claims", "answers", []string{"F08 /claims", "F09 /claims"}},
	{"F13 /claims", "about", []string{"F08 /relationships"}},
	{"F19 /claims", "answers", []string{"F17 /claims"}},
	{"F19 /claims", "about", []string{"F17 /status-changes"}},
	{"F21 /claims", "answers", []string{"F14 /claims"}},
	{"F21 /claims", "about", []string{"F14 /relationships"}},
	{"F22 /claims", "about", []string{"F22 /relationships"}},
	{"F26 /claims", "about", []string{"F26 /relationships"}},
	{"F27 /open-items", "about", []string{"F20 /status-changes"}},
	{"F28 /open-items", "about", []string{"F20 /status-changes"}},
	{"F28 /claims", "about", []string{"F28 /open-items"}},
	{"F29 /open-items", "about", []string{"F20 /status-changes"}},
	{"F29 /claims", "about", []string{"F29 /open-items"}},
	{"F30 /claims", "about", []string{"F20 /status-changes"}},
	{"F32 /claims", "about", []string{"F20 /status-changes"}},
	{"F33 /claims", "about", []string{"F20 /status-changes"}},
}

func checkTies(t *testing.T, found map[string][]object) {
	t.Helper()
	for _, tie := range ties {
		var wanted []string
		for _, name := range tie.to {
			for _, o := range found[name] {
				wanted = append(wanted, o.at("id"))
			}
		}
		slices.Sort(wanted)
		if len(found[tie.from]) == 0 || len(wanted) == 0 {
			t.Errorf("%s: no record to look at", tie.from)
		}
		for _, o := range found[tie.from] {
			if got := o.names(tie.list, ".id"); !slices.Equal(got, wanted) {
				t.Errorf("%s %s: %q, want %q, the records of %s", tie.from, tie.list, got, wanted, tie.to)
			}
		}
	}
}

func TestFacts_areInTheRecordsByStructure(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newSite(t, c)
		seen := map[string]bool{}
		found := map[string][]object{}
		for _, f := range facts {
			seen[f.id] = true
			if strings.Contains(f.query, "%s") {
				step := s.list(t, "/status-changes", "status=disabled")[0].at("id")
				f.query = fmt.Sprintf(f.query, url.QueryEscape(step))
			}
			wanted := usual(f.path)
			maps.Copy(wanted, f.want)
			var misses []string
			matches := 0
			for _, o := range s.list(t, f.path, f.query) {
				if miss := wanted.missing(o); miss != "" {
					misses = append(misses, miss)
				} else {
					matches++
					found[f.id+" "+f.path] = append(found[f.id+" "+f.path], o)
				}
			}
			if matches != 1 {
				t.Errorf("%s: %d records of %s?%s are as wanted, not 1; the others: %s", f.id, matches, f.path, f.query, strings.Join(misses, "; "))
			}
		}
		for i := range 35 {
			if id := fmt.Sprintf("F%02d", i+1); !seen[id] {
				t.Errorf("no row for %s", id)
			}
		}
		checkTies(t, found)
	})
}

func TestFacts_showTheStepOnBothSidesOfItsDay(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newSite(t, c)
		for day, status := range map[string]string{"2025-08-31": "unknown", "2025-09-30": "disabled"} {
			links := s.list(t, "/relationships", "type=supplied_to&object=unidentified-unit-in-imod&as_of="+day)
			if len(links) != 2 {
				t.Fatalf("%d links to the unidentified unit", len(links))
			}
			for _, link := range links {
				if link.at("status") != status || (status == "unknown") != (link.at("possible.0.status") == "disabled") {
					t.Errorf("%s: status %q, possible %q", day, link.at("status"), link.at("possible.0.status"))
				}
			}
			for _, unit := range []string{"israel-ministry-of-defense", "state-of-israel"} {
				for _, link := range s.list(t, "/relationships", "type=supplied_to&object="+unit+"&as_of="+day) {
					if link.at("status") == "disabled" {
						t.Errorf("%s: %s is disabled", day, link.at("subject.name"))
					}
				}
			}
		}
	})
}

func TestFacts_theStepIsOneChangeset(t *testing.T) {
	t.Parallel()
	s := newSite(t, theCase.SQLite(t))
	steps := s.list(t, "/status-changes", "status=disabled")
	changesets := map[string]bool{}
	for _, step := range steps {
		_, history := s.get(t, "/status-changes/"+step.at("id")+"/revisions")
		changesets[history.at("data.0.changeset")] = true
	}
	if len(steps) != 2 || len(changesets) != 1 {
		t.Fatalf("%d steps in %d changesets", len(steps), len(changesets))
	}
	for id := range changesets {
		_, changeset := s.get(t, "/changesets/"+id)
		if from, to := changeset.at("from_position"), changeset.at("log_size"); number(t, to)-number(t, from) != 2 {
			t.Errorf("the changeset writes the positions %s to %s", from, to)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFacts_nothingLikensTheUnidentifiedUnitToAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t, theCase.SQLite(t))
	if links := s.list(t, "/relationships", "type=linked_to"); len(links) != 0 {
		t.Errorf("%d links of the last resort", len(links))
	}
	for _, path := range []string{"/relationships", "/status-changes", "/claims", "/open-items"} {
		ofOther := map[string]bool{}
		for _, one := range s.list(t, path, "party=unit-8200") {
			ofOther[one.at("id")] = true
		}
		for _, one := range s.list(t, path, "party=unidentified-unit-in-imod") {
			if ofOther[one.at("id")] || slices.Contains(one.names("about", ".slug"), "unit-8200") {
				t.Errorf("%s %s is about both units", path, one.at("id"))
			}
		}
	}
	other := regexp.MustCompile(`(?i)unit[ -]8200|[^0-9a-z.-]8200[^0-9a-z-]`) // not the digits of an instant or an id
	_, unit := s.get(t, "/entities/unidentified-unit-in-imod")
	if text, _ := json.Marshal(unit); other.Match(text) {
		t.Errorf("the unidentified unit's record names the other: %s", text)
	}
	for _, path := range []string{"/entities", "/relationships", "/status-changes", "/claims", "/open-items"} {
		for _, one := range s.list(t, path, "") {
			if one.at("citations.0.source.id") == "" {
				t.Errorf("%s %s has no source", path, one.at("id"))
			}
			text, _ := json.Marshal(one)
			if regexp.MustCompile(`\bF\d\d\b`).Match(text) {
				t.Errorf("%s %s holds a fact id", path, one.at("id"))
			}
		}
	}
}

package services

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"plumbline/models"
)

// f20 is an article written for the tests, about the disabling of services in September 2025.
const f20 = `Microsoft switches off services for a unit of the Israeli defence ministry

Microsoft said on Thursday that it had disabled certain Azure cloud storage subscriptions of an unidentified unit in IMOD. A review that began in August had found evidence in support of a report by The Guardian.
Microsoft declined to say which unit had lost access. Campaigners of No Azure for Apartheid urged the company to terminate all contracts with the Israeli military.
Judith Example, a researcher in Leipzig, said the step was overdue.`

// supplyWorld has a company that supplies cloud storage to an undisclosed unit of a ministry.
type supplyWorld struct {
	microsoft, storage, ministry, unit, guardian, supply uuid.UUID
}

func (w *world) supplies(t testing.TB) (s supplyWorld) {
	t.Helper()
	source := create(&models.Source{Kind: "article", Title: "An earlier article", Published: models.Date{}})
	cited := []models.Citation{{Source: source.ID}}
	entity := func(kind models.EntityKind, name string, names ...string) models.Operation {
		e := &models.Entity{Kind: kind, Name: name, Identity: models.Disclosed, Citations: cited}
		for _, other := range names {
			e.Names = append(e.Names, models.Name{Text: other, Type: "alias"})
		}
		return create(e)
	}
	microsoft, storage := entity(models.KindCompany, "Microsoft", "مايكروسوفت"), entity(models.KindService, "Azure cloud storage")
	ministry, guardian := entity(models.KindUnit, "Israel Ministry of Defense", "IMOD"), entity(models.KindOrganization, "The Guardian")
	unit := entity(models.KindUnit, "Unidentified unit in IMOD")
	military, campaign := entity(models.KindUnit, "Israel Defense Forces", "Israeli military"), entity(models.KindOrganization, "No Azure for Apartheid")
	link := func(kind models.RelationshipType, from, to models.Operation) models.Operation {
		return create(&models.Relationship{Type: kind, Subject: from.ID, Object: to.ID, Citations: cited})
	}
	supply := link("supplied_to", storage, unit)
	w.must(t, source, microsoft, storage, ministry, guardian, unit, military, campaign,
		link("provides", microsoft, storage), link("part_of", unit, ministry), supply,
		link("supplied_to", storage, military))
	return supplyWorld{microsoft.ID, storage.ID, ministry.ID, unit.ID, guardian.ID, supply.ID}
}

func suggestion(t testing.TB, in Intake, kind SuggestionKind, words string) Suggestion {
	t.Helper()
	for _, one := range in.Suggestions {
		if one.Kind == kind && one.Words == words {
			return one
		}
	}
	t.Fatalf("no %s %q among %+v", kind, words, in.Suggestions)
	return Suggestion{}
}

// The minute, as a member has it: a pasted article, a suggestion taken, a draft, a proposal,
// another person's approval.
func TestIntake_leadsFromAnArticleToAStatus(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.supplies(t)
		author := w.account(t, "Author", models.RoleContributor)
		in, err := w.TakeIn(t.Context(), author, IntakeRequest{Text: f20, Publisher: "The Guardian", Published: date(t, "2025-09-26")})
		if err != nil {
			t.Fatal(err)
		}
		if in.Known != nil || in.Source.Title != "Microsoft switches off services for a unit of the Israeli defence ministry" || !slices.Equal(in.Source.Publishers, []uuid.UUID{known.guardian}) {
			t.Errorf("source %+v", in.Source)
		}
		step := suggestion(t, in, SuggestStatus, "disabled")
		change := step.Operation.Data.(*models.StatusChange)
		if change.Record != known.supply || change.Status != "disabled" || change.Extent != models.Partial || change.Effective.Text != "[..2025-09-25]" ||
			change.Announced.Text != "2025-09-25" || change.Actor == nil || *change.Actor != known.microsoft || in.Text(step) != "disabled" {
			t.Errorf("the step is %+v", change)
		}
		if suggestion(t, in, SuggestDate, "on Thursday").Date.Text != "2025-09-25" {
			t.Error("Thursday is another day")
		}
		declined := suggestion(t, in, SuggestClaim, "declined to say").Operation.Data.(*models.Claim)
		if declined.Stance != models.DeclinesToAnswer || *declined.Speakers[0].Entity != known.microsoft {
			t.Errorf("declined: %+v", declined)
		}
		if suggestion(t, in, SuggestUnknown, "Judith Example").Operation.Data.(*models.Entity).Kind != models.KindPerson {
			t.Error("Judith Example is no person")
		}
		for _, one := range in.Suggestions {
			if one.Kind == SuggestStatus && one.Words == "terminate" {
				t.Error("a demand was taken for a step")
			}
		}

		draft, err := w.DraftIntake(t.Context(), author, in.ID, []Accepted{{Key: step.Key}})
		if err != nil || len(draft.Operations) != 2 {
			t.Fatalf("draft %+v, %v", draft, err)
		}
		out, err := w.SubmitDraft(t.Context(), author, draft.ID, draft.Edition)
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("submit: %+v, %v", out, err)
		}
		if out, err = w.Approve(t.Context(), w.editor, out.Changeset, "checked"); err != nil || len(out.Written) != 2 {
			t.Fatalf("approve: %+v, %v", out, err)
		}
		page, err := w.Get(t.Context(), models.Actor{}, models.TypeRelationship, known.supply.String(), Moment{})
		if err != nil || page.Records[0].Status.Span.Status != "disabled" {
			t.Errorf("status %+v, %v", page.Records[0].Status, err)
		}
		again, err := w.Intake(t.Context(), author, in.ID)
		if err != nil || again.ChangesetID == nil || *again.ChangesetID != draft.ID {
			t.Errorf("the intake knows its draft: %v, %v", again.ChangesetID, err)
		}
	})
}

// Text gives the words of a suggestion from the kept text, by its place.
func (in *Intake) Text(one Suggestion) string { return in.Body[one.Start:one.End] }

func TestIntake_isForMembers(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for actor, want := range map[models.Actor]models.ErrorKind{{}: models.ErrUnauthorized, w.account(t, "Reader", models.RoleReader): models.ErrForbidden} {
			if _, err := w.TakeIn(t.Context(), actor, IntakeRequest{Text: f20}); errorKind(err) != want {
				t.Errorf("%q takes in: %v", actor.Role, err)
			}
			if _, err := w.Intake(t.Context(), actor, newID()); errorKind(err) != want {
				t.Errorf("%q reads: %v", actor.Role, err)
			}
			if _, err := w.DraftIntake(t.Context(), actor, newID(), nil); errorKind(err) != want {
				t.Errorf("%q drafts: %v", actor.Role, err)
			}
		}
	})
}

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Storage switched off | Example News</title>
<meta property="og:title" content="Storage switched off"><meta property="og:site_name" content="The Guardian"><meta name="author" content="Ada Writer and Bob Scribe">
<meta property="article:published_time" content="2025-09-25T20:10:00+01:00"></head><body><nav>Menu Menu Menu</nav><article><h1>Storage switched off</h1>
<p>Microsoft said on Thursday that it had disabled certain Azure cloud storage subscriptions of an unidentified unit in IMOD, after a report, and that its review goes on.</p>
<p>It added that no other services are affected, and that it would say more when the review ends. <script>alert(1)</script><b onclick="x()">Nothing</b> else was said about it.</p></article></body></html>`

func TestIntake_readsThePage(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.supplies(t)
		outside := &site{}
		outside.says(200, page)
		w.outside = outside
		in, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{URL: "https://m.news.example/a?utm_source=x#part"})
		if err != nil || in.Problem != "" {
			t.Fatalf("%q, %v", in.Problem, err)
		}
		s := in.Source
		if s.Title != "Storage switched off" || s.URL != "https://news.example/a" || s.Published.Text != "2025-09-25" || s.Language != "en" ||
			!slices.Equal(s.Authors, []string{"Ada Writer", "Bob Scribe"}) || !slices.Equal(s.Publishers, []uuid.UUID{known.guardian}) {
			t.Errorf("source %+v", s)
		}
		if strings.Contains(in.Body, "alert(1)") || strings.Contains(in.Body, "Menu") || !strings.Contains(in.Body, "disabled certain") {
			t.Errorf("text %q", in.Body)
		}
		suggestion(t, in, SuggestStatus, "disabled")

		if _, err := w.DraftIntake(t.Context(), w.editor, in.ID, nil); err != nil {
			t.Fatal(err)
		}
		source := *s
		w.must(t, models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: in.ID, Data: &source})
		for _, address := range []string{"https://news.example/a", "http://www.news.example/a/", "https://web.archive.org/web/20250926/https://news.example/a", "https://news.example/a/amp?fbclid=1"} {
			again, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{URL: address})
			if err != nil || again.Known == nil || again.SourceID != in.ID {
				t.Errorf("%s is not recognised: %+v, %v", address, again.Known, err)
			}
		}
	})
}

func TestIntake_keepsTheDraftWhenThePageCannotBeRead(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supplies(t)
		long := strings.Repeat("text ", 100)
		for name, test := range map[string]struct {
			outside func(OutsideRequest) (OutsideResponse, error)
			says    string
		}{
			"off": {nil, "switched off"},
			"refused": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{}, models.Errorf(models.ErrInvalid, "127.0.0.1 is not on the public internet, so it is not asked.")
			}, "public internet"},
			"too large": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{}, models.Errorf(models.ErrUnreachable, "What is at the address is larger than 10 MB, so it was not read.")
			}, "larger"},
			"an error": {func(OutsideRequest) (OutsideResponse, error) { return OutsideResponse{Status: 403}, nil }, "403"},
			"no text": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "text/html", Body: []byte("<html><body><div id=app></div></body></html>")}, nil
			}, "text"},
			"nothing": {func(OutsideRequest) (OutsideResponse, error) { return OutsideResponse{Status: 200}, nil }, "text"},
			"a picture": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "image/png", Body: []byte("\x89PNG")}, nil
			}, "image/png"},
			"a PDF that says it is a page": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "text/html; charset=utf-8", Body: []byte("%PDF-1.7\n" + strings.Repeat("<p>"+long, 5))}, nil
			}, "another kind of file"},
			"a file that says nothing": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, Body: []byte("PK\x03\x04\x00\x00" + long)}, nil
			}, "another kind of file"},
			"a PDF": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "application/pdf", Body: []byte("<html>" + long)}, nil
			}, "application/pdf"},
			"a charset": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "text/html; charset=klingon-8", Body: []byte(page)}, nil
			}, "klingon-8"},
			"not letters": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "text/plain; charset=utf-8", Body: []byte(strings.Repeat("\x80\x81\xfa", 500))}, nil
			}, "letters"},
			"deep": {func(OutsideRequest) (OutsideResponse, error) {
				return OutsideResponse{Status: 200, MediaType: "text/html; charset=utf-8", Body: []byte(strings.Repeat("<div>", 200_000) + long)}, nil
			}, "Paste"},
		} {
			w.outside = nil
			if test.outside != nil {
				outside := &site{}
				outside.answers(test.outside)
				w.outside = outside
			}
			in, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{URL: "https://news.example/" + strings.ReplaceAll(name, " ", "-"), Title: "Typed title"})
			if err != nil || !strings.Contains(in.Problem, test.says) || in.Body != "" && name != "no text" {
				t.Errorf("%s: problem %q, text %.80q, %v", name, in.Problem, in.Body, err)
				continue
			}
			kept, err := w.Intake(t.Context(), w.editor, in.ID)
			if err != nil || kept.Source.Title != "Typed title" {
				t.Errorf("%s: kept %+v, %v", name, kept.Source, err)
			}
			done, err := w.CompleteIntake(t.Context(), w.editor, in.ID, IntakeRequest{Text: f20, Published: date(t, "2025-09-26")})
			if err != nil || done.Problem != "" || done.Source.Title != "Typed title" || !strings.Contains(done.Source.URL, "news.example") {
				t.Errorf("%s: completed %+v, %v", name, done.Source, err)
				continue
			}
			suggestion(t, done, SuggestStatus, "disabled")
		}
	})
}

func TestReadArticle_readsCharsets(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("<p>\xcc\xe8\xed\xee\xe1\xee\xf0\xee\xed\xfb \xf1\xee\xee\xe1\xf9\xe8\xeb\xee, \xf7\xf2\xee \xf3\xf1\xeb\xf3\xe3\xe8 \xee\xf2\xea\xeb\xfe\xf7\xe5\xed\xfb, \xe8 \xf0\xe0\xe1\xee\xf2\xe0 \xe8\xe4\xb8\xf2 \xe4\xe0\xeb\xfc\xf8\xe5.</p>", 6)
	for _, media := range []string{"text/html; charset=windows-1251", "text/html"} {
		found, err := readArticle(OutsideResponse{Status: 200, URL: "https://a.example/", MediaType: media,
			Body: []byte(`<html><head><meta charset="windows-1251"></head><body><article>` + body + `</article></body></html>`)})
		if err != nil || !strings.Contains(found.Text, "Минобороны сообщило") {
			t.Errorf("%s: %q, %v", media, found.Text, err)
		}
	}
}

func TestTakeIn_saysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		_, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{URL: "javascript:alert(1)", Title: strings.Repeat("x", 2000), Text: "a"})
		if errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "/url") || !strings.Contains(err.Error(), "/title") {
			t.Errorf("got %v", err)
		}
		if _, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{}); errorKind(err) != models.ErrInvalid {
			t.Errorf("nothing at all: %v", err)
		}
		in, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{Text: "<script>alert(1)</script> Microsoft \x00\xff {{.}} " + strings.Repeat("שלום ", 50)})
		if err != nil || strings.Contains(in.Body, "\x00") || !utf8.ValidString(in.Body) {
			t.Errorf("%q, %v", in.Body, err)
		}
		if _, err := w.DraftIntake(t.Context(), w.editor, in.ID, []Accepted{{Key: "status-1-2"}}); errorKind(err) != models.ErrInvalid {
			t.Errorf("a suggestion that is not there: %v", err)
		}
	})
}

// Another instance publishes; the index of this one knows it at the next text.
func TestNames_followPublicationsOfEveryInstance(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		other := newWorldOn(t, w)
		find := func(text string) []mention {
			found, err := w.namesIn(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		known := other.supplies(t)
		if found := find("Microsoft and Initech"); len(found) != 1 || found[0].entities[0] != known.microsoft {
			t.Fatalf("found %+v", found)
		}
		source := create(&models.Source{Kind: "article", Title: "Another article"})
		cited := []models.Citation{{Source: source.ID}}
		initech := create(&models.Entity{Kind: models.KindCompany, Name: "Initech", Citations: cited})
		other.must(t, source, initech)
		if found := find("Microsoft and Initech"); len(found) != 2 {
			t.Errorf("a new name is not found: %+v", found)
		}
		renamed := &models.Entity{Kind: models.KindCompany, Name: "Initrode", Slug: "initech", Citations: cited}
		other.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: initech.ID, Version: 1, Edit: models.WorldChanged, Reason: "It was renamed.", Data: renamed})
		if found := find("Initech, now Initrode"); len(found) != 1 || found[0].start != 13 {
			t.Errorf("a changed name: %+v", found)
		}
		other.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeEntity, ID: initech.ID, Version: 2, Reason: "There is no such company."})
		if found := find("Initech, now Initrode"); len(found) != 0 {
			t.Errorf("a retracted name: %+v", found)
		}
	})
}

// newWorldOn gives services of another instance on the same database.
func newWorldOn(t *testing.T, w *world) *world {
	t.Helper()
	other := &world{db: w.db, editor: w.editor, now: w.now}
	other.Services = New(w.db, Settings{LogKey: w.key, Clock: func() time.Time { return other.now }})
	return other
}

// A 2,000-word article against 100,000 entities with 300,000 names. How long it takes is measured in
// bench/, where nothing else runs.
func TestNames_areFoundAndTakeLittleMemory(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ka lo mi ter va son del ri qua ben tor as ul en dra pol ix ma no ru")
	invent := func() string {
		var b strings.Builder
		for range 2 + random.IntN(3) {
			b.WriteString(syllables[random.IntN(len(syllables))])
		}
		return strings.ToUpper(b.String()[:1]) + b.String()[1:]
	}
	ends := strings.Fields("Systems Technologies Brigade Ministry Group Command Cloud Services Agency Holdings")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := newNameIndex()
	var some []string
	for range 100_000 {
		id := newID()
		for range 3 {
			name := invent() + " " + invent() + " " + ends[random.IntN(len(ends))]
			x.add(id, name)
			if len(some) < 100 && random.IntN(2000) == 0 {
				some = append(some, name)
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	memory := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)

	var text strings.Builder
	for i := range 2000 / 8 {
		fmt.Fprintf(&text, "The spokesperson of %s said on Thursday that it had suspended. ", some[i%len(some)])
	}
	began := time.Now()
	mentions := x.find(text.String(), wordsOf(text.String()))
	published, _ := models.ParseDay("2025-09-26")
	dates := datesIn(text.String(), published)
	for _, p := range passagesOf(text.String()) {
		stepsIn(text.String(), p)
		speechIn(text.String(), p, mentions)
		unknownIn(text.String(), p, mentions)
	}
	took := time.Since(began)
	t.Logf("%d words: %d names, %d dates in %s; %d names take %.1f MB", len(wordsOf(text.String())), len(mentions), len(dates), took.Round(time.Millisecond), len(x.names), memory)
	if len(mentions) != 250 {
		t.Errorf("found %d names of 250", len(mentions))
	}
	if memory > 120 {
		t.Errorf("the names take %.0f MB; the goal is 120", memory)
	}
	runtime.KeepAlive(x)
}

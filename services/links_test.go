package services

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"plumbline/models"
)

// freeHosts lets every server be asked again.
func (w *world) freeHosts(t testing.TB) {
	t.Helper()
	if err := w.db.Write(t.Context()).Exec("DELETE FROM link_hosts").Error; err != nil {
		t.Error(err)
	}
}

// looked is a world with one source whose link is looked at.
type looked struct {
	*world
	outside *site
	source  uuid.UUID
	// asked is the last request.
	asked OutsideRequest
}

func newLooked(t *testing.T, w *world) *looked {
	t.Helper()
	l := &looked{world: w, outside: &site{}}
	w.outside = l.outside
	source := create(&models.Source{Kind: "article", Title: "An article", URL: "https://news.example/2025/a-story?id=" + newID().String()})
	w.must(t, source)
	l.source = source.ID
	return l
}

// gives lets the site answer with a page.
func (l *looked) gives(status int, page string, more ...func(*OutsideResponse)) {
	l.outside.answers(func(r OutsideRequest) (OutsideResponse, error) {
		l.asked = r
		answer := OutsideResponse{Status: status, URL: r.URL, MediaType: "text/html; charset=utf-8", Body: []byte(page), Header: map[string]string{}}
		for _, change := range more {
			change(&answer)
		}
		return answer, nil
	})
}

// after looks once more some time later, and gives what is kept.
func (l *looked) after(t *testing.T, passed time.Duration) models.LinkCheck {
	t.Helper()
	l.now = l.now.Add(passed)
	if err := l.workLink(t.Context(), linkJob{l.source}); err != nil && errorKind(err) != models.ErrUnreachable {
		t.Fatal(err)
	}
	looks, err := l.LinkChecks(t.Context(), l.source)
	if err != nil {
		t.Fatal(err)
	}
	return looks[l.source]
}

// lost gives what the worklist of lost sources says.
func (l *looked) lost(t *testing.T) string {
	t.Helper()
	_, why := l.work(t, "lost-sources", WorklistQuery{})
	return strings.Join(why, " | ")
}

// story writes a page with an article of some sentences, and other things around it.
func story(around string, sentences ...string) string {
	return "<html lang=en><head><title>A story of storage</title></head><body><nav>" + around + "</nav><article><h1>A story of storage</h1><p>" + strings.Join(sentences, "</p><p>") + "</p></article><footer>" + around + "</footer></body></html>"
}

func said(n int) []string {
	about := []string{"servers in the north", "calls of a whole region", "an office by the sea", "translators at night", "letters to the board", "workers at the gate", "a vice president", "the ministry of defence", "records of payments", "a new contract"}
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("The people who spoke of %s said that they had seen %s with their own eyes and told it to whoever asked.", about[i%len(about)], about[(i*3+1)%len(about)])
	}
	return list
}

func TestLinks_areGoneOnlyAfterSeveralTries(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		l := newLooked(t, w)
		l.gives(200, story("Home", said(10)...))
		if look := l.after(t, 0); look.Outcome != models.LinkOK || !look.DueAt.Equal(l.now.Add(linkCheckEvery)) {
			t.Fatalf("%+v", look)
		}
		l.gives(404, "nothing here")
		if look := l.after(t, 24*time.Hour); look.Outcome != models.LinkOK || look.Suspect != models.LinkGone || !look.DueAt.Equal(l.now.Add(suspectEvery)) || l.lost(t) != "" {
			t.Errorf("one bad day: %+v", look)
		}
		for range 4 { // many looks of one hour are no proof
			if look := l.after(t, time.Minute); look.Outcome != models.LinkOK {
				t.Errorf("a bad hour: %+v", look)
			}
		}
		look := l.after(t, 48*time.Hour)
		if look.Outcome != models.LinkGone || look.Reason != models.LinkStatus || look.Figure != 404 || !look.Since.Equal(l.now) {
			t.Errorf("gone: %+v", look)
		}
		if why := l.lost(t); !strings.HasPrefix(why, "gone since 4 October 2025. The server says that there is nothing") {
			t.Errorf("the worklist says %q", why)
		}
		l.outside.answers(func(OutsideRequest) (OutsideResponse, error) {
			return OutsideResponse{}, models.Errorf(models.ErrUnreachable, "Nothing answers at news.example.")
		})
		if look := l.after(t, 24*time.Hour); look.Outcome != models.LinkGone {
			t.Errorf("a server that is ill says nothing against it: %+v", look)
		}
		l.gives(200, story("Home", said(10)...))
		if look := l.after(t, 24*time.Hour); look.Outcome != models.LinkOK || l.lost(t) != "" {
			t.Errorf("it came back: %+v", look)
		}
	})
}

func TestLinks_areGoneWithTheirServer(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		l := newLooked(t, w)
		l.outside.answers(func(OutsideRequest) (OutsideResponse, error) {
			return OutsideResponse{}, NoServer{models.Errorf(models.ErrUnreachable, "There is no server with the name news.example.")}
		})
		l.after(t, 0)
		l.after(t, 24*time.Hour)
		if look := l.after(t, 24*time.Hour); look.Outcome != models.LinkGone || look.Reason != models.LinkNoServer {
			t.Errorf("%+v", look)
		}
	})
}

func TestLinks_areGoneWhenNothingAnswersForAMonth(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		l := newLooked(t, w)
		l.gives(503, "")
		for range 9 {
			if look := l.after(t, unreachableEvery); look.Outcome != models.LinkUnreachable || l.lost(t) != "" {
				t.Fatalf("%+v", look)
			}
		}
		if look := l.after(t, 10*24*time.Hour); look.Outcome != models.LinkGone || l.lost(t) == "" {
			t.Errorf("%+v", look)
		}
	})
}

func TestLinks_findPagesThatOnlySeemToBeThere(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for name, gives := range map[string]func(*looked){
			"a title": func(l *looked) {
				l.gives(200, "<html><title>Page not found | News</title><body><p>Sorry. Try our <a href=/>front page</a>.</p></body></html>")
			},
			"in German": func(l *looked) {
				l.gives(200, "<html><title>Seite nicht gefunden</title><body><p>Leider.</p></body></html>")
			},
			"in Arabic": func(l *looked) {
				l.gives(200, "<html><title>الصفحة غير موجودة</title><body><p>عذرا</p></body></html>")
			},
			"the front page": func(l *looked) {
				l.gives(200, story("Home", said(10)...), func(r *OutsideResponse) { r.URL = "https://www.news.example/en/" })
			},
		} {
			l := newLooked(t, w)
			gives(l)
			l.after(t, time.Minute)
			l.after(t, 24*time.Hour)
			if look := l.after(t, 24*time.Hour); look.Outcome != models.LinkGone || look.Reason != models.LinkSaysMissing && look.Reason != models.LinkFrontPage {
				t.Errorf("%s: %+v", name, look)
			}
		}
		l := newLooked(t, w)
		l.gives(200, strings.Replace(story("Home", said(30)...), "A story of storage", "Error 404: where pages go that are not found", 2))
		if look := l.after(t, time.Minute); look.Outcome != models.LinkOK || look.Suspect != "" {
			t.Errorf("an article on missing pages: %+v", look)
		}
	})
}

func TestLinks_areChangedByTheirTextAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		l := newLooked(t, w)
		text := said(10)
		l.gives(200, story("12:04, 17 readers", text...))
		l.after(t, 0)
		l.gives(200, story("18:31, 2,941 readers. Buy shoes! <div>An advertisement for a bank that you did not ask for.</div>", append(slices.Clone(text), "Updated at 18:30: the company declined to answer what was asked of it.")...))
		if look := l.after(t, 30*24*time.Hour); look.Outcome != models.LinkOK || look.Suspect != "" {
			t.Errorf("clocks and advertisements: %+v", look)
		}
		l.gives(200, story("Home", append(text[:7:7], "Three of the sentences that stood here have been taken out, and nobody says why that was done or by whom.")...))
		if look := l.after(t, 30*24*time.Hour); look.Outcome != models.LinkOK || look.Suspect != models.LinkChanged {
			t.Errorf("once: %+v", look)
		}
		look := l.after(t, 24*time.Hour)
		if look.Outcome != models.LinkChanged || look.Reason != models.LinkText || look.Figure < 20 || look.Figure > 40 {
			t.Errorf("twice: %+v", look)
		}
		if why := l.lost(t); !strings.Contains(why, "changed since") || !strings.Contains(why, "% of what it said is not there any more") {
			t.Errorf("the worklist says %q", why)
		}

		settled, err := l.SettleLink(t.Context(), l.editor, l.source)
		if err != nil || settled.SettledAt == nil || l.lost(t) != "" {
			t.Errorf("settled: %+v, %v", settled, err)
		}
		if look := l.after(t, time.Hour); look.Outcome != models.LinkOK {
			t.Errorf("the new text is the page's own now: %+v", look)
		}
		if _, err := l.SettleLink(t.Context(), l.editor, l.source); errorKind(err) != models.ErrConflict {
			t.Errorf("there is nothing to settle: %v", err)
		}
		if _, err := l.SettleLink(t.Context(), models.Actor{}, l.source); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public settles: %v", err)
		}
	})
}

func TestLinks_leaveTheListWhenACopyIsKept(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.vault = shelf{}
		l := newLooked(t, w)
		l.gives(410, "")
		l.after(t, 0)
		l.after(t, 24*time.Hour)
		if l.after(t, 24*time.Hour); l.lost(t) == "" {
			t.Fatal("a lost source is not on the list")
		}
		if _, _, err := l.AddCapture(t.Context(), l.editor, l.source, CaptureRequest{Name: "copy.txt"}, strings.NewReader("What the article said.")); err != nil {
			t.Fatal(err)
		}
		if why := l.lost(t); why != "" {
			t.Errorf("a kept copy, and still: %s", why)
		}
	})
}

func TestLinks_areAskedForPolitely(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		l := newLooked(t, w)
		other := create(&models.Source{Kind: "article", Title: "Another", URL: "https://NEWS.example/b"})
		w.must(t, other)
		l.gives(200, story("Home", said(10)...), func(r *OutsideResponse) {
			r.Header["Etag"], r.Header["Last-Modified"] = `"abc"`, "Wed, 01 Oct 2025 08:00:00 GMT"
		})
		l.after(t, 0)
		var snooze *river.JobSnoozeError
		if err := l.workLink(t.Context(), linkJob{other.ID}); !errors.As(err, &snooze) || snooze.Duration != hostPause {
			t.Errorf("the same server, at once: %v", err)
		}
		l.gives(304, "")
		if look := l.after(t, 30*24*time.Hour); look.Outcome != models.LinkOK || !look.CheckedAt.Equal(l.now) || l.asked.Header["If-None-Match"] != `"abc"` || l.asked.Header["If-Modified-Since"] == "" {
			t.Errorf("a question with a condition: %+v, asked with %v", look, l.asked.Header)
		}
		l.gives(429, "", func(r *OutsideResponse) { r.Header["Retry-After"] = "7200" })
		l.after(t, time.Minute)
		l.now = l.now.Add(time.Hour)
		if err := l.workLink(t.Context(), linkJob{other.ID}); !errors.As(err, &snooze) || snooze.Duration != time.Hour {
			t.Errorf("it asked to be left alone for two hours: %v", err)
		}
	})
}

func TestLinks_areLookedAtWhenDue(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		l := newLooked(t, w)
		w.must(t, create(&models.Source{Kind: "article", Title: "Without a link"}))
		l.gives(200, story("Home", said(10)...))
		waiting := func() int {
			t.Helper()
			if err := w.workDueLinks(t.Context(), dueLinksJob{}); err != nil {
				t.Fatal(err)
			}
			list := w.jobs(t, "link", "available")
			for _, job := range list {
				if _, err := w.CancelJob(t.Context(), w.admin(), job.ID); err != nil {
					t.Fatal(err)
				}
			}
			return len(list)
		}
		if n := waiting(); n != 1 {
			t.Errorf("%d looks wait, want one", n)
		}
		l.after(t, 0)
		if n := waiting(); n != 0 {
			t.Errorf("%d looks wait after one", n)
		}
		l.now = l.now.Add(linkCheckEvery)
		if n := waiting(); n != 1 {
			t.Errorf("%d looks wait after a month", n)
		}
	})
}

func TestSketch_tellsTextsApart(t *testing.T) {
	t.Parallel()
	text := strings.Join(said(10), "\n")
	for name, c := range map[string]struct {
		now      string
		at, most int64
	}{
		"the same":              {text, 0, 0},
		"other numbers":         {"At 12:04. " + text + " 1 2 3", 0, 0},
		"another order":         {strings.Join(said(10)[5:], " ") + strings.Join(said(10)[:5], " "), 0, 0},
		"nothing":               {"", 100, 100},
		"half":                  {strings.Join(said(10)[:5], "\n"), 40, 60},
		"another text entirely": {"Somebody else wrote something else on this page, which nobody asked for.", 100, 100},
	} {
		if got := lostOf(sketchOf(text), c.now); got < c.at || got > c.most {
			t.Errorf("%s: %d %% lost, want %d to %d", name, got, c.at, c.most)
		}
	}
	if sketchOf("") != "" || lostOf("s1:***", text) != 0 {
		t.Error("an empty text or a sketch that cannot be read")
	}
}

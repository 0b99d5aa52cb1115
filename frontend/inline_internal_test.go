package frontend

import (
	"html/template"
	"strings"
	"testing"

	"plumbline/models"
)

// hostile is a name that would break out of any place that does not escape it.
const hostile = `"><script>alert('x')</script>&`

func testPages(t *testing.T) *Pages {
	t.Helper()
	return &Pages{languages: languages(), assets: readAssets()}
}

func TestInline_escapesWhatIsData(t *testing.T) {
	p := testPages(t)
	bad := link{URL: "/units/" + hostile, Name: hostile, For: hostile, After: ", "}
	bare := link{Name: hostile, Words: verbatim(hostile)}
	vague := date{Label: hostile, Machine: hostile, Words: hostile}
	cited := citation{URL: "/sources/" + hostile, Title: hostile, Publisher: names{hostile}, Date: vague, Locator: hostile, Note: hostile, HoldsOn: vague, After: hostile}
	untitled := citation{URL: "/sources/1", Title: hostile}
	for name, write := range map[string]func(*inline){
		"icon":     func(w *inline) { w.icon(hostile) },
		"name":     func(w *inline) { w.name(bad) },
		"link":     func(w *inline) { w.link(bad) },
		"sentence": func(w *inline) { w.sentence([]link{bad, bare}) },
		"date":     func(w *inline) { w.date(vague) },
		"badge": func(w *inline) {
			w.badge(badge{Word: hostile, Icon: hostile, Class: hostile, Partial: true, Scope: hostile, Since: vague, Meaning: verbatim(hostile)})
		},
		"citation":  func(w *inline) { w.citation(cited) },
		"citations": func(w *inline) { w.citations([]citation{cited, untitled}) },
		"mark": func(w *inline) {
			w.mark(mark{Word: verbatim(hostile), Icon: hostile, Class: hostile, Disputed: verbatim(hostile), Reason: []*text{verbatim(hostile)}, Sources: []citation{cited, untitled}})
		},
		"link entry": func(w *inline) {
			w.linkEntry(linkLine{URL: hostile, Subject: bad, Object: bad, Verb: verbatim(hostile), Share: hostile, Title: hostile, Role: hostile, Start: vague, End: vague, Purposes: []string{hostile}, Description: hostile})
		},
		"link row": func(w *inline) {
			w.linkRow(linkLine{URL: hostile, Subject: bad, Object: bad, Verb: verbatim(hostile), Badge: &badge{Word: hostile}})
		},
		"drawing": func(w *inline) {
			w.drawing(&diagram{Edges: []diagramEdge{{Class: hostile, Words: verbatim(hostile), Path: hostile, Head: hostile}}, Nodes: []diagramNode{{Kind: hostile, Name: hostile, URL: hostile, Lines: []diagramLine{{Text: hostile}}}}})
		},
		"change": func(w *inline) {
			w.change(changeLine{URL: "/records/" + hostile, Subject: bad, Object: &bad, Badge: badge{Word: hostile}, Effective: vague, Announced: vague, Actor: &bad, Reason: hostile, Later: true})
		},
		"supply": func(w *inline) {
			w.supply(linkLine{URL: "/records/" + hostile, Providers: []link{bad}, Subject: bad, Object: bad, Badge: &badge{Word: hostile}, Possible: []possibility{{Badge: badge{Word: hostile}, When: vague}, {Awaited: say("was to %s %s, announced by %s; not confirmed", say("end"), dated{use: models.DateWhen}, names{hostile})}},
				Purposes: []string{hostile}, Quantity: hostile, Start: vague, End: vague, Stands: &mark{Of: verbatim(hostile), Word: verbatim(hostile), Evidence: verbatim(hostile), Stale: true}, Sayings: []saying{{Class: hostile, URL: hostile}}, MoreSayings: 1}, nil)
		},
		"sayings": func(w *inline) {
			w.sayings([]saying{{URL: "/claims/" + hostile, Label: verbatim(hostile), Class: hostile, Speakers: []link{bad}, When: vague, Count: 2}})
		},
	} {
		for _, l := range p.languages {
			markup := string(p.write(l, write))
			if strings.Contains(markup, "<script") || strings.Contains(markup, `"">`) || strings.Contains(markup, "'x'") || !strings.Contains(markup, "&lt;script&gt;") {
				t.Errorf("%s in %s: %s", name, l.Code, markup)
			}
		}
	}
}

func TestInline_leadsNowhereButToPages(t *testing.T) {
	p := testPages(t)
	for address, want := range map[string]string{
		"javascript:alert(1)": `href="#"`, "data:text/html,x": `href="#"`, " javascript:alert(1)": `href="#"`, "JaVaScript:x": `href="#"`, "vbscript:x": `href="#"`,
		"/units/a b": `href="/units/a%20b"`, "https://example.org/": `href="https://example.org/"`, "#timeline": `href="#timeline"`, "/supplies?a=1&b=2": `href="/supplies?a=1&amp;b=2"`,
	} {
		if markup := string(p.write(p.languages[0], func(w *inline) { w.link(link{URL: address, Name: "x"}) })); !strings.Contains(markup, want) {
			t.Errorf("%q: %s", address, markup)
		}
	}
}

// What is settled must say what the templates say.
func TestSettle_changesNoPage(t *testing.T) {
	p := testPages(t)
	day := dayDate(models.Day{}.AddDays(1))
	line := linkLine{URL: "/records/1", Subject: link{URL: "/services/a", Name: "A"}, Object: link{URL: "/units/b", Name: "B"}, Verb: say("supplied to"),
		Badge: &badge{Word: "Active", Icon: "circle-check", Class: "status-active", Since: day}, Stands: &mark{Of: say("This status"), Word: say("Acknowledged by %s", "x"), Evidence: say("last evidenced %s", "x"), Stale: true}, Start: day}
	page := &entityPage{layout: layout{Title: say("Companies"), Template: "entity"}, Head: entityHead{Kind: "Company", Name: "A & B"}, First: true, Links: []linkLine{line},
		Supplies: []supplySection{{ID: "supplies", Heading: say("Supplies"), Short: say("Supplies"), Lines: []linkLine{line}}}}
	for _, l := range p.languages {
		render := func(set *template.Template) string {
			var out strings.Builder
			if err := set.ExecuteTemplate(&out, "content of entity", page); err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(out.String(), "&#43;", "+")
		}
		plain, settled := p.parse(l), p.parse(l)
		settle(settled, p.functions(l))
		if a, b := render(plain), render(settled); a != b || !strings.Contains(a, l.say("Who says so")) {
			t.Errorf("%s:\n%s\nsettled:\n%s", l.Code, a, b)
		}
	}
}

func TestFill_putsArgumentsIntoTheirPlaces(t *testing.T) {
	l := english()
	for _, c := range []struct {
		form string
		args []any
		want string
	}{
		{"plain", nil, "plain"}, {"%s and %s", []any{"a", "b"}, "a and b"}, {"%[2]s, %[1]d month", []any{1, "May"}, "May, 1 month"}, {"%[2]s %s", []any{"a", "b", "c"}, "b c"},
		{"100%% of %d", []any{1200}, "100% of 1,200"}, {"two of %s %s", []any{"a"}, "two of a "}, {"%", nil, "%"}, {"5 %x %[1]x", []any{"a"}, "5 %x %[1]x"}, {"", []any{"a"}, ""},
	} {
		if got := fill(c.form, c.args, l); got != c.want {
			t.Errorf("%q: %q, want %q", c.form, got, c.want)
		}
	}
}

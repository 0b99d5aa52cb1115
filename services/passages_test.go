package services

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// known are the entities that the labelled passages speak of, by key, with their names.
var known = map[string][]string{
	"microsoft": {"Microsoft", "Microsoft Corporation", "מיקרוסופט", "مايكروسوفت", "微软", "Майкрософт"},
	"imod":      {"Israel Ministry of Defense", "Israeli Ministry of Defense", "IMOD", "وزارة الدفاع الإسرائيلية", "以色列国防部", "משרד הביטחון"},
	"idf":       {"Israel Defense Forces", "IDF", "Israeli military", "Israeli Army", `צה"ל`, "الجيش الإسرائيلي"},
	"unit8200":  {"Unit 8200", "יחידה 8200", "الوحدة 8200"},
	"guardian":  {"The Guardian", "Guardian", "الغارديان"}, "972": {"+972 Magazine"}, "localcall": {"Local Call", "שיחה מקומית"},
	"ap": {"Associated Press", "AP"}, "brad-smith": {"Brad Smith"}, "nadella": {"Satya Nadella"}, "nasr": {"Hossam Nasr"},
	"noaa": {"No Azure for Apartheid"}, "azure": {"Microsoft Azure", "Azure"}, "google": {"Google", "גוגל", "Гугл"}, "amazon": {"Amazon", "Amazon.com"},
	"aws": {"Amazon Web Services", "AWS"}, "nimbus": {"Project Nimbus", "Nimbus"}, "palantir": {"Palantir", "Palantir Technologies"}, "army": {"U.S. Army", "US Army", "United States Army"},
	"oracle": {"Oracle"}, "sap": {"SAP"}, "mindef-ru": {"Russian Ministry of Defence", "Минобороны России", "Министерство обороны Российской Федерации"},
	"police": {"Orlando Police Department", "Orlando police"}, "yandex": {"Yandex", "Яндекс"}, "meta": {"Meta", "Meta Platforms"}, "apple": {"Apple"},
	"dell": {"Dell", "Dell Technologies"}, "hp": {"Hewlett Packard Enterprise", "HPE"}, "nato": {"NATO", "OTAN"}, "siemens": {"Siemens"},
	"bundeswehr": {"Bundeswehr"}, "thales": {"Thales"}, "armee": {"Armée de terre", "French Army"}, "ice": {"Immigration and Customs Enforcement", "ICE"},
	"clearview": {"Clearview AI"}, "anduril": {"Anduril", "Anduril Industries"}, "elbit": {"Elbit Systems", "אלביט"}, "mod-uk": {"Ministry of Defence", "MoD"},
}

type marked struct {
	kind, value string
	start, end  int
}

type labelled struct {
	published models.Day
	text      string
	labels    []marked
}

var mark = regexp.MustCompile(`\{(name|date|status):([^|{}]+)\|([^{}]+)\}`)

func readLabelled(t *testing.T, path string) (list []labelled) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(content), "\n@ ")[1:] {
		day, body, _ := strings.Cut(block, "\n")
		published, err := models.ParseDay(strings.TrimSpace(day))
		if err != nil {
			t.Fatal(err)
		}
		one := labelled{published: published}
		rest := strings.TrimSpace(body)
		for {
			at := mark.FindStringSubmatchIndex(rest)
			if at == nil {
				break
			}
			one.text += rest[:at[0]]
			words := rest[at[6]:at[7]]
			one.labels = append(one.labels, marked{rest[at[2]:at[3]], rest[at[4]:at[5]], len(one.text), len(one.text) + len(words)})
			one.text += words
			rest = rest[at[1]:]
		}
		one.text += rest
		if strings.ContainsAny(one.text, "{}") {
			t.Fatalf("%s: a mark cannot be read in %q", path, one.text)
		}
		list = append(list, one)
	}
	return list
}

// foundIn is what the rules find in a passage, as labels.
func foundIn(x *nameIndex, keys map[uuid.UUID]string, one labelled) (found []marked) {
	for _, m := range x.find(one.text, wordsOf(one.text)) {
		found = append(found, marked{"name", keys[m.entities[0]], m.start, m.end})
	}
	for _, d := range datesIn(one.text, one.published) {
		found = append(found, marked{"date", d.date.Text, d.start, d.end})
	}
	for _, p := range passagesOf(one.text) {
		for _, step := range stepsIn(one.text, p) {
			found = append(found, marked{"status", string(step.status), step.start, step.end})
		}
	}
	return found
}

func knownNames() (*nameIndex, map[uuid.UUID]string) {
	x, keys := newNameIndex(), map[uuid.UUID]string{}
	for key, names := range known {
		id := newID()
		keys[id] = key
		for _, name := range names {
			x.add(id, name)
		}
	}
	return x, keys
}

type tally struct{ right, found, labelled int }

func (t tally) precision() float64 { return float64(t.right) / float64(max(t.found, 1)) }
func (t tally) recall() float64    { return float64(t.right) / float64(max(t.labelled, 1)) }

// The goals of finding suggestions, held on passages that were labelled by hand: half of them
// before the rules were written, half after.
func TestSuggestions_reachTheirGoals(t *testing.T) {
	t.Parallel()
	goals := map[string][2]float64{"name": {0.9, 0.9}, "date": {0.8, 0.8}, "status": {0.7, 0.6}}
	x, keys := knownNames()
	sum := map[string]tally{}
	for _, half := range []string{"before", "after"} {
		own := map[string]tally{}
		for _, one := range readLabelled(t, "testdata/passages-"+half+".txt") {
			found := foundIn(x, keys, one)
			for kind := range goals {
				count := compare(t, kind, one, found)
				own[kind], sum[kind] = added(own[kind], count), added(sum[kind], count)
			}
		}
		report(t, half, own)
	}
	report(t, "both", sum)
	for kind, goal := range goals {
		if sum[kind].precision() < goal[0] || sum[kind].recall() < goal[1] {
			t.Errorf("%s: precision %.2f and recall %.2f, the goals are %.1f and %.1f", kind, sum[kind].precision(), sum[kind].recall(), goal[0], goal[1])
		}
	}
}

func added(a, b tally) tally {
	return tally{a.right + b.right, a.found + b.found, a.labelled + b.labelled}
}

func report(t *testing.T, half string, counts map[string]tally) {
	for _, kind := range []string{"name", "date", "status"} {
		c := counts[kind]
		t.Logf("%-6s %-6s labelled %3d  found %3d  right %3d  precision %.2f  recall %.2f", half, kind, c.labelled, c.found, c.right, c.precision(), c.recall())
	}
}

func compare(t *testing.T, kind string, one labelled, found []marked) (c tally) {
	of := func(list []marked) (own []marked) {
		for _, l := range list {
			if l.kind == kind {
				own = append(own, l)
			}
		}
		return own
	}
	wanted, got := of(one.labels), of(found)
	c.labelled, c.found = len(wanted), len(got)
	for _, g := range got {
		if slices.ContainsFunc(wanted, func(w marked) bool { return w.value == g.value && w.start < g.end && g.start < w.end }) {
			c.right++
		} else {
			t.Logf("too much: %s %s %q in %q", kind, g.value, one.text[g.start:g.end], around(one.text, g.start))
		}
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(got, func(g marked) bool { return w.value == g.value && w.start < g.end && g.start < w.end }) {
			t.Logf("missed:   %s %s %q in %q", kind, w.value, one.text[w.start:w.end], around(one.text, w.start))
		}
	}
	return c
}

func around(text string, place int) string {
	for _, p := range passagesOf(text) {
		if place < p.end {
			return text[p.start:p.end]
		}
	}
	return text
}

func TestDates_areReadRelativeToPublication(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ published, text, want string }{
		{"2025-09-26", "on Thursday", "2025-09-25"}, {"2025-09-25", "on Thursday", "2025-09-25"}, {"2025-09-25", "last Thursday", "2025-09-18"},
		{"2025-09-26", "early August", "2025-08"}, {"2025-09-26", "in early August 2024", "2024-08"}, {"2025-09-26", "at the end of last month", "2025-08"},
		{"2025-01-05", "in December", "2024-12"}, {"2025-01-05", "on 28 December", "2024-12-28"}, {"2025-09-26", "since 2021", "[2021..]"},
		{"2025-09-26", "since May", "[2025-05..]"}, {"2025-09-26", "by September 25, 2025", "[..2025-09-25]"}, {"2025-09-26", "yesterday", "2025-09-25"},
		{"2025-09-26", "three days ago", "2025-09-23"}, {"2025-09-26", "two months ago", "2025-07~"}, {"2025-09-26", "last year", "2024"},
		{"2025-09-26", "between May and July 2024", "[2024-05..2024-07]"}, {"2025-09-26", "the first quarter of 2024", "[2024-01..2024-03]"},
		{"2025-09-26", "last week", "[2025-09-15..2025-09-21]"}, {"2025-09-26", "2025年9月25日", "2025-09-25"}, {"2025-09-26", "25 septembre 2025", "2025-09-25"},
		{"2025-09-26", "25 בספטמבר 2025", "2025-09-25"}, {"2025-09-26", "25 سبتمبر 2025", "2025-09-25"}, {"2025-09-26", "February 30, 2025", ""},
		{"2025-09-26", "it may march on", ""}, {"2025-09-26", "Unit 8200", ""}, {"", "on Thursday", ""}, {"", "25 September 2025", "2025-09-25"},
	} {
		published := models.Day{}
		if test.published != "" {
			published, _ = models.ParseDay(test.published)
		}
		got := ""
		if found := datesIn(test.text, published); len(found) > 0 {
			got = found[0].date.Text
		}
		if got != test.want {
			t.Errorf("%q, published %q: got %q, want %q", test.text, test.published, got, test.want)
		}
	}
}

func TestDates_keepTheirWords(t *testing.T) {
	t.Parallel()
	published, _ := models.ParseDay("2025-09-26")
	found := datesIn("It ended at the end of August.", published)
	if len(found) != 1 || !strings.Contains(found[0].date.Words, "end of August") {
		t.Errorf("found %+v", found)
	}
}

func FuzzDatesIn_neverBreaks(f *testing.F) {
	f.Add("on Thursday 25 September 2025, between May and July 2024")
	published, _ := models.ParseDay("2025-09-26")
	x, _ := knownNames()
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range datesIn(text, published) {
			if d.start < 0 || d.end > len(text) || d.start >= d.end {
				t.Errorf("%+v is outside of %q", d, text)
			}
		}
		words := wordsOf(text)
		mentions := x.find(text, words)
		for _, p := range passagesOf(text) {
			stepsIn(text, p)
			speechIn(text, p, mentions)
			unknownIn(text, p, mentions)
		}
	})
}

func TestSpeech_findsTheSpeaker(t *testing.T) {
	t.Parallel()
	x, keys := knownNames()
	for text, want := range map[string]string{
		"Microsoft said that it had stopped.":                                   "states microsoft",
		"“We do not”, said Brad Smith, the president of Microsoft.":             "states brad-smith",
		"An Israeli security official told the Associated Press that it works.": "states an israeli security official",
		"Google declined to comment.":                                           "declines_to_answer google",
		"Amazon did not respond to questions.":                                  "no_response amazon",
		"Microsoft found no evidence that Azure was used.":                      "finds_no_evidence microsoft",
		"The Guardian reported that data were stored.":                          "reports guardian",
		"Palantir denied it.":                                                   "denies palantir",
		"Microsoft admitted having sold services to the Israeli military.":      "admits microsoft",
		"No Azure for Apartheid demanded an end of all contracts.":              "demands noaa",
	} {
		mentions := x.find(text, wordsOf(text))
		acts := speechIn(text, passagesOf(text)[0], mentions)
		got := fmt.Sprint(len(acts))
		if len(acts) > 0 {
			got = string(acts[0].stance) + " " + strings.ToLower(acts[0].described)
			if acts[0].speaker != nil {
				got = string(acts[0].stance) + " " + keys[acts[0].speaker.entities[0]]
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

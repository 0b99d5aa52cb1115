package frontend

import (
	"encoding/json"
	"strings"
	"testing"

	"plumbline/models"
)

func TestCitations_inventNoDayOrMonth(t *testing.T) {
	for text, want := range map[string][3]string{
		// BibTeX | CSL | Wikipedia
		"":                      {"", "null", ""},
		"2025":                  {"year = {2025}", `{"date-parts":[[2025]]}`, "|date=2025}}"},
		"2025-08":               {"year = {2025} month = {8}", `{"date-parts":[[2025,8]]}`, "|date=August 2025}}"},
		"2025-08-14":            {"year = {2025} month = {8} date = {2025-08-14}", `{"date-parts":[[2025,8,14]]}`, "|date=2025-08-14}}"},
		"2021~":                 {"note = {published about 2021}", `{"date-parts":[[2021]],"circa":true}`, "|date=c. 2021}}"},
		"2025-08~":              {"note = {published about August 2025}", `{"date-parts":[[2025,8]],"circa":true}`, ""},
		"2025-08-14?":           {"note = {published perhaps on 14 August 2025}", `{"literal":"perhaps 14 August 2025"}`, ""},
		"2021%":                 {"note = {published perhaps about 2021}", `{"literal":"perhaps about 2021"}`, ""},
		"[..2025-09-25]":        {"note = {published by 25 September 2025}", `{"literal":"by 25 September 2025"}`, ""},
		"[2021..]":              {"note = {published in 2021 or later}", `{"literal":"2021 or later"}`, ""},
		"[2025-08..2025-09-25]": {"note = {published between August 2025 and 25 September 2025}", `{"literal":"between August 2025 and 25 September 2025"}`, ""},
	} {
		d := models.Date{}
		if text != "" {
			var err error
			if d, err = models.ParseDate(text); err != nil {
				t.Fatal(err)
			}
		}
		works := []cited{{key: "x", title: "T", url: "https://example.org/x", date: d}}
		var fields []string
		for _, line := range strings.Split(bibTeX(works), "\n") {
			if line = strings.TrimSuffix(strings.TrimSpace(line), ","); strings.HasPrefix(line, "year") || strings.HasPrefix(line, "month") || strings.HasPrefix(line, "date") || strings.HasPrefix(line, "note") {
				fields = append(fields, line)
			}
		}
		if got := strings.Join(fields, " "); got != want[0] {
			t.Errorf("%q: BibTeX %q, want %q", text, got, want[0])
		}
		if got, _ := json.Marshal(cslDateOf(d)); string(got) != want[1] {
			t.Errorf("%q: CSL %s, want %s", text, got, want[1])
		}
		if got := wikipedia(works); want[2] == "" && strings.Contains(got, "|date=") || !strings.Contains(got, want[2]) {
			t.Errorf("%q: Wikipedia %s, want %q", text, got, want[2])
		}
	}
}

func TestCalendar_givesAMonthItsDays(t *testing.T) {
	for text, want := range map[string]string{"2025-08-14": "2025-08-14 2025-08-14", "2025-08": "2025-08-01 2025-08-31", "2025~": "2025-01-01 2025-12-31", "[..2025-09-25]": "2025-09-25 2025-09-25",
		"[2025-08..2025-09-25]": "2025-08-01 2025-09-25", "[2021..]": "2021-01-01 2021-12-31", "..": " "} {
		d, err := models.ParseEnd(text)
		if err != nil {
			t.Fatal(err)
		}
		if from, to := d.Named(); from.String()+" "+to.String() != want {
			t.Errorf("%q: from %s to %s, want %s", text, from, to, want)
		}
	}
}

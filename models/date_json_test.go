package models

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDate_hasOneFormInJSON(t *testing.T) {
	worded := date(t, "2025-08")
	worded.Words = `end of "August"`
	for want, d := range map[string]Date{
		`null`:             {},
		`"2025-08~"`:       date(t, "2025-08~"),
		`"[..2025-09-25]"`: date(t, "[..2025-09-25]"),
		`".."`:             OpenEnd(),
		`{"text":"2025-08","words":"end of \"August\""}`: worded,
	} {
		text, err := json.Marshal(d)
		if err != nil || string(text) != want {
			t.Errorf("got %s, %v, want %s", text, err, want)
		}
		again := date(t, "1999")
		if err := json.Unmarshal(text, &again); err != nil || again != d {
			t.Errorf("%s is read as %v, %v", text, again, err)
		}
	}
	if text, err := json.Marshal(struct {
		Start Date `json:"start,omitzero"`
	}{}); err != nil || string(text) != "{}" {
		t.Errorf("an unknown date is not left out: %s, %v", text, err)
	}
}

func TestDate_takesBackWhatTheAPIPrints(t *testing.T) {
	for text, words := range map[string]string{
		`{"text":"2025-08"}`:                        "",
		`{"words":"early August","text":"2025-08"}`: "early August",
		`{"text":"2025-08","earliest":"2025-08-01","latest":"2025-08-31","label":"August 2025"}`: "",
		`{"text":"2025-08","words":"","earliest":null,"latest":7,"label":{}}`:                    "",
		`{"text":"2025-08","words":" early \n August\u0000 "}`:                                   "early August",
		" \n{\"text\":\"2025-08\",\"words\":null}\n":                                             "",
	} {
		want := date(t, "2025-08")
		want.Words = words
		var got Date
		if err := got.UnmarshalJSON([]byte(text)); err != nil || got != want {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

func TestDate_refusesOtherJSONAndStaysAsItWas(t *testing.T) {
	for text, want := range map[string]string{
		`5`:                             "cannot be read as a date",
		`true`:                          "cannot be read as a date",
		`[]`:                            "cannot be read as a date",
		`["2025"]`:                      "cannot be read as a date",
		`{"text":5}`:                    "cannot be read as a date",
		`{"text":"2025","words":["a"]}`: "cannot be read as a date",
		`{"text":"2025"} {}`:            "cannot be read as a date",
		`{"text":"2025"`:                "cannot be read as a date",
		``:                              "cannot be read as a date",
		`{"text":"2025","about":true}`:  `no field "about"`,
		`{}`:                            "nothing is written",
		`""`:                            "nothing is written",
		`{"words":"some time"}`:         "nothing is written",
		`{"earliest":"2025-01-01"}`:     "nothing is written",
		`"2025-13"`:                     "months go from 01 to 12",
		`{"text":"[2026..2025]"}`:       "runs backwards",
		`{"text":"2025","words":"` + strings.Repeat("é", 501) + `"}`: "501 letters",
	} {
		d := date(t, "1999")
		wantSentence(t, text, d.UnmarshalJSON([]byte(text)), want)
		if d != date(t, "1999") {
			t.Errorf("%s left %v", text, d)
		}
	}
}

func TestDate_anyPointSurvivesJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	words := []string{"", "end of August", "<b>&\"", "نهاية أغسطس", "סוף אוגוסט", "\u2028 x"}
	for range 5_000 {
		d := randomDate(t, random)
		var err error
		if d.Words, err = cleanDateWords(words[random.IntN(len(words))]); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(d)
		var again Date
		if err != nil || json.Unmarshal(text, &again) != nil || again != d {
			t.Fatalf("%v became %s and %v, %v", d, text, again, err)
		}
	}
}

func FuzzDateJSON(f *testing.F) {
	for _, seed := range []string{
		`null`, `"2025"`, `".."`, `"[2021..]"`, `{"text":"2025-08~","words":"early"}`, `{"text":"..","words":"still in use"}`,
		`{"text":"2025","earliest":null,"latest":"x","label":1}`, `{"text":"2025","x":1}`, `{}`, `[]`, `5`, `"2025`, `""`,
		"{\"text\":\"2025\",\"words\":\"\\ud800 a\\u0301\\u202e\"}", `{"TEXT":"2025","Words":"x"}`, ` null `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Date
		if err := d.UnmarshalJSON(data); err != nil {
			wantSentence(t, string(data), err, ".")
			return
		}
		if !d.Earliest.IsZero() && !d.Latest.IsZero() && d.Latest.Before(d.Earliest) {
			t.Errorf("%s goes from %s to %s", data, d.Earliest, d.Latest)
		}

		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again Date
		if err := json.Unmarshal(text, &again); err != nil || again != d {
			t.Fatalf("%s gave %s, which gave %v, %v", data, text, again, err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(twice, text) {
			t.Errorf("%s is written as %s, then as %s", data, text, twice)
		}
	})
}

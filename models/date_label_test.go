package models

import (
	"strings"
	"testing"
)

// TestDate_inSentences says each shape of a date in each use: the one table of what readers see.
func TestDate_inSentences(t *testing.T) {
	for text, want := range map[string]string{
		// alone | when | since | from | onward | until
		"":                      "unknown | on an unknown day | since an unknown day | from an unknown day | from an unknown day on | until an unknown day",
		"..":                    "still open | still open | still open | still open | still open | still open",
		"2026":                  "2026 | in 2026 | since 2026 | from 2026 | from 2026 on | until 2026",
		"2025-08":               "August 2025 | in August 2025 | since August 2025 | from August 2025 | from August 2025 on | until August 2025",
		"2026-11-09":            "9 November 2026 | on 9 November 2026 | since 9 November 2026 | from 9 November 2026 | from 9 November 2026 on | until 9 November 2026",
		"2021~":                 "about 2021 | about 2021 | since about 2021 | from about 2021 | from about 2021 on | until about 2021",
		"2026-11-09~":           "about 9 November 2026 | about 9 November 2026 | since about 9 November 2026 | from about 9 November 2026 | from about 9 November 2026 on | until about 9 November 2026",
		"2025-08?":              "perhaps August 2025 | perhaps in August 2025 | perhaps since August 2025 | perhaps from August 2025 | perhaps from August 2025 on | perhaps until August 2025",
		"2026-11-09?":           "perhaps 9 November 2026 | perhaps on 9 November 2026 | perhaps since 9 November 2026 | perhaps from 9 November 2026 | perhaps from 9 November 2026 on | perhaps until 9 November 2026",
		"2021%":                 "perhaps about 2021 | perhaps about 2021 | perhaps since about 2021 | perhaps from about 2021 | perhaps from about 2021 on | perhaps until about 2021",
		"[..2026-11-09]":        "by 9 November 2026 | by 9 November 2026 | by 9 November 2026 | by 9 November 2026 | by 9 November 2026 | until 9 November 2026 at the latest",
		"[..2025-08]":           "by August 2025 | by August 2025 | by August 2025 | by August 2025 | by August 2025 | until August 2025 at the latest",
		"[2026-11-09..]":        "9 November 2026 or later | on 9 November 2026 or later | since 9 November 2026 or later | from 9 November 2026 or later | from 9 November 2026 or later on | until 9 November 2026 or later",
		"[2021..]":              "2021 or later | in 2021 or later | since 2021 or later | from 2021 or later | from 2021 or later on | until 2021 or later",
		"[2025-08..2025-09-25]": "between August 2025 and 25 September 2025 | between August 2025 and 25 September 2025 | since some time between August 2025 and 25 September 2025 | from some time between August 2025 and 25 September 2025 | from some time between August 2025 and 25 September 2025 on | until some time between August 2025 and 25 September 2025",
	} {
		d := Date{}
		if text != "" {
			d = end(t, text)
		}
		var got []string
		for _, use := range []DateUse{DateAlone, DateWhen, DateSince, DateFrom, DateOnward, DateUntil} {
			got = append(got, d.In(use))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%q:\n got %s\nwant %s", text, strings.Join(got, " | "), want)
		}
	}
}

func TestDate_sayByOnlyOfWhatHappenedByADay(t *testing.T) {
	day := day(t, "2026-11-09")
	if d := OnDay(day); d != date(t, "2026-11-09") || strings.Contains(d.In(DateSince), "by") {
		t.Errorf("a day is %v", d)
	}
	if d := ByDay(day); d != date(t, "[..2026-11-09]") {
		t.Errorf("by a day is %v", d)
	}
	if OnDay(Day{}) != (Date{}) || ByDay(Day{}) != (Date{}) {
		t.Error("no day is a date")
	}
}

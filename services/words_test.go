package services

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestStandingReason_saysWhyInSentences(t *testing.T) {
	t.Parallel()
	ap, guardian, magazine, call := Ref{Name: "Associated Press"}, Ref{Name: "The Guardian"}, Ref{Name: "+972 Magazine"}, Ref{Name: "Local Call"}
	first, second, unnamed, company := newID(), newID(), newID(), newID()
	refs := map[uuid.UUID]Ref{
		first:   {ID: first, Type: models.TypeSource, Name: "A title", People: []Ref{ap}, Date: date(t, "2025-02")},
		second:  {ID: second, Type: models.TypeSource, Name: "Another", People: []Ref{guardian, magazine, call}, Date: date(t, "2025-08")},
		unnamed: {ID: unnamed, Type: models.TypeSource, Name: "A leaked file"},
		company: {ID: company, Type: models.TypeEntity, Name: "Microsoft"},
	}
	origins := []models.CountedOrigin{{Source: first}, {Source: second}}
	claim := newID()
	for _, c := range []struct {
		name     string
		standing models.Standing
		want     string
	}{
		{"a source", models.Standing{}, ""},
		{"one origin", models.Standing{Verification: models.SingleOrigin, Basis: models.Basis{Origins: []models.CountedOrigin{{Source: unnamed}}}}, "One origin: A leaked file."},
		{"two origins", models.Standing{Verification: models.Corroborated, Basis: models.Basis{Origins: origins}},
			"Two independent origins: Associated Press (February 2025); The Guardian, +972 Magazine and Local Call (August 2025)."},
		{"acknowledged in part", models.Standing{Verification: models.PartlyAcknowledged, Basis: models.Basis{Origins: origins[:1],
			Acknowledgement: &models.Acknowledgement{By: company, Claim: &claim, On: date(t, "2025-09-25"), Extent: models.Partial}}},
			"Acknowledged in part by Microsoft on 25 September 2025. One origin: Associated Press (February 2025)."},
		{"announced by itself", models.Standing{Verification: models.Acknowledged, Basis: models.Basis{Origins: origins[:1],
			Acknowledgement: &models.Acknowledgement{By: company, Source: &first, On: date(t, "2025-09"), Extent: models.Full}}},
			"Announced by Microsoft in September 2025. One origin: Associated Press (February 2025)."},
		{"disputed", models.Standing{Verification: models.SingleOrigin, Disputed: true, Basis: models.Basis{Origins: origins[:1],
			Dispute: &models.Dispute{Claim: claim, By: &company, Stance: models.FindsNoEvidence, On: date(t, "2025-05")}}},
			"One origin: Associated Press (February 2025). Disputed: Microsoft finds no evidence (May 2025)."},
		{"disputed by somebody", models.Standing{Verification: models.SingleOrigin, Disputed: true, Basis: models.Basis{Origins: origins[:1],
			Dispute: &models.Dispute{Claim: claim, Stance: models.Denies, On: date(t, "2025-05")}}},
			"One origin: Associated Press (February 2025). Disputed: An anonymous speaker denies (May 2025)."},
	} {
		if got := StandingReason(c.standing, refs); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestLabel_namesEveryTypeOfRecord(t *testing.T) {
	t.Parallel()
	service, unit := Ref{Type: models.TypeEntity, Name: "Azure cloud storage"}, Ref{Type: models.TypeEntity, Name: "Unidentified unit in IMOD"}
	people := []Ref{{Name: "The Guardian"}, {Name: "+972 Magazine"}}
	for want, ref := range map[string]Ref{
		"Azure cloud storage": service,
		"Azure cloud storage supplied to Unidentified unit in IMOD":                        {Type: models.TypeRelationship, Kind: "supplied_to", Subject: &service, Object: &unit},
		"Azure cloud storage → Unidentified unit in IMOD: disabled (by 25 September 2025)": {Type: models.TypeStatusChange, Kind: "disabled", Subject: &service, Object: &unit, Date: date(t, "[..2025-09-25]")},
		"The Guardian and +972 Magazine finds evidence (August 2025)":                      {Type: models.TypeClaim, Kind: "finds_evidence", People: people, Date: date(t, "2025-08")},
		"An anonymous speaker alleges (August 2025)":                                       {Type: models.TypeClaim, Kind: "alleges", Date: date(t, "2025-08")},
		"an unknown record supplied to an unknown record":                                  {Type: models.TypeRelationship, Kind: "supplied_to"},
		"Why?":                             {Type: models.TypeOpenItem, Name: "Why?"},
		"Why?: no response (2025)":         {Type: models.TypeStatusChange, Kind: "no_response", Name: "Why?", Date: date(t, "2025")},
		"an unknown record: active (2025)": {Type: models.TypeStatusChange, Kind: "active", Date: date(t, "2025")},
	} {
		// The vocabulary begins its labels as it likes; the words are what counts.
		if got := ref.Label(); !strings.EqualFold(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestStale_beginsTheDayAfterAYear(t *testing.T) {
	t.Parallel()
	standing := models.Standing{LastEvidenced: day(t, "2025-09-25")}
	for on, want := range map[string]bool{"2025-09-25": false, "2026-09-25": false, "2026-09-26": true} {
		if got := Stale(standing, day(t, on)); got != want {
			t.Errorf("on %s: %v", on, got)
		}
	}
	if Stale(models.Standing{}, day(t, "2026-09-26")) {
		t.Error("what was never evidenced is called stale")
	}
	for on, want := range map[string]string{"2025-10-26": "last evidenced 25 September 2025", "2025-12-01": "last evidenced 25 September 2025, 2 months ago",
		"2026-11-24": "last evidenced 25 September 2025, 13 months ago", "2026-11-26": "last evidenced 25 September 2025, 14 months ago"} {
		if got := EvidenceWords(standing, day(t, on)); got != want {
			t.Errorf("on %s: got %q, want %q", on, got, want)
		}
	}
	if got := EvidenceWords(models.Standing{}, day(t, "2026-11-26")); got != "" {
		t.Errorf("never evidenced: %q", got)
	}
}

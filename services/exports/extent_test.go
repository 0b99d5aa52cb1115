package exports

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// A status of a part, and one that is denied, are so in every format: none says more than was said.
func TestExport_saysOfWhatAStatusIsAndThatItIsDenied(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[models.Actor]) {
		w, ctx := seeded(t, c), context.Background()
		page, err := w.List(ctx, w.editor, models.TypeRelationship, services.Query{Filters: map[string][]string{"type": {"supplied_to"}, "extent": {"partial"}}})
		if err != nil || len(page.Records) == 0 {
			t.Fatal(err)
		}
		supply := page.Records[0]
		span := supply.Status.Span
		subject := supply.Document.(*models.Relationship).Subject
		company := page.Providers[subject][0].ID
		said, _ := models.ParseDate("2025-11-20")
		source := models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: uuid.Must(uuid.NewV7()), Data: &models.Source{Kind: "statement", Title: "It is not so", Publishers: []uuid.UUID{company}, Published: said}}
		denial := models.Operation{Op: models.OpCreate, Type: models.TypeClaim, Data: &models.Claim{Speakers: []models.Speaker{{Entity: &company}}, Stance: models.Denies, About: []uuid.UUID{*span.Change}, SaidOn: said, Text: "It is not so.",
			Citations: []models.Citation{{Source: source.ID}}}}
		if _, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "denied", Operations: []models.Operation{source, denial}}); err != nil {
			t.Fatal(err)
		}
		status, id := string(span.Status), supply.ID.String()

		words := ""
		for _, line := range strings.Split(string(w.export(t, "ftm", Scope{})), "\n") {
			var e ftmEntity
			if json.Unmarshal([]byte(line), &e) == nil && e.ID == id {
				words = strings.Join(e.Properties["status"], "|")
			}
		}
		if want := status + ", in part (" + span.Scope + "), disputed"; words != want {
			t.Errorf("FollowTheMoney says %q, want %q", words, want)
		}

		want := map[string]string{"status": status, "status_extent": "partial", "status_scope": span.Scope, "status_disputed": "true", "disputed": ""}
		var ml struct {
			Edges []struct {
				ID   string `xml:"id,attr"`
				Data []struct {
					Key  string `xml:"key,attr"`
					Text string `xml:",chardata"`
				} `xml:"data"`
			} `xml:"graph>edge"`
		}
		var ex struct {
			Edges []struct {
				ID     string `xml:"id,attr"`
				Values []struct {
					For  string `xml:"for,attr"`
					Text string `xml:"value,attr"`
				} `xml:"attvalues>attvalue"`
			} `xml:"graph>edges>edge"`
		}
		if err := xml.Unmarshal(w.export(t, "graphml", Scope{}), &ml); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(w.export(t, "gexf", Scope{}), &ex); err != nil {
			t.Fatal(err)
		}
		found := map[string]map[string]string{"graphml": {}, "gexf": {}}
		for _, edge := range ml.Edges {
			for _, d := range edge.Data {
				if edge.ID == id {
					found["graphml"][d.Key] = d.Text
				}
			}
		}
		for _, edge := range ex.Edges {
			for _, d := range edge.Values {
				if edge.ID == id {
					found["gexf"][d.For] = d.Text
				}
			}
		}
		for format, got := range found {
			for name, value := range want {
				if got[name] != value {
					t.Errorf("%s: %s is %q, want %q", format, name, got[name], value)
				}
			}
		}

		var linked struct {
			Graph []map[string]any `json:"@graph"`
		}
		if err := json.Unmarshal(w.export(t, "jsonld", Scope{}), &linked); err != nil {
			t.Fatal(err)
		}
		nodes := map[string]map[string]any{}
		for _, node := range linked.Graph {
			nodes[strings.TrimPrefix(node["@id"].(string), "https://tracker.example/records/")] = node
		}
		node := nodes[id]
		if node["currentStatus"] != status || node["statusExtent"] != "partial" || node["statusScope"] != span.Scope || node["statusDisputed"] != true || node["disputed"] != nil {
			t.Errorf("linked data says %v", node)
		}
		if from, _ := node["statusFrom"].(string); from != "https://tracker.example/records/"+span.Change.String() || nodes[span.Change.String()]["source"] == nil {
			t.Errorf("linked data leads from the status to %q", from)
		}
	})
}

func TestFTM_takesNoVagueDateForAPlainOne(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2025": "2025", "2025-08": "2025-08", "2025-08-14": "2025-08-14", "2025-08~": "", "2025?": "", "2025-08-14%": "", "[..2025-08-14]": "", "[2025-08..]": ""} {
		d, err := models.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := ftmDate(d); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if said := vague("Start:", d); (said == "") != (want != "") {
			t.Errorf("%q is said as %q", text, said)
		}
	}
}

func TestOCDS_keepsAContractThatEndedInPart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status string
		extent models.Extent
		want   string
	}{{"terminated", models.Full, "terminated"}, {"terminated", models.Partial, "active"}, {"cancelled", models.Partial, "active"}, {"pending", models.Partial, "pending"}, {"suspended", models.Full, "active"}, {"unknown", models.Full, ""}, {"", models.Full, ""}} {
		if got := contractStatus(test.status, test.extent); got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.status, test.extent, got, test.want)
		}
	}
}

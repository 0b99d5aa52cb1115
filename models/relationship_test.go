package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// allowedJoins is every cell that is allowed, written out by hand: type, subject kinds, object
// kinds. Every other cell is refused.
const allowedJoins = `
	provides          company                     service
	supplied_to       service                     unit
	part_of           unit                        unit
	part_of           service                     service
	part_of           organization                organization
	part_of           company                     company
	part_of           group                       group
	owns              company                     company
	party_to          company,unit,organization   contract
	covers            contract                    service
	position          person,group                company,unit,organization
	member_of         person,group                group,organization
	operates          company,unit                system,facility
	uses              system                      service,system
	stored_at         service,system              facility
	located_in        facility                    facility
	took_part         company,unit,service,system,person,group,organization,contract,facility,event,inquiry  event
	commissions       company,unit,organization   inquiry
	conducts          company,unit,organization   inquiry
	concerns          inquiry,event               company,unit,service,system,person,group,organization,contract,facility,event,inquiry
	campaigns_against organization                company
	linked_to         company,unit,service,system,person,group,organization,contract,facility,event,inquiry  company,unit,service,system,person,group,organization,contract,facility,event,inquiry
`

func TestMayJoin_everyCellIsAsListed(t *testing.T) {
	allowed := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(allowedJoins)) {
		cells := strings.Fields(line)
		for _, subject := range strings.Split(cells[1], ",") {
			for _, object := range strings.Split(cells[2], ",") {
				allowed[fmt.Sprint(cells[0], " ", subject, " ", object)] = true
			}
		}
	}

	kinds := EntityKinds().Values()
	seen := 0
	for _, name := range append(RelationshipTypes().Values(), "", "other") {
		for _, subject := range kinds {
			for _, object := range kinds {
				cell := name + " " + subject + " " + object
				got := RelationshipType(name).MayJoin(EntityKind(subject), EntityKind(object))
				if got != allowed[cell] {
					t.Errorf("%s is %v, want %v", cell, got, allowed[cell])
				}
				if allowed[cell] {
					seen++
				}
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d cells are listed, and %d of them exist", len(allowed), seen)
	}
}

func TestMayJoin_hasARowForEveryType(t *testing.T) {
	if types := RelationshipTypes().Values(); len(joins) != len(types) {
		t.Errorf("there are %d rows for %d types", len(joins), len(types))
	}
}

func TestEnds_describesTheKindsForPeople(t *testing.T) {
	for relationship, want := range map[RelationshipType]string{
		SuppliedTo: "service → unit",
		PartyTo:    "company, unit or organization → contract",
		PartOf:     "unit → unit, service → service, organization → organization, company → company, group → group",
		Concerns:   "inquiry or event → any",
		LinkedTo:   "any → any",
		"other":    "",
	} {
		if got := relationship.Ends(); got != want {
			t.Errorf("%s: got %q, want %q", relationship, got, want)
		}
	}
}

func TestRelationship_refusesFieldsOfOtherTypes(t *testing.T) {
	seller, share := uuid.Must(uuid.NewV7()), 50.0
	for pointer, field := range map[string]struct {
		set    func(*Relationship)
		owners []RelationshipType
	}{
		"/supplied_by": {func(r *Relationship) { r.SuppliedBy = &seller }, []RelationshipType{SuppliedTo}},
		"/purposes":    {func(r *Relationship) { r.Purposes = []Purpose{"storage"} }, []RelationshipType{SuppliedTo, Operates, Uses, StoredAt}},
		"/share":       {func(r *Relationship) { r.Share = &share }, []RelationshipType{Owns}},
		"/title":       {func(r *Relationship) { r.Title = "Director" }, []RelationshipType{Position}},
	} {
		for _, name := range RelationshipTypes().Values() {
			r := validRelationship(RelationshipType(name))
			if problems := r.Validate(); len(problems) > 0 {
				t.Fatalf("a plain %s is refused: %v", name, problems)
			}
			field.set(r)
			refused := slices.ContainsFunc(r.Validate(), func(p Problem) bool { return p.Pointer == pointer })
			if want := !slices.Contains(field.owners, r.Type); refused != want {
				t.Errorf("%s of %s is refused: %v, want %v", pointer, name, refused, want)
			}
		}
	}
}

func TestRelationship_reportsEverythingWrongAtOnce(t *testing.T) {
	one := uuid.Must(uuid.NewV7())
	share := 101.0
	r := &Relationship{Type: "suplied_to", Subject: one, Object: one, Share: &share, Start: date(t, "2025"), End: date(t, "2024"),
		Purposes: []Purpose{"storage", "storage", "storge"}}
	want := map[string]string{
		"/type":       `Did you mean "supplied_to"?`,
		"/object":     "choose a different object",
		"/end":        "lies before the start",
		"/share":      "at most 100",
		"/purposes/1": "listed twice",
		"/purposes/2": `Did you mean "storage"?`,
	}
	problems := r.Validate()
	for pointer, text := range want {
		if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Pointer == pointer && strings.Contains(p.Message, text) }) {
			t.Errorf("nothing at %s says %q: %v", pointer, text, problems)
		}
	}
	if problems := (&Relationship{Type: LinkedTo}).Validate(); len(problems) < 3 {
		t.Errorf("a link without ends and words has only the problems %v", problems)
	}
}

func validRelationship(relationship RelationshipType) *Relationship {
	r := &Relationship{Type: relationship, Subject: uuid.Must(uuid.NewV7()), Object: uuid.Must(uuid.NewV7())}
	if relationship == LinkedTo {
		r.Description = "Shares an address."
	}
	return r
}

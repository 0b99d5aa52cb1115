package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// Who published a source makes it an origin, so two publishers must be two: those of one name are one,
// and so are an owner and what it owns. Somebody who is not known is nobody who examined a matter.

// publisherFacts is what is known of a publisher or its owner.
type publisherFacts struct {
	undisclosed bool
	// name is its name as names of publishers are compared.
	name string
	// owners own it, each by a link of its own that stands and has no end.
	owners []uuid.UUID
}

// The roles of a sourceRow beside those of links.
const (
	sourceRetracted models.LinkRole = "retracted"
	publisherItself models.LinkRole = "entity"
	publisherOwner  models.LinkRole = "owner"
)

const (
	// publishedBy are the publishers of the sources behind what is cited, and all who own those.
	publishedBy = `
		published (id) AS (
			SELECT id FROM (
				SELECT l.target_id AS id FROM behind b CROSS JOIN record_links l WHERE l.record_id = b.id AND l.role = 'publisher' AND {held:l}
				UNION
				SELECT id FROM behind
			) p
			UNION
			SELECT o.subject_id FROM published p CROSS JOIN relationships o WHERE ` + ownsInForce + `
		)`
	publisherRows = `
		SELECT e.id, 'entity', e.id, e.identity, e.name, 0, '', CAST(NULL AS date), CAST(NULL AS date) FROM published p CROSS JOIN entities e WHERE e.id = p.id AND {held:e}
		UNION ALL
		SELECT o.object_id, 'owner', o.subject_id, '', '', 0, '', CAST(NULL AS date), CAST(NULL AS date) FROM published p CROSS JOIN relationships o WHERE ` + ownsInForce
	ownsInForce = "o.object_id = p.id AND o.type = 'owns' AND o.state = 'live' AND o.end_text = '' AND {held:o}"
)

// addPerson takes what a row says of a publisher, and reports whether it does.
func (g sourceGraph) addPerson(row sourceRow) bool {
	if row.Role != publisherItself && row.Role != publisherOwner {
		return false
	}
	person := g.people[row.RecordID]
	if person == nil {
		person = &publisherFacts{}
		g.people[row.RecordID] = person
	}
	if row.Role == publisherOwner {
		if !slices.Contains(person.owners, row.TargetID) {
			person.owners = append(person.owners, row.TargetID)
		}
		return true
	}
	person.undisclosed, person.name = row.Kind == string(models.Undisclosed), comparedName(row.Normal)
	return true
}

// disclosed are those of some publishers of whom it is known who they are.
func (g sourceGraph) disclosed(publishers []uuid.UUID) []uuid.UUID {
	return slices.DeleteFunc(slices.Clone(publishers), func(id uuid.UUID) bool {
		return g.people[id] != nil && g.people[id].undisclosed
	})
}

func (g sourceGraph) nameOf(publisher uuid.UUID) string {
	if g.people[publisher] == nil {
		return ""
	}
	return g.people[publisher].name
}

// ownersOf are all who own a publisher, or what owns it.
func (g sourceGraph) ownersOf(publisher uuid.UUID) []uuid.UUID {
	found := []uuid.UUID{publisher}
	for i := 0; i < len(found); i++ {
		if person := g.people[found[i]]; person != nil {
			for _, owner := range person.owners {
				if !slices.Contains(found, owner) {
					found = append(found, owner)
				}
			}
		}
	}
	return found[1:]
}

// legalForms end names of companies and say nothing of which one it is.
var legalForms = []string{"inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "lp", "plc", "gmbh", "ag", "kg", "se", "sa", "sas", "sarl", "srl", "spa",
	"bv", "nv", "ab", "as", "asa", "aps", "oy", "oyj", "kk", "pty", "pte", "pvt", "sp z o o", "zrt", "kft", "doo", "ooo", "oao", "pjsc"}

// comparedName is the form in which names of publishers are compared: folded, without "The" before it
// and legal forms after it.
func comparedName(name string) string {
	words := models.Fold(name)
	words = strings.TrimPrefix(words, "the ")
	for {
		shorter := words
		for _, form := range legalForms {
			if rest, ok := strings.CutSuffix(shorter, " "+form); ok {
				shorter = rest
			}
		}
		if shorter == words {
			return words
		}
		words = shorter
	}
}

// inLastCircle reports whether a document is one of some that report on each other in a circle, and on
// nothing outside it, of which none says that it examined the matter.
func (g sourceGraph) inLastCircle(p *paper) bool {
	behind := g.behind(p)
	if !slices.Contains(behind, p) {
		return false
	}
	return !slices.ContainsFunc(behind, func(other *paper) bool { return other.examined || !slices.Contains(g.behind(other), p) })
}

// behind are the documents on which one reports, directly or through others.
func (g sourceGraph) behind(p *paper) []*paper {
	var found []*paper
	add := func(ids []uuid.UUID) {
		for _, id := range ids {
			if next := g.paperOf(id); !slices.Contains(found, next) {
				found = append(found, next)
			}
		}
	}
	add(p.reportsOn)
	for i := 0; i < len(found); i++ {
		add(found[i].reportsOn)
	}
	return found
}

// publisherChanged reports whether a write changes an entity as the publisher of sources: its name, or whether
// it is known who it is.
func publisherChanged(one *write) bool {
	before, was := one.old.(*models.Entity)
	after, is := one.document.(*models.Entity)
	if !was || !is {
		return was != is
	}
	return before.Identity != after.Identity || comparedName(before.Name) != comparedName(after.Name)
}

// addPublished adds the sources that entities, or what these own, published.
func (w *writing) addPublished(publishers []uuid.UUID, sources *[]uuid.UUID) error {
	query := w.view.sql(`
		WITH RECURSIVE owned (id) AS (
			SELECT id FROM records WHERE id ?
			UNION
			SELECT o.object_id FROM owned b CROSS JOIN relationships o WHERE o.subject_id = b.id AND o.type = 'owns' AND o.state = 'live' AND {held:o}
		)
		SELECT l.record_id FROM owned b CROSS JOIN record_links l WHERE l.target_id = b.id AND l.role = 'publisher' AND {held:l}`)
	return inChunks(distinct(publishers), func(chunk []uuid.UUID) error {
		var rows []struct{ RecordID uuid.UUID }
		if err := w.tx.Raw(query, among(chunk)).Scan(&rows).Error; err != nil {
			return fmt.Errorf("find what publishers published: %w", err)
		}
		for _, row := range rows {
			if !w.made(row.RecordID) {
				*sources = append(*sources, row.RecordID)
			}
		}
		return nil
	})
}

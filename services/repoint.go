package services

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// pointers are where present records point at others, an index for each.
var pointers = []struct{ table, id, column string }{
	{"relationships", "id", "subject_id"}, {"relationships", "id", "object_id"}, {"relationships", "id", "supplied_by_id"},
	{"status_changes", "id", "record_id"}, {"status_changes", "id", "actor_id"}, {"status_changes", "id", "claim_id"},
	{"open_items", "id", "addressee_id"}, {"record_links", "record_id", "target_id"},
	{"record_speakers", "record_id", "entity_id"}, {"record_speakers", "record_id", "on_behalf_of_id"}, {"citations", "record_id", "source_id"},
}

// pointing lists the records that point at others at present, whatever their state.
func pointing(tx *gorm.DB, targets []uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := inChunks(targets, func(chunk []uuid.UUID) error {
		for _, one := range pointers {
			query := fmt.Sprintf("SELECT %s AS id FROM %s WHERE to_size IS NULL AND %s IN ?", one.id, one.table, one.column)
			var found []struct{ ID uuid.UUID }
			if err := tx.Raw(query, chunk).Scan(&found).Error; err != nil {
				return fmt.Errorf("find what points at a record: %w", err)
			}
			for _, one := range found {
				ids = append(ids, one.ID)
			}
		}
		return nil
	})
	return distinct(ids), err
}

// copyOf gives a document that can be changed without changing the other.
func copyOf(document models.Document) (models.Document, error) {
	return readDocument(document.RecordType(), mustJSON(document))
}

// repoint has a document point at what others lead to. It reports whether that changed anything.
// Entries of lists that become the same are joined; what would point at itself is left out.
func repoint(self uuid.UUID, document models.Document, into map[uuid.UUID]uuid.UUID) bool {
	r := repointing{self: self, into: into}
	switch d := document.(type) {
	case *models.Entity:
		d.Members = r.list(d.Members)
		d.Citations = r.citations(d.Citations)
	case *models.Relationship:
		r.one(&d.Subject)
		r.one(&d.Object)
		r.optional(d.SuppliedBy)
		d.Citations = r.citations(d.Citations)
	case *models.StatusChange:
		r.one(&d.Record)
		r.optional(d.Actor)
		r.optional(d.Claim)
		d.Citations = r.citations(d.Citations)
	case *models.Claim:
		d.Speakers = r.speakers(d.Speakers)
		d.About, d.Answers = r.list(d.About), r.list(d.Answers)
		d.Citations = r.citations(d.Citations)
	case *models.Source:
		d.Publishers = r.list(d.Publishers)
		d.ReportsOn = r.origins(d.ReportsOn)
		r.optional(d.CopyOf)
		if d.CopyOf != nil && *d.CopyOf == self {
			d.CopyOf, r.changed = nil, true
		}
	case *models.OpenItem:
		r.one(&d.Addressee)
		d.RaisedBy = r.speakers(d.RaisedBy)
		d.About = r.list(d.About)
		d.Citations = r.citations(d.Citations)
	}
	return r.changed
}

type repointing struct {
	self    uuid.UUID
	into    map[uuid.UUID]uuid.UUID
	changed bool
}

func (r *repointing) one(id *uuid.UUID) {
	if to, ok := r.into[*id]; ok {
		*id, r.changed = to, true
	}
}

func (r *repointing) optional(id *uuid.UUID) {
	if id != nil {
		r.one(id)
	}
}

func (r *repointing) list(ids []uuid.UUID) []uuid.UUID {
	before := r.changed
	r.changed = false
	for i := range ids {
		r.one(&ids[i])
	}
	if r.changed {
		ids = once(slices.DeleteFunc(ids, func(id uuid.UUID) bool { return id == r.self }))
	}
	r.changed = r.changed || before
	return ids
}

func (r *repointing) speakers(speakers []models.Speaker) []models.Speaker {
	var kept []models.Speaker
	for _, s := range speakers {
		r.optional(s.Entity)
		r.optional(s.OnBehalfOf)
		if !slices.ContainsFunc(kept, func(other models.Speaker) bool { return sameSpeaker(s, other) }) {
			kept = append(kept, s)
		}
	}
	return kept
}

func sameSpeaker(a, b models.Speaker) bool {
	return a.Description == b.Description && sameID(a.Entity, b.Entity) && sameID(a.OnBehalfOf, b.OnBehalfOf)
}

func sameID(a, b *uuid.UUID) bool { return a == b || a != nil && b != nil && *a == *b }

func (r *repointing) origins(origins []models.Origin) []models.Origin {
	var kept []models.Origin
	for _, o := range origins {
		r.one(&o.Source)
		same := slices.IndexFunc(kept, func(other models.Origin) bool { return other.Source == o.Source })
		switch {
		case o.Source == r.self:
		case same >= 0:
			kept[same].Examined = kept[same].Examined || o.Examined
		default:
			kept = append(kept, o)
		}
	}
	return kept
}

func (r *repointing) citations(citations []models.Citation) []models.Citation {
	before := r.changed
	r.changed = false
	for i := range citations {
		r.one(&citations[i].Source)
	}
	if r.changed {
		citations = once(citations)
	}
	r.changed = r.changed || before
	return citations
}

// once drops repeated values and keeps the order.
func once[T comparable](values []T) []T {
	var kept []T
	for _, v := range values {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

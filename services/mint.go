package services

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// An id made by newID tells its instant, and ids are public. So what a draft makes has provisional
// ids, which tell nothing, until it is sent; then each gets the id that it keeps. See decision 0029.

// NewDraftID gives an id for a draft that is to be begun. It is random: it stays the public id of
// the changeset.
func NewDraftID() uuid.UUID { return uuid.New() }

// ProvisionalID gives an id for a record that a draft is to make. The record gets another when the
// draft is sent, and everything in the draft that names it follows.
func ProvisionalID() uuid.UUID {
	var id uuid.UUID // a UUIDv8 whose first 48 bits are zero
	_, _ = rand.Read(id[6:])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id
}

func provisional(id uuid.UUID) bool {
	return id.Version() == 8 && [6]byte(id[:6]) == [6]byte{}
}

// finalIDs gives each record that operations make under a provisional id, or under any id that
// tells its instant where all is set, the id that it keeps.
func finalIDs(operations []models.Operation, all bool) map[uuid.UUID]uuid.UUID {
	final := map[uuid.UUID]uuid.UUID{}
	for _, op := range operations {
		if op.Op == models.OpCreate && (provisional(op.ID) || all && op.ID.Version() == 7) {
			final[op.ID] = newID()
		}
	}
	return final
}

// renamed writes a text of a changeset, its operations or its form, with other ids.
func renamed(text string, ids map[uuid.UUID]uuid.UUID) string {
	pairs := make([]string, 0, 2*len(ids))
	for from, to := range ids {
		pairs = append(pairs, from.String(), to.String())
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// mint gives the records that a draft makes the ids that they keep, in the row and in the
// database. What was sent before keeps those it has.
func mint(tx *gorm.DB, row *models.ChangesetRow) error {
	operations, err := ProposedOperations(*row)
	if err != nil {
		return err
	}
	final := finalIDs(operations, row.SubmittedAt == nil)
	if len(final) == 0 {
		return nil
	}
	if err := mintSources(tx, final); err != nil {
		return err
	}
	row.Operations, row.Form = renamed(row.Operations, final), renamed(row.Form, final)
	return wrap(tx.Model(row).Select("operations", "form").Updates(row).Error, "give draft %s its final ids", row.ID)
}

// mintSources has intakes remember the ids of the sources that they made: every draft that comes of
// an intake makes the same source.
func mintSources(tx *gorm.DB, final map[uuid.UUID]uuid.UUID) error {
	var intakes []models.Intake
	for _, some := range chunks(keys(final)) {
		var found []models.Intake
		if err := tx.Select("id", "made_id").Find(&found, "id ?", among(some)).Error; err != nil {
			return fmt.Errorf("look up the intakes of a draft: %w", err)
		}
		intakes = append(intakes, found...)
	}
	for _, one := range intakes {
		if one.MadeID != nil {
			final[one.ID] = *one.MadeID
			continue
		}
		if err := tx.Model(&one).Update("made_id", final[one.ID]).Error; err != nil {
			return fmt.Errorf("note the source of intake %s: %w", one.ID, err)
		}
	}
	return nil
}

// reidentified gives operations with other ids, in documents too.
func reidentified(operations []models.Operation, ids map[uuid.UUID]uuid.UUID) ([]models.Operation, error) {
	if len(ids) == 0 {
		return operations, nil
	}
	return ProposedOperations(models.ChangesetRow{Operations: renamed(storedText(operations), ids)})
}

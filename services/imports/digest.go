package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"plumbline/models"
	"plumbline/services"
)

// digest names what would be written: two checks that give the same one show the same. Edits count
// by the fields that they change, so that somebody else's edit of another field is no difference,
// and the slug that a new entity happens to get does not count.
func (p *Plan) digest() string {
	h := sha256.New()
	for i, operation := range p.operations {
		fmt.Fprintf(h, "%s %s %s ", operation.Op, operation.Type, operation.ID)
		writeDigest(h, operation, p.behind[i])
	}
	for _, it := range p.retracted {
		fmt.Fprintf(h, "retract %s %q\n", it.id, it.retract)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func writeDigest(h io.Writer, operation models.Operation, behind *item) {
	data := operation.Data
	if e, ok := data.(*models.Entity); ok && behind.slug == "" && behind.found == nil {
		unnamed := *e
		unnamed.Slug = ""
		data = &unnamed
	}
	if behind.found == nil {
		fmt.Fprintf(h, "%s\n", mustJSON(data))
		return
	}
	changes := behind.changes
	if data == nil {
		changes = nil
	}
	for _, change := range changes {
		fmt.Fprintf(h, "%s=%s ", change.Field, change.After)
	}
	fmt.Fprintln(h, operation.Edit)
}

// fieldsOf names the fields of changes.
func fieldsOf(changes []services.FieldChange) []string {
	names := make([]string, len(changes))
	for i, change := range changes {
		names[i] = change.Field
	}
	return names
}

package api

import (
	"reflect"
	"strings"
	"testing"

	"plumbline/models"
)

// What the API tells of a record is in the table of fields, so that an import of its JSON knows what
// is a field and what follows from others.
func TestWire_hasNoMemberBesideTheTableOfFields(t *testing.T) {
	t.Parallel()
	for kind, wire := range map[models.RecordType]any{models.TypeEntity: Entity{}, models.TypeRelationship: Relationship{}, models.TypeStatusChange: StatusChange{},
		models.TypeClaim: Claim{}, models.TypeSource: Source{}, models.TypeOpenItem: OpenItem{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(wire)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if _, known := models.FieldNamed(kind, name); !field.Anonymous && !known {
				t.Errorf("the table of fields of %s has no %q", kind, name)
			}
		}
	}
}

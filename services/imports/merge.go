package imports

import (
	"encoding/json"
	"reflect"
	"slices"

	"plumbline/models"
)

// merged gives what is there with what a row says beside it: fields that the row fills replace
// those of before, lists are joined. A name that differs is kept as a further name, unless the
// row named the entity itself.
func merged(before, row models.Document, named bool) models.Document {
	after := clone(before)
	if entity, ok := after.(*models.Entity); ok {
		mergeEntity(entity, row.(*models.Entity), named)
		return after
	}
	mergeFields(reflect.ValueOf(after).Elem(), reflect.ValueOf(row).Elem())
	return after
}

func mergeEntity(after, row *models.Entity, named bool) {
	said := *row
	name, slug := after.Name, after.Slug
	names := slices.Clone(said.Names)
	if !named && name != "" && said.Name != "" {
		if models.Fold(said.Name) != models.Fold(name) {
			names = append(names, models.Name{Text: said.Name, Type: "alias"})
		}
		said.Name = ""
	}
	said.Names = nil
	if said.Identity == models.Disclosed && after.Identity != "" {
		said.Identity = "" // it is the default, not something said
	}
	mergeFields(reflect.ValueOf(after).Elem(), reflect.ValueOf(&said).Elem())
	if slug != "" {
		after.Slug = slug
	}
	for _, one := range names {
		same := func(n models.Name) bool { return n.Text == one.Text || models.Fold(n.Text) == models.Fold(one.Text) }
		if one.Text != after.Name && !slices.ContainsFunc(after.Names, same) {
			after.Names = append(after.Names, one)
		}
	}
}

// mergeFields puts the fields of row that are filled into after.
func mergeFields(after, row reflect.Value) {
	for i := range row.NumField() {
		to, from := after.Field(i), row.Field(i)
		switch {
		case from.IsZero():
		case from.Type() == reflect.TypeFor[[]models.Citation]():
			to.Set(reflect.ValueOf(joinCitations(to.Interface().([]models.Citation), from.Interface().([]models.Citation))))
		case from.Type() == reflect.TypeFor[models.Date]() && from.Interface().(models.Date).Words == "" &&
			from.Interface().(models.Date).Text == to.Interface().(models.Date).Text:
			// The source's own words are kept where the row says no other date.
		case from.Kind() == reflect.Slice:
			to.Set(joined(to, from))
		default:
			to.Set(from)
		}
	}
}

// joined adds what is not in a list yet.
func joined(to, from reflect.Value) reflect.Value {
	all := reflect.AppendSlice(reflect.MakeSlice(to.Type(), 0, to.Len()), to)
	for i := range from.Len() {
		known := false
		for j := range all.Len() {
			known = known || sameEntry(all.Index(j).Interface(), from.Index(i).Interface())
		}
		if !known {
			all = reflect.Append(all, from.Index(i))
		}
	}
	return all
}

// sameEntry reports whether two entries of a list are about the same thing, even where one of them
// says more.
func sameEntry(a, b any) bool {
	switch one := a.(type) {
	case models.Speaker:
		other := b.(models.Speaker)
		return one.Description == other.Description && reflect.DeepEqual(one.Entity, other.Entity)
	case models.Origin:
		return one.Source == b.(models.Origin).Source
	}
	return reflect.DeepEqual(a, b)
}

// joinCitations adds citations of places that are not cited yet; of one that is, it brings the day
// on which the source shows that the record held forward. One that names no place in its source is
// there when the source is cited.
func joinCitations(to, from []models.Citation) []models.Citation {
	all := slices.Clone(to)
	for _, one := range from {
		i := slices.IndexFunc(all, func(c models.Citation) bool { return c.Source == one.Source && c.Locator == one.Locator })
		if i < 0 && one.Locator == "" {
			i = slices.IndexFunc(all, func(c models.Citation) bool { return c.Source == one.Source })
		}
		switch {
		case i < 0:
			all = append(all, one)
		default:
			if all[i].HoldsOn.Before(one.HoldsOn) {
				all[i].HoldsOn = one.HoldsOn
			}
			if all[i].CheckedOn.Before(one.CheckedOn) {
				all[i].CheckedOn = one.CheckedOn
			}
			if all[i].Note == "" {
				all[i].Note = one.Note
			}
		}
	}
	return all
}

// clone copies a document, so that what was read stays as it is.
func clone(document models.Document) models.Document {
	copied := models.NewDocument(document.RecordType())
	from, to := reflect.ValueOf(document).Elem(), reflect.ValueOf(copied).Elem()
	to.Set(from)
	for i := range to.NumField() {
		if field := to.Field(i); field.Kind() == reflect.Slice && !field.IsNil() {
			field.Set(reflect.AppendSlice(reflect.MakeSlice(field.Type(), 0, field.Len()), field))
		}
	}
	return copied
}

func sameJSON(a, b models.Document) bool { return string(mustJSON(a)) == string(mustJSON(b)) }

func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // documents are plain structs
	}
	return text
}

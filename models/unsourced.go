package models

import "github.com/google/uuid"

// UnsourcedID is the id of the source that stands for having none.
var UnsourcedID = uuid.MustParse("019ad735-8400-7000-8000-000000000000")

// Unsourced is the source that records cite which were imported without one: neither their rows nor
// whoever imported them named any. A file says how records came in, not who says so, so that all
// such files are this one source, and it is no evidence. Nothing else can be made of it, or all that
// rests on nothing would come to rest on something at once.
func Unsourced() *Source {
	return &Source{Kind: "imported_file", Title: "Imported without a source",
		Summary: "Whoever imported what cites this named no source for it. It is no evidence: cite a source in its place."}
}

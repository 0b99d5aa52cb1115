package exports

import _ "embed" // for the mapping

//go:embed mapping.md
var mapping string

// Mapping is the published mapping, in Markdown: what each format can and cannot say.
func Mapping() string { return mapping }

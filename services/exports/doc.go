// Package exports writes the records, or a part of them, in the formats of others and in this
// product's own, as a stream: memory is bounded by a page, not by what is exported.
//
// export.go walks the records at one log size; each format is a writer in a file of its own.
// docs/mapping.md says what each format cannot say.
package exports

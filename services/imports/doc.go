// Package imports turns files into changesets: a reader for each format gives one stream of typed
// rows; one engine matches them with what is known, rehearses them, and submits what is new or
// different as one changeset through the services, like anybody's writes.
//
//   - file.go recognises formats and encodings; csv.go, xlsx.go, ocds.go, ftm.go, bods.go and
//     records.go are the readers.
//   - table.go says which columns a table may have; cell.go reads what stands in a cell.
//   - match.go finds what is there already; plan.go decides and rehearses; load.go submits.
//   - report.go says what became of each row, and writes the bad ones out to be mended.
package imports

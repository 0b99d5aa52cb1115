// Package models says what things are: records, codes, dates and the rules that need nothing
// but the thing itself. It does no I/O.
//
// The glossary, one word per idea:
//
//   - entity: anything with an identity (a company, a unit, a service, a person …).
//   - relationship: a typed, directed link between two entities.
//   - status change: a dated step in the life of a relationship, contract, inquiry or open item.
//   - claim: speakers say something about records, on a day, with a stance.
//   - source: a document; it may report on other sources, its origins.
//   - citation: ties a source to a record; it is part of that record.
//   - open item: a question, demand or commitment addressed to an entity.
//   - changeset: writes that belong together; revision: one version of one record.
//   - document: what a person writes about a record; a held row: what the database keeps of
//     it, with the log sizes between which it held.
//   - span: the days for which a status held; standing: how well a record is established.
//
// Two times are never mixed: when something happened (Date, Day) and when it was recorded
// (time.Time in UTC, or the log size that goes with it).
package models

// Package services says what may happen: rules that need other records, permissions,
// transactions and queries. It knows no HTTP.
//
// Every write goes through Submit or one of its siblings, which end in publish: the one
// function that writes records, revisions, the log and what is derived from them, in one
// transaction. Every read names its Moment: the day it asks about and the instant at which it
// was known.
package services

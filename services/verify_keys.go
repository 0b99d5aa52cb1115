package services

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/models"
)

// trustedKey is a key of the log that verify takes signatures of, and how it came to sign.
type trustedKey struct {
	models.LogKeyRow
	// verifier is nil where the key itself is not known.
	verifier note.Verifier
	// run counts the keys before it that did not hand over: keys of one run vouch for each other.
	run int
}

// checkKeys checks that each key was handed over by the one before, or says that it was not. Keys that
// were never handed over count for nothing.
func (v *verification) checkKeys(trusted []string) error {
	rows, err := logKeys(v.tx)
	if err != nil {
		return err
	}
	if len(rows) == 0 && v.report.Size > 0 {
		v.problem("no key of the log is entered; run plumbline migrate with the key that signed it")
	}
	for i, row := range rows {
		if row.Number != int64(i+1) {
			v.problem("the log's key %s has the number %d, not %d", row.ID(), row.Number, i+1)
		}
		if key, ok := v.keyOf(row); ok {
			v.keys = append(v.keys, key)
			v.report.Keys = append(v.report.Keys, row)
		}
	}
	if len(rows) > 0 && rows[0].Statement == "" && (len(rows) == 1 || rows[1].How != models.KeyLost) {
		v.problem("the log's key %s has no statement, and was not declared lost", rows[0].ID())
	}
	v.checkTrust(trusted)
	return nil
}

// keyOf checks that a key follows what is before it, and its statement.
func (v *verification) keyOf(row models.LogKeyRow) (trustedKey, bool) {
	key, before := trustedKey{LogKeyRow: row}, trustedKey{}
	if n := len(v.keys); n > 0 {
		before = v.keys[n-1]
		key.run = before.run
	}
	switch {
	case (row.How == models.KeyFirst) != (len(v.keys) == 0), !models.KeyOrigins().Has(string(row.How)),
		row.FromSize < before.FromSize, row.FromSize > v.report.Size, row.At.Before(before.At):
		v.problem("the log's key %s (%s) takes over at log size %d on %s, which does not follow what is before it", row.ID(), row.How, row.FromSize, row.At.UTC().Format(time.DateOnly))
		return key, false
	case row.How == models.KeyFirst && row.Statement == "": // lost before it was entered: nobody could sign
		key.verifier, _ = note.NewVerifier(row.PublicKey) // nil for a name and hash alone
		return key, true
	}
	verifier, err := note.NewVerifier(row.PublicKey)
	if err != nil {
		v.problem("the log's key %s cannot be read", row.ID())
		return key, false
	}
	key.verifier = verifier
	return key, v.checkStatement(&key, before)
}

// checkStatement checks what was signed when a key took over: by the key before too, or not at all
// where that was lost.
func (v *verification) checkStatement(key *trustedKey, before trustedKey) bool {
	signers, missing := []note.Verifier{key.verifier}, "it"
	if key.How == models.KeyHandedOver {
		if before.verifier == nil {
			v.problem("the log's key %s was never handed over: %s is not known, and could not sign that", key.ID(), before.ID())
			return false
		}
		signers, missing = append(signers, before.verifier), "both it and "+before.ID()
	}
	text, err := openStatement(key.LogKeyRow, signers...)
	if err != nil {
		v.problem("the log's key %s was never handed over: its statement is not signed by %s", key.ID(), missing)
		return false
	}
	root, err := tlog.TreeHash(key.FromSize, v.hashes)
	if err != nil || text != keyStatement(key.LogKeyRow, before.PublicKey, root) {
		v.problem("the statement of the log's key %s does not say what the database says of it", key.ID())
		return false
	}
	if key.How == models.KeyLost {
		key.run++
		v.notice("%s was not handed over: %s was declared lost on %s, at log size %d: %s", key.ID(), before.ID(), key.At.UTC().Format(time.DateOnly), key.FromSize, key.Reason)
	}
	return true
}

// checkTrust checks that every key is one that the caller trusts, or is tied to one by handovers.
func (v *verification) checkTrust(trusted []string) {
	if len(trusted) == 0 {
		return
	}
	runs := map[int]bool{}
	for _, public := range trusted {
		found := false
		for _, key := range v.keys {
			if key.PublicKey == public {
				found, runs[key.run] = true, true
			}
		}
		if !found {
			v.problem("%s, which you trust, is no key of this log", models.KeyID(public))
		}
	}
	for _, key := range v.keys {
		if !runs[key.run] {
			v.problem("%s, which signs from log size %d on, was not handed over by a key that you trust", key.ID(), key.FromSize)
		}
	}
}

// keyInForce gives the key that signs the checkpoint of a size.
func (v *verification) keyInForce(size int64) (key trustedKey, ok bool) {
	for _, k := range v.keys {
		if k.FromSize < size {
			key, ok = k, true
		}
	}
	return key, ok
}

// openSigned checks that a checkpoint is signed by the key in force at a size, and gives its text.
func (v *verification) openSigned(signed string, size int64) (text, problem string) {
	key, ok := v.keyInForce(size)
	var unverified *note.UnverifiedNoteError
	if ok && key.verifier == nil {
		// Whose name it bears is all that can be seen.
		if _, err := note.Open([]byte(signed), note.VerifierList()); errors.As(err, &unverified) && signerOf(signed) == key.ID() {
			v.unchecked++
			return unverified.Note.Text, ""
		}
	} else if ok {
		if opened, err := note.Open([]byte(signed), note.VerifierList(key.verifier)); err == nil {
			return opened.Text, ""
		}
	}
	signer := signerOf(signed)
	for _, other := range v.keys {
		switch {
		case other.ID() != signer:
		case ok && other.ID() == key.ID():
			return "", fmt.Sprintf("is not signed by this log's key: it bears the name of %s, but not its signature", signer)
		default:
			return "", fmt.Sprintf("is not signed by this log's key: %s signed it, whose time it was not", signer)
		}
	}
	if signer == "nobody" {
		return "", "is not signed by this log's key: nobody signed it"
	}
	return "", fmt.Sprintf("is not signed by this log's key: %s signed it, to which the log was never handed over", signer)
}

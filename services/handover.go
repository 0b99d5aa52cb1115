package services

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// HandOver makes a key and has the present one sign that it follows: from then on it alone signs the
// log. The new key takes the place of the old one's file, which is kept beside it. reason is shown to
// everybody. It gives the new key, and where the old one is kept.
func HandOver(ctx context.Context, db *database.Database, path, reason string) (row models.LogKeyRow, kept string, err error) {
	if reason, err = keyReason(reason, false); err != nil {
		return row, "", err
	}
	key, err := OpenLogKey(ctx, db, path)
	if err != nil {
		return row, "", err
	}
	next, err := successor(ctx, db, path)
	if err != nil {
		return row, "", err
	}
	var keys []models.LogKeyRow
	err = db.Transaction(ctx, func(tx *gorm.DB) error {
		head, before, err := headWithKeys(tx)
		if err != nil {
			return err
		}
		last := before[len(before)-1] // there is one, since it was opened
		if last.PublicKey != key.Public {
			return models.Errorf(models.ErrConflict, "The log was handed over to %s meanwhile. Nothing was done.", last.ID())
		}
		row = follow(last, head, next, models.KeyHandedOver, reason)
		keys = append(before, row)
		return enterKey(tx, row, last.PublicKey, head, key, next)
	})
	if err != nil {
		return row, "", err
	}
	return row, formerKeyFile(path, key.Public), settleKeyFile(path, keys)
}

// ReplaceLost declares that the present key is lost and makes another one, which nothing but the word
// of who runs the site ties to the log: verify and the page on integrity say so for ever. It brings
// the database to this program's schema first, for one whose key was lost before keys were entered;
// lost is its public key then, where somebody has it. reason is shown to everybody.
func ReplaceLost(ctx context.Context, db *database.Database, path, lost, reason string) (row models.LogKeyRow, err error) {
	if reason, err = keyReason(reason, true); err != nil {
		return row, err
	}
	if err := checkLost(ctx, db, path, lost); err != nil {
		return row, err
	}
	if _, _, err := db.Migrate(ctx); err != nil {
		return row, err
	}
	next, err := successor(ctx, db, path)
	if err != nil {
		return row, err
	}
	var keys []models.LogKeyRow
	err = db.Transaction(ctx, func(tx *gorm.DB) error {
		head, before, err := headWithKeys(tx)
		if err != nil {
			return err
		}
		if len(before) == 0 {
			first, err := enterLost(tx, head, lost)
			if err != nil {
				return err
			}
			before = []models.LogKeyRow{first}
		}
		last := before[len(before)-1]
		row = follow(last, head, next, models.KeyLost, reason)
		keys = append(before, row)
		return enterKey(tx, row, last.PublicKey, head, next)
	})
	if err != nil {
		return row, err
	}
	return row, settleKeyFile(path, keys)
}

// enterLost enters the key that signed a log before keys were entered, when it is lost: nobody can
// sign a statement of it any more.
func enterLost(tx *gorm.DB, head models.Checkpoint, lost string) (models.LogKeyRow, error) {
	if lost == "" {
		lost = signerOf(head.Note)
	}
	row := models.LogKeyRow{Number: 1, PublicKey: lost, At: time.Now().UTC().Truncate(time.Microsecond), How: models.KeyFirst}
	return row, wrap(insert(tx, []models.LogKeyRow{row}), "enter the lost key")
}

// keyReason cleans what an operator says about a change of keys.
func keyReason(text string, needed bool) (string, error) {
	clean, problem := models.CleanText(text)
	clean = strings.Join(strings.Fields(clean), " ") // it is one line of a statement
	switch {
	case problem != "":
		return "", models.Errorf(models.ErrInvalid, "%s", problem)
	case len(clean) > 1000:
		return "", models.Errorf(models.ErrInvalid, "Shorten the reason to at most 1,000 letters.")
	case needed && (clean == "" || clean == "-"):
		return "", models.Errorf(models.ErrInvalid, "Say in a sentence with --reason how the key was lost: everybody who verifies the log will read it.")
	case clean == "-":
		clean = ""
	}
	return clean, nil
}

// checkLost refuses to replace a key that is not lost, and to write over what stands in its place.
func checkLost(ctx context.Context, db *database.Database, path, lost string) error {
	schema, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	if schema == 0 {
		return models.Errorf(models.ErrInvalid, "This database is new and has no log yet; its key is made by: plumbline migrate")
	}
	var keys []models.LogKeyRow
	if schema >= schemaOfKeys {
		if keys, err = logKeys(db.Write(ctx)); err != nil {
			return err
		}
	}
	if len(keys) == 0 {
		return checkLostBefore(ctx, db, path, lost)
	}
	if lost != "" && lost != keys[len(keys)-1].PublicKey {
		return models.Errorf(models.ErrInvalid, "The public key given as lost is not that of this log, %s. Leave it out: the database knows it.", keys[len(keys)-1].ID())
	}
	if _, err := openLogKey(path, keys); err == nil {
		return notLost(path)
	}
	return placeIsFree(path)
}

// checkLostBefore is checkLost for a database in which no key is entered.
func checkLostBefore(ctx context.Context, db *database.Database, path, lost string) error {
	head, err := headCheckpoint(db.Write(ctx))
	if err != nil {
		return err
	}
	if head.Size == 0 {
		return models.Errorf(models.ErrInvalid, "The log is empty, so no key of it can be lost. Run: plumbline migrate")
	}
	if lost != "" && !(LogKey{Public: lost}).signed(head.Note) {
		return models.Errorf(models.ErrInvalid, "The public key given as lost did not sign the last checkpoint; %s did.", signerOf(head.Note))
	}
	if _, err := keyOfHead(path, head); err == nil {
		return notLost(path)
	}
	return placeIsFree(path)
}

func notLost(path string) error {
	return models.Errorf(models.ErrConflict, "The log's key is not lost: it is in %s. To change it, run: plumbline key rotate", path)
}

// placeIsFree refuses to put a key where something is.
func placeIsFree(path string) error {
	key, err := readLogKey(path)
	switch {
	case errors.Is(err, errNoKeyFile):
		return nil
	case err == nil:
		return models.Errorf(models.ErrConflict, "%s holds another key (%s), perhaps of another log. Move it away first, or name another place with --log-key.", path, models.KeyID(key.Public))
	}
	return models.Errorf(models.ErrConflict, "%s Or move it away, if the key is really lost.", err)
}

// headWithKeys locks the log, and reads its head and its keys.
func headWithKeys(tx *gorm.DB) (models.Checkpoint, []models.LogKeyRow, error) {
	if err := lockLog(tx); err != nil {
		return models.Checkpoint{}, nil, err
	}
	head, err := headCheckpoint(tx)
	if err != nil {
		return head, nil, err
	}
	keys, err := logKeys(tx)
	return head, keys, err
}

// follow is the row of the key that takes over at the log's head.
func follow(last models.LogKeyRow, head models.Checkpoint, next LogKey, how models.KeyOrigin, reason string) models.LogKeyRow {
	at := time.Now().UTC().Truncate(time.Microsecond)
	if !at.After(last.At) { // a clock that stepped back
		at = last.At.Add(time.Microsecond)
	}
	return models.LogKeyRow{Number: last.Number + 1, PublicKey: next.Public, FromSize: head.Size, At: at.UTC(), How: how, Reason: reason}
}

// successor makes the key that is to follow, beside its place, or takes the one that an earlier try
// left there. It has the log's name.
func successor(ctx context.Context, db *database.Database, path string) (LogKey, error) {
	keys, err := logKeys(db.Write(ctx))
	if err != nil {
		return LogKey{}, err
	}
	head, err := headCheckpoint(db.Write(ctx))
	if err != nil {
		return LogKey{}, err
	}
	name, _, _ := strings.Cut(signerOf(head.Note), "+")
	if len(keys) > 0 {
		name, _, _ = strings.Cut(keys[0].PublicKey, "+")
	}
	beside := nextKeyFile(path)
	next, err := readLogKey(beside)
	switch {
	case errors.Is(err, errNoKeyFile):
		next, err = makeLogKey(beside, name)
		if err == nil {
			likeKeyFile(beside, path)
		}
		return next, err
	case err != nil:
		return LogKey{}, err
	case next.signer.Name() != name || isKeyOf(keys, next.Public):
		return LogKey{}, models.Errorf(models.ErrConflict, "%s is in the way: it holds a key that cannot follow here. Move it away.", beside)
	}
	return next, nil
}

func isKeyOf(keys []models.LogKeyRow, public string) bool {
	for _, k := range keys {
		if k.ID() == models.KeyID(public) {
			return true
		}
	}
	return false
}

// openStatement checks who signed the statement of a key, and gives its text.
func openStatement(row models.LogKeyRow, by ...note.Verifier) (string, error) {
	opened, err := note.Open([]byte(row.Statement), note.VerifierList(by...))
	switch {
	case err != nil:
		return "", err
	case len(opened.Sigs) != len(by):
		return "", fmt.Errorf("%d of %d signatures are there", len(opened.Sigs), len(by))
	}
	return opened.Text, nil
}

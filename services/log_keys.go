package services

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// The log has one key at a time. The database holds the public ones, in their order, and nothing is
// signed by another one: see docs/decisions/0024-one-key.md.

// schemaOfKeys is the first schema that holds the log's keys.
const schemaOfKeys = 25

// logKeys reads the keys in their order.
func logKeys(tx *gorm.DB) ([]models.LogKeyRow, error) {
	var keys []models.LogKeyRow
	return keys, wrap(tx.Order("number").Find(&keys).Error, "read the log's keys")
}

// LogKeys lists the keys that sign the log, in their order; none before the first is entered.
func (s *Services) LogKeys(ctx context.Context) ([]models.LogKeyRow, error) {
	return logKeys(s.db.Read(ctx))
}

// PublicKey gives the key that signed the checkpoint of a size, with which anybody can check it; for 0
// the one that signs next. "" before the first is entered.
func (s *Services) PublicKey(ctx context.Context, size int64) (string, error) {
	keys, err := s.LogKeys(ctx)
	if err != nil || len(keys) == 0 {
		return "", err
	}
	if size == 0 {
		return keys[len(keys)-1].PublicKey, nil
	}
	return models.KeyInForce(keys, size).PublicKey, nil
}

// CheckLogKey refuses, before a migration changes anything, a file that is no key and, of a log whose
// keys are not in the database yet, one that did not sign the last checkpoint. The sentence says which
// file was tried.
func CheckLogKey(ctx context.Context, db *database.Database, path string) error {
	schema, err := db.Schema(ctx)
	if err != nil || schema >= schemaOfKeys {
		return err
	}
	var head models.Checkpoint
	if schema > 0 {
		if head, err = headCheckpoint(db.Write(ctx)); err != nil {
			return err
		}
	}
	if head.Size > 0 {
		_, err = keyOfHead(path, head)
	} else if _, err = readLogKey(path); errors.Is(err, errNoKeyFile) {
		return nil
	}
	return err
}

// FindLogKey gives the public key that signs the log of a database of any schema, "" where that is not
// entered yet, and a sentence in missing where its file is not in its place.
func FindLogKey(ctx context.Context, db *database.Database, path string) (public string, missing, err error) {
	schema, err := db.Schema(ctx)
	if err != nil {
		return "", nil, err
	}
	if schema < schemaOfKeys {
		return "", CheckLogKey(ctx, db, path), nil
	}
	keys, err := logKeys(db.Write(ctx))
	if err != nil {
		return "", nil, err
	}
	if len(keys) > 0 {
		public = keys[len(keys)-1].PublicKey
	}
	_, missing = openLogKey(path, keys)
	return public, missing, nil
}

// keyOfHead opens the key that signed a checkpoint.
func keyOfHead(path string, head models.Checkpoint) (LogKey, error) {
	key, err := readLogKey(path)
	switch {
	case errors.Is(err, errNoKeyFile):
		return LogKey{}, models.Errorf(models.ErrInvalid, "The log's key is missing: there is no file %s. The last checkpoint of this log is signed by %s. %s", path, signerOf(head.Note), putBack)
	case err != nil:
		return LogKey{}, err
	case !key.signed(head.Note):
		return LogKey{}, models.Errorf(models.ErrInvalid, "%s holds another key (%s) than the one that signed the last checkpoint of this log (%s). %s", path, models.KeyID(key.Public), signerOf(head.Note), putBack)
	}
	return key, nil
}

// putBack is what to do where the log's key is not in its place.
const putBack = "Put the right file there from where you keep it, or name its place with --log-key. Backups do not hold it. If it is lost for good: plumbline key replace-lost --help"

// signerOf names who signed a note, by name and hash, without checking it.
func signerOf(text string) string {
	_, err := note.Open([]byte(text), note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) || len(unverified.Note.UnverifiedSigs) == 0 {
		return "nobody"
	}
	first := unverified.Note.UnverifiedSigs[0]
	return fmt.Sprintf("%s+%08x", first.Name, first.Hash)
}

// EnterLogKey opens the key that signs the log of a migrated database, and enters it first where no
// key is entered yet: while the log is empty, the one in the file or, without a file, a new one; in
// a log of before keys were entered, the one that signed the last checkpoint, and no other.
func EnterLogKey(ctx context.Context, db *database.Database, path string) (LogKey, error) {
	keys, err := logKeys(db.Write(ctx))
	if err != nil {
		return LogKey{}, err
	}
	if len(keys) > 0 {
		return openLogKey(path, keys)
	}
	err = db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := lockLog(tx); err != nil {
			return err
		}
		if keys, err = logKeys(tx); err != nil || len(keys) > 0 { // another instance was faster
			return err
		}
		return enterFirst(tx, path)
	})
	if err != nil {
		return LogKey{}, err
	}
	if keys, err = logKeys(db.Write(ctx)); err != nil {
		return LogKey{}, err
	}
	return openLogKey(path, keys)
}

// enterFirst enters the first key, with the log locked.
func enterFirst(tx *gorm.DB, path string) error {
	head, err := headCheckpoint(tx)
	if err != nil {
		return err
	}
	key, err := firstKey(path, head)
	if err != nil {
		return err
	}
	row := models.LogKeyRow{Number: 1, PublicKey: key.Public, At: time.Now().UTC().Truncate(time.Microsecond), How: models.KeyFirst}
	return enterKey(tx, row, "", models.Checkpoint{}, key)
}

// firstKey gives the key to begin with. A new one is made while nothing is signed.
func firstKey(path string, head models.Checkpoint) (LogKey, error) {
	if head.Size > 0 {
		return keyOfHead(path, head)
	}
	key, err := readLogKey(path)
	if !errors.Is(err, errNoKeyFile) {
		return key, err
	}
	name, err := newLogName()
	if err != nil {
		return LogKey{}, err
	}
	return makeLogKey(path, name)
}

// OpenLogKey opens the key that signs the log, for who writes it: an error in a sentence, which names
// the file and says what to do, where the file is missing or holds another key.
func OpenLogKey(ctx context.Context, db *database.Database, path string) (LogKey, error) {
	keys, err := logKeys(db.Write(ctx))
	if err != nil {
		return LogKey{}, err
	}
	return openLogKey(path, keys)
}

// openLogKey opens the last of the keys, and ends what a handover that was broken off left to do.
func openLogKey(path string, keys []models.LogKeyRow) (LogKey, error) {
	if len(keys) == 0 {
		return LogKey{}, models.Errorf(models.ErrInvalid, "No key of the log is entered in this database yet. Run: plumbline migrate")
	}
	current := keys[len(keys)-1]
	key, err := findLogKey(path, current.PublicKey)
	if err != nil {
		return LogKey{}, explained(err, path, keys)
	}
	if key.Path != path {
		if err := settleKeyFile(path, keys); err != nil {
			return LogKey{}, err
		}
		key.Path = path
	}
	return key, nil
}

// findLogKey finds the key that signs at present: in its file, or beside it where a handover was
// entered and its file not moved yet.
func findLogKey(path, public string) (LogKey, error) {
	key, err := readLogKey(path)
	if err == nil && key.Public == public {
		return key, nil
	}
	if next, unread := readLogKey(nextKeyFile(path)); unread == nil && next.Public == public {
		return next, nil
	}
	switch {
	case errors.Is(err, errNoKeyFile):
		return LogKey{}, models.Errorf(models.ErrInvalid, "The log's key is missing: there is no file %s. The log is signed by %s. %s", path, models.KeyID(public), putBack)
	case err != nil:
		return LogKey{}, err
	}
	return LogKey{}, otherKeyError{path, key.Public, public}
}

// otherKeyError says that a file holds another key than the log's.
type otherKeyError struct{ path, there, wanted string }

func (e otherKeyError) Error() string {
	return fmt.Sprintf("%s holds another key (%s) than this log's (%s). %s", e.path, models.KeyID(e.there), models.KeyID(e.wanted), putBack)
}

// explained makes a sentence of what findLogKey found, with what the keys tell of it.
func explained(err error, path string, keys []models.LogKeyRow) error {
	var other otherKeyError
	if !errors.As(err, &other) {
		return err
	}
	for i, k := range keys[:len(keys)-1] {
		next := keys[i+1]
		switch {
		case k.PublicKey != other.there:
		case next.How == models.KeyHandedOver:
			return models.Errorf(models.ErrInvalid, "%s holds a former key of this log (%s), which was handed over to %s on %s. %s",
				path, k.ID(), next.ID(), next.At.UTC().Format(time.DateOnly), putBack)
		default:
			return models.Errorf(models.ErrInvalid, "%s holds a former key of this log (%s), which was declared lost on %s; %s took its place. %s",
				path, k.ID(), next.At.UTC().Format(time.DateOnly), keys[len(keys)-1].ID(), putBack)
		}
	}
	return models.Errorf(models.ErrInvalid, "%s", other.Error())
}

// enterKey enters a key with its statement, signed by those who are to sign it; head is the log's
// head at which it takes over. The log is locked.
func enterKey(tx *gorm.DB, row models.LogKeyRow, before string, head models.Checkpoint, signers ...LogKey) error {
	root, err := rootOf(head)
	if err != nil {
		return err
	}
	list := make([]note.Signer, len(signers))
	for i, key := range signers {
		list[i] = key.signer
	}
	signed, err := note.Sign(&note.Note{Text: keyStatement(row, before, root)}, list...)
	if err != nil {
		return fmt.Errorf("sign the statement of a key: %w", err)
	}
	row.Statement = string(signed)
	return wrap(insert(tx, []models.LogKeyRow{row}), "enter the log's key")
}

// rootOf gives a checkpoint's root; that of the empty tree for none.
func rootOf(head models.Checkpoint) (tlog.Hash, error) {
	if head.Size > 0 {
		return tlog.Hash(head.Root), nil
	}
	root, err := tlog.TreeHash(0, tree(nil))
	return root, wrap(err, "hash the empty tree")
}

// keyStatement is what is signed when a key takes over. Its first line keeps it from being taken for
// a checkpoint.
func keyStatement(row models.LogKeyRow, before string, root tlog.Hash) string {
	lines := []string{"plumbline key of a log", string(row.How), orDash(before), row.PublicKey, fmt.Sprint(row.FromSize),
		base64.StdEncoding.EncodeToString(root[:]), row.At.UTC().Format(time.RFC3339Nano), orDash(row.Reason)}
	return strings.Join(lines, "\n") + "\n"
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// admit is the step before anything is stored: it takes the key that signs the log at present from
// its file, and refuses where that is not there.
func (w *writing) admit() error {
	key, err := w.s.signingKey(w.tx, w.logKey)
	w.signer = key.signer
	return err
}

// signingKey reads the key that signs at present. What is wrong is logged for the operator, with
// the file's name; who writes is told that it is not their fault.
func (s *Services) signingKey(tx *gorm.DB, public string) (LogKey, error) {
	var key LogKey
	var err error
	switch {
	case s.key.Path == "":
		err = errors.New("the program was started without the log's key")
	case public == "":
		err = errors.New("no key of the log is entered in the database; run: plumbline migrate")
	default:
		if key, err = findLogKey(s.key.Path, public); err != nil {
			keys, unread := logKeys(tx)
			if unread != nil {
				return LogKey{}, unread
			}
			err = explained(err, s.key.Path, keys)
		}
	}
	if err == nil {
		return key, nil
	}
	s.logger.Error("nothing can be published without the log's key", "error", err)
	return LogKey{}, models.Errorf(models.ErrUnready, "Nothing was published: the key that signs the log is not in its place on the server. Its operator finds in the server's messages what to do; send it again then.")
}

// headToSign is the log's head for who is about to publish, with the key that signs the next one, in
// one statement: ErrConflict where what follows from the log was counted by other rules, since a newer
// program recounted it meanwhile.
func headToSign(tx *gorm.DB) (head models.Checkpoint, publicKey string, err error) {
	var row struct {
		Size      int64
		At        time.Time
		Root      []byte
		Note      string
		PublicKey string
		Rules     int
	}
	err = tx.Raw(`SELECT c.size, c.at, c.root, c.note, k.public_key, d.version AS rules FROM derivation d
		LEFT JOIN checkpoints c ON c.size = (SELECT max(size) FROM checkpoints)
		LEFT JOIN log_keys k ON k.number = (SELECT max(number) FROM log_keys)`).Scan(&row).Error
	if err != nil {
		return head, "", fmt.Errorf("read the log's head: %w", err)
	}
	if row.Size > 0 {
		err = database.DerivationError(row.Rules)
	}
	return models.Checkpoint{Size: row.Size, At: row.At, Root: bytes.Clone(row.Root), Note: row.Note}, row.PublicKey, err
}

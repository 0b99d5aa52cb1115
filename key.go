package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline/database"
	"plumbline/models"
	"plumbline/services"
)

// keyCommand looks after the key that signs the log.
type keyCommand struct {
	Show        keyShowCommand        `cmd:"" help:"Print the public key that signs the log, to keep elsewhere."`
	List        keyListCommand        `cmd:"" help:"List the keys that signed the log, and say whether the present one is in its place."`
	Rotate      keyRotateCommand      `cmd:"" help:"Make a new key and have the present one sign that it follows."`
	ReplaceLost keyReplaceLostCommand `cmd:"" help:"Begin with a new key when the present one is lost for good; everybody will see that it was not handed over."`
}

type keyShowCommand struct{}

type keyListCommand struct{}

type keyRotateCommand struct {
	Reason string `help:"Why; everybody who looks at the log's keys reads it." placeholder:"TEXT"`
}

type keyReplaceLostCommand struct {
	Reason      string `help:"How the key was lost; everybody who verifies the log reads it." placeholder:"TEXT"`
	LostKey     string `help:"File with the public key that is lost, where the database does not hold it yet: such as public_key of a backup's backup.json." type:"existingfile" placeholder:"FILE"`
	IUnderstand bool   `help:"Do it. Without this it is only said what would be done."`
}

// openKeyed opens a database that has this program's schema, for what concerns its keys alone.
func (a *app) openKeyed(ctx context.Context) (*database.Database, error) {
	db, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := db.CheckVersion(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// keys lists the log's keys; an error where none is entered.
func keysOf(ctx context.Context, db *database.Database) ([]models.LogKeyRow, error) {
	keys, err := services.New(db, services.Settings{}).LogKeys(ctx)
	if err == nil && len(keys) == 0 {
		err = models.Errorf(models.ErrNotFound, "No key of the log is entered in this database yet. Run: plumbline migrate")
	}
	return keys, err
}

// Run prints the public key.
func (keyShowCommand) Run(ctx context.Context, a *app) error {
	db, err := a.openKeyed(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := keysOf(ctx, db)
	if err != nil {
		return err
	}
	a.printf("%s\n", keys[len(keys)-1].PublicKey)
	return nil
}

// Run lists the keys.
func (keyListCommand) Run(ctx context.Context, a *app) error {
	db, err := a.openKeyed(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := keysOf(ctx, db)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "KEY\tSIGNS FROM ENTRY\tSINCE\tHOW\tREASON\n")
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", k.ID(), k.FromSize+1, k.At.UTC().Format(time.DateTime), models.KeyOrigins().Label(string(k.How)), k.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	a.sayWhereKeyIs(ctx, db)
	return nil
}

// sayWhereKeyIs says whether the log's key is in its place here.
func (a *app) sayWhereKeyIs(ctx context.Context, db *database.Database) {
	if _, err := services.OpenLogKey(ctx, db, a.logKey()); err != nil {
		a.printf("It is not in its place here, so that nothing can be published. %v\n", a.withFormerKey(err))
		return
	}
	a.printf("The key is in its place, %s.\n", a.logKey())
}

// Run hands the log over.
func (c keyRotateCommand) Run(ctx context.Context, a *app) error {
	db, err := a.openKeyed(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	row, kept, err := services.HandOver(ctx, db, a.logKey(), c.Reason)
	if err != nil {
		return a.withFormerKey(err)
	}
	a.printf("The log is handed over at log size %d. From now on it is signed by\n%s\nwhose file is %s. Keep a copy apart from the database and its backups.\n", row.FromSize, row.PublicKey, a.logKey())
	a.noteKeyUse()
	a.printf("The key before is kept as %s. Backups of before the handover need it to be written to; otherwise destroy it.\n", kept)
	a.printf("A server that uses this file goes on by itself. Other instances publish nothing until they have the new file.\n")
	return nil
}

// Run begins with another key.
func (c keyReplaceLostCommand) Run(ctx context.Context, a *app) error {
	lost, err := readOptional(c.LostKey)
	if err != nil {
		return err
	}
	if !c.IUnderstand {
		return models.Errorf(models.ErrInvalid, "%s", strings.Join([]string{
			"Nothing was done. Look for the log's key first: on the server, in its old backups of the system, with whoever set it up.",
			"Without it nobody can prove that a new key is yours. What was signed stays as it is, and verifies; but from the new key on, readers have your word alone,",
			"and verify, the page on integrity and the API will say for ever that the key was not handed over, with your reason.",
			`If the key is lost for good, run: plumbline key replace-lost --reason "how it was lost" --i-understand`}, "\n"))
	}
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := a.makeKeyFolder(); err != nil {
		return err
	}
	row, err := services.ReplaceLost(ctx, db, a.logKey(), strings.TrimSpace(lost), c.Reason)
	if err != nil {
		return a.withFormerKey(err)
	}
	a.printf("The log's key is declared lost at log size %d. From now on it is signed by\n%s\nwhose file is %s. Keep a copy apart from the database and its backups.\n", row.FromSize, row.PublicKey, a.logKey())
	a.noteKeyUse()
	a.printf("Tell those who keep the old public key or checkpoints, by a way that they trust.\n")
	return nil
}

// makeKeyFolder makes the folder of keys of PostgreSQL databases, which nobody else has use for.
func (a *app) makeKeyFolder() error {
	if a.settings.LogKey != "" || !a.onPostgres() {
		return nil
	}
	folder := filepath.Dir(a.logKey())
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return models.Errorf(models.ErrInvalid, "The folder %s for the log's key cannot be made. Name another place with --log-key.", folder)
	}
	return nil
}

// enterLogKey opens the log's key, and enters or makes it first where the log has none yet.
func (a *app) enterLogKey(ctx context.Context, db *database.Database, path string) (services.LogKey, error) {
	if err := a.makeKeyFolder(); err != nil {
		return services.LogKey{}, err
	}
	if err := a.checkUnusedKey(ctx, db); err != nil {
		return services.LogKey{}, err
	}
	key, err := services.EnterLogKey(ctx, db, path)
	if err == nil {
		a.noteKeyUse()
	}
	return key, err
}

// checkUnusedKey refuses to begin a log with the key of another one, unless that was named.
func (a *app) checkUnusedKey(ctx context.Context, db *database.Database) error {
	if a.settings.LogKey != "" {
		return nil
	}
	return services.CheckUnusedKey(ctx, db, a.logKey())
}

// noteKeyUse notes which log the key in the default place signs. Where that cannot be written, as in a
// folder that is read alone, it is said, and nothing else depends on it.
func (a *app) noteKeyUse() {
	if a.settings.LogKey != "" {
		return
	}
	if err := services.NoteKeyUse(a.logKey(), database.Place(a.settings.Database)); err != nil {
		a.printf("%v\n", err)
	}
}

// migrate brings a database to this program's schema, with the log's key in it: nothing is changed
// where that is not in its place.
func (a *app) migrate(ctx context.Context, db *database.Database) (from, to int64, err error) {
	if err := services.CheckLogKey(ctx, db, a.logKey()); err != nil {
		return 0, 0, a.withFormerKey(err)
	}
	if err := a.checkUnusedKey(ctx, db); err != nil {
		return 0, 0, err
	}
	if from, to, err = db.Migrate(ctx); err != nil {
		return from, to, err
	}
	return from, to, a.enterFirstKey(ctx, db)
}

// enterFirstKey enters the log's key in a database that has none, and says which.
func (a *app) enterFirstKey(ctx context.Context, db *database.Database) error {
	keys, err := services.New(db, services.Settings{}).LogKeys(ctx)
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		if _, err := services.OpenLogKey(ctx, db, a.logKey()); err == nil { // of earlier versions, which noted nothing
			a.noteKeyUse()
		}
		return nil
	}
	_, err = os.Lstat(a.logKey())
	there := err == nil
	key, err := a.enterLogKey(ctx, db, a.logKey())
	switch {
	case err != nil:
		return a.withFormerKey(err)
	case there:
		a.printf("Entered the log's key, %s, which was in %s.\n", models.KeyID(key.Public), a.logKey())
	default:
		a.printf("Made the log's key, %s, in %s. Keep a copy apart from the database and its backups.\n", models.KeyID(key.Public), a.logKey())
	}
	return nil
}

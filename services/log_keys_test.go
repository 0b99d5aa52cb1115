package services

import (
	"context"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
)

// publishes publishes something, with the key as it stands.
func (w *world) publishes() error {
	_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "test", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "An article"})}})
	return err
}

// tells checks that an error is a sentence with some words.
func tells(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		t.Errorf("%s gave %v", what, err)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %q does not say %q", what, err, word)
		}
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	found, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(found)
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEnterLogKey_makesOneWhileTheLogIsEmpty(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		path := filepath.Join(t.TempDir(), "log.key")
		if _, err := OpenLogKey(t.Context(), db, path); err == nil {
			t.Error("a key was opened that is not there")
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatal("a key was made by who only opens it")
		}
		first, err := EnterLogKey(t.Context(), db, path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("mode %v, %v", info.Mode(), err)
		}
		second, err := EnterLogKey(t.Context(), db, path)
		if err != nil || second.Public != first.Public {
			t.Errorf("the second start has another key: %v", err)
		}

		// The log is empty still, but its key is known.
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		_, err = EnterLogKey(t.Context(), db, path)
		tells(t, "a key that is away", err, "there is no file "+path, models.KeyID(first.Public), "key replace-lost")
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
			t.Errorf("there are %v, %v", left, err)
		}
	})
}

func TestEnterLogKey_takesTheFileThatIsThereWhileNothingIsSigned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		path := filepath.Join(t.TempDir(), "log.key")
		there, err := makeLogKey(path, "plumbline-00000001")
		if err != nil {
			t.Fatal(err)
		}
		key, err := EnterLogKey(t.Context(), db, path)
		if err != nil || key.Public != there.Public {
			t.Errorf("entered %s, %v", key.Public, err)
		}
	})
}

// badKeys are files that hold no key of a log, and what is said of them.
func badKeys(t *testing.T, key string) map[string]struct{ content, says string } {
	lines := strings.Fields(key)
	other, err := makeLogKey(filepath.Join(t.TempDir(), "other.key"), "plumbline-00000002")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]struct{ content, says string }{
		"nothing":                     {"", "it is empty"},
		"blanks":                      {" \n\n", "it is empty"},
		"one line":                    {lines[0] + "\n", "two lines"},
		"a public key":                {lines[1] + "\n", "public key alone"},
		"three lines":                 {key + "more\n", "two lines"},
		"binary":                      {"\x00\xff\xfe\x01\x7fELF", "two lines"},
		"two words":                   {"some words", "not a signing key"},
		"a key with a letter changed": {strings.Replace(lines[0], "+A", "+B", 1) + "\n" + lines[1], "not a signing key"},
		"two keys mixed":              {lines[0] + "\n" + other.Public + "\n", "not the public key of its first"},
		"swapped lines":               {lines[1] + "\n" + lines[0] + "\n", "not a signing key"},
		"PEM":                         {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("some bytes")})), "PEM"},
		"an OpenSSH key":              {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n", "PEM"},
		"a large file":                {strings.Repeat("x", 1<<20), "two lines"},
		"the key of another log":      {content(t, other.Path), "another key (" + models.KeyID(other.Public) + ")"},
	}
}

func TestOpenLogKey_refusesWhatIsNotTheLogsKey(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		path := w.key.Path
		right := content(t, path)
		for name, bad := range badKeys(t, right) {
			put(t, path, bad.content)
			_, err := OpenLogKey(t.Context(), w.db, path)
			tells(t, name, err, path, bad.says)
			_, err = EnterLogKey(t.Context(), w.db, path)
			tells(t, name, err, path, bad.says)
			tells(t, name+", published", w.publishes(), "Nothing was published")
			if got := content(t, path); got != bad.content {
				t.Errorf("%s: the file was changed", name)
			}
		}
		put(t, path, right)

		for name, bad := range map[string]struct {
			do, undo func() error
			says     string
		}{
			"others may read it": {func() error { return os.Chmod(path, 0o644) }, func() error { return os.Chmod(path, 0o600) }, "chmod 600 " + path},
			"a folder": {func() error { return errors.Join(os.Rename(path, path+"~"), os.Mkdir(path, 0o700)) }, func() error { return errors.Join(os.Remove(path), os.Rename(path+"~", path)) },
				"is not a file"},
			"a device": {func() error { return errors.Join(os.Rename(path, path+"~"), os.Symlink("/dev/zero", path)) }, func() error { return errors.Join(os.Remove(path), os.Rename(path+"~", path)) },
				"is not a file"},
			"a link to nothing": {func() error { return errors.Join(os.Rename(path, path+"~"), os.Symlink(path+"!", path)) }, func() error { return errors.Join(os.Remove(path), os.Rename(path+"~", path)) },
				"there is no file"},
			"nothing there": {func() error { return os.Rename(path, path+"~") }, func() error { return os.Rename(path+"~", path) }, "there is no file"},
		} {
			if err := bad.do(); err != nil {
				t.Fatal(err)
			}
			_, err := OpenLogKey(t.Context(), w.db, path)
			tells(t, name, err, path, bad.says)
			tells(t, name+", published", w.publishes(), "Nothing was published")
			if err := bad.undo(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.publishes(); err != nil {
			t.Errorf("the key is back: %v", err)
		}
		w.verified(t)
	})
}

func TestOpenLogKey_followsALinkAndWindowsLines(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		path := w.key.Path
		put(t, path+".real", strings.ReplaceAll(content(t, path), "\n", "\r\n"))
		if err := errors.Join(os.Remove(path), os.Symlink(path+".real", path)); err != nil {
			t.Fatal(err)
		}
		if err := w.publishes(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := HandOver(t.Context(), w.db, path, ""); err != nil {
			t.Fatal(err)
		}
		if target, err := os.Readlink(path); err != nil || target != path+".real" {
			t.Errorf("the link leads to %q, %v", target, err)
		}
		if err := w.publishes(); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
	})
}

// Every way to publish ends in the same steps; these are the ways around publish.
func TestPublish_refusesWithoutTheKey(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s := w.supply(t)
		steward := w.account(t, "Steward", models.RoleSteward)
		author := w.account(t, "Author", models.RoleContributor)
		size, err := w.Size(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(w.key.Path, w.key.Path+"~"); err != nil {
			t.Fatal(err)
		}
		for name, write := range map[string]func() error{
			"an edit": w.publishes,
			"a redaction": func() error {
				_, err := w.Redact(ctx, steward, s.unit, "name", "a court order")
				return err
			},
			"a hold": func() error { _, err := w.Hold(ctx, steward, []uuid.UUID{s.unit}, "a court order"); return err },
		} {
			err := write()
			var forPeople *models.Error
			if !errors.As(err, &forPeople) || forPeople.Kind != models.ErrUnready {
				t.Errorf("%s: %v", name, err)
			}
		}
		if now, err := w.Size(ctx); err != nil || now != size {
			t.Errorf("the log has the size %d, it had %d, %v", now, size, err)
		}
		// What waits for review is not signed.
		if _, err := w.Submit(ctx, author, models.Changeset{Summary: "test", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "Another"})}}); err != nil {
			t.Errorf("a proposal: %v", err)
		}
		if err := os.Rename(w.key.Path+"~", w.key.Path); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		bare := New(w.db, Settings{})
		_, err = bare.Submit(ctx, w.editor, models.Changeset{Summary: "test", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "Another"})}})
		tells(t, "services without a key", err, "Nothing was published")
	})
}

func TestEnterLogKey_letsOneOfTwoInstancesBegin(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		ours, theirs := filepath.Join(t.TempDir(), "log.key"), filepath.Join(t.TempDir(), "log.key")
		if _, err := EnterLogKey(t.Context(), db, ours); err != nil {
			t.Fatal(err)
		}
		_, err := EnterLogKey(t.Context(), db, theirs)
		tells(t, "the other instance", err, "there is no file "+theirs)
		if _, err := os.Stat(theirs); err == nil {
			t.Error("the other instance made a key")
		}
		other, err := makeLogKey(theirs, "plumbline-00000003")
		if err != nil {
			t.Fatal(err)
		}
		w := &world{db: db, now: newWorldTime}
		w.Services = New(db, Settings{LogKey: other})
		w.editor = w.account(t, "Editor", models.RoleEditor)
		tells(t, "a publication with another key", w.publishes(), "Nothing was published")
		if size, err := w.Size(t.Context()); size != 0 || err != nil {
			t.Errorf("the log has the size %d, %v", size, err)
		}
	})
}

func TestLogKeys_refuseChanges(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for _, statement := range []string{"UPDATE log_keys SET public_key = 'x'", "UPDATE log_keys SET from_size = 9", "DELETE FROM log_keys"} {
			if err := w.db.Write(t.Context()).Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		for _, row := range []models.LogKeyRow{
			{Number: 2, PublicKey: "x", How: models.KeyFirst}, {Number: 2, PublicKey: "x", How: "stolen"}, {Number: 0, PublicKey: "x", How: models.KeyLost}, {Number: 2, PublicKey: "x", FromSize: -1, How: models.KeyLost},
			{Number: 2, PublicKey: w.key.Public, How: models.KeyHandedOver},
		} {
			row.At = newWorldTime
			if err := w.db.Write(t.Context()).Create(&row).Error; err == nil {
				t.Errorf("%+v was stored", row)
			}
		}
	})
}

// unkeyed takes the keys out of a database, as it was before they were entered.
func unkeyed(t *testing.T, w *world) {
	t.Helper()
	w.tamper(t, []string{"DELETE FROM log_keys"})
}

func TestEnterLogKey_entersTheKeyOfAnOlderLogOnly(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		unkeyed(t, w)
		path := w.key.Path
		right := content(t, path)
		_, err := OpenLogKey(t.Context(), w.db, path)
		tells(t, "before the migration", err, "plumbline migrate")
		tells(t, "a publication before it", w.publishes(), "Nothing was published")
		for name, bad := range badKeys(t, right) {
			put(t, path, bad.content)
			_, err := EnterLogKey(t.Context(), w.db, path)
			tells(t, name, err, path, bad.says)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		_, err = EnterLogKey(t.Context(), w.db, path)
		tells(t, "no file", err, "there is no file "+path, "signed by "+models.KeyID(w.key.Public))
		if keys, err := w.LogKeys(t.Context()); err != nil || len(keys) > 0 {
			t.Fatalf("entered %v, %v", keys, err)
		}
		put(t, path, right)
		if _, err := EnterLogKey(t.Context(), w.db, path); err != nil {
			t.Fatal(err)
		}
		w.must(t, create(&models.Source{Kind: "article", Title: "Another"}))
		w.verified(t)
	})
}

func TestHandOver_goesOnUnderAnotherKey(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		first := w.key.Public
		w.supply(t)
		early, err := w.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		row, kept, err := HandOver(ctx, w.db, w.key.Path, "  The old laptop\nwas sold. ")
		if err != nil {
			t.Fatal(err)
		}
		if row.FromSize != early.Size || row.Reason != "The old laptop was sold." || row.How != models.KeyHandedOver {
			t.Errorf("the key is %+v", row)
		}
		for _, path := range []string{w.key.Path, kept} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v, %v", path, info.Mode(), err)
			}
		}
		if !strings.Contains(content(t, kept), first) || !strings.Contains(content(t, w.key.Path), row.PublicKey) {
			t.Error("the files are not the keys that they should be")
		}
		if public, err := w.PublicKey(ctx, early.Size); err != nil || public != first {
			t.Errorf("the early checkpoint is checked with %s, %v", public, err)
		}

		// The server that ran meanwhile goes on, with the new key.
		w.must(t, create(&models.Source{Kind: "article", Title: "After it"}))
		late, err := w.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if name, _, _ := strings.Cut(late.Note, "\n"); !strings.HasPrefix(early.Note, name+"\n") {
			t.Errorf("the log is called %s now", name)
		}
		if public, err := w.PublicKey(ctx, late.Size); err != nil || public != row.PublicKey || !(LogKey{Public: public}).signed(late.Note) {
			t.Errorf("the late checkpoint is checked with %s, %v", public, err)
		}
		w.verified(t)
		report, err := w.Verify(ctx, early.Note)
		if err != nil || len(report.Problems) > 0 || len(report.Notices) > 0 || len(report.Keys) != 2 {
			t.Errorf("verify: %+v, %v", report, err)
		}
		for _, trusted := range [][]string{{first}, {row.PublicKey}, {first, row.PublicKey}} {
			if report, err := w.VerifyWith(ctx, "", trusted); err != nil || len(report.Problems) > 0 {
				t.Errorf("trusting %v: %v, %v", trusted, report.Problems, err)
			}
		}

		// An instance that has the old key alone publishes nothing.
		put(t, w.key.Path, content(t, kept))
		tells(t, "the old key", w.publishes(), "Nothing was published")
		_, err = OpenLogKey(ctx, w.db, w.key.Path)
		tells(t, "the old key", err, "a former key of this log", models.KeyID(row.PublicKey))
	})
}

func TestHandOver_twiceAtOneSizeAndOfAnEmptyLog(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for range 2 {
			if _, _, err := HandOver(t.Context(), w.db, w.key.Path, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.verified(t)
		w.supply(t)
		for range 2 {
			if _, _, err := HandOver(t.Context(), w.db, w.key.Path, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.verified(t)
		if err := w.publishes(); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		keys, err := w.LogKeys(t.Context())
		if err != nil || len(keys) != 5 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	})
}

func TestHandOver_refusesWhoHasNotTheKey(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		right := content(t, w.key.Path)
		for name, bad := range badKeys(t, right) {
			put(t, w.key.Path, bad.content)
			_, _, err := HandOver(t.Context(), w.db, w.key.Path, "")
			tells(t, name, err, bad.says)
		}
		put(t, w.key.Path, right)
		_, _, err := HandOver(t.Context(), w.db, w.key.Path, strings.Repeat("long ", 300))
		tells(t, "a long reason", err, "Shorten")
		if _, err := makeLogKey(w.key.Path+".next", "plumbline-00000004"); err != nil {
			t.Fatal(err)
		}
		_, _, err = HandOver(t.Context(), w.db, w.key.Path, "")
		tells(t, "another log's key in the way", err, "is in the way")
		put(t, w.key.Path+".next", "nonsense")
		_, _, err = HandOver(t.Context(), w.db, w.key.Path, "")
		tells(t, "nonsense in the way", err, "two lines")
		if keys, err := w.LogKeys(t.Context()); err != nil || len(keys) != 1 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		w.verified(t)
	})
}

// A handover can be broken off after the new key is written, after it is entered, and after the old
// one is kept.
func TestHandOver_goesOnAfterACrash(t *testing.T) {
	t.Parallel()
	for name, crash := range map[string]func(t *testing.T, w *world, old, next string){
		"before it is entered": nil,
		"after it is entered": func(t *testing.T, w *world, old, next string) {
			put(t, w.key.Path, old)
			put(t, w.key.Path+".next", next)
		},
		"after the old one is kept": func(t *testing.T, w *world, old, next string) {
			put(t, w.key.Path, old)
			put(t, formerKeyFile(w.key.Path, strings.Fields(old)[1]), old)
			put(t, w.key.Path+".next", next)
		},
		"after the old one is gone": func(t *testing.T, w *world, old, next string) {
			if err := os.Remove(w.key.Path); err != nil {
				t.Fatal(err)
			}
			put(t, w.key.Path+".next", next)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				w.supply(t)
				old := content(t, w.key.Path)
				if crash == nil {
					left, err := successor(t.Context(), w.db, w.key.Path)
					if err != nil {
						t.Fatal(err)
					}
					if err := w.publishes(); err != nil {
						t.Errorf("the old key signs no more: %v", err)
					}
					row, _, err := HandOver(t.Context(), w.db, w.key.Path, "")
					if err != nil || row.PublicKey != left.Public {
						t.Errorf("the key that was left is not used: %v", err)
					}
				} else {
					_, kept, err := HandOver(t.Context(), w.db, w.key.Path, "")
					if err != nil {
						t.Fatal(err)
					}
					next := content(t, w.key.Path)
					if err := os.Remove(kept); err != nil {
						t.Fatal(err)
					}
					crash(t, w, old, next)
					if err := w.publishes(); err != nil { // a server that runs
						t.Errorf("the server stands still: %v", err)
					}
					if _, err := OpenLogKey(t.Context(), w.db, w.key.Path); err != nil { // the next start
						t.Fatal(err)
					}
					if content(t, w.key.Path) != next {
						t.Error("the new key is not in its place")
					}
					if _, err := os.Stat(w.key.Path + ".next"); err == nil {
						t.Error("the new key still waits")
					}
				}
				if err := w.publishes(); err != nil {
					t.Error(err)
				}
				w.verified(t)
			})
		})
	}
}

func TestOpenLogKey_writesOverNothingAfterACrash(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		if _, _, err := HandOver(t.Context(), w.db, w.key.Path, ""); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(w.key.Path, w.key.Path+".next"); err != nil {
			t.Fatal(err)
		}
		if _, err := makeLogKey(w.key.Path, "plumbline-00000005"); err != nil {
			t.Fatal(err)
		}
		stranger := content(t, w.key.Path)
		_, err := OpenLogKey(t.Context(), w.db, w.key.Path)
		tells(t, "a stranger's key in its place", err, "Move "+w.key.Path+" away", "mv "+w.key.Path+".next")
		if content(t, w.key.Path) != stranger {
			t.Error("the stranger's key was written over")
		}
	})
}

func TestReplaceLost_isSeenForEver(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		first := w.key.Public
		w.supply(t)
		_, err := ReplaceLost(ctx, w.db, w.key.Path, "", "The disk broke.")
		tells(t, "a key that is there", err, "not lost", "key rotate")
		if err := os.Remove(w.key.Path); err != nil {
			t.Fatal(err)
		}
		for _, reason := range []string{"", " ", "-", "\n"} {
			_, err := ReplaceLost(ctx, w.db, w.key.Path, "", reason)
			tells(t, "no reason", err, "--reason")
		}
		if _, err := makeLogKey(w.key.Path, "plumbline-00000006"); err != nil {
			t.Fatal(err)
		}
		_, err = ReplaceLost(ctx, w.db, w.key.Path, "", "The disk broke.")
		tells(t, "another log's key in its place", err, "perhaps of another log")
		if err := os.Remove(w.key.Path); err != nil {
			t.Fatal(err)
		}
		row, err := ReplaceLost(ctx, w.db, w.key.Path, "", "The disk broke.")
		if err != nil {
			t.Fatal(err)
		}
		w.must(t, create(&models.Source{Kind: "article", Title: "After it"}))
		report, err := w.Verify(ctx, "")
		if err != nil || len(report.Problems) > 0 || len(report.Notices) != 1 || !strings.Contains(report.Notices[0], "was not handed over: "+models.KeyID(first)) || !strings.Contains(report.Notices[0], "The disk broke.") {
			t.Errorf("verify: %+v, %v", report, err)
		}
		for _, trusted := range []string{first, row.PublicKey} {
			report, err := w.VerifyWith(ctx, "", []string{trusted})
			if err != nil || len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "was not handed over by a key that you trust") {
				t.Errorf("trusting %s: %v, %v", trusted, report.Problems, err)
			}
		}
		if report, err := w.VerifyWith(ctx, "", []string{first, row.PublicKey}); err != nil || len(report.Problems) > 0 {
			t.Errorf("trusting both: %v, %v", report.Problems, err)
		}
		// It goes on: a handover to a third key is one.
		if _, _, err := HandOver(ctx, w.db, w.key.Path, ""); err != nil {
			t.Fatal(err)
		}
		if report, err := w.VerifyWith(ctx, "", []string{first, row.PublicKey}); err != nil || len(report.Problems) > 0 {
			t.Errorf("after a handover: %v, %v", report.Problems, err)
		}
	})
}

func TestReplaceLost_ofALogWhoseKeyWasNeverEntered(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"its public key is known": true, "its name is known": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				ctx := t.Context()
				first := w.key.Public
				w.supply(t)
				w.must(t, create(&models.Source{Kind: "article", Title: "Another"}))
				unkeyed(t, w)
				_, err := ReplaceLost(ctx, w.db, w.key.Path, "", "The disk broke.")
				tells(t, "a key that is there", err, "not lost")
				if err := os.Remove(w.key.Path); err != nil {
					t.Fatal(err)
				}
				lost := ""
				if known {
					lost = first
				}
				if _, err := ReplaceLost(ctx, w.db, w.key.Path, strings.Replace(first, "+", "+0", 1), "The disk broke."); err == nil {
					t.Error("another key was declared lost")
				}
				if _, err := ReplaceLost(ctx, w.db, w.key.Path, lost, "The disk broke."); err != nil {
					t.Fatal(err)
				}
				w.must(t, create(&models.Source{Kind: "article", Title: "After it"}))
				report, err := w.Verify(ctx, "")
				unchecked := strings.Contains(strings.Join(report.Notices, "\n"), "the signatures of 2 checkpoints could not be checked")
				if err != nil || len(report.Problems) > 0 || unchecked == known {
					t.Errorf("verify: %+v, %v", report, err)
				}
				// What bears another name than the lost key's is still wrong.
				w.tamper(t, []string{"UPDATE checkpoints SET note = replace(note, '— plumbline', '— plumbl1ne') WHERE size < 7"})
				w.finds(t, "is not signed by this log's key: plumbl1ne")
			})
		})
	}
}

// forge gives a key of the log's name that somebody else made, and a statement of its own making.
func (w *world) forge(t *testing.T, how models.KeyOrigin, from int64, signers ...LogKey) (LogKey, models.LogKeyRow) {
	t.Helper()
	name, _, _ := strings.Cut(w.key.Public, "+")
	key, err := makeLogKey(filepath.Join(t.TempDir(), "forged.key"), name)
	if err != nil {
		t.Fatal(err)
	}
	row := models.LogKeyRow{Number: 2, PublicKey: key.Public, FromSize: from, At: w.now.AddDate(5, 0, 0), How: how, Reason: "x"}
	head, err := headCheckpoint(w.db.Write(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	err = w.db.Transaction(t.Context(), func(tx *gorm.DB) error {
		return enterKey(tx, row, w.key.Public, head, append(signers, key)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return key, row
}

// signAs has a key sign the head of the log, behind the program's back.
func (w *world) signAs(t *testing.T, key LogKey) {
	t.Helper()
	head, err := headCheckpoint(w.db.Write(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(head.Note, "\n\n")
	signed, err := note.Sign(&note.Note{Text: body + "\n"}, key.signer)
	if err != nil {
		t.Fatal(err)
	}
	w.tamper(t, []string{"UPDATE checkpoints SET note = '" + string(signed) + "' WHERE size = (SELECT max(size) FROM checkpoints)"})
}

func TestVerify_namesKeysThatWereNeverHandedOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do    func(t *testing.T, w *world)
		found string
	}{
		"a checkpoint by a stranger": {func(t *testing.T, w *world) {
			key, err := makeLogKey(filepath.Join(t.TempDir(), "other.key"), "plumbline-00000007")
			if err != nil {
				t.Fatal(err)
			}
			w.signAs(t, key)
		}, "plumbline-00000007+"},
		"a key that signed for itself": {func(t *testing.T, w *world) {
			key, _ := w.forge(t, models.KeyHandedOver, 0)
			w.signAs(t, key)
		}, "was never handed over: its statement is not signed by both it and"},
		"and what it signed": {func(t *testing.T, w *world) {
			key, _ := w.forge(t, models.KeyHandedOver, 0)
			w.signAs(t, key)
		}, "signed it, to which the log was never handed over"},
		"a key that takes over in the past": {func(t *testing.T, w *world) {
			w.forge(t, models.KeyHandedOver, 3, w.key)
		}, "does not say what the database says"},
		"a key that takes over in the future": {func(t *testing.T, w *world) {
			w.forge(t, models.KeyHandedOver, 300, w.key)
		}, "does not follow what is before it"},
		"a key that goes on after its time": {func(t *testing.T, w *world) {
			old, err := readLogKey(w.key.Path)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := HandOver(t.Context(), w.db, w.key.Path, ""); err != nil {
				t.Fatal(err)
			}
			w.must(t, create(&models.Source{Kind: "article", Title: "After it"}))
			w.signAs(t, old)
		}, "whose time it was not"},
		"a lost key without the statement of the next": {func(t *testing.T, w *world) {
			w.forge(t, models.KeyLost, 5)
			w.tamper(t, []string{"UPDATE log_keys SET statement = '' WHERE number = 2"})
		}, "is not signed by it"},
		"a changed reason": {func(t *testing.T, w *world) {
			if _, _, err := HandOver(t.Context(), w.db, w.key.Path, "theft"); err != nil {
				t.Fatal(err)
			}
			w.tamper(t, []string{"UPDATE log_keys SET reason = 'routine' WHERE number = 2"})
		}, "does not say what the database says"},
		"a loss made a handover": {func(t *testing.T, w *world) {
			if err := os.Remove(w.key.Path); err != nil {
				t.Fatal(err)
			}
			if _, err := ReplaceLost(t.Context(), w.db, w.key.Path, "", "fire"); err != nil {
				t.Fatal(err)
			}
			w.tamper(t, []string{"UPDATE log_keys SET how = 'handed_over' WHERE number = 2"})
		}, "was never handed over"},
		"a first key taken away": {func(t *testing.T, w *world) {
			if _, _, err := HandOver(t.Context(), w.db, w.key.Path, ""); err != nil {
				t.Fatal(err)
			}
			w.tamper(t, []string{"DELETE FROM log_keys WHERE number = 1"})
		}, "has the number 2, not 1"},
		"all keys taken away": {func(t *testing.T, w *world) { unkeyed(t, w) }, "no key of the log is entered"},
		"a key that is none": {func(t *testing.T, w *world) {
			w.tamper(t, []string{"UPDATE log_keys SET public_key = 'nonsense'"})
		}, "cannot be read"},
		"a first key without a statement": {func(t *testing.T, w *world) {
			w.tamper(t, []string{"UPDATE log_keys SET statement = ''"})
		}, "has no statement"},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				w.supply(t)
				w.verified(t)
				c.do(t, w)
				w.finds(t, c.found)
			})
		})
	}
}

func TestVerify_refusesWhatIsNoPublicKey(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		for _, bad := range []string{"nonsense", models.KeyID(w.key.Public), strings.Fields(content(t, w.key.Path))[0]} {
			_, err := w.VerifyWith(t.Context(), "", []string{bad})
			tells(t, bad, err, "plumbline key show")
			if strings.Contains(err.Error(), bad) {
				t.Errorf("it repeats what it was given: %v", err)
			}
		}
		other, err := makeLogKey(filepath.Join(t.TempDir(), "other.key"), "plumbline-00000008")
		if err != nil {
			t.Fatal(err)
		}
		report, err := w.VerifyWith(t.Context(), "", []string{other.Public})
		if err != nil || !strings.Contains(strings.Join(report.Problems, "\n"), "which you trust, is no key of this log") {
			t.Errorf("another log's key: %v, %v", report.Problems, err)
		}
	})
}

package services

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Report is what Verify found.
type Report struct {
	// Size and Root are those of the log as recomputed from its leaves.
	Size int64
	Root string
	// Records and Revisions count what was checked.
	Records, Revisions int64
	// Files counts the files of evidence that were checked, and Listed those that sources name.
	Files, Listed int64
	// Problems name everything that is wrong, at most mostProblems; none means that the
	// database is what its log says.
	Problems []string
	// More says that there were more problems than are listed.
	More bool
	// Keys are those that signed the log, in their order.
	Keys []models.LogKeyRow
	// Notices are what no rule forbids and everybody should know: a key that was declared lost.
	Notices []string
}

// mostProblems bounds a report: whoever damaged a database may have damaged all of it.
const mostProblems = 200

// Verify checks the whole database: every checkpoint's signature; every leaf against the
// document that it commits to; the tree against the leaves; every record, held row and derived
// row, of the present and of the past, against the revisions; and, where files of evidence are kept, each file against its hash.
// With an older signed checkpoint, as text, it also checks that the
// log has only grown since. It reads one snapshot and writes nothing. What is put aside of records
// on hold is checked too: see unveil.
//
// Each checkpoint is checked with the key in force at its size, and each key with the statement by
// which the one before handed the log over to it.
func (s *Services) Verify(ctx context.Context, older string) (Report, error) {
	return s.VerifyWith(ctx, older, nil)
}

// VerifyWith is Verify with public keys that the caller trusts: every key of the log must be one of
// them, or be tied to one by handovers.
func (s *Services) VerifyWith(ctx context.Context, older string, trusted []string) (Report, error) {
	for _, key := range trusted {
		if !isPublicKey(key) { // it may be the signing key, so it is not repeated
			return Report{}, models.Errorf(models.ErrInvalid, "What is given as a public key is not one: it looks like plumbline-1234abcd+5f3e1a2b+…, and plumbline key show prints it.")
		}
	}
	v := &verification{}
	var files []string
	err := s.verifying(ctx, func(tx *gorm.DB) error {
		v.tx = tx
		for _, step := range []func() error{v.checkDerivation, v.unveil, v.readLog, v.checkTree, func() error { return v.checkKeys(trusted) }, v.checkCheckpoints, func() error { return v.checkOlder(older) }, v.checkChangesets, v.checkHistory, v.checkRecords} {
			if err := step(); err != nil {
				return err
			}
		}
		var err error
		files, err = v.listFiles()
		return err
	})
	v.report.Listed = int64(len(files))
	if err == nil && s.vault != nil {
		err = v.verifyFiles(ctx, s.vault, files)
	}
	return v.report, err
}

// verifying runs a verification on one snapshot. While a record is on hold that is a transaction
// in which what was put aside can be brought back, and which is rolled back at its end: it has to
// be made on the primary, and on SQLite nobody can write meanwhile.
func (s *Services) verifying(ctx context.Context, verify func(tx *gorm.DB) error) error {
	var held int64
	if err := s.db.Read(ctx).Model(&models.Record{}).Where("withheld_at IS NOT NULL").Count(&held).Error; err != nil {
		return fmt.Errorf("look for records on hold: %w", err)
	}
	if held == 0 {
		return s.db.ReadTransaction(ctx, verify)
	}
	verified := errors.New("verified")
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if s.db.Dialect() == database.Postgres {
			if err := tx.Exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").Error; err != nil {
				return fmt.Errorf("take a snapshot: %w", err)
			}
		}
		if err := verify(tx); err != nil {
			return err
		}
		return verified
	})
	if errors.Is(err, verified) {
		return nil
	}
	return err
}

// checkDerivation says when what follows from the log was counted by other rules than these: what is
// named below then differs for that reason.
func (v *verification) checkDerivation() error {
	var row models.DerivationRow
	if err := v.tx.First(&row).Error; err != nil {
		return fmt.Errorf("read the version of the derivation: %w", err)
	}
	if row.Version != models.Derivation {
		v.problem("the records were counted by rules %d, this program counts by rules %d: plumbline migrate recounts them", row.Version, models.Derivation)
	}
	return nil
}

// unveil checks that nothing is in the tables that are read of what records on hold say, and brings
// all of it back for the rest of the verification, which checks it like everything else.
func (v *verification) unveil() error {
	var held []models.Record
	if err := v.tx.Order("id").Find(&held, "withheld_at IS NOT NULL").Error; err != nil {
		return fmt.Errorf("read what is on hold: %w", err)
	}
	v.withheld = map[uuid.UUID]models.Record{}
	w := &writing{tx: v.tx, byID: map[uuid.UUID]*write{}, found: &found{records: map[uuid.UUID]models.Record{}}}
	for _, record := range held {
		v.withheld[record.ID] = record
		w.writes = append(w.writes, &write{Operation: models.Operation{Op: models.OpLift, Type: record.Type, ID: record.ID}})
	}
	if len(held) == 0 {
		return nil
	}
	sound := true
	for _, table := range rowTables {
		var ids []uuid.UUID
		if err := v.tx.Raw("SELECT DISTINCT "+table.column+" FROM "+table.name+" WHERE "+table.column+" ?", among(idsOf(w.writes))).Scan(&ids).Error; err != nil {
			return fmt.Errorf("look for rows of what is on hold: %w", err)
		}
		for _, id := range ids {
			sound = false
			v.problem("the table %s has a row of record %s, which is on hold", table.name, id)
		}
	}
	var revisions []struct {
		Position int64
		Document string
		Aside    bool
	}
	err := v.tx.Raw(`SELECT r.position, r.document, w.position IS NOT NULL AS aside FROM revisions r LEFT JOIN withheld_revisions w ON w.position = r.position
		WHERE r.record_id ? ORDER BY r.position`, among(idsOf(w.writes))).Scan(&revisions).Error
	if err != nil {
		return fmt.Errorf("read the revisions of what is on hold: %w", err)
	}
	for _, r := range revisions {
		if !r.Aside || !isWithheld(r.Document) {
			sound = false
			v.problem("revision %d of a record on hold is not put aside as it should be", r.Position)
		}
	}
	if !sound {
		return nil
	}
	return w.bringBack()
}

type verification struct {
	tx     *gorm.DB
	report Report
	// keys are those that were handed over one after the other; unchecked counts the checkpoints
	// of one that is not known.
	keys      []trustedKey
	unchecked int64
	// hashes are the tree's, recomputed from the leaves.
	hashes tree
	last   map[uuid.UUID]models.Revision
	// touched are the log sizes at which what is derived for a record may have changed.
	touched map[uuid.UUID][]touch
	// withheld are the records on hold, as they stand.
	withheld map[uuid.UUID]models.Record
	// holds are the stated reasons of records whose last revision puts them on hold.
	holds map[uuid.UUID]string
}

// tree holds stored hashes by number.
type tree []tlog.Hash

// ReadHashes gives hashes for package tlog.
func (t tree) ReadHashes(numbers []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(numbers))
	for i, number := range numbers {
		if number >= int64(len(t)) {
			return nil, fmt.Errorf("the tree has no hash %d", number)
		}
		hashes[i] = t[number]
	}
	return hashes, nil
}

func (v *verification) problem(format string, args ...any) {
	if len(v.report.Problems) == mostProblems {
		v.report.More = true
		return
	}
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
}

func (v *verification) notice(format string, args ...any) {
	v.report.Notices = append(v.report.Notices, fmt.Sprintf(format, args...))
}

// readLog reads every revision in order, checks its seal and grows the tree.
func (v *verification) readLog() error {
	v.last, v.holds = map[uuid.UUID]models.Revision{}, map[uuid.UUID]string{}
	next := int64(0)
	for {
		var revisions []models.Revision
		if err := v.tx.Order("position").Limit(1000).Find(&revisions, "position >= ?", next).Error; err != nil {
			return fmt.Errorf("read revisions: %w", err)
		}
		for _, r := range revisions {
			if r.Position != next {
				v.problem("revisions %d to %d are missing from the log", next, r.Position-1)
			}
			if err := v.readRevision(r); err != nil {
				return err
			}
			next = r.Position + 1
		}
		if len(revisions) == 0 {
			break
		}
	}

	v.report.Size = v.report.Revisions
	root, err := tlog.TreeHash(v.report.Size, v.hashes)
	v.report.Root = base64.StdEncoding.EncodeToString(root[:])
	return wrap(err, "hash the tree")
}

func (v *verification) readRevision(r models.Revision) error {
	v.report.Revisions++
	if problem := checkSeal(r); problem != "" {
		v.problem("revision %d (%s %s, version %d): %s", r.Position, label(r.Type), r.RecordID, r.Version, problem)
	}
	if before := v.last[r.RecordID].Version; r.Version != before+1 {
		v.problem("revision %d has version %d of %s %s, after version %d", r.Position, r.Version, label(r.Type), r.RecordID, before)
	}
	delete(v.holds, r.RecordID)
	if r.Op == models.OpHold {
		v.holds[r.RecordID] = documentText(r.Document, "@reason")
	}
	r.Document, r.Salts = "", ""
	leafText := r.Leaf
	r.Leaf = ""
	v.last[r.RecordID] = r

	// A missing leaf leaves a hole; the tree is grown as if what follows came right after, and
	// then matches no checkpoint.
	n := v.report.Revisions - 1
	hashes, err := tlog.StoredHashes(n, []byte(leafText), v.hashes)
	if err != nil {
		return fmt.Errorf("hash leaf %d: %w", n, err)
	}
	v.hashes = append(v.hashes, hashes...)
	return nil
}

// checkTree compares the stored tree with the recomputed one.
func (v *verification) checkTree() error {
	next := int64(0)
	for {
		var rows []models.LogHash
		if err := v.tx.Order("number").Limit(5000).Find(&rows, "number >= ?", next).Error; err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		for _, row := range rows {
			if row.Number != next {
				v.problem("the tree's hashes %d to %d are missing", next, row.Number-1)
			}
			next = row.Number + 1
			switch {
			case row.Number >= int64(len(v.hashes)):
				v.problem("the tree has a hash %d that no revision accounts for", row.Number)
			case !bytes.Equal(row.Hash, v.hashes[row.Number][:]):
				level, n := tlog.SplitStoredHashIndex(row.Number)
				v.problem("the tree's hash %d (level %d, number %d) does not match the revisions", row.Number, level, n)
			}
		}
		if len(rows) == 0 {
			break
		}
	}
	if next < int64(len(v.hashes)) {
		v.problem("the tree's hashes from %d on are missing", next)
	}
	return nil
}

// checkCheckpoints checks every checkpoint's signature, and its root against the tree.
func (v *verification) checkCheckpoints() error {
	next := int64(0)
	last := models.Checkpoint{}
	for {
		var rows []models.Checkpoint
		if err := v.tx.Order("size").Limit(1000).Find(&rows, "size > ?", next).Error; err != nil {
			return fmt.Errorf("read checkpoints: %w", err)
		}
		for _, row := range rows {
			signed, problem := v.openCheckpoint(row.Note, row.Size)
			switch {
			case problem != "":
				v.problem("the checkpoint of size %d %s", row.Size, problem)
			case signed.size != row.Size || !bytes.Equal(signed.root[:], row.Root) ||
				checkpointText(signed.origin, row.Size, signed.root, row.At) != signed.text:
				v.problem("the checkpoint of size %d does not match its signed text", row.Size)
			default:
				v.checkRoot(fmt.Sprintf("the checkpoint of size %d", row.Size), signed)
			}
			if row.At.Before(last.At) {
				v.problem("the checkpoint of size %d is dated before that of size %d", row.Size, last.Size)
			}
			last, next = row, row.Size
		}
		if len(rows) == 0 {
			break
		}
	}
	if last.Size != v.report.Size {
		v.problem("the last checkpoint has the size %d, but there are %d revisions", last.Size, v.report.Size)
	}
	if v.unchecked > 0 {
		v.notice("the signatures of %d checkpoints could not be checked: of %s, which was lost, the name and hash alone are known", v.unchecked, v.keys[0].ID())
	}
	return nil
}

// checkOlder checks that the log began as an older checkpoint says.
func (v *verification) checkOlder(older string) error {
	if older == "" {
		return nil
	}
	signed, problem := v.openCheckpoint(older, sizeSaid(older))
	if problem != "" {
		v.problem("the older checkpoint %s", problem)
		return nil
	}
	v.checkRoot(fmt.Sprintf("the older checkpoint of size %d", signed.size), signed)
	return nil
}

// sizeSaid is the size that a checkpoint says, signed or not; 0 where it says none.
func sizeSaid(text string) int64 {
	lines := strings.SplitN(text, "\n", 3)
	if len(lines) < 2 {
		return 0
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0
	}
	return size
}

func (v *verification) checkRoot(what string, signed signedHead) {
	if signed.size > v.report.Size {
		v.problem("%s cannot be met: there are only %d revisions", what, v.report.Size)
		return
	}
	root, err := tlog.TreeHash(signed.size, v.hashes)
	if err != nil || root != signed.root {
		v.problem("%s does not match the revisions", what)
	}
}

// signedHead is what a checkpoint's signed text says.
type signedHead struct {
	text   string
	origin string
	size   int64
	root   tlog.Hash
}

// openCheckpoint checks that a checkpoint is signed by the key in force at its size, and reads its text.
func (v *verification) openCheckpoint(signed string, size int64) (signedHead, string) {
	text, problem := v.openSigned(signed, size)
	if problem != "" {
		return signedHead{}, problem
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return signedHead{}, "has too few lines"
	}
	if name, _, _ := strings.Cut(v.keys[0].PublicKey, "+"); lines[0] != name {
		return signedHead{}, fmt.Sprintf("is of another log, %.80q", lines[0])
	}
	said, sizeErr := strconv.ParseInt(lines[1], 10, 64)
	root, rootErr := base64.StdEncoding.DecodeString(lines[2])
	if sizeErr != nil || rootErr != nil || len(root) != tlog.HashSize {
		return signedHead{}, "has no size and root"
	}
	return signedHead{text, lines[0], said, tlog.Hash(root)}, ""
}

// checkChangesets checks that the published changesets cover the log without a gap, and that
// their summaries are those that were committed to.
func (v *verification) checkChangesets() error {
	next := int64(0)
	for {
		var rows []struct {
			models.ChangesetRow
			Document string
		}
		err := v.tx.Raw(`SELECT c.*, r.document FROM changesets c LEFT JOIN revisions r ON r.position = c.from_position AND r.changeset_id = c.id
			WHERE c.status = 'published' AND c.from_position >= ? ORDER BY c.from_position LIMIT 1000`, next).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read changesets: %w", err)
		}
		for _, row := range rows {
			v.checkChangeset(row.ChangesetRow, row.Document, next)
			next = *row.ToSize
		}
		if len(rows) == 0 {
			break
		}
	}
	if next != v.report.Size {
		v.problem("the changesets end at log size %d, but there are %d revisions", next, v.report.Size)
	}
	return nil
}

func (v *verification) checkChangeset(row models.ChangesetRow, document string, next int64) {
	if *row.FromPosition != next {
		v.problem("changeset %s begins at position %d, not at %d", row.ID, *row.FromPosition, next)
	}
	var members struct {
		Summary *string `json:"@summary"`
	}
	err, want := json.Unmarshal([]byte(document), &members), Tombstone // where it was redacted
	if members.Summary != nil {
		want = *members.Summary
	}
	if err != nil || want != row.Summary {
		v.problem("changeset %s does not have the summary that its first revision commits to", row.ID)
	}
}

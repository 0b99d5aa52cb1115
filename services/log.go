package services

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"sort"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"plumbline/models"
)

// headCheckpoint is the log's present head; a zero Checkpoint for an empty log.
func headCheckpoint(tx *gorm.DB) (models.Checkpoint, error) {
	var head models.Checkpoint
	err := tx.Order("size DESC").Limit(1).Find(&head).Error
	return head, wrap(err, "read the log's head")
}

// append signs the new head of the log.
func (w *writing) append() error {
	root, err := tlog.TreeHash(w.size, w.tree)
	if err != nil {
		return fmt.Errorf("hash the tree: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: checkpointText(w.signer.Name(), w.size, root, w.at)}, w.signer)
	if err != nil {
		return fmt.Errorf("sign the checkpoint: %w", err)
	}
	head := models.Checkpoint{Size: w.size, At: w.at, Root: root[:], Note: string(signed)}
	w.s.edges.keep(head, w.tree)
	return wrap(insert(w.tx, []models.Checkpoint{head}), "store the checkpoint")
}

// edges keeps the right edge of the log's tree, so that the next changeset need not read it. The
// head that it belongs to is kept beside it: after a transaction that came to nothing, or one of
// another instance, the edge is read.
type edges struct {
	lock  sync.Mutex
	size  int64
	root  []byte
	known map[int64]tlog.Hash
}

// keep remembers the edge of a tree, with the head that it makes.
func (e *edges) keep(head models.Checkpoint, tree *grownTree) {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.size, e.root, e.known = head.Size, head.Root, maps.Clone(tree.known)
}

// tree gives the tree of a head, ready to grow.
func (e *edges) tree(tx *gorm.DB, head models.Checkpoint) (*grownTree, error) {
	tree := &grownTree{tx: tx, size: head.Size, known: map[int64]tlog.Hash{}}
	e.lock.Lock()
	if e.size == head.Size && bytes.Equal(e.root, head.Root) {
		maps.Copy(tree.known, e.known)
	}
	e.lock.Unlock()
	return tree, tree.load(edge(head.Size))
}

// checkpointText is the body of a checkpoint in the format of C2SP tlog-checkpoint: origin,
// size and root, and as an extension line the instant of the publication.
func checkpointText(origin string, size int64, root tlog.Hash, at time.Time) string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]), at.UTC().Format(time.RFC3339Nano))
}

// grownTree is the stored tree, of which some hashes are at hand.
type grownTree struct {
	tx *gorm.DB
	// size is that to which grow has brought it.
	size  int64
	known map[int64]tlog.Hash
}

// grow adds the leaves of revisions, and keeps the tree's right edge at hand.
func (t *grownTree) grow(revisions []models.Revision) error {
	rows := make([]models.LogHash, 0, 2*len(revisions))
	for _, revision := range revisions {
		hashes, err := tlog.StoredHashes(t.size, []byte(revision.Leaf), t)
		if err != nil {
			return fmt.Errorf("hash leaf %d: %w", t.size, err)
		}
		first := tlog.StoredHashIndex(0, t.size)
		for j, hash := range hashes {
			number := first + int64(j)
			t.known[number] = hash
			rows = append(rows, models.LogHash{Number: number, Hash: hash[:]})
		}
		t.size++
	}
	if err := insert(t.tx, rows); err != nil {
		return fmt.Errorf("store the tree: %w", err)
	}

	right := map[int64]tlog.Hash{}
	for _, number := range edge(t.size) {
		right[number] = t.known[number]
	}
	t.known = right
	return nil
}

// edge lists the stored hashes of the complete subtrees that make up a tree of a size.
func edge(size int64) []int64 {
	var numbers []int64
	for level, start := 62, int64(0); level >= 0; level-- {
		if size&(1<<level) != 0 {
			numbers = append(numbers, tlog.StoredHashIndex(level, start>>level))
			start += 1 << level
		}
	}
	return numbers
}

// ReadHashes gives stored hashes by their numbers, for package tlog.
func (t *grownTree) ReadHashes(numbers []int64) ([]tlog.Hash, error) {
	if err := t.load(numbers); err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, len(numbers))
	for i, number := range numbers {
		hash, ok := t.known[number]
		if !ok {
			return nil, fmt.Errorf("the tree has no hash %d", number)
		}
		hashes[i] = hash
	}
	return hashes, nil
}

// load reads the hashes that are not known yet.
func (t *grownTree) load(numbers []int64) error {
	var missing []int64
	for _, number := range numbers {
		if _, ok := t.known[number]; !ok {
			missing = append(missing, number)
		}
	}
	return inChunks(missing, func(chunk []int64) error {
		var rows []models.LogHash
		if err := t.tx.Find(&rows, "number IN ?", chunk).Error; err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		for _, row := range rows {
			t.known[row.Number] = tlog.Hash(row.Hash)
		}
		return nil
	})
}

// LogEntry is one leaf of the log.
type LogEntry struct {
	Position int64
	At       time.Time
	// Leaf is the exact text that the tree hashes.
	Leaf string
}

// Checkpoint is the latest signed head of the log. An empty log has none: ErrNotFound.
func (s *Services) Checkpoint(ctx context.Context) (models.Checkpoint, error) {
	head, err := headCheckpoint(s.db.Read(ctx))
	if err == nil && head.Size == 0 {
		err = models.Errorf(models.ErrNotFound, "The log is empty; it has a checkpoint after the first publication.")
	}
	return head, err
}

// LogEntries lists leaves from a position on, at most limit (1 to 1000; 100 when 0).
func (s *Services) LogEntries(ctx context.Context, start int64, limit int) ([]LogEntry, error) {
	if limit == 0 {
		limit = 100
	}
	if start < 0 || limit < 1 || limit > 1000 {
		return nil, models.Errorf(models.ErrInvalid, "Give a start from 0 on and a limit from 1 to 1000.")
	}
	var entries []LogEntry
	err := s.db.Read(ctx).Model(&models.Revision{}).Where("position >= ?", start).Order("position").Limit(limit).Find(&entries).Error
	return entries, wrap(err, "read log entries")
}

// InclusionProof proves that the leaf at a position is part of the tree of a size (0 for the
// present one): the hashes of RFC 6962, section 2.1.1. It gives the size that it used.
func (s *Services) InclusionProof(ctx context.Context, position, size int64) ([][]byte, int64, error) {
	size, err := s.knownSize(ctx, size)
	if err != nil {
		return nil, 0, err
	}
	if position < 0 || position >= size {
		return nil, 0, models.Errorf(models.ErrInvalid, "A log of the size %d has the positions 0 to %d; %d is none of them.", size, size-1, position)
	}
	proof, err := tlog.ProveRecord(size, position, &grownTree{tx: s.db.Read(ctx), known: map[int64]tlog.Hash{}})
	return bytesOf(proof), size, wrap(err, "prove position %d", position)
}

// ConsistencyProof proves that the tree of one size is the beginning of that of another (0 for
// the present one): the hashes of RFC 6962, section 2.1.2. It gives the later size.
func (s *Services) ConsistencyProof(ctx context.Context, from, to int64) ([][]byte, int64, error) {
	to, err := s.knownSize(ctx, to)
	if err != nil {
		return nil, 0, err
	}
	if from < 1 || from > to {
		return nil, 0, models.Errorf(models.ErrInvalid, "Give an earlier size from 1 to %d.", to)
	}
	proof, err := tlog.ProveTree(to, from, &grownTree{tx: s.db.Read(ctx), known: map[int64]tlog.Hash{}})
	return bytesOf(proof), to, wrap(err, "prove that %d begins %d", from, to)
}

// knownSize checks a log size that somebody named; 0 is the present one.
func (s *Services) knownSize(ctx context.Context, size int64) (int64, error) {
	head, err := s.Checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	if size == 0 {
		return head.Size, nil
	}
	if size < 0 || size > head.Size {
		return 0, models.Errorf(models.ErrInvalid, "The log has the size %d; name a size from 1 to that.", head.Size)
	}
	return size, nil
}

func bytesOf[H ~[32]byte](hashes []H) [][]byte {
	list := make([][]byte, len(hashes))
	for i, hash := range hashes {
		list[i] = append([]byte{}, hash[:]...)
	}
	return list
}

func sorted(list []string) []string {
	sort.Strings(list)
	return list
}

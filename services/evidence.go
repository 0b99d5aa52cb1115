package services

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// Vault keeps files by the SHA-256 of their content: a folder, or a store that speaks S3.
type Vault interface {
	// Keep stores a file of so many bytes. A file that is there already is the same one.
	Keep(ctx context.Context, hash string, file io.Reader, size int64) error
	// Open gives a file: ErrNotFound when it is not there.
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
	// Forget erases a file; one that is not there is forgotten already.
	Forget(ctx context.Context, hash string) error
}

// MostEvidence bounds one file that is kept as evidence, and mostEvidenceADay what an account may
// have kept in a day, in bytes.
const (
	MostEvidence     = 25 << 20
	mostEvidenceADay = 1 << 30
)

// CaptureRequest is a file that shows what a source said.
type CaptureRequest struct {
	// Name is the file's; what it ends in must agree with its content. "" for none.
	Name string
	// CapturedOn is the day on which the source looked like this; today when zero.
	CapturedOn models.Day
	Note       string
	// Public lets every reader have the file.
	Public bool
}

// KeepsEvidence reports whether files can be kept here.
func (s *Services) KeepsEvidence() bool { return s.vault != nil }

// AddCapture keeps a file and adds it to a source as a capture, in one changeset: published or
// proposed as the role allows. The file is read once, as a stream. ErrInvalid when it is not what
// its name says, of no format that is kept, empty, or larger than MostEvidence.
func (s *Services) AddCapture(ctx context.Context, by models.Actor, source uuid.UUID, r CaptureRequest, file io.Reader) (Outcome, models.Capture, error) {
	if err := require(by, ActionIntake); err != nil {
		return Outcome{}, models.Capture{}, err
	}
	if err := s.checkCapture(&r); err != nil {
		return Outcome{}, models.Capture{}, err
	}
	if _, _, err := s.writtenSource(ctx, by, source); err != nil {
		return Outcome{}, models.Capture{}, err
	}
	capture, err := s.keepFile(ctx, by, r.Name, file)
	if err != nil {
		return Outcome{}, models.Capture{}, err
	}
	capture.CapturedOn, capture.Note, capture.Public = r.CapturedOn, r.Note, r.Public
	out, err := s.editCaptures(ctx, by, source, "A file that shows the source was kept.", func(list []models.Capture) ([]models.Capture, error) {
		return append(list, capture), nil
	})
	return out, capture, err
}

// CapturePage fetches a source's page, or a copy of it in an archive where one is named, and keeps it
// as a capture, as AddCapture does. ErrUnreachable says why there is nothing to keep.
func (s *Services) CapturePage(ctx context.Context, by models.Actor, source uuid.UUID, archived string) (Outcome, models.Capture, error) {
	if err := require(by, ActionIntake); err != nil {
		return Outcome{}, models.Capture{}, err
	}
	_, document, err := s.writtenSource(ctx, by, source)
	if err != nil {
		return Outcome{}, models.Capture{}, err
	}
	if document.URL == "" {
		return Outcome{}, models.Capture{}, models.Errorf(models.ErrInvalid, "The source has no address to fetch. Upload a file instead.")
	}
	from, reason := document.URL, "The page was fetched, and kept as it was."
	if archived = strings.TrimSpace(archived); archived != "" {
		if models.ValidHTTPURL(archived) != "" || archived == models.ArticleURL(archived) || models.NormalURL(archived) != models.NormalURL(document.URL) {
			return Outcome{}, models.Capture{}, &models.Error{Kind: models.ErrInvalid, Message: "Nothing was fetched.", Problems: []models.Problem{{Pointer: "/archived",
				Message: "This is no address of an archived copy that ends in the source's own address, such as https://web.archive.org/web/2025/" + document.URL + ". Give such a one, or upload the copy as a file."}}}
		}
		from, reason = archived, "An archived copy of the page was fetched, and kept as it was."
	}
	found, err := s.fetchArticle(ctx, from)
	if len(found.page) == 0 && err != nil {
		return Outcome{}, models.Capture{}, err
	}
	capture, err := s.keepPage(ctx, by, from, found)
	if err != nil {
		return Outcome{}, models.Capture{}, err
	}
	out, err := s.editCaptures(ctx, by, source, reason, func(list []models.Capture) ([]models.Capture, error) {
		return append(list, capture), nil
	})
	return out, capture, err
}

// ChangeCapture says of a capture of a source whether every reader may have the file.
func (s *Services) ChangeCapture(ctx context.Context, by models.Actor, source uuid.UUID, hash string, public bool) (Outcome, error) {
	if err := require(by, ActionIntake); err != nil {
		return Outcome{}, err
	}
	reason := "The kept file is for members alone."
	if public {
		reason = "Every reader may have the kept file."
	}
	return s.editCaptures(ctx, by, source, reason, func(list []models.Capture) ([]models.Capture, error) {
		found := false
		for i := range list {
			if list[i].SHA256 == hash {
				found, list[i].Public = true, public
			}
		}
		if !found {
			return nil, noFile(hash)
		}
		return list, nil
	})
}

// checkCapture finds what is wrong with what is said of a file before it is read.
func (s *Services) checkCapture(r *CaptureRequest) error {
	var problems []models.Problem
	note, problem := models.CleanText(r.Note)
	if problem == "" && len([]rune(note)) > 500 {
		problem = "Shorten this to at most 500 letters."
	}
	if problem != "" {
		problems = append(problems, models.Problem{Pointer: "/note", Message: problem})
	}
	r.Note = note
	if r.CapturedOn.IsZero() {
		r.CapturedOn = s.today()
	}
	if problem := s.aheadProblem(models.HappenedOn{Date: r.CapturedOn.Date(), What: "the day on which the source looked like this"}); problem != "" {
		problems = append(problems, models.Problem{Pointer: "/captured_on", Message: problem})
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Message: "The file was not kept.", Problems: problems}
}

// writtenSource gives a source as it was written last.
func (s *Services) writtenSource(ctx context.Context, by models.Actor, id uuid.UUID) (Record, *models.Source, error) {
	page, err := s.GetWritten(ctx, by, id)
	if err != nil {
		return Record{}, nil, err
	}
	document, err := readDocument(page.Records[0].Type, mustJSON(page.Records[0].Document))
	if err != nil {
		return Record{}, nil, err
	}
	source, ok := document.(*models.Source)
	if !ok {
		return Record{}, nil, models.Errorf(models.ErrNotFound, "There is no source with the id %s.", id)
	}
	return page.Records[0], source, nil
}

// editCaptures changes the captures of a source in a changeset.
func (s *Services) editCaptures(ctx context.Context, by models.Actor, id uuid.UUID, reason string, change func([]models.Capture) ([]models.Capture, error)) (Outcome, error) {
	record, source, err := s.writtenSource(ctx, by, id)
	if err != nil {
		return Outcome{}, err
	}
	if source.Captures, err = change(source.Captures); err != nil {
		return Outcome{}, err
	}
	return s.Submit(ctx, by, models.Changeset{Summary: "Evidence of " + shorten(source.Title), Operations: []models.Operation{{Op: models.OpEdit, Type: models.TypeSource,
		ID: record.ID, Version: record.Version, Edit: models.WorldChanged, Reason: reason, Data: source}}})
}

// keepPage keeps a page as it was fetched.
func (s *Services) keepPage(ctx context.Context, by models.Actor, address string, found article) (models.Capture, error) {
	name := "page.html"
	switch {
	case found.mediaType == "text/plain":
		name = "page.txt"
	case found.mediaType != "text/html" && found.mediaType != "application/xhtml+xml":
		name = "" // its content says what it is
	}
	capture, err := s.keepFile(ctx, by, name, bytes.NewReader(found.page))
	capture.URL, capture.CapturedOn = address, s.today()
	return capture, err
}

// keepFile reads a file to its end, finds out what it is, and keeps it.
func (s *Services) keepFile(ctx context.Context, by models.Actor, name string, file io.Reader) (models.Capture, error) {
	if s.vault == nil {
		return models.Capture{}, models.Errorf(models.ErrConflict, "No place for evidence is set here, so that no file can be kept. Ask who runs the server.")
	}
	if err := s.mayKeep(ctx, by); err != nil {
		return models.Capture{}, err
	}
	spool, err := os.CreateTemp("", "plumbline-evidence-")
	if err != nil {
		return models.Capture{}, fmt.Errorf("make a file: %w", err)
	}
	defer func() {
		_ = spool.Close() // what was needed of it is kept
		_ = os.Remove(spool.Name())
	}()

	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(spool, sum), io.LimitReader(file, MostEvidence+1))
	switch {
	case err != nil:
		return models.Capture{}, fileProblem("The file did not arrive whole. Send it again.")
	case size == 0:
		return models.Capture{}, fileProblem("Choose a file; this one is empty.")
	case size > MostEvidence:
		return models.Capture{}, fileProblem("The file is larger than %d MB. Keep the part that matters.", MostEvidence>>20)
	}
	format, problem := formatOf(spool, size, name)
	if problem != "" {
		return models.Capture{}, fileProblem("%s", problem)
	}

	capture := models.Capture{SHA256: hex.EncodeToString(sum.Sum(nil)), Format: format, Bytes: size}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return models.Capture{}, fmt.Errorf("read the file again: %w", err)
	}
	if err := s.vault.Keep(ctx, capture.SHA256, spool, size); err != nil {
		return models.Capture{}, fmt.Errorf("keep file %s: %w", capture.SHA256, err)
	}
	row := models.Evidence{SHA256: capture.SHA256, MediaType: format.MediaType(), Bytes: size, StoredAt: s.now(), AccountID: by.Account}
	err = s.db.Write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	return capture, wrap(err, "list file %s", capture.SHA256)
}

func fileProblem(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &models.Error{Kind: models.ErrInvalid, Message: "The file was not kept. " + message, Problems: []models.Problem{{Pointer: "/file", Message: message}}}
}

// mayKeep refuses an account that had much kept within a day.
func (s *Services) mayKeep(ctx context.Context, by models.Actor) error {
	var kept int64
	err := s.db.Write(ctx).Raw("SELECT COALESCE(SUM(bytes), 0) FROM evidence WHERE account_id = ? AND stored_at > ?", by.Account, s.now().Add(-24*time.Hour)).Scan(&kept).Error
	if err != nil {
		return fmt.Errorf("count what %s keeps: %w", by.Account, err)
	}
	if kept < mostEvidenceADay {
		return nil
	}
	return &models.Error{Kind: models.ErrLimited, Message: fmt.Sprintf("You had %d MB kept within a day, which is as much as one may. Go on tomorrow.", kept>>20), RetryAfter: time.Hour}
}

// KeptFile is a file as it is sent to somebody who may have it.
type KeptFile struct {
	models.Capture
	Content io.ReadCloser
}

// Name is how the file is called when it is saved.
func (f KeptFile) Name() string {
	return "capture-" + f.SHA256[:12] + "." + f.Format.Extension()
}

// Evidence opens a kept file. Members may have every file; others those that a source which they
// may see lists as public. ErrNotFound for all else, and where the file is gone.
func (s *Services) Evidence(ctx context.Context, by models.Actor, hash string) (KeptFile, error) {
	if s.vault == nil || !models.ValidHash(hash) {
		return KeptFile{}, noFile(hash)
	}
	capture, err := s.listedCapture(ctx, by, hash)
	if err != nil {
		return KeptFile{}, err
	}
	content, err := s.vault.Open(ctx, hash)
	if err != nil {
		return KeptFile{}, err
	}
	return KeptFile{capture, content}, nil
}

func noFile(hash string) error {
	return models.Errorf(models.ErrNotFound, "There is no file %q here, or none that you may have.", shorten(hash))
}

// listedCapture finds what is known of a file that the actor may have.
func (s *Services) listedCapture(ctx context.Context, by models.Actor, hash string) (models.Capture, error) {
	var sources []uuid.UUID
	err := s.db.Write(ctx).Raw("SELECT DISTINCT record_id FROM captures WHERE sha256 = ? AND to_size IS NULL ORDER BY record_id LIMIT 20", hash).Scan(&sources).Error
	if err != nil {
		return models.Capture{}, fmt.Errorf("find the sources of file %s: %w", hash, err)
	}
	member := May(by, ActionIntake)
	for _, id := range sources {
		page, err := s.Get(ctx, by, models.TypeSource, id.String(), Moment{})
		if errorKind(err) == models.ErrNotFound {
			continue
		}
		if err != nil {
			return models.Capture{}, err
		}
		source, ok := page.Records[0].Document.(*models.Source)
		if !ok || page.Records[0].State != models.StateLive && !member {
			continue
		}
		for _, capture := range source.Captures {
			if capture.SHA256 == hash && (capture.Public || member) {
				return capture, nil
			}
		}
	}
	if !member {
		return models.Capture{}, noFile(hash)
	}
	return s.proposedCapture(ctx, hash)
}

// proposedCapture finds a file that no source lists (yet): one that waits for review.
func (s *Services) proposedCapture(ctx context.Context, hash string) (models.Capture, error) {
	var aside int64
	if err := s.db.Write(ctx).Raw("SELECT count(*) FROM withheld_revisions WHERE document LIKE ?", "%"+hash+"%").Scan(&aside).Error; err != nil || aside > 0 {
		return models.Capture{}, errors.Join(wrap(err, "look for file %s", hash), noFile(hash))
	}
	var row models.Evidence
	found := s.db.Write(ctx).Limit(1).Find(&row, "sha256 = ?", hash)
	if found.Error != nil || found.RowsAffected == 0 {
		return models.Capture{}, errors.Join(wrap(found.Error, "find file %s", hash), noFile(hash))
	}
	for _, format := range models.CaptureFormats().Values() {
		if f := models.CaptureFormat(format); f.MediaType() == row.MediaType {
			return models.Capture{SHA256: hash, Format: f, Bytes: row.Bytes, CapturedOn: models.DayOf(row.StoredAt.UTC())}, nil
		}
	}
	return models.Capture{}, noFile(hash)
}

// forgetFiles erases files of a source whose captures were redacted, unless another record, past
// or present, lists them too.
func (s *Services) forgetFiles(ctx context.Context, hashes []string) error {
	if s.vault == nil {
		return nil
	}
	for _, hash := range hashes {
		listed := int64(0)
		err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
			err := tx.Raw("SELECT (SELECT count(*) FROM captures WHERE sha256 = ?) + (SELECT count(*) FROM withheld_revisions WHERE document LIKE ?)", hash, "%"+hash+"%").Scan(&listed).Error
			if err != nil || listed > 0 {
				return err
			}
			return tx.Delete(&models.Evidence{}, "sha256 = ?", hash).Error
		})
		if err != nil {
			return fmt.Errorf("forget file %s: %w", hash, err)
		}
		if listed == 0 {
			if err := s.vault.Forget(ctx, hash); err != nil {
				return fmt.Errorf("erase file %s: %w", hash, err)
			}
		}
	}
	return nil
}

// named are the formats that the endings of names promise.
var named = map[string][]models.CaptureFormat{
	".pdf": {models.CapturePDF}, ".png": {models.CapturePNG}, ".jpg": {models.CaptureJPEG}, ".jpeg": {models.CaptureJPEG}, ".webp": {models.CaptureWebP},
	".txt": {models.CaptureText}, ".md": {models.CaptureText}, ".csv": {models.CaptureText},
	".html": {models.CapturePage}, ".htm": {models.CapturePage}, ".xhtml": {models.CapturePage},
}

// formatOf finds out by its content what a file is, and whether that is what its name says.
func formatOf(file io.ReaderAt, size int64, name string) (models.CaptureFormat, string) {
	promised := named[strings.ToLower(path.Ext(name))]
	if slices.Contains(promised, models.CapturePage) && !isBinary(file, size) {
		return models.CapturePage, "" // in whatever letters it is written
	}
	format, problem := recognise(file, size)
	switch {
	case problem != "":
		return "", problem
	case slices.Contains(promised, models.CaptureText) && format == models.CapturePage:
		return models.CaptureText, ""
	case len(promised) > 0 && !slices.Contains(promised, format):
		return "", fmt.Sprintf("The name ends in %s, but the content is of another kind (%s). Send the file as it is, under its own name.",
			strings.ToLower(path.Ext(name)), models.CaptureFormats().Label(string(format)))
	}
	return format, ""
}

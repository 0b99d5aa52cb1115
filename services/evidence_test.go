package services

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// shelf is a vault in memory.
type shelf map[string][]byte

func (s shelf) Keep(_ context.Context, hash string, file io.Reader, _ int64) error {
	content, err := io.ReadAll(file)
	s[hash] = content
	return err
}

func (s shelf) Open(_ context.Context, hash string) (io.ReadCloser, error) {
	content, ok := s[hash]
	if !ok {
		return nil, noFile(hash)
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (s shelf) Forget(_ context.Context, hash string) error { delete(s, hash); return nil }

const pdf = "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

func picturePNG(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sourceWith publishes a source with an address.
func (w *world) sourceWith(t testing.TB, address string) uuid.UUID {
	t.Helper()
	op := create(&models.Source{Kind: "article", Title: "An article", URL: address})
	w.must(t, op)
	return op.ID
}

func TestEvidence_isKeptOnceAndShownToWhomItMayBe(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		files := shelf{}
		w.vault = files
		source := w.sourceWith(t, "")
		out, capture, err := w.AddCapture(t.Context(), w.editor, source, CaptureRequest{Name: "Filing.PDF", Note: "page 3"}, strings.NewReader(pdf))
		if err != nil || out.Status != models.ChangesetPublished || capture.Format != models.CapturePDF || capture.CapturedOn != w.today() || len(files) != 1 {
			t.Fatalf("kept %+v %+v, %d files, %v", out, capture, len(files), err)
		}
		if _, _, err := w.AddCapture(t.Context(), w.editor, source, CaptureRequest{}, strings.NewReader(pdf)); errorKind(err) != models.ErrInvalid {
			t.Errorf("the same file of the same day is listed twice: %v", err)
		}
		earlier := CaptureRequest{CapturedOn: w.today().AddDays(-30)}
		if _, _, err := w.AddCapture(t.Context(), w.editor, source, earlier, strings.NewReader(pdf)); err != nil || len(files) != 1 {
			t.Errorf("the same file of another day: %d files, %v", len(files), err)
		}

		reads := func(by models.Actor) models.ErrorKind {
			file, err := w.Evidence(t.Context(), by, capture.SHA256)
			if err != nil {
				return errorKind(err)
			}
			content, err := io.ReadAll(file.Content)
			if err != nil || string(content) != pdf || !strings.HasSuffix(file.Name(), ".pdf") {
				t.Errorf("%s holds %q, %v", file.Name(), content, err)
			}
			return ""
		}
		contributor, reader := w.account(t, "Contributor", models.RoleContributor), w.account(t, "Reader", models.RoleReader)
		if reads(contributor) != "" || reads(reader) != models.ErrNotFound || reads(models.Actor{}) != models.ErrNotFound {
			t.Error("a file for members is shown to others, or not to members")
		}
		if out, err = w.ChangeCapture(t.Context(), contributor, source, capture.SHA256, true); err != nil || out.Status != models.ChangesetSubmitted || reads(models.Actor{}) != models.ErrNotFound {
			t.Errorf("a contributor makes a file public alone: %+v, %v", out, err)
		}
		if _, err = w.Approve(t.Context(), w.editor, out.Changeset, "may be shown"); err != nil || reads(models.Actor{}) != "" {
			t.Errorf("a public file is not shown: %v", err)
		}
		if _, err := w.Evidence(t.Context(), w.editor, strings.Repeat("0", 64)); errorKind(err) != models.ErrNotFound {
			t.Errorf("a file that is not there: %v", err)
		}
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeSource, ID: source, Version: 4, Reason: "wrong"})
		if reads(models.Actor{}) != models.ErrNotFound || reads(contributor) != "" {
			t.Error("the file of a retracted source is shown to the public, or not to members")
		}
	})
}

func TestEvidence_waitsForReviewWhereItIsProposed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.vault = shelf{}
		source, contributor := w.sourceWith(t, ""), w.account(t, "Contributor", models.RoleContributor)
		out, capture, err := w.AddCapture(t.Context(), contributor, source, CaptureRequest{Public: true}, strings.NewReader(picturePNG(t)))
		if err != nil || out.Status != models.ChangesetSubmitted || capture.Format != models.CapturePNG {
			t.Fatalf("%+v %+v %v", out, capture, err)
		}
		if _, err := w.Evidence(t.Context(), w.editor, capture.SHA256); err != nil {
			t.Errorf("who reviews cannot look at the file: %v", err)
		}
		if _, err := w.Evidence(t.Context(), models.Actor{}, capture.SHA256); errorKind(err) != models.ErrNotFound {
			t.Errorf("the public sees what waits for review: %v", err)
		}
		for actor, want := range map[models.Actor]models.ErrorKind{{}: models.ErrUnauthorized, w.account(t, "Reader", models.RoleReader): models.ErrForbidden} {
			if _, _, err := w.AddCapture(t.Context(), actor, source, CaptureRequest{}, strings.NewReader(pdf)); errorKind(err) != want {
				t.Errorf("%q keeps a file: %v", actor.Role, err)
			}
		}
	})
}

func TestEvidence_refusesWhatIsNotWhatItSays(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		files := shelf{}
		w.vault = files
		source := w.sourceWith(t, "")
		picture := picturePNG(t)
		for name, test := range map[string]struct{ file, content, says string }{
			"a picture as PDF":    {"a.pdf", picture, "another kind"},
			"a page as picture":   {"a.png", "<!doctype html><title>x</title>", "another kind"},
			"a PDF as page":       {"a.html", pdf, "another kind"},
			"text as PDF":         {"a.pdf", "not really", "another kind"},
			"half a PDF":          {"a.pdf", pdf[:20], "cut off"},
			"half a picture":      {"", picture[:20], "cut off"},
			"a program":           {"", "\x7fELF\x02\x01\x01\x00\x00", "no kind that is kept"},
			"an archive":          {"a.zip", "PK\x03\x04\x14\x00", "no kind that is kept"},
			"letters cut off":     {"a.txt", "caf\xc3", "no kind that is kept"},
			"nothing":             {"a.txt", "", "empty"},
			"more than can be":    {"a.txt", strings.Repeat("a", MostEvidence+1), "larger than"},
			"a WebP without head": {"a.webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "cut off"},
		} {
			_, _, err := w.AddCapture(t.Context(), w.editor, source, CaptureRequest{Name: test.file}, strings.NewReader(test.content))
			if errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(files) != 0 {
			t.Errorf("%d files were kept", len(files))
		}
		for content, want := range map[string]models.CaptureFormat{"السطر الأول\nline": models.CaptureText, "<!DOCTYPE html><p>x": models.CapturePage, strings.Repeat("é", 40_000): models.CaptureText} {
			if _, capture, err := w.AddCapture(t.Context(), w.editor, source, CaptureRequest{}, strings.NewReader(content)); err != nil || capture.Format != want {
				t.Errorf("%.20q is %q, %v", content, capture.Format, err)
			}
		}
		future := CaptureRequest{CapturedOn: w.today().AddDays(2), Note: strings.Repeat("x", 501)}
		if _, _, err := w.AddCapture(t.Context(), w.editor, source, future, strings.NewReader(pdf)); err == nil || !strings.Contains(err.Error(), "/note") || !strings.Contains(err.Error(), "/captured_on") {
			t.Errorf("not all that is wrong is told: %v", err)
		}
		w.vault = nil
		if _, _, err := w.AddCapture(t.Context(), w.editor, source, CaptureRequest{}, strings.NewReader(pdf)); errorKind(err) != models.ErrConflict {
			t.Errorf("without a place: %v", err)
		}
	})
}

func TestEvidence_ofAFetchedPageGoesIntoTheSource(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		files := shelf{}
		w.vault = files
		w.supplies(t)
		outside := &site{}
		outside.says(200, page)
		w.outside = outside
		in, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{URL: "https://news.example/a"})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := w.DraftIntake(t.Context(), w.editor, in.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := w.SubmitDraft(t.Context(), w.editor, draft.ID, draft.Edition)
		if err != nil {
			t.Fatal(err)
		}
		in.SourceID = out.Written[0].ID
		_, source, err := w.writtenSource(t.Context(), w.editor, in.SourceID)
		if err != nil || len(source.Captures) != 1 || source.Captures[0].Format != models.CapturePage || source.Captures[0].URL != "https://news.example/a" ||
			string(files[source.Captures[0].SHA256]) != page {
			t.Fatalf("captures %+v, %v", source.Captures, err)
		}

		outside.says(200, page+"<!-- another day -->")
		w.now = w.now.AddDate(0, 0, 1)
		if _, capture, err := w.CapturePage(t.Context(), w.editor, in.SourceID, ""); err != nil || capture.CapturedOn != w.today() || len(files) != 2 {
			t.Errorf("fetched again: %+v, %d files, %v", capture, len(files), err)
		}
		outside.says(200, page+"<!-- a copy -->")
		copied := "https://web.archive.org/web/20250901000000/https://news.example/a"
		if _, capture, err := w.CapturePage(t.Context(), w.editor, in.SourceID, copied); err != nil || capture.URL != copied {
			t.Errorf("an archived copy: %+v, %v", capture, err)
		}
		for _, wrong := range []string{"https://news.example/a", "https://web.archive.org/web/2025/https://other.example/a", "ftp://web.archive.org/web/2025/https://news.example/a", "x"} {
			if _, _, err := w.CapturePage(t.Context(), w.editor, in.SourceID, wrong); errorKind(err) != models.ErrInvalid {
				t.Errorf("%s is no archived copy of it: %v", wrong, err)
			}
		}
		outside.says(404, "nothing")
		if _, _, err := w.CapturePage(t.Context(), w.editor, in.SourceID, ""); errorKind(err) != models.ErrUnreachable || len(files) != 3 {
			t.Errorf("a page that is gone: %v", err)
		}
	})
}

func TestVerify_looksAtTheFiles(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		files := shelf{}
		w.vault = files
		source := w.sourceWith(t, "")
		_, capture, err := w.AddCapture(t.Context(), w.editor, source, CaptureRequest{}, strings.NewReader(pdf))
		if err != nil {
			t.Fatal(err)
		}
		verify := func() Report {
			t.Helper()
			report, err := w.Verify(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		if r := verify(); r.Files != 1 || r.Listed != 1 || len(r.Problems) != 0 {
			t.Errorf("%+v", r)
		}
		files[capture.SHA256] = []byte(pdf + " ")
		if r := verify(); len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "changed") {
			t.Errorf("a changed file: %+v", r.Problems)
		}
		delete(files, capture.SHA256)
		if r := verify(); len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "missing") || !strings.Contains(r.Problems[0], capture.SHA256) {
			t.Errorf("a missing file: %+v", r.Problems)
		}
		files[capture.SHA256] = []byte(pdf)
		w.write(t, "UPDATE captures SET public = true")
		if r := verify(); len(r.Problems) == 0 {
			t.Error("a row that makes a file public was changed unseen")
		}
		w.write(t, "UPDATE captures SET public = false")

		steward := w.account(t, "Steward", models.RoleSteward)
		if _, err := w.Redact(t.Context(), steward, source, "captures", "The law asks for it."); err != nil || len(files) != 0 {
			t.Errorf("redacted: %d files are left, %v", len(files), err)
		}
		if r := verify(); r.Listed != 0 || len(r.Problems) != 0 {
			t.Errorf("after the redaction: %+v", r)
		}
	})
}

// write changes the database behind the program's back.
func (w *world) write(t testing.TB, statement string) {
	t.Helper()
	if err := w.db.Write(t.Context()).Exec(statement).Error; err != nil {
		t.Fatal(err)
	}
}

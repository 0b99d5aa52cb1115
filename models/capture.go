package models

import (
	"fmt"
	"regexp"
	"slices"
)

// CaptureFormat says what kind of file a capture is.
type CaptureFormat string

// The formats of captures.
const (
	CapturePage CaptureFormat = "page" // HTML, as a server sent it
	CaptureText CaptureFormat = "text"
	CapturePDF  CaptureFormat = "pdf"
	CapturePNG  CaptureFormat = "png"
	CaptureJPEG CaptureFormat = "jpeg"
	CaptureWebP CaptureFormat = "webp"
)

// CaptureFormats is the vocabulary of formats of captures.
func CaptureFormats() Vocabulary {
	return codes("capture_format",
		[3]string{"page", "Web page", "The page as its server sent it, without the pictures."},
		[3]string{"text", "Text", "Plain text."},
		[3]string{"pdf", "PDF", "A PDF document."},
		[3]string{"png", "PNG picture", "A picture or screenshot in the format PNG."},
		[3]string{"jpeg", "JPEG picture", "A picture or photograph in the format JPEG."},
		[3]string{"webp", "WebP picture", "A picture or screenshot in the format WebP."})
}

// MediaType is how the format is called in HTTP; "" for none.
func (f CaptureFormat) MediaType() string {
	return map[CaptureFormat]string{CapturePage: "text/html", CaptureText: "text/plain", CapturePDF: "application/pdf",
		CapturePNG: "image/png", CaptureJPEG: "image/jpeg", CaptureWebP: "image/webp"}[f]
}

// Extension is how the names of such files end, without the point.
func (f CaptureFormat) Extension() string {
	switch f {
	case CapturePage:
		return "html"
	case CaptureText:
		return "txt"
	case CaptureJPEG:
		return "jpg"
	}
	return string(f)
}

// Capture is a file that shows what a source said on a day: its page as fetched, or what somebody
// uploaded. It is part of the source's document, so that the log commits to its hash. The file is
// for members, unless Public says that every reader may have it.
type Capture struct {
	// SHA256 names the file by its content, in lower-case hexadecimal digits.
	SHA256 string        `json:"sha256"`
	Format CaptureFormat `json:"format"`
	Bytes  int64         `json:"bytes"`
	// CapturedOn is the day on which the source looked like this.
	CapturedOn Day `json:"captured_on"`
	// URL is the address at which it was fetched; "" for what was uploaded.
	URL    string `json:"url,omitempty"`
	Note   string `json:"note,omitempty"`
	Public bool   `json:"public,omitempty"`
}

// CaptureRow is one capture of a source.
type CaptureRow struct {
	Listed
	SHA256 string `gorm:"column:sha256;not null"`
	Public bool   `gorm:"not null"`
}

// TableName is the table in which captures are listed.
func (CaptureRow) TableName() string { return "captures" }

func captureRows(h Held, captures []Capture) []any {
	rows := make([]any, len(captures))
	for i, c := range captures {
		rows[i] = &CaptureRow{Listed: h.listed(i), SHA256: c.SHA256, Public: c.Public}
	}
	return rows
}

// mostCaptures bounds the captures of one source.
const mostCaptures = 100

var wholeHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ValidHash reports whether a text is a SHA-256 in lower-case hexadecimal digits.
func ValidHash(text string) bool { return wholeHash.MatchString(text) }

func (v *validation) captures(captures []Capture) {
	v.atMost("/captures", len(captures), mostCaptures)
	for i, c := range captures {
		at := fmt.Sprintf("/captures/%d", i)
		if !ValidHash(c.SHA256) {
			v.addf(at+"/sha256", "A capture is named by the SHA-256 of its file: 64 digits from 0 to 9 and a to f.")
		} else if slices.IndexFunc(captures, func(o Capture) bool { return o.SHA256 == c.SHA256 && o.CapturedOn == c.CapturedOn }) < i {
			v.addf(at+"/sha256", "The same file of the same day is listed twice; leave one of them out.")
		}
		v.code(at+"/format", string(c.Format), CaptureFormats())
		if c.Bytes <= 0 {
			v.addf(at+"/bytes", "Say how many bytes the file has.")
		}
		if c.CapturedOn.IsZero() {
			v.addf(at+"/captured_on", "Say on which day the source looked like this.")
		}
		if c.URL != "" {
			if problem := ValidHTTPURL(c.URL); problem != "" {
				v.addf(at+"/url", "%s", problem)
			}
		}
		v.text(at+"/note", c.Note, 500, false)
	}
}

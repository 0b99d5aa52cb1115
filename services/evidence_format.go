package services

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"unicode/utf8"

	"golang.org/x/image/webp"

	"plumbline/models"
)

// signs are how the files of a format begin, and what is looked at to see that it goes on so.
var signs = []struct {
	format models.CaptureFormat
	begins string
	sound  func(file io.ReaderAt, size int64) bool
}{
	{models.CapturePDF, "%PDF-", endsAsPDF},
	{models.CapturePNG, "\x89PNG\r\n\x1a\n", picture(png.DecodeConfig)},
	{models.CaptureJPEG, "\xff\xd8\xff", picture(jpeg.DecodeConfig)},
	{models.CaptureWebP, "RIFF", picture(webp.DecodeConfig)},
}

// recognise tells the format of a file by its content, or what is wrong with it.
func recognise(file io.ReaderAt, size int64) (models.CaptureFormat, string) {
	start := partOf(file, 0, 1024)
	for _, sign := range signs {
		if !bytes.HasPrefix(start, []byte(sign.begins)) {
			continue
		}
		if !sign.sound(file, size) {
			return "", "The file begins like a " + models.CaptureFormats().Label(string(sign.format)) + ", but is damaged or cut off."
		}
		return sign.format, ""
	}
	if !isText(io.NewSectionReader(file, 0, size)) {
		return "", "The file is of no kind that is kept here. Send a PDF, a picture (PNG, JPEG, WebP), or text in UTF-8."
	}
	if looksLikePage(start) {
		return models.CapturePage, ""
	}
	return models.CaptureText, ""
}

// partOf reads up to n bytes at a place; fewer at the end of the file.
func partOf(file io.ReaderAt, at int64, n int) []byte {
	part := make([]byte, n)
	read, _ := file.ReadAt(part, max(at, 0)) // what is missing is missed by who looks at it
	return part[:read]
}

// endsAsPDF reports whether a PDF has its end.
func endsAsPDF(file io.ReaderAt, size int64) bool {
	return bytes.Contains(partOf(file, size-2048, 2048), []byte("%%EOF"))
}

// picture makes a check that the head of a picture can be read, and says a size.
func picture(head func(io.Reader) (image.Config, error)) func(io.ReaderAt, int64) bool {
	return func(file io.ReaderAt, size int64) bool {
		config, err := head(io.NewSectionReader(file, 0, size))
		return err == nil && config.Width > 0 && config.Height > 0
	}
}

func looksLikePage(start []byte) bool {
	start = bytes.ToLower(bytes.TrimLeft(start, "\ufeff \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<?xml")) && bytes.Contains(start, []byte("<html"))
}

// isBinary reports whether a file holds bytes that no page in any letters has.
func isBinary(file io.ReaderAt, size int64) bool {
	start := partOf(file, 0, 1024)
	for _, sign := range signs {
		if bytes.HasPrefix(start, []byte(sign.begins)) {
			return true
		}
	}
	return bytes.IndexByte(start, 0) >= 0 && !bytes.HasPrefix(start, []byte("\xff\xfe")) && !bytes.HasPrefix(start, []byte("\xfe\xff")) || size == 0
}

// isText reports whether a stream is text in UTF-8: whole letters, and no control characters but
// those that divide lines, cells and pages.
func isText(r io.Reader) bool {
	buffer, held := make([]byte, 32<<10), 0
	for {
		n, err := r.Read(buffer[held:])
		part := buffer[:held+n]
		for len(part) > 0 {
			letter, width := utf8.DecodeRune(part)
			if letter == utf8.RuneError && width <= 1 {
				if err == nil && !utf8.FullRune(part) {
					break // its rest is still to come
				}
				return false
			}
			if letter < ' ' && letter != '\n' && letter != '\r' && letter != '\t' && letter != '\f' || letter == 0x7f {
				return false
			}
			part = part[width:]
		}
		if err != nil {
			return err == io.EOF && len(part) == 0
		}
		held = copy(buffer, part)
	}
}

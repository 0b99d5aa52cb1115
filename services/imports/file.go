package imports

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	unicodes "golang.org/x/text/encoding/unicode"

	"plumbline/models"
)

// File is what is to be imported.
type File struct {
	// Name is the file's own name, without its folders.
	Name    string
	Content io.ReaderAt
	Size    int64
}

// Format is a format that can be read.
type Format string

// The formats.
const (
	FormatCSV     Format = "csv"
	FormatXLSX    Format = "xlsx"
	FormatOCDS    Format = "ocds"
	FormatFTM     Format = "ftm"
	FormatBODS    Format = "bods"
	FormatRecords Format = "plumbline"
	FormatSQLite  Format = "sqlite"
)

// Label names a format for people.
func (f Format) Label() string {
	return map[Format]string{FormatCSV: "CSV", FormatXLSX: "Excel workbook (XLSX)", FormatOCDS: "Open Contracting Data Standard",
		FormatFTM: "FollowTheMoney", FormatBODS: "Beneficial Ownership Data Standard", FormatRecords: "Plumbline records", FormatSQLite: "SQLite file of public records"}[f]
}

// The bounds of what is read, so that no file can take all memory.
const (
	mostRows     = 200_000
	mostColumns  = 500
	mostCell     = 200_000
	mostRecord   = 1 << 20
	mostObject   = 64 << 20
	mostWorkbook = 100 << 20
	sniffed      = 1 << 16
)

func (f File) reader() io.Reader { return io.NewSectionReader(f.Content, 0, f.Size) }

// refused is an error about a file as a whole.
func refused(format string, args ...any) error {
	return models.Errorf(models.ErrInvalid, format, args...)
}

// recognise tells the format of a file by its content; its name is not asked.
func recognise(f File) (Format, error) {
	head := make([]byte, min(f.Size, sniffed))
	if _, err := f.Content.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w", f.Name, err)
	}
	if len(head) == 0 {
		return "", refused("The file is empty. Choose another one.")
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return FormatXLSX, nil
	}
	if bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return FormatSQLite, nil
	}
	for magic, remedy := range map[string]string{
		"\xD0\xCF\x11\xE0": "This is an old Excel workbook (.xls) or another Office file. Save it as .xlsx or CSV and import that.",
		"%PDF":             "This is a PDF. Import a table: CSV, XLSX or one of the JSON formats.",
		"\x1f\x8b":         "This file is compressed (gzip). Unpack it and import what is inside.",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return "", refused("%s", remedy)
		}
	}

	text, err := f.text()
	if err != nil {
		return "", err
	}
	start, err := firstSign(text)
	if err != nil {
		return "", refused("The file holds nothing but blanks. Choose another one.")
	}
	switch start {
	case '{', '[':
		return recogniseJSON(text)
	case '<':
		return "", refused("This is a web page or XML, and no table, whatever its name says. Open it in a spreadsheet program, save it as .xlsx or CSV and import that.")
	}
	return FormatCSV, nil
}

// firstSign skips blanks and looks at what comes then.
func firstSign(text *bufio.Reader) (rune, error) {
	for {
		r, _, err := text.ReadRune()
		if err != nil {
			return 0, err
		}
		if !unicode.IsSpace(r) && r != 0xFEFF {
			return r, text.UnreadRune()
		}
	}
}

// marks are the members by which a format's objects are told, in the order in which they are
// asked for.
var marks = []struct {
	format  Format
	members []string
}{
	{FormatRecords, []string{"plumbline"}},
	{FormatRecords, []string{"type", "id", "data"}},
	{FormatRecords, []string{"record_type", "id"}},
	{FormatRecords, []string{"data", "log_size"}},
	{FormatOCDS, []string{"releases"}},
	{FormatOCDS, []string{"records"}},
	{FormatOCDS, []string{"compiledRelease"}},
	{FormatOCDS, []string{"ocid"}},
	{FormatFTM, []string{"schema", "properties"}},
	{FormatBODS, []string{"statementId"}},
	{FormatBODS, []string{"statementID"}},
	{FormatBODS, []string{"recordDetails"}},
}

// recogniseJSON looks at the names of the first object's members.
func recogniseJSON(text io.Reader) (Format, error) {
	names, err := memberNames(json.NewDecoder(io.LimitReader(text, mostObject)))
	for _, mark := range marks {
		all := true
		for _, member := range mark.members {
			all = all && names[member]
		}
		if all {
			return mark.format, nil
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "", refused("This looks like JSON and ends in the middle. Was all of it copied?")
	}
	if err != nil {
		return "", refused("This looks like JSON and cannot be read: %s.", err)
	}
	return "", refused("This JSON is none of the formats that can be imported: OCDS (releases or records), FollowTheMoney (schema, properties), BODS 0.4 (statementId, recordDetails) or Plumbline records (type, id, data).")
}

// memberNames lists the members of the first object, without keeping their values.
func memberNames(decoder *json.Decoder) (map[string]bool, error) {
	names := map[string]bool{}
	token, err := decoder.Token()
	if err == nil && token == json.Delim('[') {
		token, err = decoder.Token()
	}
	if err != nil || token != json.Delim('{') {
		return names, err
	}
	for depth := 1; depth > 0; {
		token, err = decoder.Token()
		if err != nil {
			return names, err
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' || token == '[' {
				depth++
			} else {
				depth--
			}
		case string:
			if depth == 1 {
				names[token] = true
				// A value that is no object or list is the next token.
				if value, err := decoder.Token(); err != nil {
					return names, err
				} else if delim, ok := value.(json.Delim); ok && (delim == '{' || delim == '[') {
					depth++
				}
			}
		}
		if len(names) > 0 && decoder.InputOffset() > sniffed {
			return names, nil
		}
	}
	return names, nil
}

// text reads a file as UTF-8, whatever its encoding: UTF-8 with or without a mark, UTF-16, or
// Windows-1252 for what is neither. ErrInvalid for what is no text.
func (f File) text() (*bufio.Reader, error) {
	from, err := f.encoding()
	if err != nil {
		return nil, err
	}
	if from == nil {
		r := bufio.NewReaderSize(f.reader(), sniffed)
		if mark, err := r.Peek(3); err == nil && bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
			_, _ = r.Discard(3) // peeked
		}
		return r, nil
	}
	return bufio.NewReaderSize(from.NewDecoder().Reader(f.reader()), sniffed), nil
}

// encoding tells how a file is written; nil is UTF-8.
func (f File) encoding() (encoding.Encoding, error) {
	head := make([]byte, min(f.Size, sniffed))
	if _, err := f.Content.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return unicodes.UTF16(unicodes.LittleEndian, unicodes.UseBOM), nil
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return unicodes.UTF16(unicodes.BigEndian, unicodes.UseBOM), nil
	}
	even, odd := 0, 0
	for i, b := range head {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	switch {
	case odd > len(head)/4 && even == 0:
		return unicodes.UTF16(unicodes.LittleEndian, unicodes.IgnoreBOM), nil
	case even > len(head)/4 && odd == 0:
		return unicodes.UTF16(unicodes.BigEndian, unicodes.IgnoreBOM), nil
	case even+odd > 0:
		return nil, refused("This is no text and no workbook. Import CSV, XLSX or one of the JSON formats.")
	}
	valid, err := validUTF8(f.reader())
	if err != nil || valid {
		return nil, err
	}
	return charmap.Windows1252, nil
}

// validUTF8 reads all of a text.
func validUTF8(r io.Reader) (bool, error) {
	buffer := make([]byte, sniffed)
	kept := 0
	for {
		n, err := r.Read(buffer[kept:])
		part := buffer[:kept+n]
		// A letter may go on in what is read next.
		whole := len(part)
		for i := 1; i <= min(utf8.UTFMax-1, len(part)); i++ {
			if b := part[len(part)-i]; utf8.RuneStart(b) {
				if !utf8.FullRune(part[len(part)-i:]) {
					whole = len(part) - i
				}
				break
			}
		}
		if !utf8.Valid(part[:whole]) {
			return false, nil
		}
		kept = copy(buffer, part[whole:])
		if errors.Is(err, io.EOF) {
			return kept == 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("read text: %w", err)
		}
	}
}

// stem is a file's name without folder, extension and the mark of an error file, so that mended
// rows belong to the source of those that were right at once.
func (f File) stem() string {
	name := f.Name
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return strings.TrimSuffix(name, ".errors")
}

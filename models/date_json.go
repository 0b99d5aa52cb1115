package models

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

const maxDateWords = 500

// dateObject is the JSON form of a date that has more than its text.
type dateObject struct {
	Text  string `json:"text"`
	Words string `json:"words"`
}

// printedDate is what the API prints of a date. It derives all but the text and the words.
type printedDate struct {
	dateObject
	Earliest json.RawMessage `json:"earliest"`
	Latest   json.RawMessage `json:"latest"`
	Label    json.RawMessage `json:"label"`
}

// MarshalJSON writes the one canonical form: null for unknown, the text alone where there are no
// words, else an object of text and words, in that order.
func (d Date) MarshalJSON() ([]byte, error) {
	switch {
	case d.IsZero():
		return []byte("null"), nil
	case d.Words == "":
		return json.Marshal(d.Text)
	}
	return json.Marshal(dateObject{d.Text, d.Words})
}

// UnmarshalJSON reads null, an EDTF text, ".." or an object with "text" and "words". The object
// may hold "earliest", "latest" and "label", as printed by the API; they are ignored, since the
// text decides. Errors are sentences for people; after one the date is what it was.
func (d *Date) UnmarshalJSON(data []byte) error {
	if text, plain := plainString(data); plain { // as nearly all are; to look further takes much longer
		date, err := ParseEnd(text)
		if err == nil {
			*d = date
		}
		return err
	}
	object, err := readDateObject(data)
	if err != nil {
		return err
	}
	if object == nil {
		*d = Date{}
		return nil
	}

	date, err := ParseEnd(object.Text)
	if err != nil {
		return err
	}
	if date.Words, err = cleanDateWords(object.Words); err != nil {
		return err
	}
	*d = date
	return nil
}

// plainString reads a JSON string in which nothing is escaped.
func plainString(data []byte) (string, bool) {
	last := len(data) - 1
	if last < 1 || data[0] != '"' || data[last] != '"' {
		return "", false
	}
	for _, b := range data[1:last] {
		if b < ' ' || b == '\\' || b == '"' || b > '~' {
			return "", false
		}
	}
	return string(data[1:last]), true
}

// readDateObject gives nil for null.
func readDateObject(data []byte) (*dateObject, error) {
	var text string
	if json.Unmarshal(data, &text) == nil && !bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return &dateObject{Text: text}, nil
	}

	var printed *printedDate
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&printed)
	if _, more := decoder.Token(); err != nil || more != io.EOF {
		return nil, dateShapeError(err)
	}
	if printed == nil {
		return nil, nil
	}
	return &printed.dateObject, nil
}

func dateShapeError(err error) error {
	const remedy = `Write a text such as "2025-08", an object such as {"text": "2025-08", "words": "early August"}, or null.`
	if err != nil {
		if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return Errorf(ErrInvalid, "A date has no field %s. %s", clip(field), remedy)
		}
	}
	return Errorf(ErrInvalid, "This cannot be read as a date. %s", remedy)
}

// cleanDateWords puts the words on one line.
func cleanDateWords(words string) (string, error) {
	clean, problem := CleanText(words)
	if problem != "" {
		return "", Errorf(ErrInvalid, "%s", problem)
	}
	clean = strings.Join(strings.Fields(clean), " ")
	if n := utf8.RuneCountInString(clean); n > maxDateWords {
		return "", Errorf(ErrInvalid, "The words of this date have %d letters; shorten them to at most %d.", n, maxDateWords)
	}
	return clean, nil
}

package exports

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestWorkbook_isReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	book := NewWorkbook(&out, "A title")
	odd := []any{"<a> & \"b\"", " blanks ", "line\none", "é عربي", "\x01", int64(-7), 1.25, true, false, nil, "", "'=1+1"}
	for i := range 30 {
		odd = append(odd, fmt.Sprint(i))
	}
	for _, name := range []string{"one", "two & <three>"} {
		if err := book.Sheet(name); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := book.Row(odd); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}

	read, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if names := read.GetSheetList(); !slices.Equal(names, []string{"one", "two & <three>"}) {
		t.Errorf("the sheets are called %q", names)
	}
	want := []string{"<a> & \"b\"", " blanks ", "line\none", "é عربي", "\uFFFD", "-7", "1.25", "TRUE", "FALSE", "", "", "'=1+1"}
	for i := range 30 {
		want = append(want, fmt.Sprint(i))
	}
	rows, err := read.GetRows("two & <three>")
	if err != nil || len(rows) != 3 || !slices.Equal(rows[2], want) {
		t.Errorf("the rows are\n%q\nnot\n%q, %v", rows, want, err)
	}
	if last, err := read.GetCellValue("one", "AP3"); err != nil || last != "29" {
		t.Errorf("the last cell is %q, %v", last, err)
	}
}

// full takes some bytes and then no more.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

func TestWorkbook_saysThatItCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	for _, room := range []int{0, 100, 100_000} {
		book := NewWorkbook(&full{left: room}, "")
		err := book.Sheet("one")
		for i := 0; err == nil && i < 20_000; i++ {
			err = book.Row([]any{strings.Repeat(fmt.Sprint(i*7919), 20), int64(i)})
		}
		if closing := book.Close(); err == nil {
			err = closing
		}
		if err == nil {
			t.Errorf("a workbook fits in %d bytes", room)
		}
	}
}

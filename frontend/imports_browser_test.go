package frontend_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/services/imports"
)

// wrongBook is a workbook with ten kinds of error and one row that is right.
func wrongBook(t *testing.T) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	sheets := map[string][][]any{
		"Companies": {{"kind", "name", "country", "start", "identifiers", "source_url", "amount", "summary"},
			{"company", "Right Company", "DE", "2020", "lei:RIGHT", "https://example.org/right", "", ""},
			{"company", "", "DE"}, {"firm", "Wrong Kind", "DE"}, {"company", "Wrong Date", "DE", "12/02/2019"}, {"company", "Wrong Place", "Atlantis"},
			{"company", "Wrong Identifier", "DE", "", "nonsense"}, {"company", "Wrong Address", "DE", "", "", "example"},
			{"contract", "Wrong Amount", "DE", "", "", "", "much"}, {"company", "Formula", "DE"}, {"company", "Merged", "DE"}, {"company", "", "DE"}},
		"Links": {{"type", "subject", "object", "share"}, {"owns", "lei:RIGHT", "Nobody Known", "50"}},
	}
	for name, rows := range sheets {
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := book.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, err := range []error{book.SetCellFormula("Companies", "H10", "1+1"), book.MergeCell("Companies", "B11", "B12"), book.DeleteSheet("Sheet1")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestImports_inABrowser sends a workbook with ten kinds of error, reads what is wrong with it,
// and enters the row that is right.
func TestImports_inABrowser(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	for _, look := range []struct {
		width   int
		options browsertest.Options
	}{{1280, browsertest.Options{}}, {360, browsertest.Options{Dark: true}}} {
		tab := signedIn(t, s, server, b, models.RoleEditor, look.width, look.options)
		shoot := func(name string) {
			checkTab(t, tab)
			if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
				tab.Screenshot(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, look.width)))
			}
		}
		work := func() {
			t.Helper()
			address := tab.URL()
			id, err := uuid.Parse(address[strings.LastIndexByte(address, '/')+1:])
			if err != nil {
				t.Fatalf("%s is no import: %s", address, tab.HTML())
			}
			if err := imports.Work(context.Background(), s.services, id); err != nil {
				t.Fatal(err)
			}
			tab.Go(address)
		}
		tab.Go(server.URL + "/imports")
		shoot("imports")
		tab.Evaluate(fmt.Sprintf(`(() => { const text = atob(%q), bytes = Uint8Array.from(text, c => c.charCodeAt(0)), list = new DataTransfer();
			list.items.add(new File([bytes], 'wrong.xlsx')); document.getElementById('file').files = list.files; return 'sent' })()`, base64.StdEncoding.EncodeToString(wrongBook(t))))
		tab.Follow("main form button")
		work()
		shoot("import")
		page := tab.HTML()
		for _, want := range []string{"Fill this in", "is no entity kind", "can be read as 12 February", "is no ISO 3166", "is no identifier", "A link must begin with", "is no amount",
			"holds a formula whose value is not stored", "is merged with others", "There is no record"} {
			if !strings.Contains(strings.ReplaceAll(page, "&#34;", `"`), want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if look.width != 1280 {
			tab.Evaluate("(document.getElementById('valid-rows-only').checked = true, 'checked')")
			tab.Follow(`form[action$="/check"] button`)
			work()
			continue // the row is there already
		}
		tab.Follow(`form[action$="/load"] button[name=valid_rows_only]`)
		work()
		if !strings.Contains(tab.HTML(), "can be reverted as one") {
			t.Errorf("the valid row was not entered: %s", tab.HTML())
		}
		shoot("import-entered")
	}
}

// TestImports_aTableInOtherWordsIsReadByHand says on the page what rows and columns are whose header
// nobody knows, and of what kind all are.
func TestImports_aTableInOtherWordsIsReadByHand(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	tab := signedIn(t, s, server, b, models.RoleEditor, 360, browsertest.Options{})
	work := func() {
		t.Helper()
		address := tab.URL()
		if err := imports.Work(context.Background(), s.services, uuid.MustParse(address[strings.LastIndexByte(address, '/')+1:])); err != nil {
			t.Fatal(err)
		}
		tab.Go(address)
	}
	choose := func(id, value string) {
		t.Helper()
		tab.Evaluate(fmt.Sprintf("(document.getElementById(%q).value = %q, document.getElementById(%q).value)", id, value, id))
	}
	tab.Go(server.URL + "/imports")
	tab.Evaluate(`(() => { const list = new DataTransfer(); list.items.add(new File(['Firma;Sitz\nGrünwerk;DE\n'], 'liste.csv')); document.getElementById('file').files = list.files; return 'sent' })()`)
	tab.Follow("main form button")
	work()
	checkTab(t, tab)
	choose("table", "entities")
	tab.Follow(`form[action$="/check"] button`)
	work()
	checkTab(t, tab)
	choose("column-0-0", "name")
	choose("column-0-1", "places")
	tab.Follow(`form[action$="/check"] button`)
	work()
	if !strings.Contains(tab.HTML(), "Choose the kind") && !strings.Contains(tab.HTML(), "1 wrong") {
		t.Errorf("an entity of no kind was right: %s", tab.HTML())
	}
	choose("set-kind", "company")
	tab.Follow(`form[action$="/check"] button`)
	work()
	tab.Follow(`form[action$="/load"] button`)
	work()
	checkTab(t, tab)
	if page := tab.HTML(); !strings.Contains(page, "What was written") || !strings.Contains(page, "Grünwerk") {
		t.Errorf("it was not entered: %s", page)
	}

	// Of who may not publish it is a proposal, and called one.
	tab = signedIn(t, s, server, b, models.RoleContributor, 360, browsertest.Options{})
	tab.Go(server.URL + "/imports")
	tab.Evaluate(`(() => { const list = new DataTransfer(); list.items.add(new File(['kind,name,country\ncompany,Vorschlag,DE\n'], 'mine.csv')); document.getElementById('file').files = list.files; return 'sent' })()`)
	tab.Follow("main form button")
	work()
	if page := tab.HTML(); !strings.Contains(page, "Propose 1 record<") {
		t.Errorf("a contributor is offered to enter: %s", page)
	}
	tab.Follow(`form[action$="/load"] button`)
	work()
	if page := tab.HTML(); !strings.Contains(page, "Proposed: submitted") || !strings.Contains(page, "What is proposed") || strings.Contains(page, "can be reverted") {
		t.Errorf("a proposal is not called one: %s", page)
	}
}

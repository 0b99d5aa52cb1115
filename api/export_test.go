package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/database/dbtest"
)

// exported are the ids that an export holds, by its format.
func exported(t *testing.T, s *server, path, format, query string) []string {
	t.Helper()
	got := s.check(t, exchange{name: format, method: "GET", path: path + "." + format + query, status: 200})
	var ids []string
	switch format {
	case "csv":
		ids = columnOf(t, csvRows(t, got.Body), "id")
	case "xlsx":
		book, err := excelize.OpenReader(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows(book.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		ids = columnOf(t, rows, "id")
	case "ndjson":
		for line := range strings.Lines(got.Body.String()) {
			ids = append(ids, idOf(t, []byte(line)))
		}
	case "json":
		var list struct{ Data []json.RawMessage }
		if err := json.Unmarshal(got.Body.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		for _, one := range list.Data {
			ids = append(ids, idOf(t, one))
		}
	}
	return ids
}

func csvRows(t *testing.T, r io.Reader) [][]string {
	t.Helper()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func columnOf(t *testing.T, rows [][]string, name string) []string {
	t.Helper()
	at := slices.Index(rows[0], name)
	if at < 0 {
		t.Fatalf("there is no column %s in %v", name, rows[0])
	}
	var cells []string
	for _, row := range rows[1:] {
		cells = append(cells, row[at])
	}
	return cells
}

func idOf(t *testing.T, text []byte) string {
	t.Helper()
	var record struct{ ID string }
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return record.ID
}

// listed are the ids of a whole list, by its pages.
func listed(t *testing.T, s *server, path, query string) []string {
	t.Helper()
	var ids []string
	for cursor := ""; ; {
		var page struct {
			Data []struct{ ID string }
			Next string
		}
		got := s.check(t, exchange{name: path, method: "GET", path: path + query + "&limit=7" + cursor, status: 200})
		if err := json.Unmarshal(got.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Data {
			ids = append(ids, one.ID)
		}
		if page.Next == "" {
			return ids
		}
		cursor = "&cursor=" + page.Next
	}
}

func TestExport_holdsTheSameRecordsAsTheListInEveryFormat(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		for path, queries := range map[string][]string{
			"/entities":       {"?sort=name", "?kind=unit,company&sort=-name", "?country=IL"},
			"/relationships":  {"?", "?type=supplied_to&status=disabled", "?party=microsoft&as_of=2025-09-01", "?status=ended&verification=acknowledged"},
			"/status-changes": {"?", "?sort=effective"},
			"/claims":         {"?", "?unanswered=true", "?stance=denies,admits&sort=id"},
			"/sources":        {"?", "?kind=article"},
			"/open-items":     {"?", "?unanswered=true"},
		} {
			for _, query := range queries {
				want := listed(t, s, path, query)
				for _, format := range []string{"csv", "ndjson", "json", "xlsx"} {
					if got := exported(t, s, path, format, query); !slices.Equal(got, want) {
						t.Errorf("%s.%s%s holds %d records\n%v\nthe list has %d\n%v", path, format, query, len(got), got, len(want), want)
					}
				}
			}
		}
	})
}

func TestExport_fillsInTheNamesOfBothEnds(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	rows := csvRows(t, s.check(t, exchange{name: "csv", method: "GET", path: "/relationships.csv?type=supplied_to&object=unidentified-unit-in-imod&subject=azure-cloud-storage", status: 200}).Body)
	if len(rows) != 2 {
		t.Fatalf("there are %d rows", len(rows))
	}
	for name, want := range map[string]string{"type": "supplied_to", "subject_name": "Azure cloud storage", "object_name": "Unidentified unit in IMOD", "object": "unidentified-unit-in-imod", "object_kind": "unit", "status": "disabled", "provider": "microsoft", "provider_name": "Microsoft"} {
		if got := columnOf(t, rows, name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	if sources := columnOf(t, rows, "sources")[0]; !strings.Contains(sources, ": ") {
		t.Errorf("the sources are %q", sources)
	}
	rows = csvRows(t, s.check(t, exchange{name: "columns", method: "GET", path: "/relationships.csv?type=supplied_to&columns=object,status_since,id", status: 200}).Body)
	if want := []string{"object", "object_name", "object_kind", "object_id", "status_since", "id"}; !slices.Equal(rows[0], want) {
		t.Errorf("the columns are %v", rows[0])
	}
	rows = csvRows(t, s.check(t, exchange{name: "without ids", method: "GET", path: "/relationships.csv?type=supplied_to&columns=share", status: 200}).Body)
	if want := []string{"id", "share"}; !slices.Equal(rows[0], want) {
		t.Errorf("a file without ids cannot be imported again: %v", rows[0])
	}
	s.check(t, exchange{name: "wrong column", method: "GET", path: "/relationships.csv?columns=subjct", status: 400, says: []string{`Did you mean \"subject\"?`}})
}

func TestExport_keepsSpreadsheetsFromRunningFormulas(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for _, title := range []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "plain", "'quoted"} {
		body, err := json.Marshal(map[string]string{"kind": "post", "title": title})
		if err != nil {
			t.Fatal(err)
		}
		s.check(t, exchange{name: title, method: "POST", path: "/sources", token: s.editor, body: string(body), status: 201})
	}
	want := []string{"'=cmd|' /C calc'!A0", "'+1", "'-1", "'@SUM(1)", "plain", "'quoted"}
	const query = "?kind=post&sort=id"
	csvTitles := columnOf(t, csvRows(t, s.do(exchange{method: "GET", path: "/sources.csv" + query}).Body), "title")
	if len(csvTitles) < 6 || !slices.Equal(csvTitles[len(csvTitles)-6:], want) {
		t.Errorf("the CSV holds %q", csvTitles)
	}
	book, err := excelize.OpenReader(s.do(exchange{method: "GET", path: "/sources.xlsx" + query}).Body)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("sources")
	if err != nil || !slices.Equal(columnOf(t, rows, "title"), csvTitles) {
		t.Errorf("the workbook holds %q, %v", rows, err)
	}
}

func TestExport_saysWhatItIs(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for format, media := range map[string]string{"csv": "text/csv; charset=utf-8; header=present", "ndjson": "application/x-ndjson", "json": "application/json",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "atom": "application/atom+xml", "feed.json": "application/feed+json"} {
		path := "/claims." + format
		got := s.check(t, exchange{name: format, method: "GET", path: path, status: 200})
		tag := got.Header().Get("ETag")
		if got.Header().Get("Content-Type") != media || tag == "" {
			t.Errorf("%s: %v", format, got.Header())
		}
		if again := s.do(exchange{method: "GET", path: path, headers: map[string]string{"If-None-Match": tag}}); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s again: %d, %d bytes", format, again.Code, again.Body.Len())
		}
		head := s.do(exchange{method: "HEAD", path: path})
		if head.Code != 200 || head.Body.Len() > 0 || head.Header().Get("Content-Type") != media {
			t.Errorf("HEAD %s: %d, %d bytes, %v", path, head.Code, head.Body.Len(), head.Header())
		}
	}
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/claims.cvs":               {404, `Did you mean \"csv\"?`},
		"/claims.csv?limit=5":       {400, "leave the limit out"},
		"/claims.csv?cursor=x":      {400, "leave the cursor out"},
		"/claims.csv?stanc=denies":  {400, `Did you mean \"stance\"?`},
		"/claims.json?party=nobody": {400, "no record with the id or slug"},
		"/claims.atom?stance=x":     {400, "is no value"},
	} {
		s.check(t, exchange{name: path, method: "GET", path: path, status: want.status, says: []string{want.says}})
	}
}

func TestExport_feedsHoldTheNewest(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for i := range 103 {
		s.check(t, exchange{name: "source", method: "POST", path: "/sources", token: s.editor, body: fmt.Sprintf(`{"kind":"dataset","title":"Set %d <b>&"}`, i), status: 201})
	}
	got := s.check(t, exchange{name: "atom", method: "GET", path: "/sources.atom?kind=dataset&sort=published", status: 200})
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entry   []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
			Link  struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(got.Body.Bytes(), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entry) != 100 || feed.Entry[0].Title != "Set 102 <b>&" || !strings.HasPrefix(feed.Entry[0].ID, "urn:uuid:") || feed.Updated == "" ||
		!strings.Contains(feed.Entry[0].Link.Href, "http://example.com/sources/") {
		t.Errorf("%d entries, the first %+v", len(feed.Entry), feed.Entry[0])
	}
	var items struct {
		Version string
		Items   []struct{ ID, URL, Title string }
	}
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/sources.feed.json?kind=dataset"}).Body.Bytes(), &items); err != nil {
		t.Fatal(err)
	}
	if items.Version != "https://jsonfeed.org/version/1.1" || len(items.Items) != 100 || items.Items[99].ID != feed.Entry[99].ID {
		t.Errorf("%d items of %s", len(items.Items), items.Version)
	}
}

func TestExport_isCompressedWhereTheClientTakesIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	server := httptest.NewServer(s)
	defer server.Close()
	read := func(compressed bool) []byte {
		client := &http.Client{Transport: &http.Transport{DisableCompression: !compressed}}
		response, err := client.Get(server.URL + "/api/v1/entities.csv")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.Uncompressed != compressed {
			t.Errorf("compressed: %v, want %v", response.Uncompressed, compressed)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	if !bytes.Equal(read(true), read(false)) {
		t.Error("the two differ")
	}
}

package api

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"plumbline/models"
	"plumbline/services"
)

func TestXLSX_goesOnOnAnotherSheetAtTheRowLimit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e := export{kind: models.TypeSource, path: "sources", columns: models.Columns(models.TypeSource, false)[:4], sheetRows: 4}
	x := newXLSX(e, &out)
	if err := x.begin(services.Page{}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if err := x.record(view{page: &services.Page{}}, services.Record{Head: services.Head{ID: uuid.New()}, Document: &models.Source{Kind: "article", Title: strings.Repeat("é", 40_000)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.end(); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil || rows[0][0] != "id" || !strings.HasSuffix(rows[1][3], "(longer than a cell; the other formats have all of it)") {
			t.Fatalf("%s: %v, %.80q", sheet, err, rows)
		}
		counts[sheet] = len(rows)
	}
	if counts["sources"] != 4 || counts["sources 2"] != 4 || counts["sources 3"] != 3 || len(counts) != 3 {
		t.Errorf("the sheets have %v rows", counts)
	}
}

func TestExport_thatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	a := &API{logger: slog.New(slog.DiscardHandler)}
	router := gin.New()
	router.GET("/part", func(c *gin.Context) {
		if _, err := c.Writer.WriteString("id,name\n"); err != nil {
			t.Error(err)
		}
		c.Writer.Flush()
		a.refuseExport(c, errors.New("the database is gone"))
	})
	server := httptest.NewServer(router)
	defer server.Close()
	response, err := http.Get(server.URL + "/part")
	if err != nil {
		return // it broke off before anything came
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%q came and looked whole", body)
	}
}

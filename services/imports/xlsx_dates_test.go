package imports

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/models"
)

func TestFormatShows_whatACellShows(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]shownAs{
		"General": noDate, "0": noDate, "#,##0.00": noDate, "0.00E+00": noDate, "@": noDate, `0" days"`: noDate, `[Red]#,##0;[Magenta]0`: noDate, `[$€-407] #,##0`: noDate,
		"yyyy": yearShown, "yy": yearShown, `[$-409]yyyy;@`: yearShown, "e": yearShown, "yyyy\"年\"": yearShown, "[Magenta]yyyy": yearShown,
		"mmm yyyy": monthShown, `mmm\ yyyy`: monthShown, "mm/yy": monthShown, `[$-409]mmm\-yy;@`: monthShown, `yyyy\-mm`: monthShown, "MMMM YYYY": monthShown, "mmmmm-yy": monthShown,
		`yyyy"年"m"月"`: monthShown, "dddd, mmmm yyyy": monthShown,
		"d mmm yyyy": dayShown, `[$-409]d\-mmm\-yy;@`: dayShown, "yyyy-mm-dd": dayShown, "m/d/yy h:mm": dayShown, "dd.mm.yyyy hh:mm:ss": dayShown, `[$-F800]dddd\,\ mmmm\ dd\,\ yyyy`: dayShown,
		`yyyy-mm-dd"T"hh:mm`: dayShown, "yyyy-mm-dd;@": dayShown, `d "of month" mm yyyy`: dayShown,
		`"2025"`: wordsShown, `"Aug 2025"`: wordsShown, `"about "d mmm yyyy`: wordsShown, `yyyy" (about)"`: wordsShown, `"Q3 "yyyy`: wordsShown, `QQ\ yyyy`: wordsShown, `yyyy\?`: wordsShown, `"before "yyyy;@`: wordsShown,
		`yyyy;"about "yyyy`: yearShown, `d" of "mmmm yyyy`: dayShown, `d\.m\.yyyy`: dayShown, `\~yyyy`: wordsShown,
		"ddd": noYearShown, "dddd": noYearShown, "dddd yyyy": yearShown,
		"d mmm": noYearShown, "mmmm": noYearShown, "dd/mm": noYearShown, "d": noYearShown,
		"h:mm": timeShown, "h:mm AM/PM": timeShown, "mm:ss": timeShown, "[h]:mm:ss": timeShown, "[mm]:ss": timeShown, "mm:ss.0": timeShown,
	} {
		if got := formatShows(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}

func TestXLSX_datesAreAsExactAsTheyAreShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value     any
		format    string
		formula   string
		from1904  bool
		want, say string
	}{
		"a year":                  {value: 45658, format: "yyyy", want: "2025"},
		"a month":                 {value: 45870, format: "mmm yyyy", want: "2025-08"},
		"a month of two digits":   {value: 45870, format: "mm/yy", want: "2025-08"},
		"a day":                   {value: 45883, format: "d mmm yyyy", want: "2025-08-14"},
		"a day with its time":     {value: 45883.75, format: "m/d/yy h:mm", want: "2025-08-14"},
		"a month counted of 1904": {value: 45870 - 1462, format: "mmm yyyy", from1904: true, want: "2025-08"},
		"a day counted of 1904":   {value: 45883 - 1462, format: "yyyy-mm-dd", from1904: true, want: "2025-08-14"},
		"a result":                {value: 45870, format: "mmm yyyy", formula: "DATE(2025,8,1)", want: "2025-08"},
		"a result that is a text": {value: 2025, format: "d mmm yyyy", formula: `TEXT(A1,"yyyy")`, want: "2025"},
		"a year as a number":      {value: 2025, format: "General", want: "2025"},
		"a year as a whole one":   {value: 2025, format: "0", want: "2025"},
		"a text":                  {value: "Aug 2025", format: "yyyy", want: "2025-08"},
		"EDTF as a text":          {value: "2021~", format: "d mmm yyyy", want: "2021~"},
		"a bare number":           {value: 45883, format: "General", say: "is a number"},
		"a whole bare number":     {value: 45883, format: "0", say: "is a number"},
		"a weekday":               {value: 45883, format: "ddd", say: "without its year"},
		"a year as words":         {value: 45883, format: `"2025"`, say: "words that stand in its number format"},
		"about a day":             {value: 45883, format: `"about "d mmm yyyy`, say: "words that stand in its number format"},
		"a quarter":               {value: 45883, format: `"Q3 "yyyy`, say: "words that stand in its number format"},
		"no year":                 {value: 45883, format: "d mmm", say: "without its year"},
		"a time":                  {value: 0.5, format: "h:mm", say: "a time of day and no date"},
		"another language":        {value: 45883, format: "57", say: "differently in different languages"},
		"nothing":                 {value: 0, format: "yyyy", say: "not a date after February 1900"},
		"below nothing":           {value: -3, format: "yyyy", say: "not a date after February 1900"},
		"too far":                 {value: 99999999, format: "yyyy", say: "not a date after February 1900"},
	} {
		t.Run(name, func(t *testing.T) {
			c := book(t, map[string]string{"S": "kind,name,start\ncompany,Acme,x"}, func(f *excelize.File) {
				style := &excelize.Style{CustomNumFmt: &test.format}
				if test.format == "57" {
					style = &excelize.Style{NumFmt: 57}
				}
				id, err := f.NewStyle(style)
				if err != nil {
					t.Fatal(err)
				}
				set := f.SetCellValue
				if text, isText := test.value.(string); isText && test.formula != "" { // SetCellFormula leaves a shared text as its number
					set = func(sheet, cell string, _ any) error { return f.SetCellDefault(sheet, cell, text) }
				}
				for _, err := range []error{set("S", "C2", test.value), f.SetCellStyle("S", "C2", "C2", id), f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &test.from1904})} {
					if err != nil {
						t.Fatal(err)
					}
				}
				if test.formula != "" {
					if err := f.SetCellFormula("S", "C2", test.formula); err != nil {
						t.Fatal(err)
					}
				}
			})
			var said []string
			for _, one := range c.problems {
				said = append(said, one.Message)
			}
			if test.say != "" {
				if !strings.Contains(strings.Join(said, " "), test.say) {
					t.Errorf("says %q, want %q", said, test.say)
				}
				return
			}
			if got := startsOf(c); got != test.want || len(said) > 0 {
				t.Errorf("it is %q, want %q; said is %q", got, test.want, said)
			}
		})
	}
}

func TestXLSX_readsTheDatesOfTheWild(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/xlsx-vague-dates.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	c, err := readFile(context.Background(), fileOf("xlsx-vague-dates.xlsx", string(raw)), newSettings(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := startsOf(c), "2025 2025-08 2025-08 2025-08-14"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
}

// startsOf lists the starts of the entities that were read.
func startsOf(c *content) string {
	var starts []string
	for _, one := range c.items {
		if d, ok := one.doc.(*models.Entity); ok {
			starts = append(starts, d.Start.Text)
		}
	}
	return strings.Join(starts, " ")
}

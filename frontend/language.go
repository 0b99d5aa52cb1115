package frontend

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"
	xlanguage "golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"plumbline/models"
)

//go:embed texts/*/*.po
var textFiles embed.FS

// language is one in which the interface speaks: its code, its own name, its direction, and its
// catalogue. Templates and Go code hold English texts; the catalogue says them otherwise.
type language struct {
	Code, Name, Direction string
	// prefix stands before the path of every page in the language; "" for English.
	prefix  string
	entries map[string]entry
	// form picks a plural form of an entry for a number.
	form    func(n int) int
	regions display.Namer
	tongues display.Namer
}

// english is the language that the texts are written in.
func english() *language {
	return &language{Code: "en", Name: "English", Direction: "ltr", regions: display.English.Regions(), tongues: display.English.Languages(),
		form: func(n int) int {
			if n == 1 {
				return 0
			}
			return 1
		}}
}

// arabic has six plural forms: none, one, two, few (3 to 10), many (11 to 99), and the others.
func arabic() *language {
	return &language{Code: "ar", Name: "العربية", Direction: "rtl", prefix: "/ar", regions: display.Regions(xlanguage.Arabic), tongues: display.Languages(xlanguage.Arabic),
		form: func(n int) int {
			switch {
			case n < 3:
				return n
			case n%100 >= 3 && n%100 <= 10:
				return 3
			case n%100 >= 11:
				return 4
			}
			return 5
		}}
}

// languages are all of them, English first. A catalogue is every .po file in the folder of its
// code.
func languages() []*language {
	all := []*language{english(), arabic()}
	for _, l := range all[1:] {
		entries, err := readCatalogue(textFiles, "texts/"+l.Code)
		if err != nil {
			panic(err) // the files are embedded
		}
		l.entries = entries
	}
	return all
}

func readCatalogue(files fs.FS, folder string) (map[string]entry, error) {
	names, err := fs.Glob(files, folder+"/*.po")
	if err != nil {
		return nil, err
	}
	entries := map[string]entry{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		own := map[string]entry{}
		if err := parsePO(string(text), own); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, one := range own {
			if _, taken := entries[key]; !taken { // the first file has the word
				entries[key] = one
			}
		}
	}
	return entries, nil
}

// cutLanguage finds the language of a path, and the path without its prefix.
func (p *Pages) cutLanguage(path string) (*language, string) {
	for _, l := range p.languages[1:] {
		if rest, ok := strings.CutPrefix(path, l.prefix); ok && (rest == "" || rest[0] == '/') {
			return l, "/" + strings.TrimLeft(rest, "/")
		}
	}
	return p.languages[0], path
}

// languageOf is the language in which a request is answered.
func (p *Pages) languageOf(c *gin.Context) *language {
	if l, ok := c.Get("language"); ok {
		return l.(*language)
	}
	l, _ := p.cutLanguage(c.Request.URL.Path)
	return l
}

// say says a text of the interface, or anything that may stand in one, in the language: a string
// is looked up as it is.
func (l *language) say(what any, args ...any) string {
	switch one := what.(type) {
	case nil:
		return ""
	case *text:
		return one.in(l)
	case string:
		return say(one, args...).in(l)
	}
	return l.argument(what)
}

// sayN says a text about a number, in the right one of the language's plural forms.
func (l *language) sayN(n int, one, many string, args ...any) string {
	return sayN(n, one, many, args...).in(l)
}

// inside says a text as it stands within a sentence.
func (l *language) inside(what any) string { return lower(l.say(what)) }

func lower(said string) string {
	first := []rune(said)
	if len(first) > 1 && unicode.IsUpper(first[1]) {
		return said // an acronym
	}
	return strings.ToLower(said)
}

// argument is what stands in a text for a value.
func (l *language) argument(value any) string {
	switch v := value.(type) {
	case *text:
		return v.in(l)
	case date:
		return l.when(v)
	case models.Date:
		return l.date(v, models.DateAlone)
	case dated:
		return l.date(v.point, v.use)
	case models.Day:
		return l.day(v)
	case time.Time:
		return l.instant(v)
	case int:
		return l.number(int64(v))
	case int64:
		return l.number(v)
	case names:
		return l.list(v)
	case placeCode:
		return l.place(string(v))
	case languageCode:
		return l.tongue(string(v))
	}
	return l.isolate(fmt.Sprint(value))
}

// isolate keeps a text that runs the other way from mixing with the words around it.
func (l *language) isolate(value string) string {
	if runs := direction(value); runs == "auto" || runs == l.Direction {
		return value
	}
	return "\u2068" + value + "\u2069"
}

// list joins names: "A, B and C".
func (l *language) list(values names) string {
	var out strings.Builder
	for i, value := range values {
		if i > 0 && i == len(values)-1 {
			out.WriteString(l.say(" and "))
		} else if i > 0 {
			out.WriteString(l.say(", "))
		}
		out.WriteString(l.isolate(value))
	}
	return out.String()
}

// number groups the digits of a number. Arabic newsrooms write the same digits.
func (l *language) number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// when is a date as pages show it, by itself.
func (l *language) when(d date) string { return l.used(d, models.DateAlone) }

// used is a date of a page as a sentence uses it.
func (l *language) used(d date, use models.DateUse) string {
	if d.point.IsZero() {
		return d.Label
	}
	return l.date(d.point, use)
}

// dated stands in a text for a date as the sentence uses it.
type dated struct {
	point models.Date
	use   models.DateUse
}

// months are the names of months, from January on.
var months = []*text{say("January"), say("February"), say("March"), say("April"), say("May"), say("June"),
	say("July"), say("August"), say("September"), say("October"), say("November"), say("December")}

// date is a date in words, as a sentence uses it: in English models.Date.In.
func (l *language) date(d models.Date, use models.DateUse) string {
	form, named := d.Wording(use)
	args := make([]any, len(named))
	for i, one := range named {
		args[i] = verbatim(l.plainDate(one))
	}
	return say(form, args...).in(l)
}

// plainDate is a year, a month or a day: "25 September 2025".
func (l *language) plainDate(iso string) string {
	parts := strings.Split(iso, "-")
	slices.Reverse(parts)
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		switch {
		case err != nil:
			return iso
		case len(parts)-2 == i && n >= 1 && n <= 12:
			parts[i] = l.say(months[n-1])
		case len(parts)-3 == i:
			parts[i] = strconv.Itoa(n)
		}
	}
	return strings.Join(parts, " ")
}

// day is a day in words.
func (l *language) day(d models.Day) string {
	if d.IsZero() {
		return ""
	}
	return l.plainDate(d.String())
}

// instant is an instant in words, in UTC.
func (l *language) instant(at time.Time) string {
	at = at.UTC()
	return l.say("%s at %s UTC", models.DayOf(at), verbatim(at.Format("15:04")))
}

// place is the name of a country or region.
func (l *language) place(code string) string {
	if l.Code == "en" || !models.ValidPlace(code) {
		return models.PlaceName(code)
	}
	if name := l.regions.Name(xlanguage.MustParseRegion(code)); name != "" {
		return name
	}
	return models.PlaceName(code)
}

// placeCode and languageCode stand in a text for a country or region, and for a language.
type (
	placeCode    string
	languageCode string
)

// tongue is the name of a language that records name by its code.
func (l *language) tongue(code string) string {
	tag, err := xlanguage.Parse(code)
	if err != nil {
		return code
	}
	if name := l.tongues.Name(tag); name != "" {
		return name
	}
	return code
}

package services

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline/models"
)

// writtenDate is a date found in a text, by its place in bytes.
type writtenDate struct {
	start, end int
	date       models.Date
	// why says how it was read, for people.
	why string
}

const (
	monthWords = `(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan\.?|Feb\.?|Mar\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)`
	dayWords   = `(?:[0-3]?[0-9])(?:st|nd|rd|th)?`
	yearWords  = `(?:19|20)[0-9]{2}`
	weekWords  = `(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)`
	numWords   = `(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[1-9][0-9]?)`
)

// dateRule reads one way of writing a date. Rules are tried in their order at each place, and the
// first that begins there wins, so that longer ways stand first.
type dateRule struct {
	pattern *regexp.Regexp
	// read gives the EDTF text of what the pattern's groups hold, "" when it is no date after
	// all; vague says that the words say more than it.
	read func(group []string, published models.Day) (edtf string, vague bool)
	why  string
}

func rule(pattern string, why string, read func(group []string, published models.Day) (string, bool)) dateRule {
	return dateRule{regexp.MustCompile(`^(?:` + pattern + `)`), read, why}
}

// bounding are the words that make a range of the date behind them.
const bounding = `(since|after|by|before|until|as of) `

// dateRules are the ways of writing that are known; all are read relative to the day of
// publication.
var dateRules = sync.OnceValue(func() []dateRule {
	point := `(` + yearWords + `-[01][0-9]-[0-3][0-9]|` + dayWords + ` (?:of )?` + monthWords + `,? ` + yearWords + `|` + monthWords + ` ` + dayWords + `,? ` + yearWords +
		`|` + monthWords + `,? (?:of )?` + yearWords + `|` + dayWords + ` (?:of )?` + monthWords + `|` + monthWords + ` ` + dayWords + `|` + monthWords + `|(?:last |next |this )?` + weekWords + `|` + yearWords + `)`
	return []dateRule{
		rule(`(?i:between|from) (`+monthWords+`(?: `+yearWords+`)?|`+yearWords+`) (?:and|to|until) (`+monthWords+`(?: `+yearWords+`)?|`+yearWords+`)\b`, "some day between the two", readBetween),
		rule(`(?i:on |dated )?(`+yearWords+`-[01][0-9]-[0-3][0-9])\b`, "a day", func(g []string, _ models.Day) (string, bool) { return g[1], false }),
		rule(`(?i:`+bounding+`(?:the )?)`+point+`\b`, "counted from what was written", readBound),
		rule(`(?i:(?:on|from|of) )?(?i:the )?(`+dayWords+`) (?:of )?(`+monthWords+`),? (`+yearWords+`)\b`, "a day", func(g []string, _ models.Day) (string, bool) { return dayText(g[3], g[2], g[1]), false }),
		rule(`(?i:(?:on|from|of) )?(`+monthWords+`) (`+dayWords+`),? (`+yearWords+`)\b`, "a day", func(g []string, _ models.Day) (string, bool) { return dayText(g[3], g[1], g[2]), false }),
		rule(`(?i:(?:in|at|by|since|from|the) )?(?i:the )?(?i:(end|beginning|start|middle) of|(early|late) in|(early|late)|(mid)[ -]?)(?: the)? ?(?i:(last|this|next) (month|year)|(`+monthWords+`)(?:,? (`+yearWords+`))?|(`+yearWords+`))\b`, "a part of it", readPart),
		rule(`(?i:(?:in|of|from|during) )?(`+monthWords+`),? (?:of )?(`+yearWords+`)\b`, "a month", func(g []string, _ models.Day) (string, bool) { return monthText(g[2], g[1]), false }),
		rule(`(?i:on )?(?i:the )?(`+dayWords+`) (?:of )?(`+monthWords+`)\b`, "the day of that name before or on publication", func(g []string, p models.Day) (string, bool) { return nearDay(g[2], g[1], p), false }),
		rule(`(?i:(?:on|of|from) )?(`+monthWords+`) (`+dayWords+`)\b`, "the day of that name before or on publication", func(g []string, p models.Day) (string, bool) { return nearDay(g[1], g[2], p), false }),
		rule(`(?i:(?:in|during|throughout|of)) (`+monthWords+`)\b`, "the month of that name before or at publication", func(g []string, p models.Day) (string, bool) { return nearMonth(g[1], p), false }),
		rule(`(?i:in )?(?i:last|this past) (`+monthWords+`)\b`, "the month of that name before publication", func(g []string, p models.Day) (string, bool) { return nearMonth(g[1], p), false }),
		rule(`(?i:on )?(?i:(last|next|this) )?(?i:early |late )?(`+weekWords+`)(?i: (?:morning|evening|afternoon|night))?\b`, "the day of that name before or on publication", func(g []string, p models.Day) (string, bool) {
			return nearWeekday(g[2], strings.ToLower(g[1]), p), false
		}),
		rule(`(?i:(today|yesterday|tomorrow))\b`, "counted from publication", readToday),
		rule(`(?i:(earlier|later) )(?i:in )?(?i:(this|last) (week|month|year))\b`, "counted from publication", func(g []string, p models.Day) (string, bool) {
			text, _ := period(strings.ToLower(g[2]), strings.ToLower(g[3]), p)
			return text, true
		}),
		rule(`(?i:(?:in|during) )?(?i:the )?(?i:(last|this|next|previous|past) (week|month|year))\b`, "counted from publication", func(g []string, p models.Day) (string, bool) {
			return period(strings.ToLower(g[1]), strings.ToLower(g[2]), p)
		}),
		rule(`(?i:(about |around |some |nearly |almost |more than |over )?(`+numWords+`) (day|week|month|year)s? (?:ago|earlier))\b`, "counted back from publication", readAgo),
		rule(`(?i:(?:in )?the (first|second|third|fourth) quarter of )(`+yearWords+`)\b`, "three months", readQuarter),
		rule(`(?i:in|during|of|from|for|throughout) (`+yearWords+`)\b`, "a year", func(g []string, _ models.Day) (string, bool) { return g[1], false }),
		rule(`(`+yearWords+`)(?: г\.| года| году)`, "a year", func(g []string, _ models.Day) (string, bool) { return g[1], false }),
		rule(`([0-3]?[0-9])(?:\.|º)? (?:de |di )?(\pL+\.?)(?: de(?:l)?| di)? (`+yearWords+`)`, "a day, with the month in another language", readForeign),
		rule(`(`+yearWords+`)年([0-9]{1,2})月(?:([0-9]{1,2})日)?`, "a day or month", readHan),
	}
})

// anchors are words without which nothing is a date; wayToAnchor is how many bytes before one a
// date may begin. They keep the rules from being tried at every word of a text.
var anchors = regexp.MustCompile(`[0-9]+|(?i)\b(?:` + monthWords + `|` + weekWords + `|today|yesterday|tomorrow|days?|weeks?|months?|years?|quarter)\b`)

const wayToAnchor = 32

// datesIn finds the dates in a text, in its order.
func datesIn(text string, published models.Day) []writtenDate {
	var found []writtenDate
	rules := dateRules()
	tried := 0
	for _, anchor := range anchors.FindAllStringIndex(text, -1) {
		from := max(tried, anchor[0]-wayToAnchor)
		if from >= anchor[1] {
			continue
		}
		for from > tried && !utf8.RuneStart(text[from]) {
			from++
		}
		for _, w := range wordsAndNumbers.FindAllStringIndex(text[from:anchor[1]], -1) {
			start := from + w[0]
			if start < tried || start > 0 && from == start && insideWord(text, start) {
				continue
			}
			tried = start + 1
			for _, r := range rules {
				if one, ok := r.at(text, start, published); ok {
					found = append(found, one)
					tried = one.end
					break
				}
			}
		}
	}
	return found
}

// insideWord reports whether a place lies between two letters or two digits.
func insideWord(text string, place int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:place])
	after, _ := utf8.DecodeRuneInString(text[place:])
	return unicode.IsLetter(before) && unicode.IsLetter(after) || unicode.IsDigit(before) && unicode.IsDigit(after)
}

var wordsAndNumbers = regexp.MustCompile(`[\pL\pM]+|[0-9]+`)

func (r dateRule) at(text string, start int, published models.Day) (writtenDate, bool) {
	window := strings.ToValidUTF8(text[start:min(len(text), start+90)], "")
	place := r.pattern.FindStringSubmatchIndex(window)
	if place == nil {
		return writtenDate{}, false
	}
	group := make([]string, len(place)/2)
	for i := range group {
		if place[2*i] >= 0 {
			group[i] = window[place[2*i]:place[2*i+1]]
		}
	}
	edtf, vague := r.read(group, published)
	if edtf == "" {
		return writtenDate{}, false
	}
	date, err := models.ParseDate(edtf)
	if err != nil {
		return writtenDate{}, false
	}
	if vague {
		date.Words = strings.TrimSpace(group[0])
	}
	return writtenDate{start: start, end: start + place[1], date: date, why: r.why}, true
}

func monthNumber(name string) int {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for m := time.January; m <= time.December; m++ {
		full := strings.ToLower(m.String())
		if len(name) >= 3 && strings.HasPrefix(full, name) || name == "sept" && m == time.September {
			return int(m)
		}
	}
	return 0
}

func monthText(year, month string) string {
	return fmt.Sprintf("%s-%02d", year, monthNumber(month))
}

func dayText(year, month, day string) string {
	return fmt.Sprintf("%s-%02s", monthText(year, month), strings.TrimRight(day, "stndrh"))
}

// nearDay is the last day of a name that is not long after publication.
func nearDay(month, day string, published models.Day) string {
	if published.IsZero() {
		return ""
	}
	year := published.Time().Year()
	text := dayText(strconv.Itoa(year), month, day)
	if found, err := models.ParseDay(text); err == nil && found.DaysSince(published) > 60 {
		text = dayText(strconv.Itoa(year-1), month, day)
	}
	return text
}

// nearMonth is the last month of a name that had begun at publication.
func nearMonth(month string, published models.Day) string {
	if published.IsZero() {
		return ""
	}
	year, number := published.Time().Year(), monthNumber(month)
	if number > int(published.Time().Month())+1 {
		year--
	}
	return fmt.Sprintf("%d-%02d", year, number)
}

// nearWeekday is the last day of a name before or on publication; the next one after "next".
func nearWeekday(name, which string, published models.Day) string {
	if published.IsZero() {
		return ""
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if !strings.EqualFold(d.String(), name) {
			continue
		}
		back := (int(published.Time().Weekday()) - int(d) + 7) % 7
		switch {
		case which == "next":
			return published.AddDays(7 - back).String()
		case which == "last" && back == 0:
			back = 7
		}
		return published.AddDays(-back).String()
	}
	return ""
}

func readToday(g []string, published models.Day) (string, bool) {
	if published.IsZero() {
		return "", false
	}
	return published.AddDays(map[string]int{"today": 0, "yesterday": -1, "tomorrow": 1}[strings.ToLower(g[1])]).String(), false
}

// period is the week, month or year that publication was in, or one beside it.
func period(which, unit string, published models.Day) (string, bool) {
	if published.IsZero() {
		return "", false
	}
	step := map[string]int{"last": -1, "previous": -1, "past": -1, "next": 1}[which]
	t := published.Time()
	switch unit {
	case "year":
		return strconv.Itoa(t.Year() + step), false
	case "month":
		return time.Date(t.Year(), t.Month()+time.Month(step), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), false
	}
	monday := published.AddDays(-(int(t.Weekday())+6)%7 + 7*step)
	return "[" + monday.String() + ".." + monday.AddDays(6).String() + "]", false
}

func readPart(g []string, published models.Day) (string, bool) {
	switch {
	case g[5] != "":
		text, _ := period(strings.ToLower(g[5]), strings.ToLower(g[6]), published)
		return text, true
	case g[7] != "" && g[8] != "":
		return monthText(g[8], g[7]), true
	case g[7] != "":
		return nearMonth(g[7], published), true
	}
	return g[9], true
}

func readBetween(g []string, published models.Day) (string, bool) {
	from, to := pointText(g[1], published), pointText(g[2], published)
	if from == "" || to == "" {
		return "", false
	}
	if len(from) > 4 && !strings.ContainsAny(g[1], "0123456789") && len(to) >= 4 { // "between May and July 2024"
		from = to[:4] + from[4:]
	}
	if from > to {
		return "", false
	}
	return "[" + from + ".." + to + "]", false
}

// pointText reads a plain point.
func pointText(words string, published models.Day) string {
	for _, r := range plainRules() {
		group := r.pattern.FindStringSubmatch(words)
		if group != nil && len(group[0]) == len(words) {
			text, _ := r.read(group, published)
			return text
		}
	}
	return ""
}

// plainRules read a point alone.
var plainRules = sync.OnceValue(func() []dateRule {
	return []dateRule{
		rule(`(`+yearWords+`-[01][0-9]-[0-3][0-9])`, "", func(g []string, _ models.Day) (string, bool) { return g[1], false }),
		rule(`(`+dayWords+`) (?:of )?(`+monthWords+`),? (`+yearWords+`)`, "", func(g []string, _ models.Day) (string, bool) { return dayText(g[3], g[2], g[1]), false }),
		rule(`(`+monthWords+`) (`+dayWords+`),? (`+yearWords+`)`, "", func(g []string, _ models.Day) (string, bool) { return dayText(g[3], g[1], g[2]), false }),
		rule(`(`+monthWords+`),? (?:of )?(`+yearWords+`)`, "", func(g []string, _ models.Day) (string, bool) { return monthText(g[2], g[1]), false }),
		rule(`(`+dayWords+`) (?:of )?(`+monthWords+`)`, "", func(g []string, p models.Day) (string, bool) { return nearDay(g[2], g[1], p), false }),
		rule(`(`+monthWords+`) (`+dayWords+`)`, "", func(g []string, p models.Day) (string, bool) { return nearDay(g[1], g[2], p), false }),
		rule(`(`+monthWords+`)`, "", func(g []string, p models.Day) (string, bool) { return nearMonth(g[1], p), false }),
		rule(`(?:(last|next|this) )?(`+weekWords+`)`, "", func(g []string, p models.Day) (string, bool) { return nearWeekday(g[2], g[1], p), false }),
		rule(`(`+yearWords+`)`, "", func(g []string, _ models.Day) (string, bool) { return g[1], false }),
	}
})

// readBound reads "since May", "by September 25", "after 7 October 2023". "By Friday" and "by
// 2024" say when something is due or was known; "after" a day is used in tellings for the day
// itself, and stands for it.
func readBound(g []string, published models.Day) (string, bool) {
	text := pointText(g[2], published)
	if text == "" {
		return "", false
	}
	switch strings.ToLower(g[1]) {
	case "since":
		return "[" + text + "..]", false
	case "until", "before":
		return "[.." + text + "]", true
	case "by":
		return "[.." + text + "]", false
	}
	return text, false
}

var counting = map[string]int{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}

// readAgo counts back: days give a day, weeks about a day, months a month, years a year.
func readAgo(g []string, published models.Day) (string, bool) {
	if published.IsZero() {
		return "", false
	}
	n, known := counting[strings.ToLower(g[2])]
	if !known {
		n, _ = strconv.Atoi(g[2]) // the pattern lets numbers alone through
	}
	t := published.Time()
	switch strings.ToLower(g[3]) {
	case "day":
		return published.AddDays(-n).String() + about(g[1]), false
	case "week":
		return published.AddDays(-7*n).String() + "~", false
	case "month":
		return time.Date(t.Year(), t.Month()-time.Month(n), 1, 0, 0, 0, 0, time.UTC).Format("2006-01") + "~", false
	}
	return strconv.Itoa(t.Year()-n) + "~", false
}

func about(word string) string {
	if word == "" {
		return ""
	}
	return "~"
}

func readQuarter(g []string, _ models.Day) (string, bool) {
	first := map[string]int{"first": 1, "second": 4, "third": 7, "fourth": 10}[strings.ToLower(g[1])]
	return fmt.Sprintf("[%s-%02d..%s-%02d]", g[2], first, g[2], first+2), false
}

// foreignMonths are the months of other languages, by their folded beginnings.
var foreignMonths = []struct {
	number int
	begins []string
}{
	{1, []string{"янв", "janv", "enero", "januar", "jänner", "gennaio", "janeiro", "ינואר", "يناير", "ocak"}},
	{2, []string{"фев", "fevr", "febrero", "februar", "febbraio", "fevereiro", "פברואר", "فبراير", "subat"}},
	{3, []string{"март", "mars", "marzo", "marz", "marco", "מרץ", "מרס", "مارس", "mart"}},
	{4, []string{"апр", "avril", "abril", "april", "aprile", "אפריל", "ابريل", "أبريل", "nisan"}},
	{5, []string{"мая", "май", "mai", "mayo", "maggio", "maio", "מאי", "مايو", "mayis"}},
	{6, []string{"июн", "juin", "junio", "juni", "giugno", "junho", "יוני", "يونيو", "haziran"}},
	{7, []string{"июл", "juil", "julio", "juli", "luglio", "julho", "יולי", "يوليو", "temmuz"}},
	{8, []string{"авг", "aout", "agosto", "august", "אוגוסט", "اغسطس", "أغسطس", "agustos"}},
	{9, []string{"сент", "septembre", "septiembre", "setiembre", "september", "settembre", "setembro", "ספטמבר", "سبتمبر", "eylul"}},
	{10, []string{"окт", "octobre", "octubre", "oktober", "ottobre", "outubro", "אוקטובר", "اكتوبر", "أكتوبر", "ekim"}},
	{11, []string{"ноя", "novembre", "noviembre", "november", "novembro", "נובמבר", "نوفمبر", "kasim"}},
	{12, []string{"дек", "decembre", "diciembre", "dezember", "dicembre", "dezembro", "דצמבר", "ديسمبر", "aralik"}},
}

func readForeign(g []string, _ models.Day) (string, bool) {
	folded := models.Fold(g[2])
	forms := []string{folded, strings.TrimPrefix(folded, "ב")}
	for _, month := range foreignMonths {
		for _, begin := range month.begins {
			for _, form := range forms {
				if strings.HasPrefix(form, models.Fold(begin)) {
					return fmt.Sprintf("%s-%02d-%02s", g[3], month.number, g[1]), false
				}
			}
		}
	}
	return "", false
}

func readHan(g []string, _ models.Day) (string, bool) {
	if g[3] == "" {
		return fmt.Sprintf("%s-%02s", g[1], g[2]), false
	}
	return fmt.Sprintf("%s-%02s-%02s", g[1], g[2], g[3]), false
}

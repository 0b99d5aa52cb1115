package imports

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"plumbline/models"
)

// Quote puts a quote before a text that a spreadsheet would compute, as exports do; numbers stay
// numbers.
func Quote(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return models.QuoteCell(text)
}

// DateOrder says how dates of numbers alone are written.
type DateOrder string

// The orders; the zero order asks where a date can be read in two ways.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

var (
	numericDate = regexp.MustCompile(`^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})$`)
	timedDate   = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}`)
	zeroedDate  = regexp.MustCompile(`^(\d{4})(-\d{2})?(-00)+$`)
	bareNumber  = regexp.MustCompile(`^[-+]?\d+([.,]\d+)?$`)
	// plausibleYear is what a bare number may be.
	plausibleYear = regexp.MustCompile(`^[12]\d{3}$`)
	serialDate    = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
	yearMonth     = regexp.MustCompile(`^(\d{1,2})[./](\d{4})$`)
)

// readDate reads a date as spreadsheets hold it: EDTF, words, a year, 02.12.2019, an instant. Any other
// bare number is none: nothing says of what it counts the days. The error is a sentence.
func readDate(text string, order DateOrder) (models.Date, error) {
	text = strings.TrimSpace(text)
	if m := timedDate.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if m := zeroedDate.FindStringSubmatch(text); m != nil {
		text = strings.TrimSuffix(m[1]+m[2], "-00")
	}
	if m := yearMonth.FindStringSubmatch(text); m != nil {
		month, _ := strconv.Atoi(m[1]) // digits
		text = fmt.Sprintf("%s-%02d", m[2], month)
	}
	if bareNumber.MatchString(text) && !plausibleYear.MatchString(text) {
		return models.Date{}, refused("%q is a number, and no year from 1000 to 2999. Write the date, such as 2025-08-31 or August 2025; a spreadsheet keeps dates as numbers of days, which its CSV holds where the cells are not shown as dates.", text)
	}
	if m := numericDate.FindStringSubmatch(text); m != nil {
		return readNumericDate(text, m, order)
	}
	date, err := models.ParseDateWords(text, models.Day{})
	return date, err
}

func readNumericDate(text string, m []string, order DateOrder) (models.Date, error) {
	first, _ := strconv.Atoi(m[1]) // digits
	second, _ := strconv.Atoi(m[3])
	day, month := first, second
	switch {
	case order == MonthFirst, order == "" && m[2] != "." && second > 12:
		day, month = second, first
	case order == DayFirst, m[2] == ".", first > 12, first == second:
	default:
		return models.Date{}, refused("%q can be read as %d %s or as %d %s. Write it as 2019-12-02, or say whether days or months come first.",
			text, first, monthName(second), second, monthName(first))
	}
	return models.ParseDate(fmt.Sprintf("%s-%02d-%02d", m[4], month, day))
}

func monthName(month int) string {
	if month < 1 || month > 12 {
		return strconv.Itoa(month)
	}
	return time.Month(month).String()
}

// readDay reads a date that must be a single day.
func readDay(text string, order DateOrder) (models.Day, error) {
	date, err := readDate(text, order)
	if err != nil || date.IsZero() {
		return models.Day{}, err
	}
	if date.Earliest != date.Latest || date.Earliest.IsZero() {
		return models.Day{}, refused("%q is no single day. Write it as 2025-09-25.", text)
	}
	return date.Earliest, nil
}

// readAmount reads a number with its signs for thousands, as decimal text.
func readAmount(text string) (string, bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "").Replace(strings.TrimSpace(text))
	comma, dot := strings.LastIndexByte(text, ','), strings.LastIndexByte(text, '.')
	switch {
	case comma >= 0 && dot >= 0 && comma > dot, comma >= 0 && dot < 0 && strings.Count(text, ",") == 1 && len(text)-comma != 4:
		text = strings.Replace(strings.ReplaceAll(text, ".", ""), ",", ".", 1)
	case comma >= 0:
		text = strings.ReplaceAll(text, ",", "")
	case strings.Count(text, ".") > 1:
		text = strings.ReplaceAll(text, ".", "")
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number < 0 || number > 1e18 {
		return "", false
	}
	return decimal(text, number), true
}

var plainAmount = regexp.MustCompile(`^\d{1,18}(\.\d{1,4})?$`)

// decimal writes a number as the models take it: at most four places, no exponent.
func decimal(text string, number float64) string {
	if plainAmount.MatchString(text) {
		return text
	}
	short := strconv.FormatFloat(number, 'f', 4, 64)
	return strings.TrimRight(strings.TrimRight(short, "0"), ".")
}

// countries finds the codes of places by what people write.
type countries map[string]string

func newCountries() countries {
	c := countries{"usa": "US", "us": "US", "united states of america": "US", "uk": "GB", "great britain": "GB", "england": "GB",
		"south korea": "KR", "north korea": "KP", "russia": "RU", "czech republic": "CZ", "palestine": "PS", "uae": "AE", "turkiye": "TR"}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); models.ValidPlace(code) {
				c[models.Fold(models.PlaceName(code))] = code
			}
		}
	}
	return c
}

// code gives the code of a place: of a code in any case, of an ISO code of three letters, or of
// an English name. What is none of them is given back for the models to refuse.
func (c countries) code(text string) string {
	upper := strings.ToUpper(strings.TrimSpace(text))
	if models.ValidPlace(upper) {
		return upper
	}
	if code, ok := c[models.Fold(text)]; ok {
		return code
	}
	if base, _, found := strings.Cut(upper, "-"); found && models.ValidPlace(base) {
		return base // a part of a country, as in US-DE
	}
	if len(upper) == 3 {
		if region, err := language.ParseRegion(upper); err == nil && models.ValidPlace(region.String()) {
			return region.String()
		}
	}
	return text
}

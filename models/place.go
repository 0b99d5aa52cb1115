package models

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// notISO are codes of two letters that are kept apart from countries: parts of one, unions, and
// states that are no more.
var notISO = map[string]bool{"AC": true, "AN": true, "CP": true, "CQ": true, "CS": true, "DG": true, "EA": true, "EU": true, "EZ": true,
	"FQ": true, "IC": true, "NT": true, "PC": true, "SU": true, "TA": true, "UN": true, "YU": true}

// ValidPlace reports whether a code is an ISO 3166 country (two capital letters; XK, which is in
// common use for Kosovo, among them) or a UN M49 region of several countries (three digits). A
// country's own M49 number is refused: a place has one code, or filters would miss it.
func ValidPlace(code string) bool {
	if len(code) != 2 && len(code) != 3 || strings.ToUpper(code) != code {
		return false
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return false
	}
	if len(code) == 2 {
		return region.IsCountry() && region.Canonicalize() == region && !notISO[code]
	}
	return region.IsGroup() && region.String() == code
}

// renamed are countries whose names have changed since the tables of x/text were made.
var renamed = map[string]string{"MK": "North Macedonia", "SZ": "Eswatini"}

// PlaceName is the English name of a country or region; the code itself when it has none.
func PlaceName(code string) string {
	if !ValidPlace(code) {
		return code
	}
	if name := renamed[code]; name != "" {
		return name
	}
	if name := display.English.Regions().Name(language.MustParseRegion(code)); name != "" {
		return name
	}
	return code
}

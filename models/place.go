package models

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// ValidPlace reports whether a code is an ISO 3166 country (two capital letters) or a UN M49
// region (three digits).
func ValidPlace(code string) bool {
	if len(code) != 2 && len(code) != 3 || strings.ToUpper(code) != code {
		return false
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return false
	}
	if len(code) == 2 {
		return region.IsCountry() && region.Canonicalize() == region
	}
	return code[0] >= '0' && code[0] <= '9'
}

// PlaceName is the English name of a country or region; the code itself when it has none.
func PlaceName(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := display.English.Regions().Name(region); name != "" {
		return name
	}
	return code
}

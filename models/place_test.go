package models

import "testing"

func TestValidPlace_takesCountriesAndRegions(t *testing.T) {
	for _, code := range []string{"IL", "PS", "US", "GB", "IE", "NL", "XK", "001", "145", "150", "019", "419"} {
		if !ValidPlace(code) {
			t.Errorf("%q is refused", code)
		}
	}
}

func TestValidPlace_refusesOtherCodes(t *testing.T) {
	for code, why := range map[string]string{
		"": "nothing", "I": "too short", "il": "small letters", "Il": "a small letter", "ISR": "three letters", "USA": "three letters",
		"UK": "another code for GB", "DD": "a former code for DE", "EU": "a region with no country code", "ZZ": "no country", "QQ": "no country", "XA": "private", "SU": "a state that is no more", "AC": "a part of another",
		"376": "IL by its number", "840": "US by its number", "000": "no region", "999": "no region", "14": "two digits", "0145": "four digits",
		"1A": "mixed", "A1": "mixed", "I\x00": "a control character", "١٤٥": "digits of another script", "ΙΛ": "letters of another script",
		"Israel": "a name", "IL ": "a blank", "IL-JM": "a subdivision",
	} {
		if ValidPlace(code) {
			t.Errorf("%q (%s) is taken for a place", code, why)
		}
	}
}

func TestPlaceName_isEnglish(t *testing.T) {
	for code, want := range map[string]string{
		"IL": "Israel", "US": "United States", "GB": "United Kingdom", "NL": "Netherlands", "150": "Europe", "145": "Western Asia",
		"001": "World", "MK": "North Macedonia", "": "", "nowhere": "nowhere", "999": "999",
	} {
		if got := PlaceName(code); got != want {
			t.Errorf("PlaceName(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestValidPlace_takesTheCountriesOfISO3166AndKosovo(t *testing.T) {
	countries := 0
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string([]rune{first, second})
			if !ValidPlace(code) {
				continue
			}
			countries++
			if name := PlaceName(code); name == code {
				t.Errorf("%s has no name", code)
			}
		}
	}
	if countries != 249+1 {
		t.Errorf("%d countries, want the 249 of ISO 3166 and XK", countries)
	}
	for _, code := range []string{"UN", "EZ", "SU", "YU", "CS", "AN", "AC", "IC", "TA", "961", "967"} {
		if ValidPlace(code) {
			t.Errorf("%s is taken for a country", code)
		}
	}
}

func TestPlaceName_knowsCountriesThatWereRenamed(t *testing.T) {
	for code, want := range map[string]string{"MK": "North Macedonia", "SZ": "Eswatini"} {
		if got := PlaceName(code); got != want {
			t.Errorf("PlaceName(%q) = %q, want %q", code, got, want)
		}
	}
}

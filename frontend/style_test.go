package frontend_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	widthRule = regexp.MustCompile(`@media[^{]*\bwidth\b[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}`)
	generated = regexp.MustCompile(`[^{}]*::(?:before|after)\s*\{[^}]*\}`) // of which axe does not check the text
	colour    = regexp.MustCompile(`(?:^|[\s;{])(?:(?:background-|--[a-z0-9-]*)?color|background|opacity|filter|mix-blend-mode|fill|stroke)\s*:`)
)

// TestStyle_setsNoColourByWidth lets the browser tests check contrast at one width: rules for
// widths move things, and give none a colour.
func TestStyle_setsNoColourByWidth(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("static/*.css")
	if err != nil {
		t.Fatal(err)
	}
	vendored, err := filepath.Glob("static/vendor/*.css")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range append(files, vendored...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range widthRule.FindAllSubmatch(text, -1) {
			found++
			if what := colour.Find(generated.ReplaceAll(block[1], nil)); what != nil {
				t.Errorf("%s sets %q for some widths: check the contrast of TestPages_inABrowser at those, too\n%s", path, what, block[0])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d rules for widths are found", found)
	}
}

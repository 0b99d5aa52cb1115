package exports

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

// TestFTM_isReadByTheLibraryOfAleph lets a program that was not written here judge our
// FollowTheMoney: schemata, properties, and what may stand at the ends of links.
func TestFTM_isReadByTheLibraryOfAleph(t *testing.T) {
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
				t.Fatalf("%s is not installed, and everything is required", program)
			}
			t.Skipf("%s is not installed, so that nobody else's library can read the export", program)
		}
	}
	home := t.TempDir()
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", home, "@alephdata/followthemoney@3.8.4")
	if out, err := install.CombinedOutput(); err != nil {
		if os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
			t.Fatalf("npm install: %v\n%s", err, out)
		}
		t.Skip("the npm registry does not answer, so that nobody else's library can read the export")
	}
	w := seeded(t, dbtest.SQLite(t))
	read := exec.Command("node", "testdata/read_ftm.js", home)
	read.Stdin = bytes.NewReader(w.export(t, "ftm", Scope{}))
	out, err := read.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "read ") {
		t.Errorf("the library complains:\n%s", out)
	}
}

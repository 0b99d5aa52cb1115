package database

import "testing"

func TestOlderVersion_comparesNumbers(t *testing.T) {
	t.Parallel()
	for version, older := range map[string]bool{
		"3.51.3": true, "3.9.0": true, "2.99.0": true, "3.52": true, "": true, "3.x.1": true,
		"3.52.0": false, "3.52.1": false, "3.100.0": false, "4.0.0": false,
	} {
		if got := olderVersion(version, oldestSQLite); got != older {
			t.Errorf("olderVersion(%q) is %v, expected %v", version, got, older)
		}
	}
}

package imports

import "testing"

// A row that names a source is called after what it says, not after the source that it makes.
func TestReport_callsARowAfterItsOwnRecord(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		report := w.check(t, fileOf("companies.csv", "kind,name,country,source\ncompany,Acme,DE,https://news.example/acme\n"), Options{}).Report()
		for _, change := range report.Changes {
			if change.Row == 2 && change.Name != "Acme" {
				t.Errorf("row 2 is called %q", change.Name)
			}
		}
		if len(report.Changes) == 0 {
			t.Error("nothing would change")
		}
	})
}

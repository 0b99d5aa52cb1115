package exports

import (
	"fmt"
	"time"
)

// readme explains an export to whoever finds it.
func (in *info) readme() string {
	return fmt.Sprintf(`Plumbline: who supplies what to whom among technology companies and armed forces, with sources.

These are the public records as known at %s (log size %d), with statuses as of %s.
They are attributed claims: each record cites the sources that say so. Nothing here asserts guilt.

entities, relationships, status_changes, claims, open_items, sources: one row for each record, with the columns of the lists
that the API gives; "plumbline import" reads them again. What an id points at is also told by its slug and name. Dates are EDTF (ISO 8601-2): 2025-08, 2025~ (about), [..2025-09-25] (by).
records: every record as a whole, from which "plumbline import" makes the same records again.

The checkpoint is the signed head of the log at that moment; "plumbline verify --checkpoint" checks that a database
still contains it. Public key: %s

%s
Data licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
`, in.at.Format(time.RFC3339), in.size, in.asOf, in.publicKey, in.checkpoint)
}

package models

import "testing"

func TestChangesetStatus_everyStepIsAsTheTableSays(t *testing.T) {
	const table = "" +
		// to: draft submitted changes_requested published rejected withdrawn
		"-x-x-x" + // from draft
		"--xxxx" + // from submitted
		"-x--xx" + // from changes_requested
		"------" + // from published
		"------" + // from rejected
		"------" //   from withdrawn
	all := []ChangesetStatus{"draft", "submitted", "changes_requested", "published", "rejected", "withdrawn"}
	for i, from := range all {
		for j, to := range all {
			if got, want := from.CanMove(to), table[i*len(all)+j] == 'x'; got != want {
				t.Errorf("from %q to %q is %v, want %v", from, to, got, want)
			}
		}
	}
	for _, status := range append(all, "", "other") {
		if status.CanMove("") || status.CanMove("other") || ChangesetStatus("").CanMove(status) || ChangesetStatus("other").CanMove(status) {
			t.Errorf("a step between %q and no status can be", status)
		}
	}
}

func TestChangesetStatus_tableHasEveryStatus(t *testing.T) {
	values := ChangesetStatuses().Values()
	if len(changesetSteps) != len(values) {
		t.Errorf("there are %d rows for %d statuses", len(changesetSteps), len(values))
	}
	for _, value := range values {
		if _, ok := changesetSteps[ChangesetStatus(value)]; !ok {
			t.Errorf("%q has no row", value)
		}
	}
}

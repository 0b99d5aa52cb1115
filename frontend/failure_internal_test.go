package frontend

import (
	"testing"

	"plumbline/models"
)

func TestStatuses_tellEveryKindOfError(t *testing.T) {
	for kind, want := range map[models.ErrorKind]int{models.ErrInvalid: 422, models.ErrForbidden: 403, models.ErrUnauthorized: 401,
		models.ErrStale: 409, models.ErrConflict: 409, models.ErrLimited: 429, models.ErrUnreachable: 422} {
		if got := statuses[kind]; got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
}

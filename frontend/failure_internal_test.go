package frontend

import (
	"strings"
	"testing"

	"plumbline/models"
)

func TestStatuses_tellEveryKindOfError(t *testing.T) {
	for kind, want := range map[models.ErrorKind]int{models.ErrInvalid: 422, models.ErrForbidden: 403, models.ErrUnauthorized: 401,
		models.ErrStale: 409, models.ErrConflict: 409, models.ErrLimited: 429, models.ErrUnreachable: 422, models.ErrUnready: 503} {
		if got := statuses[kind]; got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
}

func TestNearest_repeatsNoSecret(t *testing.T) {
	for path, searched := range map[string]bool{"/companies/micro-soft": true, "/nothing": true, "/digest/7imCsd": false, "/digest/leave/7imCsd": false, "/invitations/rF6J": false,
		"/reply/abc": false, "/ar/reply/abc": false, "/records/01999d11-9800-7916-bd75-f5d0ed2d5fb4": false} {
		found := false
		for _, one := range nearest(path) {
			found = found || strings.HasPrefix(one.URL, "/search")
		}
		if found != searched {
			t.Errorf("%s: a search is offered: %v", path, found)
		}
	}
}

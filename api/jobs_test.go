package api_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"plumbline/database/dbtest"
	"plumbline/models"
)

func TestAPI_jobsAreForAdminsAlone(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		admin := s.adminToken(t)
		if err := s.services.CheckLinks(t.Context(), models.Actor{Role: models.RoleEditor}, uuid.MustParse("0199a0a0-0000-7000-8000-000000000001")); err != nil {
			t.Fatal(err)
		}
		s.check(t, exchange{name: "the public", method: "GET", path: "/jobs", status: 401})
		s.check(t, exchange{name: "an editor", method: "GET", path: "/jobs", token: s.editor, status: 403})
		s.check(t, exchange{name: "no such state", method: "GET", path: "/jobs?state=avalable", token: admin, status: 400, says: []string{`Did you mean \"available\"?`}})
		s.check(t, exchange{name: "no such parameter", method: "GET", path: "/jobs?stat=x", token: admin, status: 400})
		list := s.check(t, exchange{name: "what waits", method: "GET", path: "/jobs?state=available&kind=link", token: admin, status: 200, says: []string{`"counts":{"available":1}`, `"tries":0`, `"next":null`}})
		var jobs struct{ Data []struct{ ID int64 } }
		if err := json.Unmarshal(list.Body.Bytes(), &jobs); err != nil || len(jobs.Data) != 1 {
			t.Fatalf("%v: %s", err, list.Body)
		}
		job := fmt.Sprintf("/jobs/%d", jobs.Data[0].ID)
		s.check(t, exchange{name: "retried while it waits", method: "POST", path: job + "/retry", token: admin, status: 409})
		s.check(t, exchange{name: "an editor cancels", method: "POST", path: job + "/cancel", token: s.editor, status: 403})
		s.check(t, exchange{name: "cancelled", method: "POST", path: job + "/cancel", token: admin, status: 200, says: []string{`"state":"cancelled"`, `"due_at":null`}})
		s.check(t, exchange{name: "cancelled twice", method: "POST", path: job + "/cancel", token: admin, status: 409})
		s.check(t, exchange{name: "once more", method: "POST", path: job + "/retry", token: admin, status: 200, says: []string{`"state":"available"`}})
		s.check(t, exchange{name: "no such job", method: "POST", path: "/jobs/999999/retry", token: admin, status: 404})
		s.check(t, exchange{name: "no number", method: "POST", path: "/jobs/x/retry", token: admin, status: 404})
	})
}

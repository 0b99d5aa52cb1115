package api_test

import (
	"net/url"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

func TestReconcile_matchesNamesWithinAKind(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		s.check(t, exchange{name: "manifest", method: "GET", path: "/reconcile", status: 200, says: []string{`"versions":["0.2"]`, `"identifierSpace"`, `"preview"`}})
		ask := func(query string) string {
			return s.check(t, exchange{name: query, method: "GET", path: "/reconcile?queries=" + url.QueryEscape(`{"q0":`+query+`}`), status: 200}).Body.String()
		}
		if got := ask(`{"query":"Microsoft","type":"company"}`); !strings.Contains(got, `"match":true`) || !strings.Contains(got, `"name":"Microsoft"`) {
			t.Errorf("a company by its name: %s", got)
		}
		if got := ask(`{"query":"Microsoft"}`); strings.Contains(got, `"match":true`) {
			t.Errorf("a name alone was matched: %s", got)
		}
		if got := ask(`{"query":"Microsoft","type":"unit"}`); strings.Contains(got, `"name":"Microsoft"`) {
			t.Errorf("the type is not heeded: %s", got)
		}
		for _, empty := range []string{`{"query":""}`, `{"query":"Microsoft","type":"Q5"}`, `{}`} {
			if got := ask(empty); !strings.Contains(got, `"result":[]`) {
				t.Errorf("%s gave %s", empty, got)
			}
		}
		s.check(t, exchange{name: "no JSON", method: "GET", path: "/reconcile?queries=x", status: 400})
		s.check(t, exchange{name: "a type", method: "GET", path: "/reconcile/suggest/type?prefix=comp", status: 200, says: []string{`"company"`}})
		s.check(t, exchange{name: "an entity", method: "GET", path: "/reconcile/suggest/entity?prefix=micros", status: 200, says: []string{"Microsoft"}})
		preview := s.check(t, exchange{name: "preview", method: "GET", path: "/reconcile/preview/microsoft", status: 200, says: []string{"<h1>Microsoft</h1>"}})
		if policy := preview.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors *") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("the preview's policy is %q", policy)
		}
		s.check(t, exchange{name: "nobody", method: "GET", path: "/reconcile/preview/nobody", status: 404})
	})
}

// TestReconcile_answersPagesOfOtherSites: clients that are pages send their batches by POST, which
// browsers let through without asking first. Nothing else may be posted so.
func TestReconcile_answersPagesOfOtherSites(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		batch := "queries=" + url.QueryEscape(`{"q0":{"query":"Microsoft","type":"company"}}`)
		for name, headers := range map[string]map[string]string{"an origin": {"Origin": "https://refine.example"}, "a browser": {"Origin": "https://refine.example", "Sec-Fetch-Site": "cross-site"}, "a program": {}} {
			headers["Content-Type"] = "application/x-www-form-urlencoded"
			answer := s.check(t, exchange{name: name, method: "POST", path: "/reconcile", headers: headers, body: batch, status: 200, says: []string{`"name":"Microsoft"`}})
			if h := answer.Header(); h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s may read: %v", name, h)
			}
		}
		for _, path := range []string{"/changesets", "/imports", "/webhooks"} {
			s.check(t, exchange{name: path, method: "POST", path: path, token: s.editor, headers: map[string]string{"Origin": "https://refine.example"}, body: "{}", status: 403})
		}
	})
}

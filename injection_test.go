package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// mark stands in everything that is injected, so that it is found wherever it gets to.
const mark = "hostile-injected"

// hostile gives every column of the database a value that somebody would like it to have.
func (s *scene) hostile(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{"is_admin": "true", "admin": "true", "roles": "admin"}
	for _, columns := range s.columns(t) {
		for _, name := range columns {
			value := mark
			switch {
			case name == "role" || name == "scope":
				value = "admin"
			case name == "state" || name == "status":
				value = "published"
			case strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_by") || name == "id" || name == "assignee":
				value = s.head.Account.String()
			case strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "until"):
				value = "2001-02-03T04:05:06Z"
			case slices.Contains([]string{"version", "edition", "position", "totp_step", "failures", "edits", "retractions"}, name):
				value = "99"
			case slices.Contains([]string{"named", "private", "public", "shown"}, name):
				value = "on"
			}
			values[name] = value
		}
	}
	return values
}

// staged is a request that is right: what it is about was made for it.
type staged struct {
	v        visitor
	id, body string
}

// bodies gives for every route of the API that writes a request that is right.
func (s *scene) bodies(t *testing.T) map[string]func() staged {
	n := 0
	name := func(kind string) string { n++; return fmt.Sprintf("%s %d", kind, n) }
	cite := `"citations":[{"source":"` + s.source + `","locator":"p. 1"}]`
	entity := func(kind string) string {
		return `{"kind":"` + kind + `","name":"` + name(kind) + `","summary":"x",` + cite + `}`
	}
	supply := func() string {
		return `{"type":"supplied_to","subject":"` + s.create(t, "entities", entity("service")) + `","object":"` + s.create(t, "entities", entity("unit")) + `",` + cite + `}`
	}
	records := []struct {
		path   string
		create func() string
		edit   string
	}{
		{"entities", func() string { return entity("company") }, `{"summary":"y","edit":"corrected","reason":"x"}`},
		{"relationships", supply, `{"description":"y","edit":"corrected","reason":"x"}`},
		{"status-changes", func() string {
			return `{"record":"` + s.create(t, "relationships", supply()) + `","status":"active","effective":"2024",` + cite + `}`
		}, `{"effective":"2023","edit":"corrected","edit_reason":"x"}`},
		{"claims", func() string {
			return `{"speakers":[{"entity":"` + s.company + `"}],"stance":"states","about":["` + s.company + `"],"said_on":"2025","text":"` + name("claim") + `",` + cite + `}`
		}, `{"text":"y","edit":"corrected","reason":"x"}`},
		{"sources", func() string { return `{"kind":"article","title":"` + name("Source") + `"}` }, `{"title":"y","edit":"corrected","reason":"x"}`},
		{"open-items", func() string {
			return `{"kind":"question","text":"` + name("Question") + `","addressee":"` + s.company + `","about":["` + s.company + `"],"raised_on":"2025",` + cite + `}`
		}, `{"text":"y","edit":"corrected","reason":"x"}`},
	}
	because := `{"reason":"x"}`
	table := map[string]func() staged{}
	for _, r := range records {
		made := func() string { return s.create(t, r.path, r.create()) }
		table["POST /api/v1/"+r.path] = func() staged { return staged{s.admin, "", r.create()} }
		table["PATCH /api/v1/"+r.path+"/:id"] = func() staged { return staged{s.admin, made(), r.edit} }
		table["DELETE /api/v1/"+r.path+"/:id"] = func() staged { return staged{s.admin, made(), because} }
		table["POST /api/v1/"+r.path+"/:id/restore"] = func() staged {
			id := made()
			if answer := s.json(s.admin, "DELETE", "/api/v1/"+r.path+"/"+id, because); answer.Code != http.StatusOK {
				t.Fatal(answer.Body)
			}
			return staged{s.admin, id, because}
		}
	}
	source := func() string {
		return s.create(t, "sources", `{"kind":"article","title":"`+name("Source")+`","summary":"x"}`)
	}
	edited := func() string {
		id := source()
		if answer := s.json(s.admin, "PATCH", "/api/v1/sources/"+id, `{"title":"y","edit":"corrected","reason":"x"}`); answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
		return id
	}
	operations := `"operations":[{"op":"create","type":"source","data":{"kind":"article","title":"From a changeset"}}]`
	post := func(route string, make func() staged) { table["POST /api/v1/"+route] = make }
	post("changesets", func() staged { return staged{s.admin, "", `{"summary":"x",` + operations + `}`} })
	post("changesets/:id/amend", func() staged {
		return staged{s.editor, s.proposal(t, 0), `{"edition":1,"note":"x",` + operations + `}`}
	})
	post("changesets/:id/comments", func() staged { return staged{s.author, s.proposal(t, 0), `{"text":"x"}`} })
	post("changesets/:id/submit", func() staged { return staged{s.author, s.draft(t), `{"edition":1}`} })
	post("changesets/:id/withdraw", func() staged { return staged{s.author, s.proposal(t, 0), `{"note":"x"}`} })
	for _, verb := range []string{"publish", "reject", "request-changes"} {
		post("changesets/:id/"+verb, func() staged { return staged{s.editor, s.proposal(t, 0), `{"note":"x"}`} })
	}
	published := func() string {
		id := s.proposal(t, 0)
		if _, err := s.services.Approve(t.Context(), s.reviewer, uuid.MustParse(id), ""); err != nil {
			t.Fatal(err)
		}
		return id
	}
	post("changesets/:id/revert", func() staged { return staged{s.admin, published(), because} })
	post("records/:id/revert", func() staged { return staged{s.admin, edited(), `{"version":1,"reason":"x"}`} })
	post("reverts", func() staged {
		published()
		return staged{s.admin, "", `{"accounts":["` + s.by.Name + `"],"from":"2020-01-01T00:00:00Z","until":"2999-01-01T00:00:00Z","reason":"x"}`}
	})
	post("records/:id/merge", func() staged {
		return staged{s.admin, s.create(t, "entities", entity("company")), `{"into":"` + s.create(t, "entities", entity("company")) + `","version":1,"into_version":1,"reason":"x","choose":{"summary":"into"}}`}
	})
	post("records/:id/name", func() staged {
		undisclosed := strings.Replace(entity("unit"), `"kind"`, `"identity":"undisclosed","kind"`, 1)
		return staged{s.admin, s.create(t, "entities", undisclosed), `{"into":"` + s.create(t, "entities", entity("unit")) + `","version":1,"into_version":1,"reason":"x",
			"claim":{"speakers":[{"entity":"` + s.company + `"}],"stance":"states","said_on":"2025","text":"` + name("naming") + `",` + cite + `}}`}
	})
	protected := func() string {
		id := source()
		if err := s.services.Protect(t.Context(), s.head, uuid.MustParse(id), "x"); err != nil {
			t.Fatal(err)
		}
		return id
	}
	post("records/:id/protection", func() staged { return staged{s.admin, source(), because} })
	table["DELETE /api/v1/records/:id/protection"] = func() staged { return staged{s.admin, protected(), because} }
	post("records/:id/redact", func() staged { return staged{s.admin, source(), `{"field":"summary","reason":"x"}`} })
	post("records/:id/hold", func() staged { return staged{s.admin, source(), because} })
	post("records/:id/hold/lift", func() staged {
		id := source()
		if answer := s.json(s.admin, "POST", "/api/v1/records/"+id+"/hold", because); answer.Code >= 300 {
			t.Fatal(answer.Body)
		}
		return staged{s.admin, id, because}
	})
	post("records/:id/confirm", func() staged {
		return staged{s.admin, s.create(t, "relationships", supply()), `{"source":"` + s.source + `","holds_on":"2025-09-25","locator":"p. 3"}`}
	})
	post("replies", func() staged {
		return staged{visitor{}, "", `{"kind":"answer","role":"party","name":"X","text":"x","record":"` + s.company + `"}`}
	})
	post("replies/:id/answer", func() staged { return staged{s.editor, s.replyTo(t), `{"answer":"x"}`} })
	checked := func() string {
		id := s.fileToImport(t)
		if err := s.db.Write(t.Context()).Model(&models.Import{}).Where("id = ?", id).Update("status", models.ImportChecked).Error; err != nil {
			t.Fatal(err)
		}
		return id
	}
	post("imports", func() staged { return staged{s.author, "", "kind,name\ncompany,A\n"} })
	post("imports/:id/check", func() staged { return staged{s.author, checked(), `{"valid_rows_only":true}`} })
	post("imports/:id/load", func() staged { return staged{s.author, checked(), `{"valid_rows_only":true}`} })
	note := func() string {
		made, err := s.services.AddNote(t.Context(), s.by, s.company, models.Note{Text: "x", State: models.NotePlain})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID.String()
	}
	post("notes", func() staged { return staged{s.author, "", `{"record":"` + s.company + `","text":"x","state":"open"}`} })
	table["PATCH /api/v1/notes/:id"] = func() staged { return staged{s.author, note(), `{"text":"y"}`} }
	table["DELETE /api/v1/notes/:id"] = func() staged { return staged{s.author, note(), ""} }
	article := func() string {
		in, err := s.services.TakeIn(t.Context(), s.by, services.IntakeRequest{Text: "Nothing is said here.", Title: name("Article")})
		if err != nil {
			t.Fatal(err)
		}
		return in.ID.String()
	}
	post("intake", func() staged {
		return staged{s.author, "", `{"text":"Nothing is said here.","title":"` + name("Article") + `"}`}
	})
	table["PATCH /api/v1/intake/:id"] = func() staged { return staged{s.author, article(), `{"title":"y"}`} }
	post("intake/:id/draft", func() staged { return staged{s.author, article(), `{"accept":[]}`} })
	post("webhooks", func() staged { return staged{s.admin, "", `{"url":"https://receiver.example/","label":"x"}`} })
	table["PATCH /api/v1/webhooks/:id"] = func() staged { return staged{s.admin, s.webhook(t), `{"label":"y"}`} }
	table["POST /api/v1/watches"] = func() staged { return staged{s.admin, "", `{"record":"` + s.company + `"}`} }
	table["POST /api/v1/watches/:id/seen"] = func() staged { return staged{s.author, s.watch(t), `{"until":1}`} }
	table["DELETE /api/v1/watches/:id"] = func() staged { return staged{s.author, s.watch(t), ""} }
	table["DELETE /api/v1/webhooks/:id"] = func() staged { return staged{s.admin, s.webhook(t), ""} }
	post("webhooks/:id/secret", func() staged { return staged{s.admin, s.webhook(t), ""} })
	post("webhooks/:id/test", func() staged { return staged{s.admin, s.webhook(t), ""} })
	post("webhooks/:id/replay", func() staged { return staged{s.admin, s.webhook(t), `{"since":"2020-01-01T00:00:00Z"}`} })
	return table
}

// elsewhere are routes that write and whose input is no JSON of the caller's: jobs by their number,
// files, looks at other people's servers, and a question of a protocol of others.
var elsewhere = []string{"POST /api/v1/jobs/:id/retry", "POST /api/v1/jobs/:id/cancel", "POST /api/v1/sources/:id/captures", "POST /api/v1/sources/:id/captures/fetch",
	"POST /api/v1/sources/:id/link/check", "POST /api/v1/sources/:id/link/settle", "POST /api/v1/reconcile"}

// possible are the fields of every route's body, as the OpenAPI document says.
func possible(t *testing.T) (byRoute map[string][]string, anywhere map[string]bool) {
	t.Helper()
	raw, err := os.ReadFile("docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Ref        string `json:"$ref"`
		Properties map[string]json.RawMessage
	}
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema schema }
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	byRoute, anywhere = map[string][]string{}, map[string]bool{}
	for _, one := range document.Components.Schemas {
		for name := range one.Properties {
			anywhere[name] = true
		}
	}
	for path, methods := range document.Paths {
		for method, operation := range methods {
			for _, content := range operation.RequestBody.Content {
				body := content.Schema
				if name, ok := strings.CutPrefix(body.Ref, "#/components/schemas/"); ok {
					body = document.Components.Schemas[name]
				}
				byRoute[strings.ToUpper(method)+" /api/v1"+strings.ReplaceAll(path, "{id}", ":id")] = slices.Collect(maps.Keys(body.Properties))
			}
		}
	}
	return byRoute, anywhere
}

// TestInjection_byTheAPI puts every column's name into the body of every route that writes, and
// into each object within, and into the query. It is refused by name, and nothing is written; the
// same request without it is right.
func TestInjection_byTheAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		s := newScene(t, db)
		table, hostile := s.bodies(t), s.hostile(t)
		fields, anywhere := possible(t)
		deep := map[string]string{}
		for name, value := range hostile {
			if !anywhere[name] {
				deep[name] = value
			}
		}
		if len(hostile) < 150 || len(deep) < 50 {
			t.Fatalf("%d columns, %d that are no field anywhere", len(hostile), len(deep))
		}
		for _, route := range s.routeNames() {
			method, path, _ := strings.Cut(route, " ")
			if method == "GET" || !strings.HasPrefix(path, "/api/") || slices.Contains(elsewhere, route) {
				continue
			}
			if table[route] == nil {
				t.Errorf("%s writes: give a request that is right, in bodies", route)
				continue
			}
			one := table[route]()
			target := strings.Replace(path, ":id", one.id, 1)
			version := `"v1"`
			if strings.HasSuffix(path, "/restore") {
				version = `"v2"`
			}
			refused := func(what, target, body string, named ...string) {
				t.Helper()
				before := s.rows(t)
				answer := s.json(one.v, method, target, body, "If-Match", version)
				if answer.Code < 400 || answer.Code >= 500 {
					t.Errorf("%s with columns %s: %d %s", route, what, answer.Code, firstLines(answer.Body.String()))
				}
				if after := s.rows(t); after != before {
					t.Errorf("%s with columns %s wrote:\n%s", route, what, firstChange(before, after))
				}
				unnamed := slices.DeleteFunc(slices.Clone(named), func(name string) bool { return strings.Contains(answer.Body.String(), name) })
				// Lists and the options of imports name the first that is wrong.
				if first := what != "in the body" || strings.HasPrefix(path, "/api/v1/imports/"); len(unnamed) > 0 && (!first || len(unnamed) == len(named)) {
					t.Errorf("%s with columns %s does not name %v: %d %s", route, what, unnamed, answer.Code, firstLines(answer.Body.String()))
				}
			}
			refused("in the query", target+"?author_id="+s.head.Account.String(), one.body, `author_id`)

			var body map[string]any
			if json.Unmarshal([]byte(one.body), &body) == nil {
				unknown := map[string]string{}
				var named []string
				for name, value := range hostile {
					if !slices.Contains(fields[route], name) {
						unknown[name] = value
						named = append(named, name+`\"`) // as in: There is no field "name"
					}
				}
				refused("in the body", target, with(body, unknown), named...)
				each(body, func(inner map[string]any, where string) {
					if where == "" || where == "/choose" { // whose members are names of fields
						return
					}
					restore := maps.Clone(inner)
					for name, value := range deep {
						inner[name] = value
					}
					refused("at "+where, target, with(body, nil), slices.Collect(maps.Keys(deep))...)
					clear(inner)
					maps.Copy(inner, restore)
				})
			}
			if answer := s.json(one.v, method, target, one.body, "If-Match", version); answer.Code >= 300 {
				t.Errorf("%s without them: %d %s", route, answer.Code, answer.Body)
			}
		}
		if strings.Contains(s.rows(t), mark) {
			t.Error("something that was injected was kept")
		}
	})
}

// with encodes a JSON object with more members.
func with(body map[string]any, more map[string]string) string {
	all := maps.Clone(body)
	for name, value := range more {
		all[name] = value
	}
	raw, _ := json.Marshal(all) // strings and what was JSON before
	return string(raw)
}

// each visits an object and those within, with their JSON pointers.
func each(value any, visit func(object map[string]any, where string)) { eachAt(value, "", visit) }

func eachAt(value any, where string, visit func(map[string]any, string)) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			eachAt(inner, where+"/"+name, visit)
		}
		visit(v, where)
	case []any:
		for i, inner := range v {
			eachAt(inner, fmt.Sprintf("%s/%d", where, i), visit)
		}
	}
}

// formOf is a form that is posted to a page, and who posts it about what.
type formOf struct {
	v      visitor
	about  []string // for the parameters of the route, in order
	fields string
	// takes are names of columns that are fields of the form, beside those in fields.
	takes string
}

// forms are the forms with the fields that their pages take; others are posted with nothing in
// them but what is injected.
func (s *scene) forms(t *testing.T) map[string]func() formOf {
	source := func() []string {
		s.made++
		return []string{s.create(t, "sources", fmt.Sprintf(`{"kind":"article","title":"Source %d","summary":"x"}`, s.made))}
	}
	company := func() []string {
		s.made++
		return []string{s.create(t, "entities", fmt.Sprintf(`{"kind":"company","name":"Company %d","citations":[{"source":"%s"}]}`, s.made, s.source))}
	}
	one := func(id string) []string { return []string{id} }
	author := func(about func() []string, fields string, takes ...string) func() formOf {
		return func() formOf { return formOf{s.author, about(), fields, strings.Join(takes, " ")} }
	}
	admin := func(about func() []string, fields string, takes ...string) func() formOf {
		return func() formOf { return formOf{s.admin, about(), fields, strings.Join(takes, " ")} }
	}
	nobody := func(about func() []string, fields string) func() formOf {
		return func() formOf { return formOf{visitor{}, about(), fields, ""} }
	}
	none := func() []string { return nil }
	draft := func() []string { return one(s.draft(t)) }
	waiting := func() []string { return one(s.proposal(t, 0)) }
	account := func() []string {
		_, made := s.member(t, models.RoleReader)
		return one(made.Account.String())
	}
	return map[string]func() formOf{
		"POST /reply":                       nobody(none, "kind=answer&role=other&name=X&contact=&subject=A+text&text=x&evidence=&private=&record="),
		"POST /replies/:id":                 admin(func() []string { return one(s.replyTo(t)) }, "do=answer&answer=x&shown=&stance="),
		"POST /sign-in":                     nobody(none, "name=nobody&password=x&next="),
		"POST /sign-in/code":                nobody(none, "code=1&next="),
		"POST /sign-in/passkey":             nobody(none, "credential=&next=&name="),
		"POST /sign-in/passkey/options":     nobody(none, ""),
		"POST /invitations/:secret":         nobody(func() []string { return one(s.secretLink(t)) }, "name=Ada+"+"&password=a+long+enough+phrase+of+words&credential="),
		"POST /invitations/:secret/passkey": nobody(func() []string { return one(s.secretLink(t)) }, "name=Eve"),
		"POST /me/password": func() formOf {
			return formOf{v: s.visitor(t, models.RoleReader), fields: "password=a+long+enough+phrase+of+words"}
		},
		"POST /me/name":                          author(none, "named="),
		"POST /me/tokens":                        author(none, "label=x&scope=read&days=3"),
		"POST /me/tokens/:id/revoke":             author(func() []string { return one(s.tokenOf(t)) }, ""),
		"POST /me/passkeys/:id":                  author(func() []string { return one(s.passkeyOf(t)) }, "label=Mine"),
		"POST /members/invitations":              admin(none, "label=x&role=reader&group="),
		"POST /members/invitations/:id/withdraw": admin(func() []string { return one(s.invitation(t)) }, ""),
		"POST /members/groups":                   admin(none, "name=New"),
		"POST /members/groups/:id":               admin(func() []string { return one(s.by.Group.String()) }, "name=Ours+now"),
		"POST /members/:id":                      admin(account, "role=contributor&group=&suspended="),
		"POST /members/:id/delete":               admin(account, "sure=on"),
		"POST /members/:id/reset":                admin(account, "everything="),
		"POST /members/:id/sign-out":             admin(account, ""),
		"POST /drafts/:id":                       author(draft, "do=save&edition=1&part=&summary=Mine", "op type kind id version title url summary published language unpublished publishers authors reports_on captures edit reason"),
		"POST /drafts/:id/submit":                author(draft, "edition=1&summary=Mine&publish_on="),
		"POST /drafts/:id/discard":               author(draft, ""),
		"POST /changesets/:id/publish":           admin(waiting, "note=x"),
		"POST /changesets/:id/reject":            admin(waiting, "note=x"),
		"POST /changesets/:id/request-changes":   admin(waiting, "note=x"),
		"POST /changesets/:id/withdraw":          author(waiting, "note=x"),
		"POST /changesets/:id/comments":          author(waiting, "text=x"),
		"POST /changesets/:id/amend":             admin(waiting, "edition=1"),
		"POST /records/:id/notes":                author(company, "text=x&task=on&assigned="),
		"POST /records/:id/protection":           admin(company, "do=&reason=x"),
		"POST /records/:id/redact":               admin(source, "field=summary&reason=x"),
		"POST /records/:id/hold":                 admin(source, "reason=x&together=", "with"),
		"POST /records/:id/still-holds":          author(company, "version=1&source="+s.source+"&locator=p.+1&holds_on=2025-01-01&title=&url=&published=", "note"),
		"POST /records/:id/merge": func() formOf {
			return formOf{s.admin, company(), "into=" + company()[0] + "&from_version=1&into_version=1&reason=x", "name kind summary slug identity organization_type value names places identifiers members start end count citations source locator note"}
		},
		"POST /intake":                author(none, "text=Nothing+is+said.&title=An+article&publisher=&published=&authors=&url=", "language"),
		"POST /watches":               author(none, "record="+s.company+"&list=&query="),
		"POST /watches/:id":           author(func() []string { return one(s.watch(t)) }, "do=seen&until=1"),
		"POST /watches/lists/:id":     author(func() []string { return one(s.listWatch(t)) }, "do=seen&until=1"),
		"POST /watches/digest":        author(none, "do=&address=a@example.org&rhythm=weekly"),
		"POST /admin/webhooks":        admin(none, "url=https://receiver.example/&label=x&events=&entity="),
		"POST /admin/webhooks/:id":    admin(func() []string { return one(s.webhook(t)) }, "url=https://receiver.example/2&label=y&events=&entity="),
		"POST /admin/webhooks/:id/do": admin(func() []string { return one(s.webhook(t)) }, "do=pause"),
		"POST /reverts":               admin(none, "accounts="+s.by.Name+"&from=2020-01-01&until=2020-01-02&reason=x", "revision"),
		"POST /me/codes":              author(none, "code=1"), "POST /me/codes/do": author(none, "do=x"),
		"POST /confirm": author(none, "password=x&code=&next="), "POST /confirm/passkey": author(none, "credential=&next="),
		"POST /me/passkeys": author(none, "label=x&credential="), "POST /me/openid/unlink": author(none, "issuer=&subject="),
		"POST /admin/jobs/:id": admin(func() []string { return one("1") }, "do=x", "state kind queue cursor"),
	}
}

func (s *scene) secretLink(t *testing.T) string {
	t.Helper()
	secret, _, err := s.services.Invite(t.Context(), services.Operator(), services.NewInvitation{Label: "Ada", Role: models.RoleReader})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

var (
	anID      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anInstant = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^"\\]*`)
	aNote     = regexp.MustCompile(` note="plumbline-(?:[^"\\]|\\.)*"|Contributor [a-z2-7]{6}`) // a checkpoint, a pseudonym
	aSecret   = regexp.MustCompile(` (\w*hash|key|hint|\w*secret|password|\w*signature|\w*root|leaf|salts?|sender|bucket|credential\w*|digest|code|leave)="(?:[^"\\]|\\.)*"`)
)

// alike writes rows so that they are the same in every run: which account a row names is kept, other
// ids and times are not.
func (s *scene) alike(rows string) map[string]int {
	lines := map[string]int{}
	named := map[string]string{s.by.Account.String(): "author", s.head.Account.String(): "admin", s.reviewer.Account.String(): "editor", s.by.Group.String(): "group"}
	for line := range strings.SplitSeq(rows, "\n") {
		line = aSecret.ReplaceAllStringFunc(line, func(text string) string {
			if strings.Contains(text, mark) {
				return text
			}
			return " secret"
		})
		line = aNote.ReplaceAllString(line, " signed")
		line = anInstant.ReplaceAllStringFunc(line, func(text string) string {
			if strings.HasPrefix(text, "2001-02-03") {
				return text
			}
			return "T"
		})
		line = anID.ReplaceAllStringFunc(line, func(id string) string {
			if name := named[id]; name != "" {
				return name
			}
			return "U"
		})
		lines[line]++
	}
	return lines
}

// effect is what a request changed in the database.
func effect(before, after map[string]int) string {
	var out []string
	for line, n := range after {
		if d := n - before[line]; d > 0 {
			out = append(out, fmt.Sprintf("+%d %s", d, line))
		}
	}
	for line, n := range before {
		if d := n - after[line]; d > 0 {
			out = append(out, fmt.Sprintf("-%d %s", d, line))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestInjection_byForms posts every form twice, in two databases: as it is, and with every column's
// name beside its fields. Both have the same effect.
func TestInjection_byForms(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		plain := newScene(t, db)
		other := dbtest.SQLite
		if db.Dialect() == database.Postgres {
			other = dbtest.Postgres
		}
		injected := newScene(t, other(t))
		done := 0
		for _, route := range plain.routeNames() {
			if !strings.HasPrefix(route, "POST /") || strings.HasPrefix(route, "POST /api/") {
				continue
			}
			code, changed := plain.post(t, route, false)
			code2, changed2 := injected.post(t, route, true)
			if code != code2 || changed != changed2 {
				t.Errorf("%s: %d, and %d with columns\n%s", route, code, code2, firstChange(changed, changed2))
			}
			if code < 400 && changed != "" {
				done++
			}
		}
		if strings.Contains(injected.rows(t), mark) {
			t.Error("something that was injected was kept")
		}
		if done < 25 {
			t.Errorf("only %d forms did something", done)
		}
	})
}

// post posts the form of a route, and gives the answer's status with what changed.
func (s *scene) post(t *testing.T, route string, inject bool) (int, string) {
	t.Helper()
	var form formOf
	if make := s.forms(t)[route]; make != nil {
		form = make()
	} else { // with what a reader of its own has, whom it may sign out or delete
		role := models.RoleContributor
		if action := routeActions[route]; action != anyone && !services.Can(role, action) {
			role = models.RoleAdmin
		}
		form.v = s.visitor(t, role)
	}
	_, path, _ := strings.Cut(route, " ")
	for i, part := range strings.Split(path, "/") {
		if !strings.HasPrefix(part, ":") {
			continue
		}
		value := nowhere
		if len(form.about) > 0 {
			value, form.about = form.about[0], form.about[1:]
		} else if strings.Split(path, "/")[1] == "records" && i == 2 {
			value = s.company
		}
		path = strings.Replace(path, part, value, 1)
	}
	fields, err := url.ParseQuery(form.fields)
	if err != nil {
		t.Fatal(route, err)
	}
	if inject {
		for name, value := range s.hostile(t) {
			if !fields.Has(name) && !slices.Contains(strings.Fields(form.takes), name) {
				fields.Set(name, value)
			}
		}
	}
	before := s.alike(s.rows(t))
	answer := s.send(form.v, "POST", path, "application/x-www-form-urlencoded", []byte(fields.Encode()))
	if action := routeActions[route]; action != anyone && (answer.Code == http.StatusUnauthorized || answer.Code == http.StatusForbidden) && !strings.HasPrefix(path, "/confirm") {
		t.Errorf("%s was not let in: %d %s", route, answer.Code, firstLines(answer.Body.String()))
	}
	return answer.Code, effect(before, s.alike(s.rows(t)))
}

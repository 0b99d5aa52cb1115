package exports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

const ocdsExample = "../imports/testdata/ocds-fictional-release-package.json"

// ocdsSchema is what this project reads in the standard, for a validator that was not written here.
func ocdsSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("testdata/ocds-package.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validOCDS says what is wrong with a package: first to the schema, then in what no schema can
// say: ids are unique, and who or what is referred to is there.
func validOCDS(t testing.TB, schema *jsonschema.Schema, text []byte) []string {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	if err := schema.Validate(document); err != nil {
		return []string{err.Error()}
	}
	var packed struct{ Releases []ocdsRelease }
	if err := json.Unmarshal(text, &packed); err != nil {
		t.Fatal(err)
	}
	var wrong []string
	seen := map[string]bool{}
	once := func(what, id string) {
		if seen[what+id] {
			wrong = append(wrong, what+" "+id+" stands there twice")
		}
		seen[what+id] = true
	}
	for _, release := range packed.Releases {
		once("release", release.ID)
		names := map[string]string{}
		for _, p := range release.Parties {
			once("party"+release.ID, p.ID)
			names[p.ID] = p.Name
		}
		meant := []ocdsOrganization{}
		if release.Buyer != nil {
			meant = append(meant, *release.Buyer)
		}
		awards := map[string]bool{}
		for _, a := range release.Awards {
			once("award"+release.ID, a.ID)
			awards[a.ID] = true
			meant = append(meant, a.Suppliers...)
		}
		for _, m := range meant {
			if name, there := names[m.ID]; !there || name != m.Name {
				wrong = append(wrong, m.ID+" is no party of its release")
			}
		}
		for _, c := range release.Contracts {
			once("contract"+release.ID, c.ID)
			if !awards[c.AwardID] {
				wrong = append(wrong, c.AwardID+" is no award of its release")
			}
			for _, d := range c.Documents {
				once("document"+release.ID+c.ID, d.ID)
			}
			for _, m := range c.Milestones {
				once("milestone"+release.ID+c.ID, m.ID)
			}
		}
	}
	return wrong
}

func date(t testing.TB, text string) models.Date {
	t.Helper()
	parsed, err := models.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func create(id uuid.UUID, data models.Document) models.Operation {
	return models.Operation{Op: models.OpCreate, ID: id, Type: data.RecordType(), Data: data}
}

// enterContracts enters contracts that are hard to say in OCDS: cited at several pages, with a
// supplier of several periods, a currency and a link that the standard does not have, half an
// identifier, a step that is ahead, and nothing but a name.
func enterContracts(t testing.TB, w *world) {
	t.Helper()
	id := func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
	source, arabic, supplier, unit, contract, bare := id(), id(), id(), id(), id(), id()
	cited := []models.Citation{{Source: source, Locator: "page 1"}, {Source: source, Locator: "page 9"}, {Source: arabic}}
	party := func(who uuid.UUID, role, start string) models.Operation {
		return create(id(), &models.Relationship{Type: models.PartyTo, Subject: who, Object: contract, Role: role, Start: date(t, start), Citations: cited[:1]})
	}
	step := func(status, day string) models.Operation {
		return create(id(), &models.StatusChange{Record: contract, Status: models.Status(status), Effective: date(t, day), Citations: cited[:1]})
	}
	_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "contracts", Operations: []models.Operation{
		create(source, &models.Source{Kind: "filing", Title: "The <contract> & its \"annex\"", URL: "https://example.org/contract#page=2"}),
		create(arabic, &models.Source{Kind: "filing", Title: "العقد", URL: "https://example.org/عقد?q=ä|{b}"}),
		create(supplier, &models.Entity{Kind: models.KindCompany, Name: "Supplier", Places: []string{"DE"}, Identifiers: []models.Identifier{{Scheme: "lei", Value: "INR2EJN1ERAN0W5ZP974"}, {Scheme: "de-cr", Value: "HRB 1"}}, Citations: cited[:1]}),
		create(unit, &models.Entity{Kind: models.KindUnit, Name: "وحدة", Citations: cited[:1]}),
		create(contract, &models.Entity{Kind: models.KindContract, Name: "Contract", Summary: "For tests.", Start: date(t, "2020"), End: date(t, "2031-05"), Value: &models.Money{Amount: "123456789012.50", Currency: "VED"},
			Identifiers: []models.Identifier{{Scheme: "ocds-contract", Value: "/half"}, {Scheme: "ocds-award", Value: "half/"}}, Citations: cited}),
		create(bare, &models.Entity{Kind: models.KindContract, Name: "A bare one", Value: &models.Money{Amount: "1", Currency: "ILS"}, Identifiers: []models.Identifier{{Scheme: "ocds-contract", Value: "ocds-1#2/a/b"}}, Citations: cited[:1]}),
		party(supplier, "supplier", "2020"), party(supplier, "supplier", "2022"), party(supplier, "Payee", "2022"), party(unit, "buyer", "2020"), party(unit, "witness", "2020"),
		step("active", "2020-03"), step("expired", "2031-05-31")}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestExport_ocdsIsWhatTheStandardAsks lets a validator that was not written here judge the
// export, by a schema that takes the standard's own example.
func TestExport_ocdsIsWhatTheStandardAsks(t *testing.T) {
	t.Parallel()
	schema := ocdsSchema(t)
	example, err := os.ReadFile(ocdsExample)
	if err != nil {
		t.Fatal(err)
	}
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[models.Actor]) {
		w := seeded(t, c)
		plan, err := imports.Check(context.Background(), w.Services, w.editor, imports.File{Name: "example.json", Content: bytes.NewReader(example), Size: int64(len(example))}, imports.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Load(context.Background()); err != nil {
			t.Fatalf("%v: %+v", err, plan.Report().Problems)
		}
		enterContracts(t, w)
		for _, scope := range []Scope{{}, {Type: models.TypeEntity}} {
			text := w.export(t, "ocds", scope)
			for _, wrong := range validOCDS(t, schema, text) {
				t.Errorf("%+v: %s", scope, wrong)
			}
			for _, says := range []string{"ocds-213czf-000-00001-contract-01", "GBP", "123456789012.50 VED", "https://example.org/%D8%B9%D9%82%D8%AF?q=%C3%A4%7C%7Bb%7D", `"status":"scheduled","dueDate":"2031-05-31T00:00:00Z"`, `"id":"ocds-1-2-`,
				`"identifier":{"scheme":"XI-LEI","id":"INR2EJN1ERAN0W5ZP974"},"additionalIdentifiers":[{"scheme":"DE-CR","id":"HRB 1"}],"address":{"countryName":"Germany"}`, `"scheme":"GB-COH","id":"11111111.0"`} {
				if !bytes.Contains(text, []byte(says)) {
					t.Errorf("the export does not say %s", says)
				}
			}
		}
	})
}

func TestExport_ocdsNamesDocumentsAndSuppliersOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	enterContracts(t, w)
	var packed struct{ Releases []ocdsRelease }
	if err := json.Unmarshal(w.export(t, "ocds", Scope{}), &packed); err != nil || len(packed.Releases) != 2 {
		t.Fatalf("%v: %+v", err, packed)
	}
	release := packed.Releases[slices.IndexFunc(packed.Releases, func(r ocdsRelease) bool { return r.Contracts[0].Title == "Contract" })]
	if len(release.Awards[0].Suppliers) != 1 || len(release.Parties) != 2 || strings.Join(release.Parties[0].Roles, " ") != "supplier payee" || len(release.Contracts[0].Documents) != 2 {
		t.Errorf("%+v", release)
	}
}

// Another tracker that reads the export has the same contracts, with the same status on every day
// that is exactly known, and nothing that is vague here is exact there.
func TestExport_ocdsIsReadBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		example, err := os.ReadFile(ocdsExample)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, db)
		load := func(to *world, text []byte) imports.Report {
			t.Helper()
			plan, err := imports.Check(context.Background(), to.Services, to.editor, imports.File{Name: "ocds.json", Content: bytes.NewReader(text), Size: int64(len(text))}, imports.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plan.Load(context.Background()); err != nil {
				t.Fatalf("%v: %+v", err, plan.Report().Problems)
			}
			return plan.Report()
		}
		load(w, example)
		enterContracts(t, w)
		text := w.export(t, "ocds", Scope{})
		other := newWorld(t, dbtest.SQLite(t))
		load(other, text)
		if report := load(other, text); report.Rows.Same != report.Rows.All {
			t.Errorf("a second time it says something new: %+v", report)
		}
		said := func(w *world) map[string]string {
			contracts := map[string]string{}
			q := services.Query{Filters: map[string][]string{"kind": {"contract"}}}
			page, err := w.List(context.Background(), w.editor, models.TypeEntity, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, record := range page.Records {
				d := record.Document.(*models.Entity)
				contracts[d.Name] = fmt.Sprint(d.Value, d.Start.Text, d.End.Text)
				if record.Status != nil {
					contracts[d.Name] += fmt.Sprint(record.Status.Span.Status, record.Status.Span.From)
				}
				var parties []string
				q := services.Query{Filters: map[string][]string{"type": {"party_to"}, "object": {record.ID.String()}}}
				links, err := w.List(context.Background(), w.editor, models.TypeRelationship, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, link := range links.Records {
					r := link.Document.(*models.Relationship)
					parties = append(parties, r.Role+" "+links.Refs[r.Subject].Name)
				}
				slices.Sort(parties)
				contracts[d.Name] += fmt.Sprint(slices.Compact(parties))
			}
			return contracts
		}
		want, got := said(w), said(other)
		// The first has a value, dates, a step and a role for which OCDS has no place but words.
		if want["Contract"] != "" && strings.Contains(got["Contract"], "2020-01-01") {
			t.Errorf("what was vague became exact: %s", got["Contract"])
		}
		delete(want, "Contract")
		for name, text := range want {
			if got[name] != text {
				t.Errorf("%s was %s, and is read as %s", name, text, got[name])
			}
		}
		if len(want) != 2 || len(got) != 3 {
			t.Errorf("%v became %v", want, got)
		}
	})
}

func TestExport_ocdsNeedsAContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	format, err := FormatNamed("ocds")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "a source", Operations: []models.Operation{create(uuid.Must(uuid.NewV7()), &models.Source{Kind: "filing", Title: "A filing"})}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = Write(context.Background(), w.Services, models.Actor{}, format, Scope{}, "", &out)
	var refused *models.Error
	if !errors.As(err, &refused) || refused.Kind != models.ErrNotFound || !strings.Contains(err.Error(), "no contract") || out.Len() > 0 {
		t.Errorf("%v, and %q was written", err, out.String())
	}
}

// TestOCDSSchema_takesTheExampleAndRefusesWhatIsWrong shows that the schema can say yes and no.
func TestOCDSSchema_takesTheExampleAndRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	schema := ocdsSchema(t)
	example, err := os.ReadFile(ocdsExample)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := validOCDS(t, schema, example); len(wrong) > 0 {
		t.Fatalf("the standard's own example is refused: %s", wrong)
	}
	type object = map[string]any
	last := func(of object, list string) object {
		items := of[list].([]any)
		return items[len(items)-1].(object)
	}
	release := func(p object) object { return p["releases"].([]any)[4].(object) } // that with a contract
	contract := func(p object) object { return last(release(p), "contracts") }
	for what, mutilate := range map[string]func(object){
		"no releases":                func(p object) { p["releases"] = []any{} },
		"no publisher":               func(p object) { delete(p, "publisher") },
		"a version in three parts":   func(p object) { p["version"] = "1.1.5" },
		"an address without scheme":  func(p object) { p["uri"] = "example.org/package" },
		"a day without a time":       func(p object) { p["publishedDate"] = "2024-05-01" },
		"the same release twice":     func(p object) { p["releases"] = append(p["releases"].([]any), release(p)) },
		"an empty ocid":              func(p object) { release(p)["ocid"] = "" },
		"a # in an id":               func(p object) { release(p)["id"] = "a#b" },
		"an unknown tag":             func(p object) { release(p)["tag"] = []any{"signed"} },
		"no tag":                     func(p object) { release(p)["tag"] = []any{} },
		"another initiation":         func(p object) { release(p)["initiationType"] = "direct" },
		"a member of our own":        func(p object) { contract(p)["verification"] = "alleged" },
		"no award of the contract":   func(p object) { delete(contract(p), "awardID") },
		"a status of ours":           func(p object) { contract(p)["status"] = "suspended" },
		"an amount in words":         func(p object) { contract(p)["value"].(object)["amount"] = "11000000" },
		"no such currency":           func(p object) { contract(p)["value"].(object)["currency"] = "VED" },
		"a year for a day":           func(p object) { contract(p)["period"].(object)["startDate"] = "2010" },
		"a link with a blank":        func(p object) { last(contract(p), "documents")["url"] = "http://example.com/a b" },
		"a document without id":      func(p object) { delete(last(contract(p), "documents"), "id") },
		"a nameless buyer":           func(p object) { release(p)["buyer"].(object)["name"] = "" },
		"one role for a list":        func(p object) { last(release(p), "parties")["roles"] = "tenderer" },
		"a milestone that is halved": func(p object) { contract(p)["milestones"] = []any{object{"id": "1", "status": "half"}} },
		"no items in the list":       func(p object) { contract(p)["items"] = []any{} },
		"a supplier from nowhere":    func(p object) { last(last(release(p), "awards"), "suppliers")["id"] = "nobody" },
		"an award from nowhere":      func(p object) { contract(p)["awardID"] = "nothing" },
	} {
		var p object
		if err := json.Unmarshal(example, &p); err != nil {
			t.Fatal(err)
		}
		mutilate(p)
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(validOCDS(t, schema, text)) == 0 {
			t.Errorf("%s is taken", what)
		}
	}
}

package imports

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

func fictional(t testing.TB) File {
	t.Helper()
	text, err := os.ReadFile("testdata/ocds-fictional-release-package.json")
	if err != nil {
		t.Fatal(err)
	}
	return File{"ocds-fictional-release-package.json", bytes.NewReader(text), int64(len(text))}
}

func TestImport_takesAReleasePackageWhole(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		report, _ := w.load(t, fictional(t), Options{})
		if report.Format != FormatOCDS || report.Rows.New != 1 || report.Rows.Errors > 0 {
			t.Fatalf("%+v", report)
		}
		contract := w.get(t, models.TypeEntity, "contract-to-build-new-cycle-lanes-in-the-centre-of-town")
		e := contract.Document.(*models.Entity)
		if e.Kind != models.KindContract || e.Value == nil || *e.Value != (models.Money{Amount: "11000000", Currency: "GBP"}) ||
			e.Start.Text != "2010-07-01" || e.End.Text != "2011-06-30" || !strings.HasPrefix(e.Citations[0].Locator, "release ") {
			t.Errorf("the contract is %+v", e)
		}
		for day, want := range map[string]models.Status{"2010-05-20": "pending", "2010-08-01": "active", "2011-06-30": "expired"} { // its period ended then
			then, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, contract.ID.String(), services.Moment{AsOf: dayOf(t, day)})
			if err != nil || then.Records[0].Status.Span.Status != want {
				t.Errorf("on %s it was %+v, %v", day, then.Records[0].Status, err)
			}
		}
		for slug, kind := range map[string]models.EntityKind{"london-borough-of-barnet": models.KindUnit, "anycorp-cycle-provision": models.KindCompany, "beta-corp-construction": models.KindCompany} {
			if got := w.get(t, models.TypeEntity, slug).Document.(*models.Entity); got.Kind != kind || len(got.Identifiers) == 0 {
				t.Errorf("%s: %+v", slug, got)
			}
		}
		page, err := w.List(context.Background(), models.Actor{}, models.TypeRelationship, services.Query{Filters: map[string][]string{"object": {contract.ID.String()}}})
		if err != nil {
			t.Fatal(err)
		}
		roles := map[string]bool{}
		for _, record := range page.Records {
			roles[record.Document.(*models.Relationship).Role] = true
		}
		if len(roles) != 3 || !roles["supplier"] || !roles["buyer"] || !roles["procuring entity"] {
			t.Errorf("roles are %v", roles)
		}
		w.verified(t)

		size := w.size(t)
		if report, _ := w.load(t, fictional(t), Options{}); report.Rows.Same != 1 || w.size(t) != size {
			t.Errorf("a second run: %+v", report)
		}
	})
}

func dayOf(t testing.TB, text string) models.Day {
	t.Helper()
	day, err := models.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func TestImport_readsFinalStatusesAndAmendments(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		text := `{"ocid":"ocds-x-1","id":"r1","date":"2024-03-01T00:00:00Z","tag":["contract"],"buyer":{},"parties":[{"id":"b","name":"Ministry","roles":["buyer"]}],
			"contracts":[{"id":7,"title":"Cloud","dateSigned":"2023-01-05","amendments":[{"id":"a1","date":"2023-06-01","description":"Two more years."}]}]}
			{"ocid":"ocds-x-1","id":"r2","date":"2025-03-01T00:00:00Z","tag":["contractTermination"],"parties":[{"id":"b","name":"Ministry","roles":["buyer"]}],
			"contracts":[{"id":7,"title":"Cloud","dateSigned":"2023-01-05","finalStatus":"terminatedEarly","finalStatusDate":"2025-02-11T00:00:00Z","amendments":[{"id":"a1","date":"2023-06-01","description":"Two more years."}]}]}`
		w.load(t, fileOf("releases.jsonl", text), Options{})
		contract := w.get(t, models.TypeEntity, "cloud")
		if contract.Status.Span.Status != "terminated" || contract.Status.Span.From.String() != "2025-02-11" {
			t.Errorf("the contract is %+v", contract.Status)
		}
		page, err := w.List(context.Background(), models.Actor{}, models.TypeClaim, services.Query{})
		if err != nil || len(page.Records) != 1 || !strings.Contains(page.Records[0].Document.(*models.Claim).Text, "Two more years") {
			t.Errorf("amendments: %+v, %v", page.Records, err)
		}
	})
}

// OpenSanctions also publishes entities with those that they are tied to inside, without the way back.
func TestImport_takesFollowTheMoneyThatIsNested(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		text := `{"id":"NK-1","caption":"Acme Arms","schema":"Company","datasets":["x"],"properties":{"name":["Acme Arms"],"country":["us"],
				"ownershipAsset":[{"id":"NK-2","schema":"Ownership","properties":{"owner":[{"id":"NK-3","schema":"Company","caption":"Holding","datasets":["x"],"properties":{"name":["Holding"]}}],"percentage":["60"]}}],
				"directorshipOrganization":[{"id":"NK-5","schema":"Directorship","properties":{"director":[{"id":"NK-4","schema":"Person","properties":{"name":["Jane Roe"]}}],"organization":["NK-1"],"role":["Chair"]}}],
				"addressEntity":[{"id":"addr","schema":"Address"}]}}
			{"id":"NK-4","caption":"Jane Q. Roe","schema":"Person","datasets":["x"],"properties":{"name":["Jane Q. Roe"],"directorshipDirector":[{"id":"NK-5","schema":"Directorship","properties":{"organization":["NK-1"],"role":["Chair"]}}]}}`
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\n\t\t\t\t", ""), "\t", "")
		report, _ := w.load(t, fileOf("targets.nested.json", text), Options{})
		if len(report.Notices) != 1 || !strings.Contains(report.Notices[0], "Address") {
			t.Errorf("notices: %q", report.Notices)
		}
		if got := linksOf(t, w); got != "Holding owns Acme Arms; Jane Q. Roe position Acme Arms" {
			t.Errorf("links: %s", got)
		}
		size := w.size(t)
		if w.load(t, fileOf("targets.nested.json", text), Options{}); w.size(t) != size {
			t.Error("a second run wrote something")
		}
	})
}

// linksOf says all links, with their descriptions, in the order of their words.
func linksOf(t *testing.T, w *world) string {
	t.Helper()
	page, err := w.List(context.Background(), models.Actor{}, models.TypeRelationship, services.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for _, record := range page.Records {
		d := record.Document.(*models.Relationship)
		links = append(links, strings.TrimSpace(page.Refs[d.Subject].Name+" "+string(d.Type)+" "+page.Refs[d.Object].Name+" "+strings.ReplaceAll(d.Description, "\n", "/")))
	}
	slices.Sort(links)
	return strings.Join(links, "; ")
}

// In OpenSanctions people own companies, and companies direct others.
func TestImport_saysInWordsWhatFollowTheMoneyMayJoinAndThisMayNot(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		text := `{"id":"own","schema":"Ownership","properties":{"owner":["p"],"asset":["c"],"percentage":["60"],"summary":["By a trust."]}}
{"id":"dir","schema":"Directorship","properties":{"director":["c"],"organization":["d"],"role":["Corporate director"]}}
{"id":"p","schema":"Person","properties":{"name":["Jane Roe"]}}
{"id":"c","schema":"Company","properties":{"name":["Acme"]}}
{"id":"d","schema":"Company","properties":{"name":["Beta"]}}
{"id":"g","schema":"LegalEntity","properties":{"name":["Some workers"],"keywords":["plumbline:group"]}}
{"id":"e","schema":"Event","properties":{"name":["A review"],"keywords":["plumbline:inquiry","surveillance"]}}
{"id":"f","schema":"Event","properties":{"name":["A vigil"],"keywords":["case","claim","plumbline:group"]}}
{"id":"job","schema":"Employment","properties":{"employee":["g"],"employer":["c"],"role":["Workers"]}}
{"id":"asks","schema":"UnknownLink","properties":{"subject":["c"],"object":["e"],"role":["commissions"]}}`
		report, _ := w.load(t, fileOf("x.ftm.json", text), Options{})
		if len(report.Notices) != 3 || report.Notices[2] != "not kept: keywords, 2 rows" {
			t.Errorf("notices: %q", report.Notices)
		}
		if got := linksOf(t, w); got != "Acme commissions A review; Acme linked_to Beta Corporate director; Jane Roe linked_to Acme Ownership (60%)/By a trust.; Some workers position Acme" {
			t.Errorf("links: %s", got)
		}
		for slug, kind := range map[string]models.EntityKind{"some-workers": models.KindGroup, "a-review": models.KindInquiry, "a-vigil": models.KindEvent} {
			if d := w.get(t, models.TypeEntity, slug).Document.(*models.Entity); d.Kind != kind {
				t.Errorf("%s is a %s", slug, d.Kind)
			}
		}
	})
}

// In the wild one release often tells an award and its contract at once, long after both.
func TestImport_takesAnAwardAndItsContractFromOneRelease(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		parties := `"parties":[{"id":"b","name":"Ministry","roles":["buyer"]},{"id":"s","name":"Maker","roles":["supplier"],"identifier":{"scheme":"XI-LEI","id":"LEI1"}}]`
		text := `{"ocid":"ocds-x-1","id":"r1","date":"2024-05-10T00:00:00Z","tag":["contract"],` + parties + `,
			"awards":[{"id":"a","status":"active","suppliers":[{"id":"s","name":"Maker"}]}],"contracts":[{"id":"c","awardID":"a","title":"At once","status":"active","dateSigned":"2024-04-01T00:00:00Z"}]}
			{"ocid":"ocds-x-3","id":"r1","date":"2024-06-10T00:00:00Z","tag":["contract"],"contracts":[{"id":"c","awardID":"a","title":"Halted","status":"active","statusDetails":"Suspended","dateSigned":"2024-04-01T00:00:00Z","value":{"amount":5,"currency":""}}]}
			{"ocid":"ocds-x-2","id":"r1","date":"2024-05-10T00:00:00Z","tag":["award"],` + parties + `,"awards":[{"id":"a","title":"One after the other","status":"active"}]}
			{"ocid":"ocds-x-2","id":"r2","date":"2024-06-10T00:00:00Z","tag":["contract"],"contracts":[{"id":"c","awardID":"a","title":"One after the other","status":"active","dateSigned":"2024-04-01T00:00:00Z"}]}`
		w.load(t, fileOf("releases.jsonl", text), Options{})
		for _, slug := range []string{"at-once", "one-after-the-other"} {
			if span := w.get(t, models.TypeEntity, slug).Status.Span; span.Status != "active" || span.From.String() != "2024-04-01" {
				t.Errorf("%s is %+v", slug, span)
			}
		}
		if halted := w.get(t, models.TypeEntity, "halted"); halted.Status.Span.Status != "suspended" || halted.Document.(*models.Entity).Value != nil {
			t.Errorf("what was halted is %+v", halted)
		}
		if maker := w.get(t, models.TypeEntity, "maker").Document.(*models.Entity); len(maker.Identifiers) != 1 || maker.Identifiers[0].Scheme != "lei" {
			t.Errorf("the maker is known as %+v", maker.Identifiers)
		}
	})
}

// Records may say where their releases are, and only what all of them come to.
func TestImport_readsTheCompiledReleaseOfLinkedOnes(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		const linked = `"releases":[{"url":"https://example.org/1.json","date":"2020-01-01T00:00:00Z","tag":["tender"]}]`
		text := `{"uri":"https://example.org/r.json","version":"1.1","publishedDate":"2024-01-01T00:00:00Z","publisher":{"name":"P","uid":7},"records":[
			{"ocid":"ocds-x-9",` + linked + `,"compiledRelease":{"ocid":"ocds-x-9","id":12,"date":"2024-01-01T00:00:00Z","tag":["compiled"],"parties":[{"id":"b","name":"Ministry","roles":["buyer"]}],
			"awards":[{"id":1,"title":"Linked","status":"active"}],"contracts":[{"id":1,"awardID":1,"title":"Linked","status":"active","dateSigned":"2023-01-05T00:00:00Z"}]}},
			{"ocid":"ocds-x-10",` + linked + `}]}`
		report, _ := w.load(t, fileOf("records.json", text), Options{ValidRowsOnly: true})
		if span := w.get(t, models.TypeEntity, "linked").Status.Span; span.Status != "active" || span.From.String() != "2023-01-05" {
			t.Errorf("the contract is %+v", span)
		}
		if len(report.Problems) != 1 || !strings.Contains(report.Problems[0].Message, "only says where its releases are") {
			t.Errorf("of the record without one: %+v", report.Problems)
		}
	})
}

const ftm = `{"id":"a","schema":"Company","properties":{"name":["Acme"],"country":["us"],"registrationNumber":["12"],"parent":["p"]}}
{"id":"p","schema":"Company","properties":{"name":["Parent"]}}
{"id":"own","schema":"Ownership","properties":{"owner":["p"],"asset":["a"],"percentage":["51%"],"startDate":["2020-01"]}}
{"id":"own2","schema":"Ownership","properties":{"owner":["a"],"asset":["p"]}}
{"id":"u","schema":"PublicBody","caption":"Unit One","datasets":["x"],"referents":["z"],"first_seen":"2024-01-01T00:00:00","target":true,"properties":{"name":["Unit One","First Unit"],"sourceUrl":["https://example.org/u"]}}
{"id":"dir","schema":"Directorship","properties":{"director":["q"],"organization":["a"],"role":["Chair"]}}
{"id":"q","schema":"Person","properties":{"name":["Q"],"birthDate":["1970-01-01"]}}
{"id":"link","schema":"UnknownLink","properties":{"subject":["a"],"object":["u"],"role":["Supplier of things"]}}
{"id":"v","schema":"Vessel","properties":{"name":["Ship"]}}
`

func TestImport_takesFollowTheMoneyOfBothShapes(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		report, _ := w.load(t, fileOf("entities.ftm.json", ftm), Options{})
		if report.Format != FormatFTM || report.Rows.New != 8 || len(report.Notices) != 5 || !slices.Contains(report.Notices, "not kept: birthDate, 1 row") {
			t.Fatalf("%+v", report)
		}
		person := w.get(t, models.TypeEntity, "q").Document.(*models.Entity)
		if person.Kind != models.KindPerson || !person.Start.IsZero() {
			t.Errorf("the person is %+v", person)
		}
		size := w.size(t)
		if w.load(t, fileOf("entities.ftm.json", ftm), Options{}); w.size(t) != size {
			t.Error("a second run wrote something")
		}
		w.verified(t)
	})
}

const bods = `[{"statementId":"s1","statementDate":"2024-01-01","recordId":"e1","recordType":"entity","recordStatus":"new","recordDetails":{"isComponent":false,"entityType":{"type":"registeredEntity"},"name":"Owned Ltd","jurisdiction":{"name":"Germany","code":"DE"},"identifiers":[{"id":"HRB 1","scheme":"DE-CR"}]}},
{"statementId":"s2","statementDate":"2024-01-01","recordId":"e2","recordType":"entity","recordStatus":"new","recordDetails":{"isComponent":false,"entityType":{"type":"registeredEntity"},"name":"Owner Ltd"}},
{"statementId":"s3","statementDate":"2024-01-01","recordId":"p1","recordType":"person","recordStatus":"new","recordDetails":{"isComponent":false,"personType":"knownPerson","names":[{"type":"legal","fullName":"Some Body"}]}},
{"statementId":"s4","statementDate":"2024-01-01","recordId":"r1","recordType":"relationship","recordStatus":"new","recordDetails":{"isComponent":false,"subject":"e1","interestedParty":"e2","interests":[{"type":"shareholding","share":{"exact":75},"startDate":"2020-05-01"}]}},
{"statementId":"s5","statementDate":"2024-01-01","recordId":"r2","recordType":"relationship","recordStatus":"new","recordDetails":{"isComponent":false,"subject":"e1","interestedParty":"p1","interests":[{"type":"boardMember"}]}},
{"statementId":"s6","statementDate":"2024-01-01","recordId":"r3","recordType":"relationship","recordStatus":"new","recordDetails":{"isComponent":false,"subject":"e1","interestedParty":{"reason":"noBeneficialOwners"},"interests":[]}}]`

func TestImport_takesOwnershipStatements(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		report, result := w.load(t, fileOf("bods.json", bods), Options{})
		if report.Format != FormatBODS || report.Rows.New != 5 || result.Entered != 6 {
			t.Fatalf("%+v %+v", report, result)
		}
		w.verified(t)
	})
}

func TestImport_saysWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for name, test := range map[string]struct{ text, want string }{
		"nothing":        {"", "empty"},
		"a PDF":          {"%PDF-1.7", "PDF"},
		"an old book":    {"\xD0\xCF\x11\xE0abc", ".xlsx"},
		"gzip":           {"\x1f\x8b\x08", "compressed"},
		"a program":      {"\x7fELF\x00\x00\x01\x02abc\x00\x01\x00", "no text"},
		"other JSON":     {`{"hello":"world"}`, "none of the formats"},
		"broken JSON":    {`{"releases":[{"ocid":"x",]}`, "cannot be read"},
		"wide":           {strings.Repeat("c,", 10_000) + "x\n1\n", "columns"},
		"no known field": {"foo,bar\n1,2\n", "Nothing can be made"},
		"a zip":          {"PK\x03\x04 nonsense", "damaged"},
		"twice":          {"name,name\nA,B\n", "Two columns"},
		"a web page":     {"\n<!DOCTYPE html><table></table>", "web page"},
		"half a file":    {`{"releases":[{"ocid":"x"`, "ends in the middle"},
		"half an object": {`{"type":"entity"`, "ends in the middle"},
		"titles alone":   {"Suppliers\n2024\n", "Nothing can be made of the columns Suppliers"},
		"header alone":   {"name,kind\n", "no rows"},
	} {
		_, err := Check(context.Background(), w.Services, w.editor, fileOf("file", test.text), Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, expected words like %q", name, err, test.want)
		}
	}
}

func TestImport_readsEveryEncodingAndDelimiter(t *testing.T) {
	t.Parallel()
	text := "kind;name;country\ncompany;Grünberg GmbH;AT\ncompany;Łódź;PL\n"
	want := []string{"Grünberg GmbH", "Łódź"}
	utf16 := func(order func(r uint16) [2]byte, mark bool) string {
		var out []byte
		if mark {
			b := order(0xFEFF)
			out = append(out, b[:]...)
		}
		for _, r := range text {
			b := order(uint16(r))
			out = append(out, b[:]...)
		}
		return string(out)
	}
	little := func(r uint16) [2]byte { return [2]byte{byte(r), byte(r >> 8)} }
	big := func(r uint16) [2]byte { return [2]byte{byte(r >> 8), byte(r)} }
	for name, encoded := range map[string]string{
		"UTF-8": text, "UTF-8 with a mark": "\uFEFF" + text, "UTF-16 LE": utf16(little, true), "UTF-16 BE": utf16(big, true),
		"UTF-16 without a mark": utf16(little, false), "tabs": strings.ReplaceAll(text, ";", "\t"), "bars": strings.ReplaceAll(text, ";", "|"),
		"commas and CRLF": strings.ReplaceAll(strings.ReplaceAll(text, ";", ","), "\n", "\r\n"), "Excel's hint": "sep=;\n" + text,
	} {
		c, err := readFile(context.Background(), fileOf("f.csv", encoded), newSettings(Options{}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, it := range c.items[:2] {
			if it.entity().Name != want[i] || len(it.entity().Places) != 1 || len(it.entity().Places[0]) != 2 {
				t.Errorf("%s: read %+v", name, it.entity())
			}
		}
	}
	windows := fileOf("f.csv", "kind;name\ncompany;Gr\xfcnberg \x96 GmbH\n")
	c, err := readFile(context.Background(), windows, newSettings(Options{}))
	if err != nil || c.items[0].entity().Name != "Grünberg – GmbH" {
		t.Errorf("Windows-1252: %v", err)
	}
}

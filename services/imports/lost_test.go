package imports

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tried are values of many shapes: each column and member takes some of them.
var tried = []string{"2020-05-01", "yes", "maybe", "5", "US", "EUR", "media", "a text", "https://example.org/tried", "full"}

// told reports whether the report says that something of that name is not kept, or wrong.
func told(r Report, names ...string) bool {
	if len(r.Codes) > 0 {
		return true
	}
	return slices.ContainsFunc(r.Notices, func(notice string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(notice, name) })
	})
}

// Every column that a table may have is kept, or told of, whatever it holds.
func TestImport_keepsEveryColumnOrTells(t *testing.T) {
	t.Parallel()
	const entities = "kind,name,lei,country,source_url\ncompany,Aa,A,DE,https://example.org/a\nservice,Ss,S,DE,https://example.org/a\nunit,Uu,U,DE,https://example.org/a\ncontract,Cc,C,DE,https://example.org/a\n"
	bases := map[string][][2]string{
		"entities":       {{"kind", "company"}, {"name", "Dropped"}, {"source_url", "https://example.org/x"}},
		"names":          {{"entity", "lei:A"}, {"name", "Other"}, {"name_type", "alias"}},
		"identifiers":    {{"entity", "lei:A"}, {"scheme", "x"}, {"value", "1"}},
		"relationships":  {{"type", "supplied_to"}, {"subject", "lei:S"}, {"object", "lei:U"}, {"source_url", "https://example.org/x"}},
		"littlesis":      {{"name", "Donor"}, {"kind", "company"}, {"source_url", "https://example.org/x"}},
		"status_changes": {{"record", "lei:C"}, {"status", "active"}, {"effective", "2020"}, {"source_url", "https://example.org/x"}},
		"claims":         {{"speakers", "lei:A"}, {"stance", "states"}, {"about", "lei:S"}, {"said_on", "2020"}, {"text", "It."}, {"source_url", "https://example.org/x"}},
		"open_items":     {{"kind", "question"}, {"addressee", "lei:A"}, {"about", "lei:S"}, {"text", "Why?"}, {"raised_on", "2020"}, {"source_url", "https://example.org/x"}},
		"sources":        {{"kind", "article"}, {"title", "An article"}},
	}
	// finds are columns that only say where to look, or by what name other rows call the row.
	finds := []string{"entity_kind", "subject_kind", "object_kind", "state", "key"}
	// usual is what a column says that is meant where it is empty.
	usual := map[string]string{"extent": "full"}
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("entities.csv", entities), Options{})
		for _, l := range layouts() {
			o := Options{Table: l.name}
			if l.name == "littlesis" {
				o.Constants = map[string]string{"subject": "lei:A", "type": "owns"}
			}
			check := func(extra, value string) Report {
				var headers, cells []string
				for _, one := range bases[l.name] {
					if one[0] != extra {
						headers, cells = append(headers, one[0]), append(cells, one[1])
					}
				}
				if extra != "" {
					headers, cells = append(headers, extra), append(cells, value)
				}
				plan, err := Check(context.Background(), w.Services, w.editor, fileOf("x.csv", strings.Join(headers, ";")+"\n"+strings.Join(cells, ";")+"\n"), o)
				if err != nil {
					return Report{Codes: map[string]int{err.Error(): 1}}
				}
				return plan.Report()
			}
			base := check("", "")
			if base.Rows.New+base.Rows.Changed != 1 {
				t.Errorf("%s: %+v %v", l.name, base.Rows, base.Problems)
			}
			for _, column := range l.columns {
				if column.Derived || slices.Contains(finds, column.Name) {
					continue
				}
				for _, value := range tried {
					if usual[column.Name] == value || slices.ContainsFunc(bases[l.name], func(one [2]string) bool { return one[0] == column.Name && one[1] == value }) {
						continue
					}
					if r := check(column.Name, value); r.Plan == base.Plan && !told(r, "not kept: "+column.Name) {
						t.Errorf("%s: %s = %q is lost in silence: %q", l.name, column.Name, value, r.Notices)
					}
				}
			}
		}
	})
}

func TestImport_saysWhatIsNotKept(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for file, want := range map[string][]string{
			"csv-dropped-columns.csv":           {"not kept: website, 1 row", "not kept: amount, 1 row: only a contract has a value", "not kept: currency, 1 row: only a contract has a value"},
			"csv-littlesis-amount.csv":          {"not kept: amount, 1 row", "not kept: currency, 1 row"},
			"ftm-lost-properties.jsonl":         {"not kept: notes, 1 row", "not kept: website, 1 row", "not kept: role, 1 row: of several values the first is kept", "not kept: startDate, 1 row: of several values the first is kept"},
			"ocds-update-release.json":          {"not kept: awards.date, 1 row: the contract says when it was signed", "not kept: awards.value, 1 row: the contract says otherwise"},
			"two-pages-of-one-site.csv":         {},
			"r01_revert_then_again.csv":         {},
			"r12_award_without_status.json":     {"not kept: tender.status, 1 row"},
			"ocds-active-after-its-period.json": {"not kept: contracts.period.endDate, 1 row: the release says that the contract is active after it; see which is right"},
		} {
			o := Options{ValidRowsOnly: true}
			if strings.Contains(file, "littlesis") {
				o.Table, o.Constants = "littlesis", map[string]string{"subject": "dropped-columns-co", "type": "5"}
				w.load(t, kept(t, "csv-dropped-columns.csv"), Options{})
			}
			r := w.check(t, kept(t, file), o).Report()
			got := slices.DeleteFunc(slices.Clone(r.Notices), func(notice string) bool { return !strings.HasPrefix(notice, "not kept: ") })
			for _, one := range want {
				if !slices.Contains(got, one) {
					t.Errorf("%s does not say %q: %q", file, one, got)
				}
			}
			if len(want) == 0 && len(got) > 0 {
				t.Errorf("%s: %q", file, got)
			}
		}
	})
}

// pathsOf lists the members that a type reads, down to the last.
func pathsOf(t reflect.Type, at []string) (paths [][]string) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		path := append(slices.Clone(at), name)
		if inner := structOf(t.Field(i).Type); inner != nil && len(path) < 4 {
			paths = append(paths, pathsOf(inner, path)...)
		} else {
			paths = append(paths, path)
		}
	}
	return paths
}

// put puts a value into an object, into the first entry of the lists on the way. A value that is a
// list is replaced by one.
func put(object map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		switch inner := object[name].(type) {
		case []any:
			object = inner[0].(map[string]any)
		case map[string]any:
			object = inner
		default:
			made := map[string]any{}
			object[name] = made
			object = made
		}
	}
	name := path[len(path)-1]
	_, isList := object[name].([]any)
	if _, inList := value.([]any); isList && !inList {
		value = []any{value}
	}
	object[name] = value
}

// Every member that the readers of objects declare is kept, or told of; so is every other one.
func TestImport_keepsEveryMemberOrTells(t *testing.T) {
	t.Parallel()
	formats := []struct {
		name, base string
		paths      [][]string
	}{
		{"ocds", `{"ocid":"o-1","id":"r","date":"2024-01-01","parties":[{"id":"b","name":"Ministry","roles":["buyer"],"identifier":{"scheme":"X","id":"1"},"additionalIdentifiers":[{"scheme":"Y","id":"2"}],"address":{}}],"buyer":{"id":"b"},"tender":{},
			"awards":[{"id":"a","title":"T","date":"2024-01-02","suppliers":[{"id":"s","name":"Maker","roles":["supplier"],"identifier":{},"additionalIdentifiers":[{"scheme":"Z","id":"3"}]}],"amendments":[{}],"milestones":[{}]}],
			"contracts":[{"id":"c","awardID":"other","title":"C","status":"active","dateSigned":"2024-01-03","suppliers":[{"id":"s"}],"amendments":[{"id":"1","description":"More."}],"milestones":[{}]}]}`, pathsOf(reflect.TypeFor[ocdsRelease](), nil)},
		{"bods", `{"statementId":"s1","statementDate":"2024-01-01","recordId":"e1","recordType":"entity","recordStatus":"new","recordDetails":{"entityType":{"type":"registeredEntity"},"name":"One","alternateNames":["Uno"],"names":[{"fullName":"Una"}],"nationalities":[{}],"identifiers":[{"id":"1","scheme":"X"}],"interests":[{}]}}`, pathsOf(reflect.TypeFor[statement](), nil)},
		{"bods of a relationship", `[{"statementId":"s1","statementDate":"2024-01-01","recordId":"e1","recordType":"entity","recordDetails":{"entityType":{"type":"registeredEntity"},"name":"One"}},
			{"statementId":"s2","statementDate":"2024-01-01","recordId":"e2","recordType":"entity","recordDetails":{"entityType":{"type":"registeredEntity"},"name":"Two"}},
			{"statementId":"s3","statementDate":"2024-01-01","recordId":"r1","recordType":"relationship","recordStatus":"new","recordDetails":{"subject":"e1","interestedParty":"e2","interests":[{"type":"shareholding"}]}}]`, pathsOf(reflect.TypeFor[statement](), nil)},
		{"ftm", `{"id":"c","schema":"Company","properties":{"name":["One"]}}`, ftmPaths()},
		{"ftm of a person", `{"id":"c","schema":"Person","properties":{"name":["One"]}}`, ftmPaths()},
		{"ftm of a document", `{"id":"c","schema":"Article","properties":{"title":["One"]}}`, ftmPaths()},
		{"ftm of a link", `[{"id":"a","schema":"Company","properties":{"name":["One"]}},{"id":"b","schema":"Person","properties":{"name":["Two"]}},
			{"id":"c","schema":"Directorship","properties":{"organization":["a"],"director":["b"]}}]`, ftmPaths()},
	}
	// tie are members that tie objects of the file to each other, or say what an object is.
	tie := strings.Fields("awards.suppliers.id statementId statementDate recordId recordStatus recordType recordDetails.identifiers.schemeName")
	eachWorld(t, func(t *testing.T, w *world) {
		for _, format := range formats {
			check := func(path []string, value any) Report {
				var file any
				if err := json.Unmarshal([]byte(format.base), &file); err != nil {
					t.Fatal(err)
				}
				object, alone := file.(map[string]any)
				if list, _ := file.([]any); !alone {
					object = list[len(list)-1].(map[string]any)
				}
				if path != nil {
					put(object, path, value)
				}
				plan, err := Check(context.Background(), w.Services, w.editor, fileOf("x.json", string(mustJSON(file))), Options{})
				if err != nil {
					return Report{Codes: map[string]int{err.Error(): 1}}
				}
				return plan.Report()
			}
			base := check(nil, nil)
			if base.Rows.New != base.Rows.All || base.Rows.All == 0 {
				t.Errorf("%s: %+v %v", format.name, base.Rows, base.Problems)
			}
			for _, path := range append(format.paths, []string{"unheardOf"}, []string{"unheard", "of"}) {
				if slices.Contains(tie, strings.Join(path, ".")) {
					continue
				}
				for _, value := range []string{"2020-05-01", "US", "a text", "https://example.org/tried"} {
					var before Report
					values := []any{value}
					if path[0] == "properties" {
						values = []any{[]any{value}, []any{value, "b" + value}}
					}
					for i, value := range values {
						r := check(path, value)
						if i == 0 {
							before = base
						}
						if r.Plan == before.Plan && !toldOf(r, path) {
							t.Errorf("%s: %s = %q is lost in silence: %q", format.name, strings.Join(path, "."), value, r.Notices)
						}
						before = r
					}
				}
			}
		}
	})
}

// toldOf reports whether the report says that a member is not kept, or one in which it stands, or that
// it is wrong. Properties are called by their names alone.
func toldOf(r Report, path []string) bool {
	if path[0] == "properties" {
		path = path[1:]
	}
	return len(r.Codes) > 0 || slices.ContainsFunc(r.Notices, func(notice string) bool {
		member, found := strings.CutPrefix(notice, "not kept: ")
		member, _, _ = strings.Cut(member, ",")
		return found && strings.HasPrefix(strings.Join(path, ".")+".", member+".")
	})
}

// ftmPaths are properties of FollowTheMoney, among them some that nothing here holds.
func ftmPaths() (paths [][]string) {
	for _, name := range strings.Fields("alias weakAlias previousName abbreviation summary description notes website email phone address country jurisdiction mainCountry nationality birthDate deathDate birthPlace gender incorporationDate dissolutionDate status sector classification legalForm topics keywords program publisher publisherUrl language author publishedAt date amount currency sourceUrl title fileName " +
		"leiCode dunsCode registrationNumber idNumber taxNumber opencorporatesUrl icijId cageCode permId cikCode isinCode uniqueEntityId wikidataId innCode ogrnCode") {
		paths = append(paths, []string{"properties", name})
	}
	return append(paths, []string{"referents"}, []string{"first_seen"})
}

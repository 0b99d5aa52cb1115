package models

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

func TestVocabularies_areLabelledAndDefinedForPeople(t *testing.T) {
	form := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	names := map[string]bool{}
	for _, vocabulary := range Vocabularies() {
		if !form.MatchString(vocabulary.Name) || names[vocabulary.Name] {
			t.Errorf("the name %q is no name, or is used twice", vocabulary.Name)
		}
		names[vocabulary.Name] = true
		if len(vocabulary.Codes) < 2 {
			t.Errorf("%s has %d codes", vocabulary.Name, len(vocabulary.Codes))
		}

		seen := map[string]string{}
		for _, code := range vocabulary.Codes {
			for what, text := range map[string]string{"code": code.Code, "label": strings.ToLower(code.Label), "definition": code.Definition} {
				if seen[what+text] != "" {
					t.Errorf("%s: %q and %q have the same %s", vocabulary.Name, seen[what+text], code.Code, what)
				}
				seen[what+text] = code.Code
			}
			if !form.MatchString(code.Code) || len(code.Code) > 40 {
				t.Errorf("%s: %q is no code", vocabulary.Name, code.Code)
			}
			if code.Label == "" || strings.TrimSpace(code.Label) != code.Label || strings.ContainsAny(code.Label, "_.") {
				t.Errorf("%s: %q has the label %q", vocabulary.Name, code.Code, code.Label)
			}
			if !isSentence(code.Definition) {
				t.Errorf("%s: %q is defined as %q", vocabulary.Name, code.Code, code.Definition)
			}
		}
	}
}

func isSentence(text string) bool {
	clean, problem := CleanText(text)
	return problem == "" && clean == text && strings.HasSuffix(text, ".") && unicode.IsUpper([]rune(text + " ")[0])
}

func TestVocabularies_haveTheCodesOfTheDesign(t *testing.T) {
	for _, test := range []struct {
		vocabulary Vocabulary
		want       string
	}{
		{RecordTypes(), "entity relationship status_change claim source open_item"},
		{EntityKinds(), "company unit service system person group organization contract facility event inquiry case"},
		{Identities(), "disclosed undisclosed"},
		{Exactnesses(), "exact at_least about unknown"},
		{NameTypes(), "alias acronym former transliteration"},
		{RelationshipTypes(), "provides supplied_to part_of owns party_to covers position member_of operates uses stored_at located_in " +
			"took_part commissions conducts concerns campaigns_against linked_to"},
		{Purposes(), "surveillance targeting translation storage search_and_rescue cybersecurity other"},
		{Extents(), "full partial"},
		{Stances(), "alleges reports states finds_evidence finds_no_evidence admits denies disputes declines_to_answer no_response commits demands"},
		{OpenItemKinds(), "question demand commitment"},
		{Verifications(), "no_origin single_origin corroborated partly_acknowledged acknowledged"},
		{EditKinds(), "world_changed corrected"},
		{ChangesetStatuses(), "draft submitted changes_requested published rejected withdrawn"},
		{RecordStates(), "live retracted merged"},
	} {
		if got := strings.Join(test.vocabulary.Values(), " "); got != test.want {
			t.Errorf("%s has the codes %s, want %s", test.vocabulary.Name, got, test.want)
		}
	}
}

func TestConstants_areTheCodesOfTheirVocabulary(t *testing.T) {
	constants, _ := declared(t)
	for name, values := range map[string][]string{
		"RecordType": RecordTypes().Values(), "RecordState": append(RecordStates().Values(), string(StateWithheld)), // which is shown and never stored
		"EntityKind": EntityKinds().Values(),
		"Identity":   Identities().Values(), "RelationshipType": RelationshipTypes().Values(), "Stance": Stances().Values(),
		"Verification": Verifications().Values(), "Op": Operations().Values(), "EditKind": EditKinds().Values(),
		"ChangesetStatus": ChangesetStatuses().Values(), "Extent": Extents().Values(), "Role": Roles().Values(),
		"StatusSubject": subjectNames(),
	} {
		if !slices.Equal(constants[name], values) {
			t.Errorf("the constants of %s are %q, the codes %q", name, constants[name], values)
		}
	}
	for _, status := range constants["Status"] {
		if !slices.Contains(AllStatuses(), status) {
			t.Errorf("%q is a constant, and no status", status)
		}
	}
}

func subjectNames() []string {
	var names []string
	for _, subject := range StatusSubjects() {
		names = append(names, string(subject))
	}
	return names
}

func TestVocabularies_leaveNoneOut(t *testing.T) {
	_, functions := declared(t)
	if got, want := len(Vocabularies()), len(functions)+len(StatusSubjects()); got != want {
		t.Errorf("%d vocabularies are published, and there are %d: %q and one for each of %q", got, want, functions, StatusSubjects())
	}
}

// declared reads the package's own text: the values of the string constants of each type in
// their order, and the functions that give a vocabulary.
func declared(t *testing.T) (constants map[string][]string, vocabularies []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	constants = map[string][]string{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range tree.Decls {
			switch d := declaration.(type) {
			case *ast.GenDecl:
				addConstants(t, constants, d)
			case *ast.FuncDecl:
				if givesVocabulary(d) {
					vocabularies = append(vocabularies, d.Name.Name)
				}
			}
		}
	}
	return constants, vocabularies
}

func addConstants(t *testing.T, constants map[string][]string, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok || d.Tok != token.CONST || value.Type == nil {
			continue
		}
		name := value.Type.(*ast.Ident).Name
		for _, expression := range value.Values {
			literal, ok := expression.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				continue
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			constants[name] = append(constants[name], text)
		}
	}
}

func givesVocabulary(d *ast.FuncDecl) bool {
	if d.Recv != nil || d.Type.Results == nil || len(d.Type.Params.List) > 0 || len(d.Type.Results.List) != 1 {
		return false
	}
	result, ok := d.Type.Results.List[0].Type.(*ast.Ident)
	return ok && result.Name == "Vocabulary"
}

func TestVocabulary_findsItsCodes(t *testing.T) {
	purposes := Purposes()
	if !purposes.Has("search_and_rescue") || purposes.Has("") || purposes.Has("Storage") {
		t.Error("a vocabulary has other codes than its own")
	}
	for _, code := range purposes.Codes {
		if !purposes.Has(code.Code) || purposes.Label(code.Code) != code.Label {
			t.Errorf("%q is not found", code.Code)
		}
	}
	if got := purposes.Label("search_and_rescue"); got != "Search and rescue" {
		t.Errorf("got the label %q", got)
	}
	if got := purposes.Label("espionage"); got != "espionage" {
		t.Errorf("got the label %q for a code that is not there", got)
	}
	if got := (Vocabulary{}).Values(); len(got) != 0 {
		t.Errorf("an empty vocabulary has the codes %q", got)
	}
}

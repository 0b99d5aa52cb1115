package frontend

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"plumbline/models"
)

// usedTexts are the texts that templates, Go code and the vocabularies use: by the English text
// (the plural one where there is one), with the English singular.
func usedTexts(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	p := &Pages{languages: languages()}
	for _, one := range p.parse(p.languages[0]).Templates() {
		if one.Tree != nil {
			textsOfTemplate(one.Tree.Root, used)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			textsOfGo(t, file, used)
		}
	}
	for _, v := range models.Vocabularies() {
		heading := strings.ReplaceAll(v.Name, "_", " ")
		used[strings.ToUpper(heading[:1])+heading[1:]] = ""
		for _, code := range v.Codes {
			used[code.Label], used[code.Definition] = "", ""
		}
	}
	for _, form := range models.DateForms() {
		used[form] = ""
	}
	delete(used, "")
	return used
}

// textsOfTemplate finds {{t "…"}}, {{lower "…"}} and {{tn .N "…" "…"}}.
func textsOfTemplate(n parse.Node, used map[string]string) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, one := range n.Nodes {
				textsOfTemplate(one, used)
			}
		}
	case *parse.IfNode:
		textsOfBranch(n.BranchNode, used)
	case *parse.RangeNode:
		textsOfBranch(n.BranchNode, used)
	case *parse.WithNode:
		textsOfBranch(n.BranchNode, used)
	case *parse.ActionNode:
		textsOfTemplate(n.Pipe, used)
	case *parse.TemplateNode:
		textsOfTemplate(n.Pipe, used)
	case *parse.PipeNode:
		if n != nil {
			for _, command := range n.Cmds {
				textsOfTemplate(command, used)
			}
		}
	case *parse.CommandNode:
		textsOfCommand(n, used)
	}
}

func textsOfBranch(n parse.BranchNode, used map[string]string) {
	textsOfTemplate(n.Pipe, used)
	textsOfTemplate(n.List, used)
	textsOfTemplate(n.ElseList, used)
}

func textsOfCommand(n *parse.CommandNode, used map[string]string) {
	texts := make([]string, 4)
	for i, argument := range n.Args {
		if quoted, ok := argument.(*parse.StringNode); ok && i < len(texts) {
			texts[i] = quoted.Text
		}
		textsOfTemplate(argument, used)
	}
	switch function, _ := n.Args[0].(*parse.IdentifierNode); {
	case function == nil:
	case function.Ident == "t" || function.Ident == "lower":
		used[texts[1]] = ""
	case function.Ident == "tn":
		used[texts[3]] = texts[2]
	}
}

// textsOfGo finds say("…"), inside("…") and sayN(n, "…", "…").
func textsOfGo(t *testing.T, file string, used map[string]string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch function := call.Fun.(type) {
		case *ast.Ident:
			name = function.Name
		case *ast.SelectorExpr:
			name = function.Sel.Name
		}
		literal := func(i int) string {
			if i >= len(call.Args) {
				return ""
			}
			if one, ok := call.Args[i].(*ast.BasicLit); ok && one.Kind == token.STRING {
				text, _ := strconv.Unquote(one.Value)
				return text
			}
			return ""
		}
		switch name {
		case "say", "inside":
			used[literal(0)] = ""
		case "sayN":
			used[literal(2)] = literal(1)
		}
		return true
	})
}

// untranslated are texts that every language writes alike.
var untranslated = []string{"%s", "%s %s %s", "%s: %s", "%s: %s (%s)", "%s → %s: %s (%s)", "%s (%s)", "%s %s %s: %s", "%d", "%s: %d", "%s %s"}

// TestCatalogues_haveEveryText fails with what is missing, as it is to be added to a file in
// texts/ar. PLUMBLINE_UNUSED=1 lists entries that nothing uses any more.
func TestCatalogues_haveEveryText(t *testing.T) {
	used := usedTexts(t)
	for _, l := range languages()[1:] {
		var missing strings.Builder
		for _, key := range slices.Sorted(maps.Keys(used)) {
			one := used[key]
			if _, ok := l.entries[key]; ok || slices.Contains(untranslated, key) {
				continue
			}
			if one == "" {
				fmt.Fprintf(&missing, "\nmsgid %q\nmsgstr \"\"\n", key)
			} else {
				fmt.Fprintf(&missing, "\nmsgid %q\nmsgid_plural %q\nmsgstr[0] \"\"\n…\n", one, key)
			}
		}
		if missing.Len() > 0 {
			t.Errorf("%s has no entry for:\n%s", l.Name, missing.String())
		}
		for key := range l.entries {
			if _, ok := used[key]; !ok && os.Getenv("PLUMBLINE_UNUSED") != "" {
				t.Errorf("nothing uses %q", key)
			}
		}
	}
}

var marks = regexp.MustCompile(`%(\[\d\])?[sd]`)

// TestCatalogues_areSound checks each entry: as many forms as the language has, none empty, and
// no place for an argument that the English text has not.
func TestCatalogues_areSound(t *testing.T) {
	for _, l := range languages()[1:] {
		most := 0
		for n := range 1000 {
			most = max(most, l.form(n))
		}
		if len(l.entries) == 0 {
			t.Errorf("%s has no entries", l.Name)
		}
		for key, entry := range l.entries {
			want := 1
			if entry.plural != "" {
				want = most + 1
			}
			if len(entry.forms) != want {
				t.Errorf("%q has %d forms, not %d", key, len(entry.forms), want)
			}
			for i, form := range entry.forms {
				have, can := marks.FindAllString(form, -1), marks.FindAllString(key, -1)
				if form == "" || strings.TrimSpace(form) != form && strings.TrimSpace(key) == key {
					t.Errorf("form %d of %q is %q", i, key, form)
				}
				if want == 1 && len(have) != len(can) || len(have) > len(can) {
					t.Errorf("form %d of %q has the places %v, not %v", i, key, have, can)
				}
			}
		}
	}
}

func TestArabic_hasSixForms(t *testing.T) {
	l := languages()[1]
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3, 111: 4, 1000: 5} {
		if got := l.form(n); got != want {
			t.Errorf("%d takes form %d, not %d", n, got, want)
		}
	}
	for n, want := range map[int]string{1: "يوم واحد بلا جواب", 2: "يومان بلا جواب", 5: "5 أيام بلا جواب", 37: "37 يومًا بلا جواب", 100: "100 يوم بلا جواب"} {
		if got := l.sayN(n, "%d day without an answer", "%d days without an answer"); got != want {
			t.Errorf("%d: %q, not %q", n, got, want)
		}
	}
}

func TestEnglish_saysDatesAsTheirLabels(t *testing.T) {
	l := languages()[0]
	for _, text := range []string{"2025", "2025-08", "2025-09-25", "0450", "2021~", "2021-05?", "2021%", "[2021..]", "[..2025-09-25]", "[2025-08..2025-09-25]"} {
		d, err := models.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range dateUses {
			if got := l.date(d, use); got != d.In(use) {
				t.Errorf("%s: %q, not %q", text, got, d.In(use))
			}
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := l.number(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// dateUses are the ways in which sentences use dates.
var dateUses = []models.DateUse{models.DateAlone, models.DateWhen, models.DateSince, models.DateFrom, models.DateOnward, models.DateUntil}

// TestArabic_saysDatesInSentences pins what models.TestDate_inSentences pins in English.
func TestArabic_saysDatesInSentences(t *testing.T) {
	l := languages()[1]
	for text, want := range map[string]string{
		"":                      "غير معروف | في يوم غير معروف | منذ يوم غير معروف | من يوم غير معروف | من يوم غير معروف فصاعدًا | حتى يوم غير معروف",
		"2025":                  "2025 | في 2025 | منذ 2025 | من 2025 | من 2025 فصاعدًا | حتى 2025",
		"2025-08":               "أغسطس 2025 | في أغسطس 2025 | منذ أغسطس 2025 | من أغسطس 2025 | من أغسطس 2025 فصاعدًا | حتى أغسطس 2025",
		"2026-11-09":            "9 نوفمبر 2026 | في 9 نوفمبر 2026 | منذ 9 نوفمبر 2026 | من 9 نوفمبر 2026 | من 9 نوفمبر 2026 فصاعدًا | حتى 9 نوفمبر 2026",
		"2021~":                 "نحو 2021 | نحو 2021 | منذ نحو 2021 | من نحو 2021 | من نحو 2021 فصاعدًا | حتى نحو 2021",
		"2025?":                 "ربما 2025 | ربما في 2025 | ربما منذ 2025 | ربما من 2025 | ربما من 2025 فصاعدًا | ربما حتى 2025",
		"2021%":                 "ربما نحو 2021 | ربما نحو 2021 | ربما منذ نحو 2021 | ربما من نحو 2021 | ربما من نحو 2021 فصاعدًا | ربما حتى نحو 2021",
		"[..2025-09-25]":        "بحلول 25 سبتمبر 2025 | بحلول 25 سبتمبر 2025 | بحلول 25 سبتمبر 2025 | بحلول 25 سبتمبر 2025 | بحلول 25 سبتمبر 2025 | حتى 25 سبتمبر 2025 على أبعد تقدير",
		"[2021..]":              "2021 أو بعده | في 2021 أو بعده | منذ 2021 أو بعده | من 2021 أو بعده | من 2021 أو بعده فصاعدًا | حتى 2021 أو بعده",
		"[2025-08..2025-09-25]": "بين أغسطس 2025 و25 سبتمبر 2025 | بين أغسطس 2025 و25 سبتمبر 2025 | منذ وقت ما بين أغسطس 2025 و25 سبتمبر 2025 | من وقت ما بين أغسطس 2025 و25 سبتمبر 2025 | من وقت ما بين أغسطس 2025 و25 سبتمبر 2025 فصاعدًا | حتى وقت ما بين أغسطس 2025 و25 سبتمبر 2025",
	} {
		d := models.Date{}
		if text != "" {
			var err error
			if d, err = models.ParseDate(text); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, use := range dateUses {
			got = append(got, l.date(d, use))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%q:\n got %s\nwant %s", text, strings.Join(got, " | "), want)
		}
	}
}

func TestTexts_keepWhatRunsTheOtherWayApart(t *testing.T) {
	all := languages()
	if got := all[1].say("%s: %s", "Microsoft", "مايكروسوفت"); got != "\u2068Microsoft\u2069: مايكروسوفت" {
		t.Errorf("%q", got)
	}
	if got := all[0].say("All: %s", "وحدة 8200"); got != "All: \u2068وحدة 8200\u2069" {
		t.Errorf("%q", got)
	}
	if got := all[0].say("%[2]s before %d%%", 1, "a"); got != "a before %" {
		t.Errorf("%q", got)
	}
}

func TestParsePO_refusesWhatItCannotRead(t *testing.T) {
	for _, file := range []string{"msgid Status", "nonsense", `"a"`, "msgid \"a\"\nmsgstr[1] \"b\"", "msgid \"a\"\nmsgstr \"b\"\nmsgid \"a\"\nmsgstr \"c\""} {
		if err := parsePO(file, map[string]entry{}); err == nil {
			t.Errorf("%q was read", file)
		}
	}
	entries := map[string]entry{}
	if err := parsePO("# a comment\nmsgid \"\"\nmsgstr \"head\"\n\nmsgid \"a \"\n\"b\"\nmsgstr \"c \"\n\"d\"", entries); err != nil || entries["a b"].forms[0] != "c d" {
		t.Errorf("%v %v", entries, err)
	}
}

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const modulePath = "plumbline"

// layerRule says what the packages of one folder may import. Paths name a package
// and everything below it.
type layerRule struct {
	ours       []string // folders of this module, beside its own
	thirdParty []string // "*" is any
	never      []string // forbidden all the same
}

var (
	webImports     = []string{"net/http", "github.com/gin-gonic", "github.com/danielgtaylor/huma"}
	storageImports = []string{"gorm.io", "database/sql", "modernc.org", "github.com/jackc", "github.com/pressly/goose"}
	outsideWorld   = []string{"os", "net", "syscall", "gorm.io"}
)

// layers is the rule of docs/architecture in one table. The root folder wires
// everything together and may import all of it.
var layers = map[string]layerRule{
	"models":   {thirdParty: []string{"github.com/google/uuid", "golang.org/x/text", "golang.org/x/net/idna", "golang.org/x/net/publicsuffix"}, never: outsideWorld},
	"database": {ours: []string{"models"}, thirdParty: []string{"*"}, never: webImports},
	"services": {ours: []string{"models", "database"}, thirdParty: []string{"*"}, never: webImports},
	"api":      {ours: []string{"models", "services"}, thirdParty: []string{"*"}, never: storageImports},
	"frontend": {ours: []string{"models", "services"}, thirdParty: []string{"*"}, never: storageImports},
	"outbound": {ours: []string{"models", "services"}, thirdParty: []string{"*"}, never: append(slices.Clone(storageImports), "github.com/gin-gonic", "github.com/danielgtaylor/huma")},
	"seed":     {ours: []string{"models", "services"}, thirdParty: []string{"*"}, never: slices.Concat(storageImports, webImports)},
	"bench":    {ours: []string{"models", "database", "services", "api", "frontend", "seed", "outbound"}, thirdParty: []string{"*"}},
}

// testOnly are packages that only tests may import, so that no browser driver
// and no throwaway database gets into the binary.
var testOnly = []string{"frontend/browsertest", "database/dbtest"}

var vagueNames = []string{"util", "utils", "helper", "helpers", "common", "misc"}

func TestLayers_importOnlyWhatTheyMay(t *testing.T) {
	problems, files := layerProblems(os.DirFS("."))
	for _, problem := range problems {
		t.Error(problem)
	}
	if files == 0 {
		t.Error("no Go file was looked at")
	}
}

func TestLayers_refuseWhatTheTableForbids(t *testing.T) {
	for name, test := range map[string]struct{ path, source, want string }{
		"models using the database":     {"models/a.go", `import "plumbline/database"`, "may not import plumbline/database"},
		"models reading files":          {"models/a.go", `import "os/exec"`, "may not import os/exec"},
		"models using a library":        {"models/a.go", `import "github.com/gin-gonic/gin"`, "may not import github.com/gin-gonic/gin"},
		"database using services":       {"database/a.go", `import "plumbline/services"`, "may not import plumbline/services"},
		"services speaking HTTP":        {"services/a.go", `import "net/http"`, "may not import net/http"},
		"api using GORM":                {"api/a.go", `import "gorm.io/gorm"`, "may not import gorm.io/gorm"},
		"api using the database":        {"api/deep/a.go", `import "plumbline/database"`, "may not import plumbline/database"},
		"api using the front-end":       {"api/a.go", `import "plumbline/frontend"`, "may not import plumbline/frontend"},
		"the front-end using the api":   {"frontend/a.go", `import "plumbline/api"`, "may not import plumbline/api"},
		"the front-end using SQL":       {"frontend/a.go", `import "database/sql"`, "may not import database/sql"},
		"outbound serving pages":        {"outbound/a.go", `import "github.com/gin-gonic/gin"`, "may not import github.com/gin-gonic/gin"},
		"services using outbound":       {"services/a.go", `import "plumbline/outbound"`, "may not import plumbline/outbound"},
		"the seed using the database":   {"seed/a.go", `import "plumbline/database"`, "may not import plumbline/database"},
		"a layer using the root":        {"services/a.go", `import "plumbline"`, "may not import plumbline"},
		"a test package in the program": {"main.go", `import "plumbline/frontend/browsertest"`, "only tests may import"},
		"a folder without a rule":       {"stuff/a.go", ``, "stuff has no rule"},
		"init":                          {"models/a.go", `func init() {}`, "no init function"},
		"a vague file":                  {"models/utils.go", ``, "vague name"},
		"a vague test file":             {"models/helpers_test.go", ``, "vague name"},
		"a vague folder":                {"api/common/a.go", ``, "vague name"},
	} {
		t.Run(name, func(t *testing.T) {
			problems, _ := layerProblems(fstest.MapFS{test.path: {Data: []byte("package a\n" + test.source)}})
			if len(problems) != 1 || !strings.Contains(problems[0], test.want) {
				t.Errorf("found %q, expected one problem with %q", problems, test.want)
			}
		})
	}
}

func TestLayers_allowWhatTheTableAllows(t *testing.T) {
	problems, files := layerProblems(fstest.MapFS{
		"main.go":                {Data: []byte("package main\nimport (\n\"plumbline/api\"\n\"gorm.io/gorm\"\n)")},
		"models/a.go":            {Data: []byte("package models\nimport (\n\"errors\"\n\"database/sql/driver\"\n\"github.com/google/uuid\"\n\"plumbline/models/dates\"\n)")},
		"models/a_test.go":       {Data: []byte("package models_test\nimport \"plumbline/database/dbtest\"")},
		"services/a.go":          {Data: []byte("package services\nimport (\n\"plumbline/database\"\n\"gorm.io/gorm\"\n)")},
		"api/a.go":               {Data: []byte("package api\nimport (\n\"net/http\"\n\"plumbline/services\"\n)")},
		"tools/go.mod":           {Data: []byte("module plumbline/tools")},
		"tools/utils.go":         {Data: []byte("package main\nfunc init() {}")},
		"models/testdata/a.go":   {Data: []byte("not Go")},
		"frontend/method.go":     {Data: []byte("package frontend\ntype T struct{}\nfunc (T) init() {}")},
		"services/networking.go": {Data: []byte("package services\nimport \"net/url\"")},
	})
	if len(problems) > 0 {
		t.Errorf("refused: %q", problems)
	}
	if files != 7 {
		t.Errorf("looked at %d files, expected the 7 of this module", files)
	}
}

// layerProblems looks at every Go file of the module, and gives a sentence for
// each rule that one breaks, and how many files it looked at.
func layerProblems(module fs.FS) (problems []string, files int) {
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if notOurs(module, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		files++
		found, err := fileProblems(module, name)
		problems = append(problems, found...)
		return err
	})
	if err != nil {
		problems = append(problems, err.Error())
	}
	return problems, files
}

// notOurs tells the folders that the go command leaves out of the module too.
func notOurs(module fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	_, err := fs.Stat(module, path.Join(folder, "go.mod"))
	return err == nil || base == "testdata" || base[0] == '.' || base[0] == '_'
}

func fileProblems(module fs.FS, name string) (problems []string, err error) {
	stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".go"), "_test")
	if slices.Contains(vagueNames, stem) || slices.Contains(vagueNames, path.Base(path.Dir(name))) {
		problems = append(problems, fmt.Sprintf("%s: a vague name. Name the file and its folder after what they hold.", name))
	}
	if strings.HasSuffix(name, "_test.go") {
		return problems, nil
	}

	source, err := fs.ReadFile(module, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			problems = append(problems, fmt.Sprintf("%s: no init function. Do it where the program is put together.", name))
		}
	}
	return append(problems, importProblems(name, file.Imports)...), nil
}

func importProblems(name string, imports []*ast.ImportSpec) (problems []string) {
	folder, _, inFolder := strings.Cut(name, "/")
	rule, known := layers[folder]
	if inFolder && !known {
		return []string{fmt.Sprintf("%s: %s has no rule in layers_test.go.", name, folder)}
	}

	for _, spec := range imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return append(problems, fmt.Sprintf("%s: %v", name, err))
		}
		own, ours := strings.CutPrefix(imported, modulePath+"/")
		if ours && within(own, testOnly) && !within(name, testOnly) {
			problems = append(problems, fmt.Sprintf("%s: only tests may import %s.", name, imported))
		} else if inFolder && !rule.allows(folder, imported) {
			problems = append(problems, fmt.Sprintf("%s: %s may not import %s.", name, folder, imported))
		}
	}
	return problems
}

func (l layerRule) allows(folder, imported string) bool {
	if imported == modulePath {
		return false
	}
	if own, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
		return within(own, append([]string{folder}, l.ours...))
	}
	if imported != "net/url" && imported != "database/sql/driver" && within(imported, l.never) {
		return false // net/url and sql/driver are about values, whatever their path
	}
	standard := !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	return standard || slices.Contains(l.thirdParty, "*") || within(imported, l.thirdParty)
}

// within tells whether the path is one of the given paths or below one.
func within(name string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		return name == p || strings.HasPrefix(name, p+"/")
	})
}

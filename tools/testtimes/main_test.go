package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const passed = `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.5}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":2}
{"Action":"pass","Package":"p","Test":"TestB/sub","Elapsed":9}
{"Action":"pass","Package":"p","Elapsed":3.25}
`
	for _, e := range []struct {
		name, in string
		ok       bool
		says     []string
		silent   []string
	}{
		{"passed", passed, true, []string{"pass p 3.25s", "1 packages, 2 tests", "2.0 s  p TestB\n     0.5 s  p TestA"}, []string{"quiet", "sub"}},
		{"failed", passed + `{"Action":"output","Package":"q","Test":"TestC","Output":"wrong\n"}
{"Action":"fail","Package":"q","Test":"TestC","Elapsed":0.1}
{"Action":"fail","Package":"q","Elapsed":0.2}`, false, []string{"wrong", "fail q 200ms"}, []string{"quiet"}},
		{"not built", `{"ImportPath":"r","Action":"build-output","Output":"r.go:1: no\n"}
{"ImportPath":"r","Action":"build-fail"}
{"Action":"fail","Package":"r","Elapsed":0}`, false, []string{"r.go:1: no"}, nil},
		{"killed", passed + `{"Action":"output","Package":"s","Output":"signal: killed\n"}`, false, []string{"signal: killed"}, nil},
		{"died", `{"Action":"output","Package":"s","Test":"TestD","Output":"panic: here\n"}
{"Action":"fail","Package":"s","Elapsed":0.2}`, false, []string{"panic: here", "fail s"}, nil},
		{"no event", "go: no such tool\n", false, []string{"go: no such tool"}, nil},
		{"nothing", "", false, nil, nil},
	} {
		var out strings.Builder
		ok, err := report(strings.NewReader(e.in), &out)
		if err != nil || ok != e.ok {
			t.Errorf("%s: %v, %v", e.name, ok, err)
		}
		for _, text := range e.says {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s does not say %q:\n%s", e.name, text, out.String())
			}
		}
		for _, text := range e.silent {
			if strings.Contains(out.String(), text) {
				t.Errorf("%s says %q:\n%s", e.name, text, out.String())
			}
		}
	}
}

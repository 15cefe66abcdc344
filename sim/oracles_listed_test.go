package sim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oracles are the tests of this package whose names begin with TestOracle, each a row of a table:
// its name, its file and what its comment says.
func oracles(t *testing.T) (rows []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "TestOracle") {
				continue
			}
			says := strings.Join(strings.Fields(f.Doc.Text()), " ")
			if says == "" {
				t.Errorf("%s says nothing of what it holds", f.Name.Name)
			}
			rows = append(rows, "| `"+f.Name.Name+"` | "+file+" | "+says+" |\n")
		}
	}
	return rows
}

// tableIn is the part of a file from one line to the next that ends a table, and what is around it.
func tableIn(t *testing.T, file, begin string) (before, table, after string) {
	t.Helper()
	const end = "<!-- end -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table between %q and %q", file, begin, end)
	}
	return before + begin, table, end + after
}

// The table of oracles in docs/fidelity.md is the list of these tests.
func TestFidelityListsTheOracles(t *testing.T) {
	const file = "../docs/fidelity.md"
	before, got, after := tableIn(t, file, "<!-- oracles -->\n")
	want := "| test | file | what it holds |\n|---|---|---|\n" + strings.Join(oracles(t), "")
	switch {
	case got == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+want+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table of oracles in %s is out of date: run `make golden`", file)
	}
}

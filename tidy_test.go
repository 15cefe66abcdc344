package redoubt_test

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The walls. Functions aim for under 30 lines and files for under 400; these are where a test stops
// them, because what does not fit on a screen or two is not read as a whole.
const (
	functionLinesMax = 70
	fileLinesMax     = 500
	columnsMax       = 100
	folderLevelsMax  = 3
)

// vagueNames say nothing about what a package provides.
var vagueNames = []string{
	"util", "utils", "common", "helper", "helpers", "misc", "pkg", "base", "lib",
}

// openEnds match notes to self; the first kind is allowed with the number of an issue.
var (
	promise      = regexp.MustCompile(`\bTODO\b`)
	promiseIssue = regexp.MustCompile(`\bTODO\b[^\n]*(#\d+|\bissue \d+)`)
	worry        = regexp.MustCompile(`\b(FIXME|XXX|HACK)\b`)
	unpublished  = regexp.MustCompile(`\b[A-Z]+_(AUDIT|NOTES|DRAFT)\b`)
)

// sizeViolations finds what is too long, too wide or too deep, and what gofmt would change.
func sizeViolations(t *tree) []violation {
	var found []violation
	for _, s := range t.sources {
		lines := strings.Split(strings.TrimSuffix(s.text, "\n"), "\n")
		if len(lines) > fileLinesMax {
			found = append(found, violation{s.path,
				fmt.Sprintf("%d lines, %d at most", len(lines), fileLinesMax)})
		}
		for i, line := range lines {
			if width := utf8.RuneCountInString(line); width > columnsMax {
				found = append(found, violation{fmt.Sprintf("%s:%d", s.path, i+1),
					fmt.Sprintf("%d columns, %d at most", width, columnsMax)})
			}
		}
		if levels := strings.Count(s.path, "/"); levels > folderLevelsMax {
			found = append(found, violation{s.path,
				fmt.Sprintf("%d folders deep, %d at most", levels, folderLevelsMax)})
		}
		found = append(found, functionSizes(t, s)...)
	}
	return found
}

// functionSizes finds functions that are too long. A function literal counts as a part of the
// function around it.
func functionSizes(t *tree, s *source) []violation {
	var found []violation
	for _, declaration := range s.file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first, last := t.files.Position(function.Pos()).Line, t.files.Position(function.End()).Line
		if count := last - first + 1; count > functionLinesMax {
			found = append(found, t.at(function.Pos(), "%s has %d lines, %d at most",
				function.Name.Name, count, functionLinesMax))
		}
	}
	return found
}

// formatViolations finds files that gofmt would rewrite.
func formatViolations(t *tree) []violation {
	var found []violation
	for _, s := range t.sources {
		formatted, err := format.Source([]byte(s.text))
		if err != nil || string(formatted) != s.text {
			found = append(found, violation{s.path, "is not as gofmt writes it"})
		}
	}
	return found
}

// nameViolations finds packages that are named for nothing.
func nameViolations(t *tree) []violation {
	var found []violation
	for _, folder := range t.folders() {
		for _, part := range strings.Split(folder, "/") {
			if slices.Contains(vagueNames, part) {
				found = append(found, violation{folder, "name a package for what it provides, not " + part})
			}
		}
	}
	return found
}

// noteViolations finds notes to self in comments.
func noteViolations(t *tree) []violation {
	var found []violation
	for _, s := range t.sources {
		for _, group := range s.file.Comments {
			for _, comment := range group.List {
				if word := worry.FindString(comment.Text); word != "" {
					found = append(found, t.at(comment.Pos(), "%s in a comment", word))
				}
				if word := unpublished.FindString(comment.Text); word != "" {
					found = append(found, t.at(comment.Pos(), "%s is not published: name what is", word))
				}
				if promise.MatchString(comment.Text) && !promiseIssue.MatchString(comment.Text) {
					found = append(found, t.at(comment.Pos(), "TODO without an issue"))
				}
			}
		}
	}
	return found
}

// packageDocViolations finds packages without a doc.go that holds their one package comment. A
// folder of nothing but tests has no package to explain.
func packageDocViolations(t *tree) []violation {
	documented, packages := map[string]bool{}, map[string]bool{}
	var found []violation
	for _, s := range t.sources {
		packages[s.folder()] = packages[s.folder()] || !s.isTest()
		if s.isTest() || s.file.Doc == nil {
			continue
		}
		if path.Base(s.path) != "doc.go" {
			found = append(found, t.at(s.file.Doc.Pos(), "the package comment belongs in doc.go"))
			continue
		}
		want := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			want = "Command " + path.Base(s.folder()) + " "
		}
		if !strings.HasPrefix(s.file.Doc.Text(), want) {
			found = append(found, t.at(s.file.Doc.Pos(), "the package comment must start with %q", want))
		}
		documented[s.folder()] = true
	}
	for _, folder := range t.folders() {
		if packages[folder] && !documented[folder] {
			found = append(found, violation{folder, "has no doc.go with a package comment"})
		}
	}
	return found
}

// nameDocViolations finds exported names without a comment that starts with the name.
func nameDocViolations(t *tree) []violation {
	var found []violation
	for _, s := range t.sources {
		if s.isTest() {
			continue
		}
		for _, declaration := range s.file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && receiverIsExported(d) {
					found = append(found, t.wantDoc(d.Name, d.Doc)...)
				}
			case *ast.GenDecl:
				found = append(found, t.declarationDoc(d)...)
			}
		}
	}
	return found
}

func receiverIsExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	for {
		switch e := receiver.(type) {
		case *ast.StarExpr:
			receiver = e.X
		case *ast.IndexExpr:
			receiver = e.X
		case *ast.IndexListExpr:
			receiver = e.X
		case *ast.Ident:
			return e.IsExported()
		default:
			return true
		}
	}
}

// wantDoc checks that a comment exists and starts with a name.
func (t *tree) wantDoc(name *ast.Ident, doc *ast.CommentGroup) []violation {
	words := strings.Fields(doc.Text())
	if len(words) > 0 && strings.TrimRight(words[0], ",:") == name.Name {
		return nil
	}
	return []violation{t.at(name.Pos(), "the comment of %s must start with its name", name.Name)}
}

// declarationDoc checks types, constants and variables. In a group of constants or variables each
// exported name needs a comment of its own, or the group one for all.
func (t *tree) declarationDoc(d *ast.GenDecl) []violation {
	var found []violation
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			doc := s.Doc
			if doc == nil && !d.Lparen.IsValid() {
				doc = d.Doc
			}
			if s.Name.IsExported() {
				found = append(found, t.wantDoc(s.Name, doc)...)
				found = append(found, t.fieldDocs(s, doc)...)
			}
		case *ast.ValueSpec:
			if !s.Names[0].IsExported() {
				continue
			}
			if !d.Lparen.IsValid() {
				found = append(found, t.wantDoc(s.Names[0], d.Doc)...)
			} else if s.Doc == nil && s.Comment == nil && d.Doc == nil {
				found = append(found, t.at(s.Pos(), "%s has no comment, nor has its group", s.Names[0].Name))
			}
		}
	}
	return found
}

// plainQuantities are the types that say neither what they measure nor in which unit. A duration
// carries its unit, and a count is named for what it counts.
var plainQuantities = []string{"float32", "float64", "int64"}

// fieldDocs finds exported fields that hold a plain quantity and about which nothing is said:
// neither by a comment of their own, nor by one that opens the run of lines they stand in, nor by
// the type's comment, which may name the field or explain the only field there is.
func (t *tree) fieldDocs(spec *ast.TypeSpec, doc *ast.CommentGroup) []violation {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var found []violation
	covered, lastLine := false, 0
	oneKind := len(structure.Fields.List) == 1
	for _, field := range structure.Fields.List {
		own := field.Doc != nil || field.Comment != nil
		if t.files.Position(field.Pos()).Line > lastLine+1 && field.Doc == nil {
			covered = false // A blank line ends what the comment above it covered.
		}
		covered = covered || own
		lastLine = t.files.Position(field.End()).Line
		for _, name := range field.Names {
			mentioned := oneKind || mentions(doc.Text(), name.Name)
			if name.IsExported() && !covered && !mentioned && isQuantity(field.Type) {
				found = append(found, t.at(name.Pos(), "%s.%s is a quantity without a comment",
					spec.Name.Name, name.Name))
			}
		}
	}
	return found
}

// mentions reports whether a comment has a word, in any case.
func mentions(text, word string) bool {
	return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(word) + `\b`).MatchString(text)
}

// isQuantity reports whether a field's type, or the type of its elements, is a plain quantity.
func isQuantity(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ArrayType:
		return isQuantity(e.Elt)
	case *ast.Ident:
		return slices.Contains(plainQuantities, e.Name)
	}
	return false
}

func TestSizesStayReadable(t *testing.T)         { report(t, sizeViolations(repository(t))) }
func TestSourcesAreFormatted(t *testing.T)       { report(t, formatViolations(repository(t))) }
func TestPackagesAreNamedWell(t *testing.T)      { report(t, nameViolations(repository(t))) }
func TestCommentsHoldNoNotes(t *testing.T)       { report(t, noteViolations(repository(t))) }
func TestPackagesHaveDocFiles(t *testing.T)      { report(t, packageDocViolations(repository(t))) }
func TestExportedNamesAreExplained(t *testing.T) { report(t, nameDocViolations(repository(t))) }

func TestSizeRuleCanFail(t *testing.T) {
	longFunction := "func f() {\n" + strings.Repeat("\tf()\n", functionLinesMax-1) + "}\n"
	expect(t, sizeViolations, []badSource{
		{"long function", in("sim/a.go", longFunction), "sim/a.go:2: f has 71 lines, 70 at most"},
		{"long file", in("sim/a.go", strings.Repeat("//\n", fileLinesMax)), "501 lines, 500 at most"},
		{"wide line", in("sim/a.go", "// "+strings.Repeat("é", 98)),
			"sim/a.go:2: 101 columns, 100 at most"},
		{"deep", in("a/b/c/d/a.go", ""), "4 folders deep"},
		{"at the walls", in("sim/a.go", strings.Replace(longFunction, "\tf()\n", "", 1)+
			"// "+strings.Repeat("é", 97)), ""},
	})
}

func TestFormatRuleCanFail(t *testing.T) {
	expect(t, formatViolations, []badSource{
		{"spaces", in("sim/a.go", "\nfunc  f() {}\n"), "sim/a.go: is not as gofmt writes it"},
		{"formatted", in("sim/a.go", "\nfunc f() {}\n"), ""},
	})
}

func TestNameRuleCanFail(t *testing.T) {
	expect(t, nameViolations, []badSource{
		{"util", in("util/a.go", ""), "name a package for what it provides"},
		{"inside another", in("sim/helpers/a.go", ""), "not helpers"},
		{"a noun", in("sim/a.go", ""), ""},
	})
}

func TestNoteRuleCanFail(t *testing.T) {
	expect(t, noteViolations, []badSource{
		{"a promise", in("sim/a.go", "// TODO: later"), "sim/a.go:2: TODO without an issue"},
		{"a worry", in("sim/a.go", "/* FIXME */"), "FIXME in a comment"},
		{"three crosses", in("sim/a.go", "func f() {} // XXX"), "XXX in a comment"},
		{"a source that nobody can read", in("sim/a.go", "// Row 3 of DESIGN_AUDIT."),
			"DESIGN_AUDIT is not published"},
		{"a promise with a number", in("sim/a.go", "// TODO(issue 12): later"), ""},
		{"not a comment", in("sim/a.go", `var x = "XXX TODO"`), ""},
	})
}

func TestPackageDocRuleCanFail(t *testing.T) {
	expect(t, packageDocViolations, []badSource{
		{"no doc.go", in("sim/a.go", ""), "sim: has no doc.go"},
		{"a comment elsewhere", map[string]string{"sim/a.go": "// Package sim runs.\npackage sim"},
			"the package comment belongs in doc.go"},
		{"another name", map[string]string{"sim/doc.go": "// Package run runs.\npackage sim"},
			`must start with "Package sim "`},
		{"a command", map[string]string{"cmd/redoubt/doc.go": "// Package main is it.\npackage main"},
			`must start with "Command redoubt "`},
		{"nothing but tests", in("examples/a_test.go", ""), ""},
		{"as it should be", map[string]string{"sim/doc.go": "// Package sim runs.\npackage sim"}, ""},
	})
}

func TestNameDocRuleCanFail(t *testing.T) {
	const quantity = "is a quantity without a comment"
	expect(t, nameDocViolations, []badSource{
		{"function", in("sim/a.go", "func Run() {}"), "sim/a.go:2: the comment of Run must start"},
		{"another name", in("sim/a.go", "// Starts it.\nfunc Run() {}"), "comment of Run must start"},
		{"method", in("sim/a.go", "// T is.\ntype T int\nfunc (t *T) Do() {}"),
			"comment of Do must start"},
		{"type", in("sim/a.go", "type T int"), "comment of T must start"},
		{"constant", in("sim/a.go", "const N = 1"), "comment of N must start"},
		{"group", in("sim/a.go", "const (\n\tN = 1\n)"), "N has no comment, nor has its group"},
		{"field", in("sim/a.go", "// T is.\ntype T struct {\n\tA string\n\tB float64\n}"),
			"T.B " + quantity},
		{"field after a gap",
			in("sim/a.go", "// T is.\ntype T struct {\n\t// A is.\n\tA int\n\n\tB float64\n}"),
			"T.B " + quantity},
		{"field in a run",
			in("sim/a.go", "// T is.\ntype T struct {\n\t// A and B are.\n\tA int\n\tB float64\n}"), ""},
		{"field that the type explains",
			in("sim/a.go", "// T has a seed.\ntype T struct {\n\tSeed int64\n\tX T\n}"), ""},
		{"all is explained",
			in("sim/a.go", "// Run runs.\nfunc Run() {}\n\n// The kinds.\nconst (\n\tN = 1\n)"), ""},
		{"nothing is exported", in("sim/a.go", "type t int\nfunc (t) Do() {}\nfunc f() {}"), ""},
		{"a test", in("sim/a_test.go", "func Test() {}"), ""},
	})
}

// Positions in comments must survive parsing, or the rules above would point nowhere.
func TestRepositoryIsRead(t *testing.T) {
	read := repository(t)
	if len(read.sources) < 20 {
		t.Fatalf("got %d files, want at least the 20 that the first packages had", len(read.sources))
	}
	for _, s := range read.sources {
		if s.file.Package == token.NoPos {
			t.Errorf("%s has no package clause", s.path)
		}
	}
}

package redoubt_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// purePackages compute and do nothing else. One folder may hold one file with goroutines: the
// simulator's trial runner, whose result does not depend on their order.
var (
	purePackages   = []string{"model", "failover", "sim", "cost", "deciders"}
	concurrentFile = "sim/run.go"
)

// pureStandard are the packages of the standard library that can have no effect outside the process
// and read nothing from it. Clocks, prints and random numbers among them are excluded by name.
var pureStandard = []string{
	"bytes", "cmp", "container/heap", "crypto/sha256", "encoding/binary", "encoding/hex", "errors",
	"fmt", "hash", "hash/fnv", "iter", "maps", "math", "math/big", "math/bits", "math/cmplx",
	"math/rand/v2", "slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf8",
}

// concurrentStandard may be imported by the trial runner too.
var concurrentStandard = []string{"context", "runtime", "sync", "sync/atomic"}

// impureNames are what the allowed packages offer that is not pure.
var impureNames = map[string][]string{
	"time": {"Now", "Since", "Until", "After", "Sleep", "NewTimer", "NewTicker", "Tick",
		"AfterFunc", "Timer", "Ticker", "Local", "LoadLocation"},
	"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
}

// randomNames are all that pure code may use of math/rand/v2: generators that are given a seed.
var randomNames = []string{"New", "NewPCG", "PCG", "Rand", "Source", "NewZipf", "Zipf"}

// pureRule looks at one file of a pure package with the uses of its names resolved.
type pureRule func(t *tree, s *source, info *types.Info) []violation

// inPureCode turns a rule on a file into a rule on a tree: it visits the files of the given
// packages that are not tests.
func inPureCode(packages []string, rule pureRule) func(*tree) []violation {
	return func(t *tree) []violation {
		var found []violation
		checked := checkTypes(t)
		for _, s := range t.sources {
			if slices.Contains(packages, s.folder()) && !s.isTest() {
				found = append(found, rule(t, s, checked)...)
			}
		}
		return found
	}
}

// checkTypes resolves names and types as far as this module's own sources allow. Other packages are
// taken as empty: what they export has an invalid type, which the rules can live with.
func checkTypes(t *tree) *types.Info {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Uses:  map[*ast.Ident]types.Object{},
		Defs:  map[*ast.Ident]types.Object{},
	}
	importer := &treeImporter{tree: t, info: info, done: map[string]*types.Package{}}
	for _, folder := range t.folders() {
		if _, err := importer.Import(path.Join(modulePath, folder)); err != nil {
			panic(err) // The importer has no way to fail.
		}
	}
	return info
}

// treeImporter checks the packages of a tree in the order in which they need each other.
type treeImporter struct {
	tree *tree
	info *types.Info
	done map[string]*types.Package
}

func (i *treeImporter) Import(name string) (*types.Package, error) {
	if known := i.done[name]; known != nil {
		return known, nil
	}
	var files []*ast.File
	for _, s := range i.tree.sources {
		if path.Join(modulePath, s.folder()) == name && !s.isTest() {
			files = append(files, s.file)
		}
	}
	config := types.Config{Importer: i, Error: func(error) {}, FakeImportC: true}
	if len(files) > 0 {
		checked, _ := config.Check(name, i.tree.files, files, i.info)
		i.done[name] = checked
		return checked, nil
	}
	empty := types.NewPackage(name, packageName(name))
	empty.MarkComplete()
	i.done[name] = empty
	return empty, nil
}

// packageName guesses a package's name from its path, past a major version.
func packageName(name string) string {
	last := path.Base(name)
	if len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = path.Base(path.Dir(name))
	}
	return last
}

// effectViolations finds imports and names that reach a clock, a file, a network, a log, a lock or
// global randomness.
func effectViolations(t *tree, s *source, info *types.Info) []violation {
	var found []violation
	allowed := pureStandard
	if s.path == concurrentFile {
		allowed = slices.Concat(pureStandard, concurrentStandard)
	}
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		random := name == "math/rand/v2" && s.folder() != "sim"
		if random || isStandard(name) && !slices.Contains(allowed, name) {
			found = append(found, t.at(spec.Pos(), "pure package %s may not import %s", s.folder(), name))
		}
		if spec.Name != nil && spec.Name.Name == "." {
			found = append(found, t.at(spec.Pos(), "a dot import hides what is used of %s", name))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok && impure(selector, info) {
			found = append(found, t.at(n.Pos(), "pure package %s may not use %s",
				s.folder(), types.ExprString(selector)))
		}
		return true
	})
	return found
}

// impure reports whether a selector names something of the standard library that has an effect or
// reads one.
func impure(selector *ast.SelectorExpr, info *types.Info) bool {
	ident, ok := selector.X.(*ast.Ident)
	if !ok {
		return false
	}
	used, ok := info.Uses[ident].(*types.PkgName)
	if !ok {
		return false
	}
	imported := used.Imported().Path()
	if imported == "math/rand/v2" {
		return !slices.Contains(randomNames, selector.Sel.Name)
	}
	return slices.Contains(impureNames[imported], selector.Sel.Name)
}

// concurrencyViolations finds goroutines and channels outside the trial runner.
func concurrencyViolations(t *tree, s *source, _ *types.Info) []violation {
	if s.path == concurrentFile {
		return nil
	}
	var found []violation
	ast.Inspect(s.file, func(n ast.Node) bool {
		what := ""
		switch node := n.(type) {
		case *ast.GoStmt:
			what = "go statement"
		case *ast.ChanType:
			what = "channel type"
		case *ast.SendStmt:
			what = "channel send"
		case *ast.SelectStmt:
			what = "select statement"
		case *ast.UnaryExpr:
			if node.Op == token.ARROW {
				what = "channel receive"
			}
		}
		if what != "" {
			found = append(found, t.at(n.Pos(), "%s in pure package %s", what, s.folder()))
		}
		return true
	})
	return found
}

// stateViolations finds package variables other than tables and errors, changes of the tables, and
// init functions.
func stateViolations(t *tree, s *source, info *types.Info) []violation {
	var found []violation
	for _, declaration := range s.file.Decls {
		switch d := declaration.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if value, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR && !isTable(value) {
					found = append(found, t.at(spec.Pos(), "package variable %s is neither a table "+
						"nor an error", value.Names[0].Name))
				}
			}
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				found = append(found, t.at(d.Pos(), "package %s has an init function", s.folder()))
			}
		}
	}
	return append(found, tableWrites(t, s, info)...)
}

// isTable reports whether package variables are blank assertions, Err sentinels or composite
// literals.
func isTable(value *ast.ValueSpec) bool {
	for i, name := range value.Names {
		if name.Name == "_" || strings.HasPrefix(name.Name, "Err") {
			continue
		}
		if i >= len(value.Values) {
			return false
		}
		if _, ok := value.Values[i].(*ast.CompositeLit); !ok {
			return false
		}
	}
	return true
}

// tableWrites finds assignments to package variables, and places that take their address.
func tableWrites(t *tree, s *source, info *types.Info) []violation {
	var found []violation
	check := func(written ast.Expr) {
		if name := packageVariable(written, info); name != "" {
			found = append(found, t.at(written.Pos(), "package variable %s may be changed here", name))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch node := n.(type) {
		case *ast.AssignStmt:
			for _, left := range node.Lhs {
				check(left)
			}
		case *ast.IncDecStmt:
			check(node.X)
		case *ast.UnaryExpr:
			if node.Op == token.AND {
				check(node.X)
			}
		case *ast.RangeStmt:
			if node.Tok == token.ASSIGN {
				check(node.Key)
				check(node.Value)
			}
		}
		return true
	})
	return found
}

// packageVariable gives the name of the package variable that an expression is a part of, if any.
func packageVariable(part ast.Expr, info *types.Info) string {
	for {
		switch e := part.(type) {
		case *ast.IndexExpr:
			part = e.X
		case *ast.ParenExpr:
			part = e.X
		case *ast.StarExpr:
			part = e.X
		case *ast.SelectorExpr:
			if object, ok := info.Uses[e.Sel].(*types.Var); ok && isGlobal(object) {
				return types.ExprString(e)
			}
			part = e.X
		case *ast.Ident:
			if object, ok := info.Uses[e].(*types.Var); ok && isGlobal(object) {
				return e.Name
			}
			return ""
		default:
			return ""
		}
	}
}

func isGlobal(object *types.Var) bool {
	return object.Pkg() != nil && object.Parent() == object.Pkg().Scope()
}

// panicViolations finds panics whose message does not open with the package's name.
func panicViolations(t *tree, s *source, info *types.Info) []violation {
	var found []violation
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !isBuiltin(call.Fun, "panic", info) {
			return true
		}
		want := s.file.Name.Name + ": "
		if !strings.HasPrefix(leadingText(call.Args[0]), want) {
			found = append(found, t.at(n.Pos(), "panic message must start with %q", want))
		}
		return true
	})
	return found
}

func isBuiltin(function ast.Expr, name string, info *types.Info) bool {
	ident, ok := function.(*ast.Ident)
	if !ok || ident.Name != name {
		return false
	}
	_, builtin := info.Uses[ident].(*types.Builtin)
	return builtin
}

// leadingText gives the string literal that an expression's text starts with.
func leadingText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return leadingText(e.X)
	case *ast.CallExpr:
		if len(e.Args) > 0 {
			return leadingText(e.Args[0])
		}
	}
	return ""
}

// mapOrderViolations finds loops whose order Go leaves open.
func mapOrderViolations(t *tree, s *source, info *types.Info) []violation {
	var found []violation
	for _, spec := range s.file.Imports {
		if spec.Path.Value == `"maps"` {
			found = append(found, t.at(spec.Pos(), "package maps iterates in no order"))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok {
			return true
		}
		if ranged := info.TypeOf(loop.X); ranged != nil {
			if _, isMap := ranged.Underlying().(*types.Map); isMap {
				found = append(found, t.at(n.Pos(), "range over the map %s has no order",
					types.ExprString(loop.X)))
			}
		}
		return true
	})
	return found
}

var (
	effectRule      = inPureCode(purePackages, effectViolations)
	concurrencyRule = inPureCode(purePackages, concurrencyViolations)
	stateRule       = inPureCode(purePackages, stateViolations)
	panicRule       = inPureCode(purePackages, panicViolations)
	mapOrderRule    = inPureCode([]string{"failover", "sim"}, mapOrderViolations)
)

func TestPureCodeHasNoEffects(t *testing.T)    { report(t, effectRule(repository(t))) }
func TestPureCodeIsSequential(t *testing.T)    { report(t, concurrencyRule(repository(t))) }
func TestPureCodeHasNoState(t *testing.T)      { report(t, stateRule(repository(t))) }
func TestPanicsNameTheirPackage(t *testing.T)  { report(t, panicRule(repository(t))) }
func TestDecisionsNeedNoMapOrder(t *testing.T) { report(t, mapOrderRule(repository(t))) }

// in makes a tree of one file: a package clause, then a body.
func in(file, body string) map[string]string {
	return map[string]string{file: fmt.Sprintf("package %s\n%s", path.Base(path.Dir(file)), body)}
}

func TestEffectRuleCanFail(t *testing.T) {
	expect(t, effectRule, []badSource{
		{"clock", in("sim/a.go", "import \"time\"\nvar now = time.Now()"),
			"sim/a.go:3: pure package sim may not use time.Now"},
		{"clock by another name", in("cost/a.go", "import c \"time\"\nfunc f() { c.Sleep(1) }"),
			"may not use c.Sleep"},
		{"clock kept as a value", in("model/a.go", "import \"time\"\nvar f = time.Since"),
			"may not use time.Since"},
		{"files", in("failover/a.go", `import "os"`), "pure package failover may not import os"},
		{"network", in("cost/a.go", `import "net/http"`), "may not import net/http"},
		{"log", in("cost/a.go", `import "log/slog"`), "may not import log/slog"},
		{"lock outside the runner", in("sim/b.go", `import "sync"`), "may not import sync"},
		{"print", in("sim/a.go", "import \"fmt\"\nfunc f() { fmt.Println() }"),
			"may not use fmt.Println"},
		{"global randomness", in("sim/a.go", "import \"math/rand/v2\"\nvar x = rand.IntN(6)"),
			"may not use rand.IntN"},
		{"randomness outside sim", in("cost/a.go", `import "math/rand/v2"`),
			"may not import math/rand/v2"},
		{"dot import", in("cost/a.go", `import . "time"`), "a dot import hides"},
		{"seeded randomness",
			in("sim/a.go", "import \"math/rand/v2\"\nvar x = rand.New(rand.NewPCG(1, 2))"), ""},
		{"the runner", in("sim/run.go", `import ("context"; "sync")`), ""},
		{"a local variable named time",
			in("sim/a.go", "func f(time struct{ Now int }) int { return time.Now }"), ""},
		{"a test may", in("sim/a_test.go", "import \"time\"\nvar now = time.Now()"), ""},
		{"a package that is not pure", in("scenarios/a.go", `import "os"`), ""},
	})
}

func TestConcurrencyRuleCanFail(t *testing.T) {
	expect(t, concurrencyRule, []badSource{
		{"goroutine", in("sim/a.go", "func f() { go f() }"), "sim/a.go:2: go statement"},
		{"channel", in("cost/a.go", "type t struct{ c chan int }"), "channel type"},
		{"receive", in("model/a.go", "func f() { <-g() }\nfunc g() <-chan int"), "channel receive"},
		{"select", in("failover/a.go", "func f() { select {} }"), "select statement"},
		{"the runner", in("sim/run.go", "func f() { go f() }"), ""},
	})
}

func TestStateRuleCanFail(t *testing.T) {
	expect(t, stateRule, []badSource{
		{"counter", in("sim/a.go", "var count int"), "package variable count is neither"},
		{"computed once", in("cost/a.go", "var table = build()"), "package variable table is neither"},
		{"init", in("model/a.go", "func init() {}"), "has an init function"},
		{"element written", in("sim/a.go", "var t = [...]int{1}\nfunc f() { t[0] = 2 }"),
			"variable t may be changed"},
		{"element counted", in("sim/a.go", "var t = [...]int{1}\nfunc f() { t[0]++ }"),
			"variable t may be changed"},
		{"address taken", in("sim/a.go", "var t = [...]int{1}\nfunc f() *[1]int { return &t }"),
			"may be changed"},
		{"another package's", map[string]string{
			"model/a.go": "package model\nvar T = [...]int{1}",
			"sim/a.go":   "package sim\nimport \"redoubt/model\"\nfunc f() { model.T[0] = 2 }",
		}, "package variable model.T may be changed"},
		{"shadowed", in("sim/a.go", "var t = [...]int{1}\nfunc f() { t := t; t[0] = 2 }"), ""},
		{"tables and errors",
			in("sim/a.go", "import \"errors\"\nvar ErrFull = errors.New(\"sim: full\")\n"+
				"var names = map[int]string{1: \"a\"}\nvar _ error = ErrFull"), ""},
	})
}

func TestPanicRuleCanFail(t *testing.T) {
	expect(t, panicRule, []badSource{
		{"error value", in("sim/a.go", "func f(err error) { panic(err) }"), "sim/a.go:2: panic message"},
		{"another name", in("sim/a.go", `func f() { panic("model: no") }`), `must start with "sim: "`},
		{"its name", in("sim/a.go", `func f(x string) { panic("sim: no " + x) }`), ""},
		{"its name, formatted",
			in("sim/a.go", "import \"fmt\"\nfunc f() { panic(fmt.Sprintf(\"sim: %d\", 1)) }"), ""},
	})
}

func TestMapOrderRuleCanFail(t *testing.T) {
	expect(t, mapOrderRule, []badSource{
		{"map", in("sim/a.go", "func f(m map[string]int) { for range m {} }"), "range over the map m"},
		{"named map",
			in("failover/a.go", "type set map[int]bool\nvar s = set{}\nfunc f() { for range s {} }"),
			"range over the map s"},
		{"map of a type elsewhere", map[string]string{
			"model/a.go": "package model\ntype S struct { M map[int]int }",
			"sim/a.go":   "package sim\nimport \"redoubt/model\"\nfunc f(s *model.S) { for range s.M {} }",
		}, "range over the map s.M"},
		{"through package maps", in("sim/a.go", `import "maps"`), "package maps iterates in no order"},
		{"slice", in("sim/a.go", "func f(m []int) { for range m {} }"), ""},
		{"elsewhere", in("cost/a.go", "func f(m map[string]int) { for range m {} }"), ""},
	})
}

package redoubt_test

// The rules of the tree, as tests: who may import whom (this file), what pure code may do
// (purity_test.go), how large and how documented everything is (tidy_test.go). The idea is
// golang/go's src/go/build/deps_test.go: what must hold fails `go test ./...`, and changing a rule
// is a decision with a commit of its own.

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "redoubt"

// Third-party modules, by the name that the tables below use.
const (
	gonum     = "gonum.org/v1/gonum"
	histogram = "github.com/HdrHistogram/hdrhistogram-go"
	toml      = "github.com/pelletier/go-toml/v2"
	cobra     = "github.com/spf13/cobra"
	pflag     = "github.com/spf13/pflag"
	terminal  = "golang.org/x/term"
	system    = "golang.org/x/sys"
	tasks     = "golang.org/x/sync"
	names     = "github.com/miekg/dns"
	postgres  = "github.com/jackc/pgx/v5"
	raft      = "github.com/hashicorp/raft"
	members   = "github.com/hashicorp/memberlist"
	store     = "github.com/hashicorp/raft-boltdb/v2"
	disk      = "go.etcd.io/bbolt"
	scrape    = "github.com/prometheus/client_golang"
	logging   = "github.com/hashicorp/go-hclog"
	network   = "golang.org/x/net"
	screen    = "charm.land/bubbletea/v2"
	letters   = "github.com/charmbracelet/x/ansi"
	emulator  = "github.com/charmbracelet/x/vt"
	window    = "github.com/creack/pty"
	root      = modulePath
)

// mayImport says what each package may import beside the standard library. A package that is not
// listed may not exist.
var mayImport = map[string][]string{
	"model":     nil,
	"failover":  {"model"},
	"sim":       {"model", "failover", gonum, histogram},
	"cost":      {"model", gonum},
	"deciders":  {"model"},
	"scenarios": {"model", toml},
	"guard":     {"model", "failover", system},
	"zone":      {"model", "failover", names},
	"api":       {"model", "failover", "units", network},
	"metrics":   {"model", "failover", "api", scrape},
	"chain":     {"failover"},
	"agent":     {"model", "failover", "chain", "guard", "execute", "peer", raft, store, disk},
	"execute":   {"model", "failover", "guard", postgres, names},
	"probe":     {"model", "failover", postgres, names, system},
	"daemon": {
		"model", "failover", "scenarios", "agent", "api", "execute", "gossip", "guard", "metrics",
		"peer", "probe", "zone", raft, logging, tasks,
	},
	".":          {"model", "failover", "sim", "cost", "deciders", "scenarios"},
	"units":      {"model"},
	"levers":     {root, "model", "cost", "scenarios", "units"},
	"contrast":   {root, "model", "cost", "units"},
	"tui/canvas": {letters},
	"tui/chart":  {"tui/canvas"},
	"tui/feed":   {"api"},
	"tui": {
		root, "model", "cost", "levers", "contrast", "scenarios", "api", "units", "tui/canvas",
		"tui/chart", "tui/feed", screen,
	},
	// A pseudo-terminal for tests of the built command, which no other code may import.
	"tui/session":     {emulator, window},
	"cmd/screenshots": {"api", "tui/feed", emulator},
	"cmd/redoubt": {
		root, "model", "failover", "sim", "cost", "deciders", "scenarios", "guard", "api", "chain",
		"daemon", "peer", "units", "levers", "contrast", "tui", "tui/canvas", "tui/chart", "tui/feed",
		cobra, pflag, terminal, tasks,
	},
	// What runs the program from outside, as anybody would.
	"cmd/demo": {"api", postgres, names, tasks},
	"peer":     {"model"},
	"gossip":   {"model", members},
	"wan":      {"model", "peer", raft, members}, // Only what is played in virtual time.
	// Nothing may import it: the simulator reads what it measured.
	"calibrate": {"model", "wan", raft, members},
	"examples":  nil,                       // Scenario files, and the test that holds their verdicts.
	"chaos":     {"api", postgres, system}, // Tests alone, of the built command.
}

// testsMayImport is what the tests of any package may import on top of that. A test may also import
// every package of the module that does not import its own package in turn; Go itself sees to that.
var testsMayImport = []string{
	"github.com/anishathalye/porcupine",
	"github.com/cockroachdb/datadriven",
	"github.com/rogpeppe/go-internal",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"pgregory.net/rapid",
	gonum, histogram, toml, scrape, screen, root,
	"model", "failover", "sim", "cost", "deciders", "scenarios", "guard", "zone", "wan", "peer",
	"gossip", "probe", "execute", "agent", "api", "metrics", "daemon", "chain", "tui/canvas",
	"tui/chart", "tui/feed", "tui", "tui/session", "levers", "contrast", letters, emulator, window,
}

// A source is one Go file of the tree.
type source struct {
	path string // from the module's root, with slashes
	text string
	file *ast.File
}

func (s *source) folder() string { return path.Dir(s.path) }
func (s *source) isTest() bool   { return strings.HasSuffix(s.path, "_test.go") }

// A tree is what the rules look at: the repository, or a few lines made up by a test of a rule.
type tree struct {
	files   *token.FileSet
	sources []*source
}

// A violation says where a rule is broken, and how.
type violation struct{ where, what string }

func (v violation) String() string { return v.where + ": " + v.what }

func (t *tree) at(position token.Pos, format string, arguments ...any) violation {
	place := t.files.Position(position)
	return violation{
		where: fmt.Sprintf("%s:%d", place.Filename, place.Line),
		what:  fmt.Sprintf(format, arguments...),
	}
}

// folders lists the folders that hold Go files, sorted.
func (t *tree) folders() []string {
	var folders []string
	for _, s := range t.sources {
		folders = append(folders, s.folder())
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// parseTree makes a tree of texts by path.
func parseTree(t *testing.T, texts map[string]string) *tree {
	t.Helper()
	made := &tree{files: token.NewFileSet()}
	for name, text := range texts {
		file, err := parser.ParseFile(made.files, name, text, parser.ParseComments)
		if err != nil {
			t.Fatalf("parsing %s: %v", name, err)
		}
		made.sources = append(made.sources, &source{path: name, text: text, file: file})
	}
	slices.SortFunc(made.sources, func(a, b *source) int { return strings.Compare(a.path, b.path) })
	return made
}

// repository reads the tree that this test belongs to.
func repository(t *testing.T) *tree {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && name != "."
		if entry.IsDir() && (hidden || entry.Name() == "testdata" || entry.Name() == "bin") {
			return fs.SkipDir
		}
		if entry.IsDir() || hidden || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		texts[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return parseTree(t, texts)
}

// report fails the test once for each violation.
func report(t *testing.T, violations []violation) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

// badSource is a small tree that breaks a rule, or keeps it where want is empty.
type badSource struct {
	name  string
	texts map[string]string
	want  string
}

// expect checks that a rule finds what is wrong with each tree, and nothing where nothing is.
func expect(t *testing.T, rule func(*tree) []violation, cases []badSource) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, v := range rule(parseTree(t, c.texts)) {
				got = append(got, v.String())
			}
			found := slices.ContainsFunc(got, func(line string) bool {
				return strings.Contains(line, c.want)
			})
			if c.want == "" && len(got) > 0 || c.want != "" && !found {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// importViolations finds imports that the tables do not allow, and packages they do not know.
func importViolations(t *tree) []violation {
	var found []violation
	for _, s := range t.sources {
		allowed, known := mayImport[s.folder()]
		if !known {
			found = append(found, t.at(s.file.Package, "package %s is not in the table of layers",
				s.folder()))
			continue
		}
		for _, spec := range s.file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if isStandard(name) || permitted(name, allowed) {
				continue
			}
			if s.isTest() && permitted(name, testsMayImport) {
				continue
			}
			found = append(found, t.at(spec.Pos(), "%s may not import %s", s.folder(), name))
		}
	}
	return found
}

// isStandard reports whether an import path is the standard library's: its first element has no dot
// and is not the module itself.
func isStandard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first != modulePath && !strings.Contains(first, ".") && first != "C"
}

// permitted reports whether a list of packages of this module (by folder) and of modules (by path)
// covers an import path.
func permitted(name string, allowed []string) bool {
	for _, entry := range allowed {
		if name == entry || name == modulePath+"/"+entry {
			return true
		}
		if strings.Contains(entry, ".") && strings.HasPrefix(name, entry+"/") {
			return true
		}
	}
	return false
}

func TestImportsPointOneWay(t *testing.T) { report(t, importViolations(repository(t))) }

func TestImportRuleCanFail(t *testing.T) {
	expect(t, importViolations, []badSource{
		{"cost sees sim", map[string]string{"cost/a.go": `package cost; import "redoubt/sim"`},
			"cost/a.go:1: cost may not import redoubt/sim"},
		{"model sees a library",
			map[string]string{"model/a.go": `package model; import "gonum.org/v1/gonum/stat"`},
			"model may not import gonum.org/v1/gonum/stat"},
		{"a library that only looks allowed", map[string]string{
			"sim/a.go": `package sim; import "gonum.org/v1/gonumerical"`},
			"sim may not import gonum.org/v1/gonumerical"},
		{"the root of the module", map[string]string{"sim/a.go": `package sim; import "redoubt"`},
			"sim may not import redoubt"},
		{"cgo", map[string]string{"model/a.go": `package model; import "C"`}, "may not import C"},
		{"unknown package", map[string]string{"billing/a.go": `package billing`},
			"package billing is not in the table"},
		{"test library outside a test", map[string]string{
			"sim/a.go": `package sim; import "pgregory.net/rapid"`}, "may not import pgregory.net/rapid"},
		{"test library in a test", map[string]string{
			"sim/a_test.go": `package sim; import "pgregory.net/rapid"`}, ""},
		{"what the table allows", map[string]string{
			"sim/a.go": `package sim; import ("fmt"; "redoubt/model"; "gonum.org/v1/gonum/stat")`}, ""},
	})
}

func TestTableOfLayersHasNoCycle(t *testing.T) {
	var visit func(name string, path []string)
	visit = func(name string, path []string) {
		if slices.Contains(path, name) {
			t.Fatalf("%s imports itself: %v", name, path)
		}
		for _, next := range mayImport[name] {
			if next == root {
				next = "."
			}
			visit(next, append(path, name))
		}
	}
	for name := range mayImport {
		visit(name, nil)
	}
}

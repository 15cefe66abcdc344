package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A row of the book says that agents, as they are, decide in a scenario what the simulator decides,
// and when. It is stale when one of three has changed:
//
//   - what the agents are made of, and what plays them: parts, by the tokens of their sources;
//   - what both worlds are given: the faults, the times, the settings, the version of the rules;
//   - what the simulator decides with each of its seeds, and when.
//
// The third is the digest of the decision code too, which compiles a policy as well as it follows
// one, by what it decides: all seeds are played anew whenever the tests run, which takes a quarter
// of a second for each row. So nothing is stale for another way to the same decisions, and nothing
// is current because a file has not changed whose callers have. What only the entries of real
// agents bring the decision code to is seen by the runs that every run of the tests plays, and
// holds to their rows.

// part is something that the agents' runs are made of.
type part struct {
	name string
	// files are patterns. Tests are among them where they are named, and but are not.
	files, but []string
}

// parts are all of them. Of each package those files are left out in which no run comes through.
var parts = []part{
	{"agent", []string{"*.go"}, []string{"past.go", "stores.go"}},
	{"gossip", []string{"../gossip/*.go"}, nil},
	{"guard", []string{"../guard/keeper.go"}, nil},
	{"probe", []string{"../probe/result.go", "../probe/runner.go", "../probe/watch.go"}, nil},
	{"wan", []string{"../wan/*.go"}, nil},
	{"stage", []string{
		"equal_ills_test.go", "equal_people_test.go", "equal_stage_test.go", "equal_told_test.go",
		"equal_workers_test.go", "group_test.go", "world_test.go",
	}, nil},
}

// libraries are those whose timers are in the runs.
var libraries = []string{"github.com/hashicorp/raft", "github.com/hashicorp/memberlist"}

// brief is a digest as the book has it.
func brief(digest []byte) string { return hex.EncodeToString(digest[:8]) }

// madeOf are the digests of all parts, by their names, and the versions of the libraries.
func madeOf(t testing.TB) map[string]string {
	t.Helper()
	made := map[string]string{}
	for _, p := range parts {
		made[p.name] = tokensOf(t, p.sources(t))
	}
	modules, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(modules)) {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(f) > 1 && slices.Contains(libraries, f[0]) {
			made[f[0]] = f[1]
		}
	}
	return made
}

// sources reads a part's files, in the order of their names.
func (p *part) sources(t testing.TB) (all [][]byte) {
	t.Helper()
	for _, pattern := range p.files {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, name := range names {
			test := name != pattern && strings.HasSuffix(name, "_test.go")
			if test || slices.Contains(p.but, filepath.Base(name)) {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
	}
	return all
}

// tokensOf digests sources without what people read: comments, the layout, and texts, of which most
// are errors and lines of a log.
func tokensOf(t testing.TB, sources [][]byte) string {
	t.Helper()
	h := sha256.New()
	for _, source := range sources {
		var s scanner.Scanner
		failed := func(at token.Position, why string) { t.Errorf("%v: %s", at, why) }
		s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, failed, 0)
		for {
			_, kind, text := s.Scan()
			if kind == token.EOF {
				break
			}
			if kind == token.STRING || kind == token.SEMICOLON {
				text = ""
			}
			fmt.Fprintln(h, kind, text)
		}
	}
	return brief(h.Sum(nil))
}

// given digests what both worlds play from.
func (p *pairing) given(t testing.TB) string {
	t.Helper()
	s, strategy := p.scenario, p.strategy
	strategy.ExtraPerYear, strategy.OneTime = 0, 0 // No money decides anything here.
	strategy.Serving = [model.CategoryCount]float64{}
	data, err := json.Marshal([]any{
		failover.RulesVersion, strategy, s.Regions, s.Latency, s.Links, s.Populations, s.Stores,
		s.Checks, s.Routing, s.Scaling, s.People, s.Settings, s.Consensus, s.Timeline,
	})
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(data)
	return brief(digest[:])
}

// The book is as new as all that it was made with.
func TestBookIsOfToday(t *testing.T) {
	book, made := readBook(t), madeOf(t)
	for name, digest := range made {
		if book.made[name] != digest {
			t.Errorf("%s is another one than when the agents played: make equal", name)
		}
	}
	if len(book.made) != len(made) {
		t.Errorf("%s was made with %d parts, and there are %d: make equal", bookFile, len(book.made),
			len(made))
	}
	for _, entry := range played {
		t.Run(entry.String(), func(t *testing.T) {
			t.Parallel()
			was := book.find(entry)
			if was == nil {
				t.Fatal("the agents have never played it: make equal")
			}
			if why := was.stale(pair(t, entry.name, entry.kind).ask(t, entry.end)); why != "" {
				t.Errorf("%s since the agents played it: make equal", why)
			}
		})
	}
}

// A comment, another layout or another text make nothing stale; another number does.
func TestTokensAreWhatCounts(t *testing.T) {
	const source = "package x\n\nfunc f() int {\n\tlog(\"done\")\n\treturn 1\n}\n"
	was := tokensOf(t, [][]byte{[]byte(source)})
	for _, c := range []struct {
		from, to string
		stale    bool
	}{
		{"func", "// f is one.\nfunc", false},
		{"\n\treturn", ";  return", false},
		{"done", "it is done", false},
		{"1", "2", true},
		{"return 1", "return -1", true},
		{"f()", "g()", true},
	} {
		now := tokensOf(t, [][]byte{[]byte(strings.Replace(source, c.from, c.to, 1))})
		if (now != was) != c.stale {
			t.Errorf("%q in place of %q: stale %t", c.to, c.from, now != was)
		}
	}
}

// A row is stale for another hold-down, another fault and another time that a step takes, and for
// nothing that a bill has. What changes a decision, or when it comes, is seen also where nobody can
// tell that anything else was given, as with other decision code.
func TestRowIsStaleForWhatItClaims(t *testing.T) {
	const end = 15 * time.Minute
	was := pair(t, "warm-standby-timeline", model.WarmStandby).ask(t, end)
	for _, c := range []struct {
		name        string
		change      func(p *pairing)
		stale, seen bool
	}{
		{"nothing", func(*pairing) {}, false, false},
		{"price", func(p *pairing) { p.strategy.OneTime++ }, false, false},
		{"end", func(p *pairing) { p.scenario.Timeline[0].Duration = time.Hour }, true, false},
		{"hold-down", func(p *pairing) { p.scenario.Settings.HoldDown += time.Second }, true, true},
		{"step", func(p *pairing) { p.strategy.Scale = model.Fixed(200 * time.Second) }, true, true},
	} {
		p := pair(t, was.name, model.WarmStandby)
		p.scenario.Timeline = slices.Clone(p.scenario.Timeline)
		c.change(p)
		var err error
		if p.policy, err = failover.NewPolicy(p.scenario, p.strategy); err != nil {
			t.Fatal(err)
		}
		now := p.ask(t, end)
		if why := was.stale(now); (why != "") != c.stale {
			t.Errorf("another %s: %q", c.name, why)
		}
		now.given = was.given
		if why := was.stale(now); (why != "") != c.seen {
			t.Errorf("another %s that nobody is told of: %q", c.name, why)
		}
	}
}

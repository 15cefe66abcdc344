package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// company are the agents of testdata/orders.toml, with people of two names, and what the agents
// work on.
type company struct {
	*crew
	store pretended
	// tickets counts orders: each has a reason of its own, by which the history is searched.
	tickets int
}

// handText is the program that does steps: it writes down what it was told to, and takes as long as
// somebody holds that step up.
const handText = `echo "$REDOUBT_MOMENT $REDOUBT_STEP $REDOUBT_REGION" >> "$0.did"
while test -e "$0.hold-$REDOUBT_STEP"; do sleep 0.1; done
if test "$REDOUBT_STEP" = archive; then echo writes=3; fi
`

// portStore is where the store's server of a region is, from its first port on.
const portStore = devDNS + 1

// foundCompany starts three agents whose one store has one writer.
func foundCompany(t *testing.T) *company {
	t.Helper()
	c := &company{crew: newCrew(t)}
	scenario, err := os.ReadFile(filepath.Join("testdata", "orders.toml"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(c.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("dev.toml", string(scenario))
	write("hand", handText)
	keys, s := filepath.Join(c.folder, "keys"), c.read()
	if err := makeKeys(keys, s); err != nil {
		t.Fatal(err)
	}
	if _, err := addToken(keys, api.Person{Name: "vera", Role: api.Operator}); err != nil {
		t.Fatal(err)
	}
	servers := ""
	for r, region := range s.Regions {
		at := fmt.Sprintf("127.0.0.1:%d", c.port+portStore+r*devStep)
		c.store.serve(t, r, at)
		servers += fmt.Sprintf("%s = \"postgres://agent@%s/orders?sslmode=disable\"\n", region.Name, at)
	}
	for r, region := range s.Regions {
		file := strings.Replace(devAgent(s, c.port, r), `"active-active"`, `"read-local"`, 1)
		write(region.Name+".toml", file+fmt.Sprintf("\n[executor.hand]\ncommand = [\"/bin/sh\", %q]\n"+
			"\n[store.orders.servers]\n%s", c.hand(""), servers))
	}
	c.startAll()
	return c
}

// hand is the program that does steps, or a file beside it.
func (c *company) hand(suffix string) string { return filepath.Join(c.folder, "hand"+suffix) }

// holds has a step take until it is let go.
func (c *company) holds(step string) {
	c.t.Helper()
	if err := os.WriteFile(c.hand(".hold-"+step), nil, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) letsGo(step string) {
	c.t.Helper()
	if err := os.Remove(c.hand(".hold-" + step)); err != nil {
		c.t.Fatal(err)
	}
}

// running are the regions whose agents run.
func (c *company) running() []int { return slices.Sorted(maps.Keys(c.agents)) }

// did is how often the hand was told to do a step.
func (c *company) did(step string) int {
	text, _ := os.ReadFile(c.hand(".did")) // Nothing was done yet.
	return strings.Count(string(text), "do "+step+" ")
}

// all waits until all agents that run say something of how things are.
func (c *company) all(what string, is func(*api.Status) bool) {
	c.t.Helper()
	c.until(what, time.Minute, func() bool {
		for r := range c.agents {
			if s, ok := c.status(r); !ok || !is(&s) {
				return false
			}
		}
		return true
	})
}

// says gives an order by way of a region's agent, with a name, over a status and for a reason.
func (c *company) says(region int, who, line, name string, over int64, why string) (
	code int, answer api.Answer, problem string,
) {
	c.t.Helper()
	words := append(strings.Fields(line), "--output", "json", "--name", name,
		"--over", fmt.Sprint(over), "--why", why)
	code, out, problem := c.askAs(who, region, words...)
	if code == exitDone || out != "" {
		if err := json.Unmarshal([]byte(out), &answer); err != nil {
			c.t.Fatalf("%s: %v: %s", line, err, out)
		}
	}
	return code, answer, problem
}

// order gives an order over how things are, and has it be taken or refused for a reason. Who gave
// it and why stands in the history of another agent, and what came of it too.
func (c *company) order(who, line, refused, changes string) (again func()) {
	c.t.Helper()
	c.tickets++
	run, why := c.running(), fmt.Sprintf("ticket %d", c.tickets)
	region, another := run[c.tickets%len(run)], run[(c.tickets+1)%len(run)]
	s, ok := c.status(region)
	if !ok {
		c.t.Fatalf("%s: no status", line)
	}
	name := api.NewName()
	code, answer, problem := c.says(region, who, line, name, s.Said, why)
	wanted := exitDone
	if refused != "" {
		wanted, changes = exitFailed, "refused: "+refused
	}
	if code != wanted || !strings.HasPrefix(answer.Refused, refused) ||
		refused == "" && answer.Refused != "" || !strings.Contains(problem, refused) {
		c.t.Fatalf("%s by %s: exit %d, %+v and %q, want exit %d and %q\n%s", line, who, code, answer,
			problem, wanted, refused, c.must(region, "status"))
	}
	c.audited(another, answer.Index, who+": "+why, changes)
	return func() {
		c.t.Helper()
		const copied = "that order was heard before"
		code, answer, _ := c.says(another, who, line, name, s.Said, why)
		if code != exitFailed || !strings.HasPrefix(answer.Refused, copied) {
			c.t.Errorf("%s once more: exit %d and %+v, want it to be judged once", line, code, answer)
		}
	}
}

// audited looks an entry up in the history of an agent.
func (c *company) audited(region int, index uint64, note, changes string) {
	c.t.Helper()
	var entry api.Entry
	c.until(note+" in the history", time.Minute, func() bool {
		var told struct{ Entries []api.Entry }
		out := c.must(region, "history", "--after", fmt.Sprint(index-1), "--most", "1", "--output",
			"json")
		if err := json.Unmarshal([]byte(out), &told); err != nil {
			c.t.Fatal(err)
		}
		if len(told.Entries) > 0 {
			entry = told.Entries[0]
		}
		return entry.Index == index
	})
	if entry.Note != note || !strings.HasPrefix(entry.Event, "order: ") ||
		!strings.Contains(strings.Join(entry.Changes, "\n"), changes) {
		c.t.Errorf("the history has %+v, want %q to have %q", entry, note, changes)
	}
}

// allUp reports whether a quorum sees each region up: a slow machine may answer too late.
func allUp(s *api.Status) bool {
	return !slices.ContainsFunc(s.Regions, func(r api.RegionStatus) bool { return r.Verdict != "up" })
}

// writes reports whether nothing is being done, and a region writes.
func writes(primary string) func(*api.Status) bool {
	return func(s *api.Status) bool { return s.Plan == nil && s.Primary == primary }
}

// still reports whether a region writes, and all copies are known to follow.
func still(primary string) func(*api.Status) bool {
	return func(s *api.Status) bool {
		return writes(primary)(s) && !slices.ContainsFunc(s.Stores[0].Copies, func(c api.Copy) bool {
			return !c.Known || c.Diverged != ""
		})
	}
}

// serves reports whether nothing is being done, and a region has traffic or not.
func serves(region string, does bool) func(*api.Status) bool {
	return func(s *api.Status) bool {
		return s.Plan == nil && slices.Contains(s.Serving, region) == does
	}
}

// knows reports whether a fact about something is known that says something.
func knows(about, text string) func(*api.Status) bool {
	return func(s *api.Status) bool {
		return slices.ContainsFunc(s.Facts, func(f api.Fact) bool {
			return strings.Contains(f.About, about) && strings.Contains(f.Text, text)
		})
	}
}

// copyIs reports whether nothing is being done and a region's copy is said to be something.
func copyIs(region, diverged string) func(*api.Status) bool {
	return func(s *api.Status) bool {
		if s.Plan != nil || len(s.Stores) == 0 { // It has just been started.
			return false
		}
		return slices.ContainsFunc(s.Stores[0].Copies, func(c api.Copy) bool {
			return c.Region == region && c.Diverged == diverged
		})
	}
}

// stepIs reports whether a step of the plan that runs has come to something.
func stepIs(step, status string) func(*api.Status) bool {
	return func(s *api.Status) bool {
		return s.Plan != nil && slices.ContainsFunc(s.Plan.Steps, func(of api.PlanStep) bool {
			return of.Step == step && of.Status == status
		})
	}
}

// ordered is an order that people can give, and what becomes of it.
type ordered struct {
	// use is the command, as orderRules has it, and line what is given it. An order that has no line
	// here changes the group, and is taken in the test that changes names.
	use, line string
	changes   func(*testing.T)
	// refused are orders that are refused before, each with the reason.
	refused [][2]string
	// before is what happens before, and who orders then, if it is not the operator.
	before func(*company)
	who    string
	// seen is what all agents say afterwards, and entry what the order's entry says it has changed.
	seen  func(*api.Status) bool
	entry string
	// after is what happens when that has been seen.
	after func(*company)
}

// The regions, in their order.
const home, other, third = "us-east-1", "eu-west-1", "ap-southeast-1"

// Every order that the command line has is given to three real agents: it is taken, and all of them
// say what came of it; or it is refused, and a reason is given. Who gave it and why is in the
// history of the others, and the same order said again is judged once.
func TestEveryOrder(t *testing.T) {
	c := foundCompany(t)
	for _, o := range everyOrder {
		if len(c.agents) == 3 {
			c.all("all regions are up", allUp)
		}
		if o.before != nil {
			o.before(c)
		}
		for _, refused := range o.refused {
			c.order("operator", refused[0], refused[1], "")
		}
		if o.line == "" {
			continue
		}
		who := "operator"
		if o.who != "" {
			who = o.who
		}
		again := c.order(who, o.line, "", o.entry)
		c.all(o.line+" is seen", o.seen)
		again()
		if s, ok := c.status(c.running()[0]); !ok || !o.seen(&s) {
			t.Errorf("%s: its copy has changed something: %+v", o.line, s)
		}
		if o.after != nil {
			o.after(c)
		}
		t.Log(o.line)
	}
	c.replays()
}

// No command that gives an order, and no verb of the API, is left out of what is tried.
func TestNoOrderIsLeftOut(t *testing.T) {
	tried, verbs := map[string]bool{}, map[string]bool{}
	for _, o := range everyOrder {
		tried[o.use] = true
		if (o.line == "") != (o.changes != nil) {
			t.Errorf("%s: tried here %t, and in another test %t", o.use, o.line != "", o.changes != nil)
		}
		words, _, _ := strings.Cut(o.use, " REGION")
		if !strings.HasPrefix(o.line, words) && o.line != "" {
			t.Errorf("%s is tried as %q", o.use, o.line)
		}
	}
	for _, rule := range orderRules() {
		verbs[rule.Verb] = true
		if !tried[rule.use] {
			t.Errorf("redoubt %s is not tried", rule.use)
		}
		delete(tried, rule.use)
	}
	if len(tried) > 0 {
		t.Errorf("%v are no commands", slices.Collect(maps.Keys(tried)))
	}
	for _, verb := range api.Verbs() {
		if !verbs[verb] {
			t.Errorf("no command says %s to the API", verb)
		}
	}
}

package agent

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/model"
)

var equal = flag.Int("equal", 0, "play every scenario with so many seeds in both worlds, and write "+
	"the table of docs/fidelity.md")

// played are the scenarios that both worlds play, and until when: what comes later are repairs that
// people order after hours, which take raft and memberlist hours too.
var played = []struct {
	name string
	end  time.Duration
}{
	{"region-loss", 30 * time.Minute},
	{"cut-off-and-lost", 30 * time.Minute},
	{"double-region-loss", time.Hour},
	{"split-network", 35 * time.Minute},
	{"heard-one-way", 65 * time.Minute},
	{"flapping-link", 40 * time.Minute},
	{"flapping-region", 50 * time.Minute},
	{"github-2018-10-21", 25 * time.Minute},
	{"facebook-2021-10-04", 30 * time.Minute},
	{"agent-lost", 30 * time.Minute},
	{"database-lost", 30 * time.Minute},
	{"verdict-of-one-check", 45 * time.Minute},
	{"control-plane-down", time.Hour},
	{"capacity-refused", 45 * time.Minute},
	{"capacity-granted-late", 45 * time.Minute},
	{"full-regions-lose-one", 30 * time.Minute},
	{"metrics-lost", 30 * time.Minute},
	{"metrics-lost-counted", 40 * time.Minute},
	{"kinesis-2020-11-25", 30 * time.Minute},
	{"lost-unseen", 40 * time.Minute},
	{"replication-stall-before-loss", 30 * time.Minute},
	{"replication-cut-before-loss", 30 * time.Minute},
	{"objects-late", 75 * time.Minute},
	{"users-cut-off", 30 * time.Minute},
	{"users-cut-off-unseen", 25 * time.Minute},
	{"missing-secret", 35 * time.Minute},
	{"missing-secret-known", 35 * time.Minute},
	{"december-2024-automated", 40 * time.Minute},
	{"december-2024-manual", 45 * time.Minute},
	{"first-three-of-four", 25 * time.Minute},
	{"grey-failure", 40 * time.Minute},
	{"aws-2021-12-07", 30 * time.Minute},
	{"aws-2025-10-20", 30 * time.Minute},
	{"cloudflare-2024-03-26", 30 * time.Minute},
	{"verified-first", 45 * time.Minute},
	{"staged-failback", 30 * time.Minute},
	{"warm-standby-timeline", 15 * time.Minute},
	{"nobody-on-duty", 30 * time.Minute},
	{"case-management", 60 * time.Minute},
}

// simulations is how many seeds of the simulator say what it decides, and when.
const simulations = 200

// oracle is what the simulator says of a pairing.
type oracle struct {
	courses map[string]int
	// first and shifted are the times of the runs that have one, sorted.
	first, shifted []time.Duration
}

// ask has the simulator play a pairing with every seed.
func (p *pairing) ask(t testing.TB, end time.Duration) *oracle {
	t.Helper()
	o := &oracle{courses: map[string]int{}}
	for seed := range uint64(simulations) {
		c := p.simulated(t, seed).within(end)
		o.courses[c.key()]++
		if c.first() > 0 {
			o.first = append(o.first, c.first())
		}
		if c.shifted > 0 {
			o.shifted = append(o.shifted, c.shifted)
		}
	}
	slices.Sort(o.first)
	slices.Sort(o.shifted)
	return o
}

// central are the ends of the central 95 % of a sorted sample.
func central(all []time.Duration) (low, high time.Duration) {
	if len(all) == 0 {
		return 0, 0
	}
	tail := int(math.Floor(0.025 * float64(len(all))))
	return all[tail], all[len(all)-1-tail]
}

// inBand reports whether a time lies within the central 95 % of the simulator's.
func inBand(at time.Duration, all []time.Duration) bool {
	low, high := central(all)
	return at >= low && at <= high
}

// comparison is a row of the table.
type comparison struct {
	name                     string
	pair                     *pairing
	end                      time.Duration
	oracle                   *oracle
	runs, equal              int
	firsts, firstIn          int
	shifts, shiftIn, timedIn int
	timed                    int
	others                   []string
}

// add compares one run of the agents.
func (c *comparison) add(run course) {
	c.runs++
	if c.oracle.courses[run.key()] > 0 {
		c.equal++
	} else {
		c.others = append(c.others, run.key())
	}
	in := true
	if run.first() > 0 {
		c.firsts++
		if inBand(run.first(), c.oracle.first) {
			c.firstIn++
		} else {
			in = false
		}
	}
	if run.shifted > 0 {
		c.shifts++
		if inBand(run.shifted, c.oracle.shifted) {
			c.shiftIn++
		} else {
			in = false
		}
	}
	if run.first() > 0 || run.shifted > 0 {
		c.timed++
		if in {
			c.timedIn++
		}
	}
}

// decided are the simulator's courses, the most frequent one first.
func (o *oracle) decided() []string {
	var keys []string
	for key := range o.courses {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if o.courses[a] != o.courses[b] {
			return o.courses[b] - o.courses[a]
		}
		return strings.Compare(a, b)
	})
	return keys
}

// playAll has agents play scenarios with seeds, some at once.
func playAll(t *testing.T, names []string, seeds int) []*comparison {
	var all []*comparison
	for _, entry := range played {
		if len(names) > 0 && !slices.Contains(names, entry.name) {
			continue
		}
		p := pair(t, entry.name)
		all = append(all, &comparison{
			name: entry.name, pair: p, end: entry.end, oracle: p.ask(t, entry.end),
		})
	}
	var mu sync.Mutex
	t.Run("plays", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				for seed := range uint64(seeds) {
					run := c.pair.play(t, seed, c.end)
					mu.Lock()
					c.add(run)
					mu.Unlock()
					if os.Getenv("EQUAL_TIMES") != "" {
						fmt.Fprintln(os.Stderr, c.name, seed, run.key(), run.first(), run.shifted)
					}
				}
			})
		}
	})
	return all
}

// regionOf names a region of a scenario.
func regionOf(s *model.Scenario, r model.RegionID) string {
	if int(r) < len(s.Regions) {
		return s.Regions[r].Name
	}
	return "none"
}

func TestTry(t *testing.T) {
	var names []string
	if only := os.Getenv("EQUAL"); only != "" {
		names = strings.Split(only, ",")
	}
	for _, c := range playAll(t, names, max(*equal, 1)) {
		l, h := central(c.oracle.first)
		sl, sh := central(c.oracle.shifted)
		fmt.Fprintf(os.Stderr, "%s %v runs %d equal %d timed %d in %d first %d/%d [%v %v] shift %d/%d [%v %v]\n   sim %v %v\n   others %v\n",
			c.name, c.pair.strategy.Kind, c.runs, c.equal, c.timed, c.timedIn, c.firstIn, c.firsts, l.Round(time.Second), h.Round(time.Second),
			c.shiftIn, c.shifts, sl.Round(time.Second), sh.Round(time.Second), c.oracle.decided(), c.oracle.courses, c.others)
	}
}

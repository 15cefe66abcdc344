package agent

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
)

var equal = flag.Int("equal", 0, "play every scenario with so many seeds in both worlds, but for "+
	"the runs that are in testdata/equal.tsv, and write those and the table of docs/fidelity.md")

// timed is a scenario, until a time.
type timed struct {
	name string
	end  time.Duration
}

// played are the scenarios that both worlds play, and until when: what comes later are repairs that
// people order after hours, which take raft and memberlist hours too.
var played = []timed{
	{"region-loss", 30 * time.Minute},
	{"cut-off-and-lost", 30 * time.Minute},
	{"split-network", 35 * time.Minute},
	{"heard-one-way", 65 * time.Minute},
	{"flapping-link", 40 * time.Minute},
	{"flapping-region", 50 * time.Minute},
	{"github-2018-10-21", 25 * time.Minute},
	{"facebook-2021-10-04", 30 * time.Minute},
	{"agent-lost", 30 * time.Minute},
	{"database-lost", 30 * time.Minute},
	{"control-plane-down", time.Hour},
	{"capacity-refused", 45 * time.Minute},
	{"metrics-lost", 30 * time.Minute},
	{"metrics-lost-counted", 40 * time.Minute},
	{"kinesis-2020-11-25", 30 * time.Minute},
	{"lost-unseen", 40 * time.Minute},
	{"replication-stall-before-loss", 30 * time.Minute},
	{"replication-cut-before-loss", 30 * time.Minute},
	{"users-cut-off", 30 * time.Minute},
	{"users-cut-off-unseen", 25 * time.Minute},
	{"missing-secret", 35 * time.Minute},
	{"missing-secret-known", 35 * time.Minute},
	{"december-2024-automated", 40 * time.Minute},
	{"first-three-of-four", 25 * time.Minute},
	{"grey-failure", 40 * time.Minute},
	{"aws-2021-12-07", 30 * time.Minute},
	{"aws-2025-10-20", 30 * time.Minute},
	{"cloudflare-2024-03-26", 30 * time.Minute},
	{"case-management", 60 * time.Minute},
	{"warm-standby-timeline", 15 * time.Minute},
}

// The agents decide in every scenario what the simulator decides, and as soon. A seed of all takes
// two cores some twenty seconds; the last runs are in testdata/equal.tsv, a few are played here.
func TestAgentsDecideAsTheSimulatorDoes(t *testing.T) {
	seeds, names := *equal, []string(nil)
	book := &book{}
	if seeds == 0 {
		seeds, names = 3, []string{"warm-standby-timeline", "github-2018-10-21", "database-lost"}
	} else {
		book = readBook(t)
	}
	var mu sync.Mutex
	for seed := range uint64(seeds) { // All scenarios have a run before one has two.
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			for _, entry := range played {
				if len(names) > 0 && !slices.Contains(names, entry.name) {
					continue
				}
				t.Run(entry.name, func(t *testing.T) {
					t.Parallel()
					p := pair(t, entry.name)
					c := book.comparison(&mu, t, p, entry.end)
					if !book.has(&mu, c, seed) {
						book.add(&mu, t, c, seed, p.play(t, seed, entry.end), *equal > 0)
					}
				})
			}
		})
	}
	for _, c := range book.all {
		for seed, run := range c.runs {
			if !slices.Contains(c.courses, run.key()) {
				t.Errorf("%s, seed %d: the agents decide %q, and the simulator %q", c.name, seed,
					run.key(), c.courses)
			}
		}
		t.Logf("%s: %d runs, %+v", c.name, len(c.runs), c.count())
	}
	if *equal > 0 {
		book.write(t)
	}
}

// What the table says of the last runs holds: all decisions are equal, and nine of ten times are
// where the simulator has them.
func TestLastRunsAgree(t *testing.T) {
	book := readBook(t)
	all := tally{}
	for _, c := range book.all {
		n := c.count()
		all.runs, all.equal = all.runs+n.runs, all.equal+n.equal
		all.times, all.within = all.times+n.times, all.within+n.within
	}
	if len(book.all) != len(played) || all.equal != all.runs || 10*all.within < 9*all.times {
		t.Errorf("%d scenarios: %+v", len(book.all), all)
	}
	text, err := os.ReadFile(bookDocs)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), book.table(t)) {
		t.Error("the table of docs/fidelity.md is not that of the last runs: make equal")
	}
}

// A longer hold-down moves the decision by as much in both worlds.
func TestHoldDownMovesBothWorlds(t *testing.T) {
	const more = time.Minute
	var simulated, played [2]time.Duration
	for i := range simulated {
		p := pair(t, "warm-standby-timeline")
		p.scenario.Settings.HoldDown += time.Duration(i) * more
		var err error
		if p.policy, err = failover.NewPolicy(p.scenario, p.strategy); err != nil {
			t.Fatal(err)
		}
		simulated[i] = p.simulated(t, 1).first()
		played[i] = p.play(t, 1, 10*time.Minute).first()
	}
	for world, at := range map[string][2]time.Duration{"simulator": simulated, "agents": played} {
		if moved := at[1] - at[0]; at[0] == 0 || (moved-more).Abs() > 10*time.Second {
			t.Errorf("%s: the first decision after %v and %v", world, at[0], at[1])
		}
	}
}

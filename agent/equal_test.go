package agent

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

var equal = flag.Int("equal", 0, "play every scenario with so many seeds in both worlds, but for "+
	"the runs that testdata/equal.tsv has and nothing has changed for, and write those and the table "+
	"of docs/fidelity.md")

// timed is a scenario, the strategy under which it is played, and until when.
type timed struct {
	name string
	kind model.StrategyKind
	end  time.Duration
}

func (e timed) String() string { return e.name + ", " + e.kind.String() }

// played are what both worlds play, and until when: what comes later are repairs that people order
// after hours, which take raft and memberlist hours too.
var played = []timed{
	{"region-loss", model.WarmStandby, 30 * time.Minute},
	{"region-loss", model.ActiveActive, 30 * time.Minute},
	{"region-loss", model.HotStandby, 30 * time.Minute},
	{"region-loss", model.ReadLocal, 30 * time.Minute},
	{"region-loss", model.PilotLight, 90 * time.Minute},
	{"cut-off-and-lost", model.WarmStandby, 30 * time.Minute},
	{"cut-off-and-lost", model.ActiveActive, 30 * time.Minute},
	{"split-network", model.WarmStandby, 35 * time.Minute},
	{"split-network", model.ReadLocal, 35 * time.Minute},
	{"heard-one-way", model.WarmStandby, 65 * time.Minute},
	{"flapping-link", model.WarmStandby, 40 * time.Minute},
	{"flapping-region", model.WarmStandby, 50 * time.Minute},
	{"flapping-region", model.ActiveActive, 50 * time.Minute},
	{"github-2018-10-21", model.WarmStandby, 25 * time.Minute},
	{"facebook-2021-10-04", model.WarmStandby, 30 * time.Minute},
	{"agent-lost", model.WarmStandby, 30 * time.Minute},
	{"database-lost", model.WarmStandby, 30 * time.Minute},
	{"control-plane-down", model.WarmStandby, 60 * time.Minute},
	{"capacity-refused", model.WarmStandby, 45 * time.Minute},
	{"metrics-lost", model.WarmStandby, 30 * time.Minute},
	{"metrics-lost-counted", model.WarmStandby, 40 * time.Minute},
	{"kinesis-2020-11-25", model.WarmStandby, 30 * time.Minute},
	{"lost-unseen", model.WarmStandby, 40 * time.Minute},
	{"replication-stall-before-loss", model.WarmStandby, 30 * time.Minute},
	{"replication-cut-before-loss", model.WarmStandby, 30 * time.Minute},
	{"users-cut-off", model.WarmStandby, 30 * time.Minute},
	{"users-cut-off", model.ReadLocal, 30 * time.Minute},
	{"users-cut-off-unseen", model.WarmStandby, 25 * time.Minute},
	{"missing-secret", model.WarmStandby, 35 * time.Minute},
	{"missing-secret", model.ReadLocal, 35 * time.Minute},
	{"missing-secret-known", model.WarmStandby, 35 * time.Minute},
	{"december-2024-automated", model.WarmStandby, 40 * time.Minute},
	{"first-three-of-four", model.WarmStandby, 25 * time.Minute},
	{"grey-failure", model.WarmStandby, 40 * time.Minute},
	{"grey-failure", model.ActiveActive, 40 * time.Minute},
	{"aws-2021-12-07", model.WarmStandby, 30 * time.Minute},
	{"aws-2025-10-20", model.WarmStandby, 30 * time.Minute},
	{"aws-2025-10-20", model.ActiveActive, 30 * time.Minute},
	{"cloudflare-2024-03-26", model.WarmStandby, 30 * time.Minute},
	{"case-management", model.BackupRestore, 60 * time.Minute},
	{"warm-standby-timeline", model.WarmStandby, 15 * time.Minute},
	{"quorum-store", model.HotStandby, 75 * time.Minute},
	{"quorum-store", model.ActiveActive, 75 * time.Minute},
	{"catching-up", model.ReadLocal, 60 * time.Minute},
	{"freshest-copy", model.ReadLocal, 80 * time.Minute},
	{"double-region-loss", model.HotStandby, 60 * time.Minute},
	{"full-regions-lose-one", model.ReadLocal, 30 * time.Minute},
	{"verified-first", model.HotStandby, 38 * time.Minute},
}

// sampled are those of them that every run of the tests plays.
var sampled = []timed{
	{"warm-standby-timeline", model.WarmStandby, 15 * time.Minute},
	{"github-2018-10-21", model.WarmStandby, 25 * time.Minute},
	{"database-lost", model.WarmStandby, 30 * time.Minute},
	{"region-loss", model.ActiveActive, 30 * time.Minute},
}

// The agents decide what they decided when the book was made, and as soon. A seed of all that is
// played takes two cores half a minute; a few are played here.
func TestAgentsDecideAsTheSimulatorDoes(t *testing.T) {
	if *equal > 0 {
		playAll(t, uint64(*equal))
		return
	}
	book := readBook(t)
	for _, entry := range sampled {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(entry, " ", seed), func(t *testing.T) {
				t.Parallel()
				c := book.find(entry)
				if c == nil {
					t.Fatal("it is not in the book: make equal")
				}
				asBefore(t, entry, seed, c.runs[seed])
			})
		}
	}
}

// asBefore plays a run again and holds it against one of the book. What happens at one instant of
// virtual time happens in whichever order the processors take it, and once in some dozens of runs
// on a busy machine another agent leads for that: a time that differs is played twice more, and is
// another one if it differs each time.
func asBefore(t *testing.T, entry timed, seed uint64, was course) {
	t.Helper()
	for try := 0; ; try++ {
		run := pair(t, entry.name, entry.kind).play(t, seed, entry.end)
		late := (run.first() - was.first()).Abs() > 10*time.Second
		switch {
		case run.key() == was.key() && !late:
			return
		case run.key() == was.key() && try < 2:
			t.Logf("they decide after %v, and decided after %v: played again", run.first(), was.first())
			continue
		}
		t.Errorf("the agents decide %q after %v, and decided %q after %v", run.key(), run.first(),
			was.key(), was.first())
		return
	}
}

// playAll has agents play what is played with so many seeds, but for the runs that the book has and
// that are not stale, and writes the book and the table.
func playAll(t *testing.T, seeds uint64) {
	t.Helper()
	book := renewed(t)
	var mu sync.Mutex
	for seed := range seeds { // All scenarios have a run before one has two.
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			for i, entry := range played {
				if _, has := book.all[i].runs[seed]; has {
					continue
				}
				t.Run(entry.String(), func(t *testing.T) {
					t.Parallel()
					p := pair(t, entry.name, entry.kind)
					book.add(&mu, t, book.all[i], seed, p.play(t, seed, entry.end))
				})
			}
		})
	}
	book.write(t)
	for _, complaint := range book.complaints() {
		t.Error(complaint)
	}
}

// What the table says of the last runs holds: all decisions are equal, and nine of ten times are
// where the simulator has them.
func TestLastRunsAgree(t *testing.T) {
	book := readBook(t)
	for _, complaint := range book.complaints() {
		t.Error(complaint)
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
		p := pair(t, "warm-standby-timeline", model.WarmStandby)
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

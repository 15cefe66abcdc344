package agent

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

var (
	chaosRounds = flag.Int("chaos", 6, "how many rounds of random faults are played")
	chaosSeed   = flag.Uint64("chaos-seed", 1, "the seed of the first round")
)

// Whatever breaks, in whatever order, no two stores take writes at once, no safety rule fails, no
// step is done twice that nobody was told to look at, and once all is well again one region writes
// and all agents have the same states. Each round has a seed, which repeats its faults though not
// the libraries' timing.
func TestChaos(t *testing.T) {
	for i := range *chaosRounds {
		seed := *chaosSeed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { playChaos(t, seed, false) })
	}
}

// With guards that do not look at their deadlines the same rounds are seen to fail: two stores take
// writes at once.
func TestChaosIsSeenWithoutDeadlines(t *testing.T) {
	split := 0
	for seed := uint64(0); seed < 8 && split == 0; seed++ {
		split += playChaos(t, *chaosSeed+seed, true)
	}
	if split == 0 {
		t.Error("no round is seen to fail")
	}
}

// playChaos plays a round, and returns how often two stores took writes at once.
func playChaos(t *testing.T, seed uint64, late bool) (split int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	p := fivePolicy()
	p.Cooldown = 2 * time.Minute
	playGroup(t, p, func(g *group) {
		for step := range failover.Rehearse {
			g.world.slow[step] = time.Duration(random.IntN(4000)) * time.Millisecond
		}
		for r := range g.world.guards {
			g.world.guards[r][0].late = late
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		for range 12 {
			g.strike(random)
			time.Sleep(time.Duration(random.IntN(60_000)) * time.Millisecond)
		}
		g.network.Heal()
		for _, m := range g.members {
			if m.cancel == nil {
				g.network.Revive(m.region)
				g.start(m)
			}
		}
		g.await("one writes again", 30*time.Minute, func() bool {
			v := g.leader().node.View()
			return v.State.Plan.Kind == failover.NoPlan && g.writes(v.State.Primary, 0)
		})
		time.Sleep(time.Minute)
		g.sound()
		g.agree()
		if late {
			g.world.mu.Lock()
			split, g.world.split = g.world.split, 0
			g.world.mu.Unlock()
		}
	})
	return split
}

// strike has one thing break, or be well again.
func (g *group) strike(random *rand.Rand) {
	r := model.RegionID(random.IntN(len(g.members)))
	m, other := g.members[r], model.RegionID(random.IntN(len(g.members)))
	switch random.IntN(11) {
	case 0, 1:
		if m.cancel != nil {
			g.kill(m)
		}
	case 2:
		if m.cancel != nil {
			g.lose(m)
		}
	case 3, 4:
		if m.cancel == nil {
			g.network.Revive(r)
			g.start(m)
		}
	case 5:
		g.network.Isolate(r)
	case 6:
		if r != other {
			g.network.Cut(r, other)
		}
	case 7:
		g.network.Heal()
	case 8, 9:
		if m.cancel != nil {
			g.reboot(m)
		}
	case 10:
		g.world.guards[r][0].reboot()
	}
}

package failover_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// worldsMax is where an exploration is given up: about 8 GB of them.
const worldsMax = 150_000_000

// protocols are the configurations that are explored to closure. None has a bound on faults, on
// time or on the number of epochs: a world is what is left when everything is made relative.
func protocols() []protocol {
	ordered, failing, small := brief(), brief(), brief()
	large, drifting := ordinary(), ordinary()
	ordered.name, ordered.orders = "lease of 2, orders", true
	failing.name = "lease of 2, failing promotions, guards that fence alone"
	failing.fails, failing.alone = true, true
	small.name, small.soak = "lease of 2, failing promotions, orders, guards that fence alone", true
	small.fails, small.orders, small.alone = true, true, true
	large.name = "lease of 4, drift of 1, all of that, two grants on their way"
	large.soak, large.lease, large.shows = true, 4, 2
	large.fails, large.orders, large.alone = true, true, true
	drifting.name, drifting.soak = "lease of 4, drift of 2", true
	drifting.lease, drifting.missed = 4, 2
	return []protocol{ordered, failing, ordinary(), small, drifting, large}
}

// TestProtocolKeepsOneWriter explores every world of the write lease. At no instant do two
// databases take writes, no guard acts on a promotion that was superseded or opens an epoch that it
// has fenced, Check objects to no step of the log, and from a sample of the worlds, once faults
// stop, exactly the primary's store is writable.
func TestProtocolKeepsOneWriter(t *testing.T) {
	for _, p := range protocols() {
		t.Run(p.name, func(t *testing.T) {
			if p.soak && os.Getenv("SEEDS") == "" {
				t.Skip("explored by make soak")
			}
			x := explore(&p)
			if err := x.run(worldsMax); err != nil {
				t.Fatal(err)
			}
			if len(x.codes) > worldsMax {
				t.Fatalf("more than %d worlds", worldsMax)
			}
			t.Logf("%d worlds, %d moves, %d states of the log by %d calls of Apply", len(x.codes),
				x.edges, len(x.log.states), x.log.applied)
			nothingEmpty(t, x)
			healSample(t, x)
		})
	}
}

// nothingEmpty holds that an exploration met what it is for: every move was possible somewhere, and
// every kind of plan was made.
func nothingEmpty(t *testing.T, x *exploration) {
	t.Helper()
	for i, count := range x.made {
		// Both guards never have a ticket that lives: that would be two who may write.
		if w := x.first(); count == 0 && x.list[i].misses != 3 {
			t.Errorf("never: %s (%+v)", x.tell(&w, x.list[i]), x.list[i])
		}
	}
	type plan struct {
		kind   failover.PlanKind
		target model.RegionID
	}
	met := map[plan]bool{}
	for _, s := range x.log.states {
		met[plan{s.Plan.Kind, s.Plan.Target}] = true
	}
	want := []plan{
		{failover.Failover, 0}, {failover.Failover, 1}, {failover.Reopen, 0}, {failover.Reopen, 1},
	}
	if x.orders {
		want = append(want, plan{failover.Failback, 0})
	}
	for _, p := range want {
		if !met[p] {
			t.Errorf("never: a %s to region %d", p.kind, p.target)
		}
	}
}

// healEvery is how many worlds lie between two from which the faults are let stop.
const healEvery = 499

// healSample lets the faults stop in a sample of the worlds: all, or all but a dead region.
func healSample(t *testing.T, x *exploration) {
	t.Helper()
	for i := 0; i < len(x.codes); i += healEvery {
		for _, dead := range []model.RegionID{model.NoRegion, 0, 1} {
			if problem := x.heal(unpack(x.codes[i]), dead); problem != "" {
				t.Fatalf("with region %d dead, %s\n%s", dead, problem,
					x.way(int32(i), move{kind: ticks}))
			}
		}
	}
}

// TestAStoreWithoutHolderIsCauseForAPlan breaks the rule of that name. Nothing unsafe follows, but
// there are worlds from which no store is ever written to again; so that healing can fail.
func TestAStoreWithoutHolderIsCauseForAPlan(t *testing.T) {
	p := brief()
	p.broken = holderForgotten
	x := explore(&p)
	if err := x.run(worldsMax); err != nil {
		t.Fatal(err)
	}
	stuck := 0
	for i := 0; i < len(x.codes); i += healEvery {
		if x.heal(unpack(x.codes[i]), model.NoRegion) != "" {
			stuck++
		}
	}
	if stuck == 0 {
		t.Error("every world heals without the rule")
	}
}

// TestWorldsOfTheProtocolAreExact makes random moves, and holds that a code keeps all of a world.
func TestWorldsOfTheProtocolAreExact(t *testing.T) {
	p := ordinary()
	p.shows, p.lease, p.fails, p.orders, p.alone = 2, 4, true, true, true
	m := newMachine(&p)
	source := rand.New(rand.NewPCG(1, 2))
	w := m.first()
	for range 200_000 {
		next := w
		if !m.make(&next, m.list[source.IntN(len(m.list))]) {
			continue
		}
		if w = next; unpack(w.pack()) != w {
			t.Fatalf("got %+v, want %+v", unpack(w.pack()), w)
		}
	}
}

// TestLogOfTheProtocolForgetsNothing justifies the canonical states of the log: a log that goes on
// with its real times and epochs has, at every entry, the state that the model works with.
func TestLogOfTheProtocolForgetsNothing(t *testing.T) {
	p := ordinary()
	p.fails, p.orders = true, true
	c := newCommitted(&p)
	source := rand.New(rand.NewPCG(3, 4))
	var did failover.Actions
	for range 200 {
		place, real := int32(0), c.states[0]
		for range 100 {
			lead := uint8(source.IntN(int(p.leadMax()) + 1))
			which := entry(source.IntN(int(entryCount)))
			for i, e := range c.events(&real, which) {
				if i == 0 {
					e.At = real.Now.Add(unit * time.Duration(lead))
				}
				e = anew(&real, e)
				c.policy.Apply(&real, &e, &did)
			}
			place = c.step(place, lead, which).to
			if got, want := c.states[place], c.canonical(real); got != want {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		}
	}
}

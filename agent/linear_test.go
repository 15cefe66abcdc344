package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/wan"
)

// people give orders by way of any agent, and look how things are, while agents and links fail.
type people struct {
	g *group
	// nodes are the agents that run, or ran last.
	nodes [model.MaxRegions]atomic.Pointer[Node]
	// stale says that who looks takes an agent's word for how things are now, and plan that plans run.
	stale, plan bool
	over        atomic.Bool
	order       atomic.Uint64 // the last name
	steps       atomic.Int64  // what came first, of two things that people did

	mu      sync.Mutex
	rulings [model.MaxRegions]map[uint64]told // by entry, of those that the region's agent applied
	history []porcupine.Operation
	first   uint64           // the last entry that some agent has applied
	judged  map[uint64]int64 // when some agent was the first to judge an order
	moves   []movement       // what the log did by itself
	unheard int
	odd     []string
}

// hear has an agent keep how each order was ruled.
func (w *people) hear(c *Config) {
	r := c.Region
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rulings[r] = map[uint64]told{}
	rulings := w.rulings[r]
	c.Told = func(a *Applied) {
		if w.plan {
			w.follow(a)
		}
		if a.Entry.Event.Kind != failover.Ordered {
			return
		}
		why := a.Policy.Refused(*a.Before, a.Entry.Event)
		class, known := rulingOf(why)
		known = known || w.plan
		w.mu.Lock()
		defer w.mu.Unlock()
		if !known {
			w.odd = append(w.odd, why)
		}
		rulings[a.Index] = told{ruling: class, at: a.After.Now}
	}
}

// note keeps what somebody did, and what they were told.
func (w *people) note(who int, began int64, in asking, out told) {
	ended := w.steps.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if out.ruling == unheard && !in.looks {
		ended = 1 << 62 // It may be judged whenever.
		w.unheard++
	}
	w.history = append(w.history, porcupine.Operation{
		ClientId: who, Input: in, Output: out, Call: began, Return: ended,
	})
}

// act has one person give orders and look, until all is over.
func (w *people) act(who int, random *rand.Rand) {
	for !w.over.Load() {
		time.Sleep(time.Duration(500+random.IntN(6000)) * time.Millisecond)
		if random.IntN(3) == 0 {
			w.look(who, model.RegionID(random.IntN(len(w.g.members))))
			continue
		}
		e := w.thinks(who, random)
		for range 4 { // Who does not hear what came of it says it again.
			through := model.RegionID(random.IntN(len(w.g.members)))
			if e.Said == 0 {
				e.Said = w.nodes[through].Load().View().State.Now
			}
			if w.say(who, through, e) {
				break
			}
			time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		}
	}
}

// say gives an order once, and reports whether its author heard what came of it.
func (w *people) say(who int, through model.RegionID, e failover.Event) bool {
	n := w.nodes[through].Load()
	w.mu.Lock()
	rulings := w.rulings[through]
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
	defer cancel()
	in, out := asking{order: e}, told{}
	in.order.Kind = failover.Ordered
	began := w.steps.Add(1)
	index, err := n.Order(ctx, e, "ann", "a reason")
	if errors.Is(err, ErrNoLeader) {
		return false // It was not proposed, and has no place in the history.
	}
	if err == nil && n.applied(ctx, index) == nil {
		w.mu.Lock()
		out = rulings[index] // Nothing, if a snapshot has come in its place.
		w.mu.Unlock()
	}
	w.note(who, began, in, out)
	return out.ruling != unheard
}

// look has somebody see how things are now.
func (w *people) look(who int, through model.RegionID) {
	n := w.nodes[through].Load()
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
	defer cancel()
	began := w.steps.Add(1)
	if !w.stale && n.Confirm(ctx) != nil {
		return
	}
	v := n.View()
	seen := told{at: v.State.Now, seen: standingOf(&v.State)}
	if w.plan {
		seen.doings = doingsOf(&v.State)
	}
	w.note(who, began, asking{looks: true}, seen)
}

// start starts a region's agent anew.
func (w *people) start(m *member) {
	w.g.network.Revive(m.region)
	w.g.start(m)
	w.nodes[m.region].Store(m.node)
}

// harm has leaders die, links fail and answers get lost for a while.
func (w *people) harm(random *rand.Rand, rounds int) {
	g := w.g
	for range rounds {
		leader := g.members[random.IntN(len(g.members))]
		for _, m := range g.members {
			if m.cancel != nil && m.node.Leads() {
				leader = m
			}
		}
		r, other := leader.region, model.RegionID(random.IntN(len(g.members)))
		switch random.IntN(5) {
		case 0:
			if leader.cancel != nil {
				g.kill(leader)
			}
		case 1:
			g.network.Isolate(r)
		case 2: // What it is asked arrives, and its answers do not.
			if r != other {
				g.network.Cut(r, other)
			}
		case 3:
			g.network.ChangeAll(func(l *wan.Link) { l.Loss = 0.4 })
		case 4:
			g.network.Isolate(other)
		}
		if w.plan && random.IntN(2) == 0 {
			w.outage()
		}
		time.Sleep(time.Duration(2000+random.IntN(15_000)) * time.Millisecond)
		w.mend()
		time.Sleep(time.Duration(1000+random.IntN(12_000)) * time.Millisecond)
	}
}

// mend has all be well again.
func (w *people) mend() {
	w.g.network.ChangeAll(func(l *wan.Link) { l.Cut, l.Loss = false, 0 })
	for _, m := range w.g.members {
		if m.cancel == nil {
			w.start(m)
		}
	}
}

// playPeople plays a round, and returns what people did and where they began. With plan plans run.
func playPeople(t *testing.T, seed uint64, stale, plan bool) (begins ledger, w *people) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	p := fivePolicy()
	p.Mode = model.Advise // Nothing moves that nobody ordered.
	if plan {
		p = plansPolicy(seed)
	}
	playGroup(t, p, func(g *group) {
		w = &people{g: g, stale: stale, plan: plan, judged: map[uint64]int64{}}
		g.before = w.hear
		for step := range failover.Rehearse + 1 {
			if plan {
				g.world.slow[step] = time.Duration(random.IntN(3000)) * time.Millisecond
			}
		}
	}, func(g *group) {
		for _, m := range g.members {
			w.nodes[m.region].Store(m.node)
		}
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		v := g.leader().node.View()
		begins = ledger{standing: standingOf(&v.State), heard: v.State.Orders, at: v.State.Now}
		begins.turned = [2]failover.Instant{v.State.Turned, v.State.Turned}
		if plan {
			begins.follows, begins.doings = true, doingsOf(&v.State)
			begins.automatic = p.Mode == model.Automatic
		}
		var all sync.WaitGroup
		for who := range 4 {
			own := rand.New(rand.NewPCG(seed, uint64(who)+1))
			all.Go(func() { w.act(who, own) })
		}
		w.harm(random, 8)
		w.over.Store(true)
		all.Wait()
		time.Sleep(30 * time.Second)
		w.stale = false
		for _, m := range g.members {
			w.look(4, m.region)
		}
		g.sound()
		g.agree()
		if plan {
			w.went(v.Index)
		}
	})
	for _, why := range w.odd {
		t.Errorf("an order is refused for a reason that the register does not have: %s", why)
	}
	return begins, w
}

// judged is whether a history can be that of one register, in which each order is judged at one
// moment between when it was said and when its author heard of it.
func judged(begins ledger, history []porcupine.Operation) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(sequential(begins), history, 20*time.Second)
}

// Whoever gives orders, by way of whichever agent and while whatever fails: each is judged once, in
// one sequence that all see, and what was said before somebody stopped something does not undo it.
func TestOrdersAreJudgedInOneSequence(t *testing.T) {
	count, lost, rounds := map[ruling]int{}, 0, (*chaosRounds+1)/2
	for i := range rounds {
		seed := *chaosSeed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			begins, w := playPeople(t, seed, false, false)
			for _, o := range w.history {
				count[o.Output.(told).ruling]++
			}
			lost += w.unheard
			if got := judged(begins, w.history); got != porcupine.Ok {
				t.Errorf("no sequence explains what people were told: %s", got)
			}
		})
	}
	t.Logf("%d taken, %d heard before, %d said too early, %d of another state, %d not heard of",
		count[taken], count[heardBefore], count[saidTooEarly], count[saidOfAnother], lost)
	if count[taken] < 20*rounds || count[heardBefore] == 0 || count[saidOfAnother] == 0 || lost == 0 {
		t.Error("too little has happened")
	}
}

// The same rounds are seen to fail where an agent's word is taken for how things are now, and where
// one answer is made up.
func TestAnswersThatAreWrongAreSeen(t *testing.T) {
	begins, w := playPeople(t, *chaosSeed, false, false)
	for _, c := range []struct {
		name string
		is   func(asking, told) bool
		lie  func(*told)
	}{
		{"an order that was refused is said to be taken",
			func(_ asking, out told) bool { return out.ruling == saidOfAnother },
			func(out *told) { out.ruling = taken }},
		{"an order that was taken is said to be refused",
			func(in asking, out told) bool { return out.ruling == taken && in.order.Verb == failover.Pause },
			func(out *told) { out.ruling = saidOfAnother }},
		{"the pause is not seen",
			func(in asking, out told) bool { return in.looks && out.seen.paused },
			func(out *told) { out.seen.paused = false }},
	} {
		// What was asked while something else was being ordered may be told either way.
		some, seen := false, false
		for at, o := range w.history {
			if seen || !c.is(o.Input.(asking), o.Output.(told)) {
				continue
			}
			some = true
			out, history := o.Output.(told), slices.Clone(w.history)
			c.lie(&out)
			history[at].Output = out
			seen = judged(begins, history) == porcupine.Illegal
		}
		if !some || !seen {
			t.Errorf("%s: told so %t, and seen %t", c.name, some, seen)
		}
	}
	for seed := range uint64(4) {
		begins, w := playPeople(t, *chaosSeed+seed, true, false)
		if judged(begins, w.history) == porcupine.Illegal {
			return
		}
	}
	t.Error("what an agent that is behind says passes for how things are")
}

package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"redoubt/execute"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
	"redoubt/wan"
)

// world is what is there beside the agents.
type world struct {
	network *wan.Network
	guards  [model.MaxRegions][model.MaxStores]fakeGuard
	seen    [model.MaxRegions]fakeMembers

	// patience is how long an agent may be out of reach before it counts as lost.
	patience time.Duration
	// unguarded says that no guard runs a store.
	unguarded bool

	mu    sync.Mutex
	split int
	// did is how often each effect came about, done what was done of which plan, fails what cannot
	// be done.
	did   map[string]int
	fails map[failover.StepKind]int
	slow  map[failover.StepKind]time.Duration
	// acted is called when an effect has come about, before anybody is told; hang says what hangs.
	acted func(model.RegionID, failover.Action)
	hang  func(failover.Action) bool
	// blind are the actions that nobody was told to look at first.
	blind []failover.Action
}

func newWorld(network *wan.Network) *world {
	w := &world{
		network: network, did: map[string]int{}, fails: map[failover.StepKind]int{},
		slow: map[failover.StepKind]time.Duration{}, patience: 8 * time.Second,
	}
	for r := range w.guards {
		for i := range w.guards[r] {
			w.guards[r][i].begin()
		}
	}
	return w
}

// verdicts are what a region sees of the others.
func (w *world) verdicts(r model.RegionID, regions int) (all []Verdict) {
	for s := range model.RegionID(regions) {
		if s == r {
			continue
		}
		v := Verdict{Subject: s, Known: 1, At: time.Now()}
		if !w.network.Reachable(r, s) || !w.network.Reachable(s, r) {
			v.Down = 1
		}
		all = append(all, v)
	}
	return all
}

// stop ends all that runs in a region.
func (w *world) stop(r model.RegionID) {
	for i := range w.guards[r] {
		w.guards[r][i].reboot()
	}
}

// count notes when more than one region takes writes to a store.
func (w *world) count(stores int) {
	for i := range stores {
		open := 0
		for r := range w.guards {
			if w.guards[r][i].writes() {
				open++
			}
		}
		if open > 1 {
			w.mu.Lock()
			w.split++
			w.mu.Unlock()
		}
	}
}

// fakeMembers takes whoever was out of reach for too long for lost.
type fakeMembers struct {
	mu    sync.Mutex
	since [model.MaxRegions]time.Time
	lost  model.RegionSet
}

func (f *fakeMembers) Lost() model.RegionSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// look notes who is out of reach, and reports whether that is news.
func (f *fakeMembers) look(w *world, r model.RegionID, regions int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.lost
	for s := range model.RegionID(regions) {
		switch {
		case s == r || w.network.Reachable(r, s) && w.network.Reachable(s, r):
			f.since[s], f.lost = time.Time{}, f.lost.Without(s)
		case f.since[s].IsZero():
			f.since[s] = time.Now()
		case time.Since(f.since[s]) > w.patience:
			f.lost = f.lost.With(s)
		}
	}
	return before != f.lost
}

// fakeGuard is a guard whose store opens at once, around the real Keeper.
type fakeGuard struct {
	mu     sync.Mutex
	keeper guard.Keeper
	boots  uint32
	// terms are the guard's, those of smallPolicy unless they are given.
	terms guard.Terms
	// late says that the guard does not look at its deadline.
	late bool
}

func (f *fakeGuard) begin() {
	f.boots++
	standing := f.keeper.Standing()
	if f.terms == (guard.Terms{}) {
		f.terms = guard.Terms{Lease: 20 * time.Second, Stop: 2 * time.Second}
	}
	f.keeper = guard.NewKeeper(f.terms, f.boots, standing.Fenced)
}

// reboot ends the store, and boots its guard, which has its record.
func (f *fakeGuard) reboot() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
}

// now lets the guard look at its clock.
func (f *fakeGuard) now() guard.Instant {
	now := guard.Instant(time.Now().UnixNano())
	if !f.late && f.keeper.Expire(now) {
		f.keeper.Stopped()
	}
	return now
}

func (f *fakeGuard) word() guard.Word {
	s := f.keeper.Standing()
	return guard.Word{Phase: s.Phase.String(), Epoch: s.Epoch, Fenced: s.Fenced}
}

func (f *fakeGuard) Ticket(context.Context) (guard.Ticket, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.keeper.Issue(f.now()), nil
}

func (f *fakeGuard) Show(_ context.Context, g guard.Grant) (guard.Word, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.keeper.Show(f.now(), g)
	if err == nil {
		f.keeper.Opened()
	}
	return f.word(), err
}

func (f *fakeGuard) Fence(_ context.Context, epoch failover.Epoch) (guard.Word, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now()
	if f.keeper.Fence(epoch) {
		f.keeper.Stopped()
	}
	f.keeper.Recorded(epoch)
	return f.word(), nil
}

func (f *fakeGuard) Standing(context.Context) (guard.Word, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now()
	return f.word(), nil
}

// writes reports whether the store takes writes.
func (f *fakeGuard) writes() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now()
	return f.keeper.Standing().Phase == guard.Open
}

// open reports whether the store takes writes of an epoch.
func (f *fakeGuard) open(epoch failover.Epoch) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now()
	s := f.keeper.Standing()
	return s.Phase == guard.Open && s.Epoch == epoch
}

// hands are a region's executor: they observe the world, act, and observe.
type hands struct {
	world  *world
	region model.RegionID
}

// Do does a step once, whoever does it and however often it is asked for.
func (h *hands) Do(ctx context.Context, a failover.Action) execute.Result {
	w := h.world
	w.mu.Lock()
	acted, hang, slow := w.acted, w.hang, w.slow[a.Step]
	what := fmt.Sprintf("%v of epoch %d, place %d", a.Step, a.Epoch, a.Index)
	if !a.Look {
		w.blind = append(w.blind, a)
	}
	done := w.did[what] > 0 && a.Look // Who is not told to look does it again.
	failing := w.fails[a.Step] > 0
	if failing {
		w.fails[a.Step]--
	}
	w.mu.Unlock()
	if hang != nil && hang(a) {
		<-ctx.Done()
	}
	switch {
	case done:
		return execute.Result{Outcome: execute.Done, Why: "it was done before"}
	case a.Look && a.Step.Once():
		return execute.Result{Outcome: execute.Failed, Why: "it was not done"}
	case failing:
		return execute.Result{Outcome: execute.Failed, Why: "the world does not let it"}
	case slow > 0 && !sleep(ctx, slow):
		return execute.Result{Why: "it was ended"}
	case a.Step == failover.Promote && !w.unguarded:
		for !w.guards[h.region][a.Store].open(a.Epoch) {
			if !sleep(ctx, 50*time.Millisecond) {
				return execute.Result{Why: "the guard does not open the store"}
			}
		}
	}
	if ctx.Err() != nil {
		return execute.Result{Why: "it was ended"}
	}
	w.mu.Lock()
	w.did[what]++
	w.mu.Unlock()
	if acted != nil {
		acted(h.region, a)
	}
	return execute.Result{Outcome: execute.Done, Count: 3}
}

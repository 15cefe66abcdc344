package agent

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/execute"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
)

// An agent that is started anew between the effect of a step and its word of it looks before it
// does anything, and of what must not be done twice it says that it does not know.
func TestAgentThatIsStartedAnewLooks(t *testing.T) {
	for _, kind := range []failover.StepKind{failover.Promote, failover.Shift, failover.Notify} {
		t.Run(kind.String(), func(t *testing.T) {
			p := fivePolicy()
			p.Optional = failover.Steps(failover.Notify)
			playGroup(t, p, func(g *group) { g.world.patience = time.Minute }, func(g *group) {
				g.settle(0, time.Minute)
				time.Sleep(20 * time.Second)
				var struck atomic.Int32
				struck.Store(-1)
				g.world.mu.Lock()
				g.world.acted = func(r model.RegionID, a failover.Action) {
					if a.Step == kind && struck.CompareAndSwap(-1, int32(r)) {
						g.network.Lose(r)
					}
				}
				g.world.mu.Unlock()
				g.lose(g.members[0])
				g.await("the effect", 3*time.Minute, func() bool { return struck.Load() >= 0 })
				time.Sleep(10 * time.Second) // What it has said is not on its way any more.
				g.reboot(g.members[struck.Load()])
				g.settle(1, 5*time.Minute)
				g.sound()
				g.agree()
				unsaid := 0
				for _, e := range archivedEvents(t, g.members[2].dir) {
					if e.Kind == failover.StepUnknown {
						unsaid++
					}
				}
				if kind.Once() && unsaid == 0 {
					t.Error("nobody has said that they do not know")
				}
			})
		})
	}
}

// rash is a guard whose agent's former self claims the promotion while the agent asks for a ticket.
type rash struct {
	*fakeGuard
	node func() *Node
	done bool
}

func (r *rash) Ticket(ctx context.Context) (guard.Ticket, error) {
	ticket, err := r.fakeGuard.Ticket(ctx)
	v := r.node().View()
	for i := range v.State.Plan.Count {
		step := &v.State.Plan.Steps[i]
		if step.Kind != failover.Promote || step.Status != failover.Pending || r.done || err != nil {
			continue
		}
		r.done = true
		err = r.node().apply(ctx, Proposal{Event: failover.Event{
			Kind: failover.StepClaimed, Region: 1, Epoch: v.State.Plan.Epoch, Step: i, Round: step.Round,
			Ticket: uint64(ticket),
		}})
	}
	return ticket, err
}

// A claim that another entry was granted, be it this agent's own, gives no leave to act without a
// look: somebody may have been at it.
func TestClaimIsFreshByItsOwnEntryAlone(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			if c.Region == 1 {
				c.Guards[0] = &rash{
					fakeGuard: &g.world.guards[1][0], node: func() *Node { return g.members[1].node },
				}
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		g.lose(g.members[0])
		g.settle(1, 5*time.Minute)
		for _, a := range g.world.blind {
			if a.Step == failover.Promote {
				t.Errorf("it is done without a look: %+v", a)
			}
		}
		g.sound()
		g.agree()
	})
}

// asked counts what an executor is asked to do, and does not return before its time is over.
type asked struct {
	count atomic.Int32
	last  atomic.Pointer[failover.Action]
}

func (a *asked) Do(ctx context.Context, action failover.Action) execute.Result {
	a.count.Add(1)
	a.last.Store(&action)
	<-ctx.Done()
	return execute.Result{Why: "its time was over"}
}

// fed is a node that has the policy of a recording, and applies its entries as it is told.
func fed(t testing.TB, region model.RegionID) (*Node, *asked, func(count int)) {
	t.Helper()
	n, hands := lonely(t), &asked{}
	entries := recordedEntries(t, recordings[0])
	first, err := DecodeEntry(entries[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := failover.DecodePolicy(first.Policy)
	if err != nil {
		t.Fatal(err)
	}
	n.config.Region, n.config.Policies, n.config.Executor = region, []failover.Policy{p}, hands
	at := 0
	return n, hands, func(count int) {
		for ; count > 0; count-- {
			if err := n.replica.Apply(entries[at]); err != nil {
				t.Fatal(err)
			}
			at++
		}
	}
}

// Whatever is outstanding at any entry of a log, an executor is asked for it only when its own
// agent has claimed it in this round, and is ended as soon as that is over.
func TestExecutorIsAskedForWhatIsCurrentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, hands, feed := fed(t, 1)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		begun, want := 0, int32(0)
		for i := range 340 {
			feed(1)
			v := n.replica.View()
			for a := range v.Policy.Outstanding(v.State) {
				current := v.Policy.Current(&v.State, &a, 1)
				stale := a
				stale.Round++
				if _, did := n.carryOut(ctx, stale, time.Now()); did {
					t.Fatalf("entry %d: an action of another round is begun: %+v", i, a)
				}
				if !current {
					if _, did := n.carryOut(ctx, a, time.Now()); did {
						t.Fatalf("entry %d: what is not claimed is begun: %+v", i, a)
					}
					continue
				}
				began, ended := time.Now(), make(chan time.Duration, 1)
				go func() {
					n.carryOut(ctx, a, began)
					ended <- time.Since(began)
				}()
				synctest.Wait()
				want++
				feed(1) // Whoever claimed it says that it is done.
				synctest.Wait()
				if took := <-ended; took > 0 {
					t.Fatalf("entry %d: what is done already goes on for %v: %+v", i, took, a)
				}
				begun++
			}
		}
		if got := hands.count.Load(); got != want || begun < 3 {
			t.Errorf("the executor was asked %d times, want %d", got, want)
		}
	})
}

// An executor has as long as the policy gives a step, from before it was claimed.
func TestExecutorHasTheTimeOfAStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, feed := fed(t, 1)
		var a failover.Action
		for a.Step != failover.Promote {
			feed(1)
			v := n.replica.View()
			for other := range v.Policy.Outstanding(v.State) {
				if v.Policy.Current(&v.State, &other, 1) {
					a = other
				}
			}
		}
		began := time.Now()
		result, did := n.carryOut(context.Background(), a, began.Add(-time.Minute))
		v := n.replica.View()
		if took := time.Since(began); !did || took != v.Policy.StepTimeout-time.Minute ||
			result.Outcome != execute.Unknown {
			t.Errorf("ended after %v: %+v, begun %t", took, result, did)
		}
	})
}

// listener is a guard that notes what it is asked to fence.
type listener struct {
	fakeGuard
	fenced failover.Epoch
}

func (l *listener) Fence(_ context.Context, epoch failover.Epoch) (guard.Word, error) {
	l.fenced = epoch
	return guard.Word{Phase: "fenced", Fenced: epoch}, nil
}

// A guard is asked to fence what comes before the plan: the plan's own epoch may be the one that is
// to open the store again.
func TestFenceLeavesThePlansOwnEpoch(t *testing.T) {
	n := lonely(t)
	l := &listener{}
	n.config.Guards[0] = l
	result := n.fence(context.Background(), failover.Action{Step: failover.Fence, Epoch: 9})
	if result.Outcome != execute.Done || l.fenced != 8 {
		t.Errorf("epoch %d is fenced: %+v", l.fenced, result)
	}
}

// An observation ages while it waits to be stamped, and nothing else does.
func TestObservationsAgeInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := lonely(t)
		over := make(chan struct{})
		term := &term{clock: startClock(0), queue: make(chan *proposed, queueMax), over: over}
		var all []*proposed
		for _, kind := range []failover.EventKind{
			failover.Reported, failover.LagMeasured, failover.ReadinessChanged, failover.PolicyChanged,
		} {
			p := &proposed{since: time.Now(), answer: make(chan answer, 1)}
			p.entry.Event = failover.Event{Kind: kind, Age: time.Second}
			term.queue <- p
			all = append(all, p)
		}
		time.Sleep(3 * time.Second)
		ctx, cancel := context.WithCancel(context.Background())
		go n.stamp(ctx, term)
		for i, p := range all {
			<-p.answer
			want := 4 * time.Second
			if i == 3 {
				want = time.Second
			}
			if p.entry.Event.Age != want || p.entry.Event.At != failover.Instant(3*time.Second) {
				t.Errorf("%v: got an age of %v at %v", p.entry.Event.Kind, p.entry.Event.Age,
					time.Duration(p.entry.Event.At))
			}
		}
		cancel()
	})
}

// A claim that is not granted is made again, each time after a longer while: it is an entry of the
// log.
func TestClaimThatIsNotGrantedIsNotHurried(t *testing.T) {
	refuses := func(r *Replica) {
		real := r.apply
		r.apply = func(
			s *failover.State, e *failover.Event, did *failover.Actions,
		) (*failover.Policy, error) {
			if e.Kind == failover.StepClaimed {
				other := *e
				other.Epoch = 0
				return real(s, &other, did)
			}
			return real(s, e, did)
		}
		r.check = func(
			*failover.Policy, *failover.State, *failover.Event, *failover.State, *failover.Actions,
		) error {
			return nil // It would see that the claim counts for nothing.
		}
	}
	playGroup(t, smallPolicy(), func(g *group) { g.swap = refuses }, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		g.lose(g.members[0])
		g.await("a plan", 2*time.Minute, func() bool {
			return g.members[1].node.View().State.Plan.Kind == failover.Failover
		})
		time.Sleep(50 * time.Second)
		claims := 0
		for _, e := range archivedEvents(t, g.members[1].dir) {
			if e.Kind == failover.StepClaimed {
				claims++
			}
		}
		if len(g.world.did) > 0 || g.writes(1, 0) {
			t.Errorf("something was done that was not granted: %v", g.world.did)
		}
		if claims < 8 || claims > 80 { // Of two steps, in 50 s.
			t.Errorf("%d claims", claims)
		}
	})
}

// Reports are numbered above all that were applied, and all that were sent.
func TestReportsAreNumbered(t *testing.T) {
	n := lonely(t)
	var got []uint64
	for _, applied := range []uint64{0, 0, 1, 40, 7} {
		got = append(got, n.number(1, applied))
	}
	if want := []uint64{1, 2, 3, 41, 42}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := n.number(2, 5); got != 6 {
		t.Errorf("of another region: got %d", got)
	}
}

// What an agent has claimed before it was started anew is not done while it may only be catching
// up: nobody says what was committed since.
func TestOldClaimIsNotActedOnWithoutABarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, hands, feed := fed(t, 1)
		claimed := 0
		for range 340 {
			feed(1)
			v := n.replica.View()
			for a := range v.Policy.Outstanding(v.State) {
				if v.Policy.Current(&v.State, &a, 1) {
					claimed++
					n.do(t.Context(), a)
				}
				n.doFence(t.Context(), a)
			}
		}
		if claimed == 0 || hands.count.Load() > 0 {
			t.Errorf("of %d old claims %d are acted on", claimed, hands.count.Load())
		}
	})
}

package failover_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// conclusionOf is what an account says of a scope.
func conclusionOf(t *testing.T, l *log, scope failover.Scope, name failover.Names) string {
	t.Helper()
	account := l.policy.Account(l.state, name)
	for i := range account.Scopes {
		if account.Scopes[i].Verdict.Scope == scope {
			return account.Scopes[i].Conclusion
		}
	}
	t.Fatalf("nothing is said of %+v", scope)
	return ""
}

// A conclusionCase is one way in which a failover does not come about, or not yet.
type conclusionCase struct {
	name   string
	change func(*failover.Policy)
	play   func(*log)
	want   string
}

// TestConclusionSaysWhyNothingIsDone has each of these ways.
func TestConclusionSaysWhyNothingIsDone(t *testing.T) {
	for _, row := range slices.Concat(conclusionsOfPauses(), conclusionsOfEvidence(),
		conclusionsOfGates()) {
		t.Run(row.name, func(t *testing.T) {
			p := oneStore()
			if row.change != nil {
				row.change(&p)
			}
			l := newLog(t, p)
			l.lags()
			row.play(l)
			if got := conclusionOf(t, l, failover.RegionScope(primary), names); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// primary is the region that the cases are about.
const primary = model.RegionID(0)

// drainedInAPause has a switchover be aborted in a pause, when the primary is drained.
func drainedInAPause(l *log) {
	l.apply(ordered(failover.Pause, 0))
	l.report(primary, false, 1, 2)
	l.report(1, false, primary, 2)
	l.lags()
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Fence)
	l.apply(ordered(failover.Abort, 0))
}

// fencedInADrill has the guard of the primary's second store fence it while agents rehearse.
func fencedInADrill(l *log) {
	l.report(primary, false, 1, 2)
	l.report(1, false, primary, 2)
	l.apply(ordered(failover.OrderDryDrill, 1))
	l.apply(failover.Event{Kind: failover.AgentLost, Region: primary})
	l.apply(failover.Event{Kind: failover.Fenced, Region: primary, Store: 1, Epoch: 1})
}

// conclusionsOfPauses are about what is up, and closed, since nobody may open it.
func conclusionsOfPauses() []conclusionCase {
	return []conclusionCase{
		{
			"what a pause keeps closed", nil, func(l *log) {
				l.apply(ordered(failover.Pause, 0))
				l.apply(failover.Event{Kind: failover.Fenced, Region: primary, Epoch: 1})
				l.report(primary, false, 1, 2)
			},
			"nothing is done: a quorum sees region 0 up; store 0 stays closed there, since a person " +
				"paused the policy",
		},
		{
			"what a pause keeps closed, though one observer dissents",
			func(p *failover.Policy) { p.Voters = regions(0, 1, 2, 3, 4) },
			func(l *log) {
				l.apply(ordered(failover.Pause, 0))
				l.apply(failover.Event{Kind: failover.Fenced, Region: primary, Epoch: 1})
				l.report(primary, false, 1, 2, 3)
				l.report(primary, true, 4)
			},
			"nothing is done: of the 3 observers needed 1 says that region 0 is down; 3 say up, and of 0 " +
				"observers nothing is known; store 0 stays closed there, since a person paused the policy",
		},
		{
			"what a pause keeps drained", nil, drainedInAPause,
			"nothing is done: a quorum sees region 0 up; it stays drained, and takes no new writes, since " +
				"a person paused the policy",
		},
		{
			"what advice keeps closed", func(p *failover.Policy) { p.Mode = model.Advise },
			func(l *log) {
				l.apply(failover.Event{Kind: failover.Fenced, Region: primary, Epoch: 1})
				l.report(primary, false, 1, 2)
			},
			"nothing is done: a quorum sees region 0 up; store 0 stays closed there, since the policy " +
				"only advises",
		},
		{
			"what a plan keeps closed", func(p *failover.Policy) { p.Stores, p.Guarded = 2, 3 },
			fencedInADrill,
			"the dry drill of region 0 to region 1 is under way (epoch 2): " + strings.Repeat("rehearse "+
				"has waited for an agent to claim it for 0s; ", 3) + "store 1 stays closed there while the " +
				"dry drill of region 0 to region 1 runs, since its agent is not heard of",
		},
	}
}

func conclusionsOfEvidence() []conclusionCase {
	return []conclusionCase{
		{
			"nothing was ever heard", nil, func(*log) {},
			"nothing is done: of the 2 observers needed 0 say that region 0 is down; 0 say up, and of 2 " +
				"observers nothing is known",
		},
		{
			"all is well", nil, func(l *log) { l.report(primary, false, 1, 2) },
			"nothing is done: a quorum sees region 0 up",
		},
		{
			"one observer", nil, func(l *log) { l.report(primary, true, 1); l.report(primary, false, 2) },
			"nothing is done: of the 2 observers needed 1 says that region 0 is down; 1 says up, and of 0 " +
				"observers nothing is known",
		},
		{
			"the hold-down", nil, func(l *log) { l.report(primary, true, 1, 2) },
			"nothing is done: hold-down holds for another 1m0s",
		},
		{
			"two holds", func(p *failover.Policy) { p.Deep, p.Checks, p.ChecksDown = 2, 2, 1 },
			func(l *log) {
				for _, o := range []model.RegionID{1, 2} {
					e := report(&l.state, o, primary, true)
					e.Known = 3
					l.apply(e)
				}
			},
			"nothing is done: hold-down holds for another 1m0s, and primary alive holds for another " +
				"2m0s; time alone lets it begin in 2m0s",
		},
		{
			"a small target", func(p *failover.Policy) { p.HoldDown, p.Ceiling[1] = 0, 400 },
			func(l *log) { l.report(primary, true, 1, 2) },
			"nothing is done: capacity denies it: what is left can be scaled to 40.0% of all traffic; " +
				"50.0% is needed",
		},
	}
}

func conclusionsOfGates() []conclusionCase {
	return []conclusionCase{
		{
			"a policy that advises",
			func(p *failover.Policy) { p.HoldDown, p.Mode = 0, model.Advise },
			func(l *log) { l.report(primary, true, 1, 2) },
			"nothing is done: approval denies it; otherwise the failover of region 0 to region 1 would " +
				"begin now",
		},
		{
			"a person who was asked",
			func(p *failover.Policy) { p.HoldDown, p.Mode = 0, model.Manual },
			func(l *log) { l.report(primary, true, 1, 2) },
			"nothing is done: approval holds until the person who was asked approves; otherwise the " +
				"failover of region 0 to region 1 would begin now",
		},
		{
			"a brake", func(p *failover.Policy) { p.HoldDown = 0 },
			func(l *log) {
				l.apply(ordered(failover.PullBrake, 0))
				l.report(primary, true, 1, 2)
			},
			"nothing is done: brake holds: the brake is on (pulled by a person) for 0s: a person has to " +
				"lift it",
		},
		{
			"another plan", func(p *failover.Policy) { p.HoldDown = 0 },
			func(l *log) {
				l.report(1, false, 0, 2)
				l.apply(ordered(failover.OrderSwitchover, 1))
				l.policy.HoldDown = 60 * unit
				l.report(primary, true, 1, 2)
				l.policy.HoldDown = 0
				l.state.Plan.Subject = 1 // Of some other region.
			},
			"nothing is done: in flight holds while the switchover to region 1 runs",
		},
		{
			"a plan that waits for its fence", func(p *failover.Policy) { p.HoldDown = 0 },
			func(l *log) { l.report(primary, true, 1, 2) },
			"the failover of region 0 to region 1 is under way (epoch 2): fence store 0 waits for a " +
				"guard's record, or the end of the lease in 16s; scale has waited for an agent to claim it " +
				"for 0s",
		},
		{
			"a plan that is about to begin", func(p *failover.Policy) { p.HoldDown = unit },
			func(l *log) {
				l.report(primary, true, 1, 2)
				l.state.Now = l.state.Now.Add(unit) // As a reader of the log lets the time go on.
			},
			"every gate lets it pass: the failover of region 0 to region 1 begins with the next entry of " +
				"the log",
		},
	}
}

// A part of a region is left to the decision about the region while that is not seen up.
func TestConclusionOfAPartWhoseRegionIsDown(t *testing.T) {
	p := oneStore()
	p.Checks, p.StoreChecks[0] = 2, 2
	l := newLog(t, p)
	for _, o := range []model.RegionID{1, 2} {
		e := report(&l.state, o, 0, true)
		e.Known, e.Down = 3, 3
		l.apply(e)
	}
	store := failover.Scope{Region: 0, Part: failover.OneStore}
	want := "nothing is done: store 0 in region 0 is seen down, but no quorum sees region 0 up, and " +
		"what may have gone down with its region is left to the decision about the region"
	if got := conclusionOf(t, l, store, names); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// With a way to name instants, an account says when, not how far away.
func TestAccountTellsTimesByTheirNames(t *testing.T) {
	l := newLog(t, oneStore())
	l.lags()
	l.tick(10 * unit)
	l.report(0, true, 1, 2)
	timed := names
	timed.Time = func(at failover.Instant) string { return fmt.Sprintf("<%s>", time.Duration(at)) }
	want := "nothing is done: hold-down holds until <1m10s>"
	if got := conclusionOf(t, l, failover.RegionScope(0), timed); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	lease := failover.Fact{About: "lease of store 0",
		Text: "region 0 (epoch 1) holds it until <15s>, and 1s more count for drift"}
	if got := l.policy.Account(l.state, timed).Facts; !slices.Contains(got, lease) {
		t.Errorf("got %v, want %v among them", got, lease)
	}
}

// Whatever begins by itself leaves a scope that the state before it was said to have.
func TestScopesHaveAllThatIsLeft(t *testing.T) {
	begun := map[failover.Part]int{}
	for _, c := range configurations() {
		w := newWalk(t, &c)
		w.step = func(
			p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
		) {
			before := *s
			p.Apply(s, e, did)
			plan := &s.Plan
			left := plan.Kind == failover.Failover || plan.Kind == failover.Evacuation ||
				plan.Kind == failover.Reroute
			if !left || plan.Epoch == before.Plan.Epoch || e.Kind == failover.Ordered {
				return
			}
			begun[plan.Part]++
			if scopes := p.Scopes(before); !slices.Contains(scopes, plan.Scope()) {
				t.Errorf("%s: %+v was left, and the scopes were %+v", c.name, plan.Scope(), scopes)
			}
		}
		if err := w.run(500); err != nil {
			t.Fatal(err)
		}
	}
	if begun[failover.Whole] == 0 {
		t.Error("nothing was ever left")
	}
}

// Every account of every state of a walk has words for all that it says.
func TestAccountsAreInWords(t *testing.T) {
	for _, c := range configurations() {
		w := newWalk(t, &c)
		w.visit = func(s *failover.State, _ int32) {
			account := c.policy.Account(*s, names)
			for _, fact := range account.Facts {
				if fact.Text == "" || strings.Contains(fact.Text, "%!") {
					t.Fatalf("%s: got %q about %s", c.name, fact.Text, fact.About)
				}
			}
			for i := range account.Scopes {
				said := account.Scopes[i].Conclusion
				if said == "" || strings.Contains(said, "%!") || strings.HasSuffix(said, ": ") {
					t.Fatalf("%s: got %q of %+v", c.name, said, account.Scopes[i].Verdict.Scope)
				}
			}
		}
		if err := w.run(300); err != nil {
			t.Fatal(err)
		}
	}
}

// Reasons are for people: no nanoseconds, and no region that does not exist.
func TestReasonsReadWell(t *testing.T) {
	l := newLog(t, oneStore())
	l.lags()
	l.tick(1_234_567_891)
	v := l.policy.Explain(l.state, failover.RegionScope(primary))
	want := "a guarded lease ends in 14.765s: that or a fence lets the promotion go on"
	if got := v.Reason(failover.FenceGate, l.state.Now, names); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	l.state.Recent[0] = failover.Transition{
		At: l.state.Now, From: failover.RegionScope(1), To: primary, Valid: true,
	}
	l.tick(1)
	l.policy.Candidates = regions(primary)
	v = l.policy.Explain(l.state, failover.RegionScope(primary))
	want = "one transition is recent, and there is no region to take over"
	if got := v.Reason(failover.CooldownGate, l.state.Now, names); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

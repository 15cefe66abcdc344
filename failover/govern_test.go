package failover_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// ungoverned are mutants that come under another policy without an event that says so.
var ungoverned = []mutant{
	{
		name: "the policy changes by itself", rule: rulePolicy,
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Fenced {
				s.Under.Policy[7]++
			}
		},
	},
	{
		name: "the rules change by themselves", rule: rulePolicy,
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed {
				s.Under.Rules++
			}
		},
	},
}

// change brings a log under another policy, if that is accepted.
func (l *log) change(next failover.Policy) (accepted bool) {
	l.t.Helper()
	was := l.policy
	if accepted = next.RefusesChange(&l.state) == ""; accepted {
		l.policy = next
	}
	l.apply(failover.PolicyEvent(l.state.Now, &next))
	if got := next.Governs(&l.state) == nil; got != accepted {
		l.t.Fatalf("the new policy governs: %t, want %t", got, accepted)
	}
	if got := was.Governs(&l.state) == nil; got == accepted {
		l.t.Fatalf("the old policy governs: %t, want %t", got, !accepted)
	}
	return accepted
}

// policyChanges are changes of policy, and why each is refused, if it is.
var policyChanges = []struct {
	name string
	// to makes the new policy of the usual one; in makes the state of the usual first one.
	to   func(*failover.Policy)
	in   func(*failover.State)
	want string
}{
	{"nothing against it", func(p *failover.Policy) { p.HoldDown = unit }, nil, ""},
	{"another store", func(p *failover.Policy) { p.Stores = 2 }, nil, "number of stores"},
	{"no store", func(p *failover.Policy) { p.Stores = 0 }, nil, "number of stores"},
	{
		"every region writes", func(p *failover.Policy) { p.MultiWriter = true }, nil,
		"one region write",
	},
	{
		"the primary without a workload",
		func(p *failover.Policy) { p.Home, p.Workload, p.Candidates = 1, 2, 2 }, nil, "no workload",
	},
	{
		"a server without a workload", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Serving = s.Serving.With(2) }, "no workload",
	},
	{
		"a holder without a workload", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Leases[0].Holder = 2 }, "no workload",
	},
	{
		"a plan", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Plan.Kind = failover.DryDrill }, "a plan is running",
	},
	{
		"a plan given up", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Left.Unsettled = true }, "given up halfway",
	},
	{
		"traffic away", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Serving = 2 }, "kept away from the primary",
	},
	{
		"traffic away, ways judged", func(p *failover.Policy) { p.RoutingChecks = 1 },
		func(s *failover.State) { s.Serving = 2 }, "",
	},
	{
		"alone no more", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { // As it comes under a policy with one candidate.
			alone := oneStore()
			alone.Candidates = regions(0)
			*s = alone.Start()
		}, "its lease begins to be kept",
	},
	{
		"a writer that is no candidate", func(p *failover.Policy) { p.Candidates = regions(1) }, nil,
		"is no candidate",
	},
	{
		"an open copy without a workload", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Diverged[0][2].Open = 1 }, "may still be open",
	},
	{
		"an open copy", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) {
			s.Diverged[0][1] = failover.Divergence{Status: failover.Suspected, Open: 1}
		}, "",
	},
	{
		"readers elsewhere, and one serves", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Serving = regions(0, 1) }, "one serves",
	},
	{
		"readers elsewhere", func(p *failover.Policy) { p.ServesReads = true },
		func(s *failover.State) { s.Serving = regions(0, 1) }, "",
	},
	{
		"a guard is gone", func(p *failover.Policy) { p.Guarded = 0 }, nil, "",
	},
	{
		"a guard is new", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Under.Guarded = 0 }, "under a guard",
	},
	{
		"a guard is new and has fenced", func(p *failover.Policy) { p.HoldDown = unit },
		func(s *failover.State) { s.Under.Guarded, s.Leases[0].Fenced, s.Paused = 0, 1, true }, "",
	},
}

func TestPolicyChangeIsRefusedWhereItIsNotSafe(t *testing.T) {
	for _, c := range policyChanges {
		t.Run(c.name, func(t *testing.T) {
			l, next := newLog(t, oneStore()), oneStore()
			c.to(&next)
			if c.in != nil {
				c.in(&l.state)
			}
			got := next.RefusesChange(&l.state)
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			e, s := failover.PolicyEvent(l.state.Now, &next), l.state
			var did failover.Actions
			next.Apply(&s, &e, &did)
			if changed := s.Under != l.state.Under; changed != (c.want == "") {
				t.Errorf("the policy changed: %t", changed)
			}
			if err := next.Check(l.state, e, s, did); err != nil && c.want == "" {
				t.Error(err)
			}
		})
	}
}

// A change of the lease, or of the margin for drift, never lets a store be promoted while a guard
// may keep it open that was shown a ticket on the old terms, or the last one on the new terms.
func TestPolicyChangeKeepsLeasesSafe(t *testing.T) {
	for _, c := range []struct {
		name                   string
		lease, drift, at, want time.Duration
	}{
		{"the same terms", 15 * unit, unit, 0, 26 * unit},
		{"a shorter lease", 5 * unit, unit, 0, 26 * unit},
		{"a shorter lease and less drift", 5 * unit, unit / 4, 0, 26 * unit},
		{"more drift", 15 * unit, 4 * unit, 0, 29 * unit},
		{"a longer lease", 60 * unit, 2 * unit, 0, 82 * unit},
		{"a longer lease, the old one over", 60 * unit, 2 * unit, 30 * unit, 112 * unit},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := oneStore()
			p.DataAtRiskMax = wide
			l, next := newLog(t, p), p
			l.tick(10 * unit)
			l.apply(failover.Event{Kind: failover.LeaseRenewed, At: l.state.Now, Epoch: 1, Ticket: 9})
			l.tick(10*unit + c.at)
			next.Lease, next.Drift, next.HoldDown = c.lease, c.drift, 2*unit
			if !l.change(next) {
				t.Fatal(next.RefusesChange(&l.state))
			}
			if got := l.promoted(); got != failover.Instant(c.want) {
				t.Errorf("region 1 was granted the store at %s, want %s", time.Duration(got), c.want)
			}
		})
	}
}

// promoted has region 0 go down and region 1 claim its store all the time, and returns when that is
// granted.
func (l *log) promoted() failover.Instant {
	l.t.Helper()
	l.lags()
	for l.state.Leases[0].Holder == 0 && l.state.Now < at(1000) {
		l.tick(unit / 4)
		l.report(0, true, 1, 2)
		for i := range l.state.Plan.Count {
			if l.state.Plan.Steps[i].Kind == failover.Promote {
				l.apply(failover.Event{
					Kind: failover.StepClaimed, At: l.state.Now, Region: 1, Epoch: l.state.Plan.Epoch, Step: i,
					Round: l.state.Plan.Steps[i].Round,
				})
			}
		}
	}
	return l.state.Now
}

// What was seen, asked and approved under the old policy counts no more, so that no change of
// policy begins a failover at once; the new hold-down runs from there. A second word of the same
// policy changes nothing.
func TestPolicyChangeForgetsWhatWasSeen(t *testing.T) {
	p := oneStore()
	p.FlapLimit, p.FlapHalfLife = 1, time.Hour
	p.Mode = model.Manual
	l, next := newLog(t, p), p
	l.lags()
	for range 13 {
		l.tick(5 * unit)
		l.report(0, true, 1, 2)
	}
	if l.state.Asked.Scope.Region != 0 || !l.state.Flaps[0].Down {
		t.Fatalf("nobody was asked: %+v", l.state.Asked)
	}
	next.HoldDown, next.Mode = 10*unit, model.Automatic
	if !l.change(next) {
		t.Fatal(next.RefusesChange(&l.state))
	}
	s := &l.state
	evidence := l.policy.EvidenceOn(s, 0)
	if s.Plan.Kind != failover.NoPlan || s.Asked.Scope.Region.Valid() || evidence.Down != 0 {
		t.Errorf("got plan %s, asked %+v, %+v", s.Plan.Kind, s.Asked, evidence)
	}
	if s.Flaps[0].Score != 0 {
		t.Errorf("a change of policy counts as a return: %+v", s.Flaps[0])
	}
	before := l.state
	l.apply(failover.PolicyEvent(l.state.Now, &next))
	if l.state != before {
		t.Error("a second word of the same policy changed something")
	}
	began := l.state.Now
	for l.state.Plan.Kind == failover.NoPlan && l.state.Now < began.Add(time.Minute) {
		l.tick(unit)
		l.report(0, true, 1, 2)
	}
	if got := l.state.Now.Sub(began); got != 11*unit || l.state.Plan.Kind != failover.Failover {
		t.Errorf("a %s began after %s, want a failover after 11s", l.state.Plan.Kind, got)
	}
}

// A store comes under a guard as the refusal says: pause, fence, change, resume.
func TestStoreComesUnderAGuard(t *testing.T) {
	p, guarded := oneStore(), oneStore()
	p.Guarded = 0
	l := newLog(t, p)
	if l.change(guarded) {
		t.Fatal("a guard that nobody has heard of was taken on trust")
	}
	l.apply(ordered(failover.Pause, 0))
	l.apply(failover.Event{Kind: failover.Fenced, Region: 0, Epoch: 1})
	if !l.change(guarded) {
		t.Fatal(guarded.RefusesChange(&l.state))
	}
	l.apply(ordered(failover.Resume, 0))
	if l.state.Plan.Kind != failover.Reopen {
		t.Errorf("got %s, want the store to be opened again", l.state.Plan.Kind)
	}
}

// TestCheckCatchesBrokenPolicyChanges spoils a good change of policy in every way that the rule
// names: the test that the rule can fail.
func TestCheckCatchesBrokenPolicyChanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*failover.State)
		after  func(*failover.State)
		want   string
	}{
		{"another policy", nil, func(s *failover.State) { s.Under.Policy[0]++ }, "no event named"},
		{"other terms", nil, func(s *failover.State) { s.Under.Lease++ }, "not the policy's"},
		{
			"a plan", func(s *failover.State) { s.Plan.Kind = failover.DryDrill }, nil,
			"something was being done",
		},
		{"halfway", func(s *failover.State) { s.Left.Unsettled = true }, nil, "something was being done"},
		{"a store goes", func(s *failover.State) { s.Writers[1] = 0 }, nil, "came or went"},
		{"a ticket", nil, func(s *failover.State) { s.Leases[0].Ticket++ }, "more than the end"},
		{
			"no workload", func(s *failover.State) { s.Writers[0] = 3 }, nil, "no workload",
		},
		{
			"a guard on trust", func(s *failover.State) { s.Under.Guarded = 0 }, nil,
			"has not fenced it",
		},
		{
			"a writer that is no candidate", func(s *failover.State) { s.Writers[0] = 2 }, nil,
			"no candidate",
		},
		{
			"an open copy without a workload", func(s *failover.State) { s.Diverged[1][3].Open = 2 }, nil,
			"which is no more",
		},
		{
			"readers elsewhere", func(s *failover.State) { s.Serving = regions(0, 2) },
			func(s *failover.State) { s.Serving = regions(0, 2) }, "one region serves",
		},
		{"a region is back", func(s *failover.State) { s.Flaps[1].Down = true }, nil, "returned"},
		{
			"a shorter end", nil, func(s *failover.State) { s.Leases[0].End -= 9 * at(1) }, "ends at",
		},
		{
			"less drift than before", func(s *failover.State) { s.Under.Drift += time.Hour }, nil,
			"ends at",
		},
		{
			"an old report", nil,
			func(s *failover.State) { s.Reports[1][0].Known = 1 }, "still counts",
		},
		{
			"an old approval", func(s *failover.State) { s.Approved.Question.Target = 1 },
			func(s *failover.State) { s.Approved.Question.Target = 1 }, "still counts",
		},
		{"an old drill", nil, func(s *failover.State) { s.Drill.Asked = true }, "still counts"},
		{
			"old readiness", nil,
			func(s *failover.State) { s.Readiness[1].Known = 1 }, "still counts",
		},
		{
			"a brake that is full and off", nil,
			func(s *failover.State) { s.Brake.Count, s.Brake.Times[0] = 1, s.Now }, "too many",
		},
	} {
		t.Run(c.name, func(t *testing.T) { checkSpoiltChange(t, c.before, c.after, c.want) })
	}
}

// checkSpoiltChange checks that a change of policy is a good one until the states around it are
// spoilt.
func checkSpoiltChange(t *testing.T, spoilBefore, spoilAfter func(*failover.State), want string) {
	t.Helper()
	var did failover.Actions
	p, next := oneStore(), oneStore()
	p.Workload, next.Workload = regions(0, 1, 2), regions(0, 1, 2)
	next.Lease, next.HoldDown = 20*unit, unit
	next.BrakeAfter, next.BrakeWindow = 1, time.Hour
	before := p.Start()
	e := failover.PolicyEvent(at(3), &next)
	after := before
	next.Apply(&after, &e, &did)
	if err := next.Check(before, e, after, did); err != nil {
		t.Fatalf("the change is no good one: %v", err)
	}
	if spoilBefore != nil {
		spoilBefore(&before)
		after.Plan, after.Writers = before.Plan, before.Writers
		after.Left.Unsettled = before.Left.Unsettled
	}
	if spoilAfter != nil {
		spoilAfter(&after)
	}
	err := next.Check(before, e, after, did)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestLibraryStopsWhereSomethingIsMissing: who lacks the policy or the rules changes nothing, and
// says what to do.
func TestLibraryStopsWhereSomethingIsMissing(t *testing.T) {
	p, next := oneStore(), oneStore()
	next.HoldDown = unit
	begins, moves := failover.PolicyEvent(0, &p), failover.PolicyEvent(at(9), &next)
	later := begins
	later.Share = failover.RulesVersion + 1
	for _, c := range []struct {
		name   string
		events []failover.Event
		want   string
	}{
		{"no beginning", []failover.Event{{Kind: failover.Tick}}, "does not say under which"},
		{"later rules from the start", []failover.Event{later}, "this release knows them up to 1"},
		{"later rules", []failover.Event{begins, later}, "the log goes on under rules 2"},
		{"another policy", []failover.Event{begins, moves}, "is not at hand: load the scenario file"},
		{"another policy from the start", []failover.Event{moves}, "is not at hand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var (
				library failover.Library
				s       failover.State
				did     failover.Actions
				missing *failover.GovernanceError
			)
			if _, err := library.Add(p); err != nil {
				t.Fatal(err)
			}
			last := len(c.events) - 1
			for i := range c.events[:last] {
				if _, err := library.Apply(&s, &c.events[i], &did); err != nil {
					t.Fatal(err)
				}
			}
			before := s
			_, err := library.Apply(&s, &c.events[last], &did)
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if s != before || did.Count != 0 {
				t.Error("something changed")
			}
		})
	}
	s := next.Start()
	if err := p.Governs(&s); err == nil || !strings.Contains(err.Error(), "is not at hand") {
		t.Errorf("got %v from a policy that the state is not under", err)
	}
}

// variants are policies that a log may be asked to change to: some are refused everywhere.
func variants(base failover.Policy, reader *byteReader) [4]failover.Policy {
	terms, duties, world := base, base, base
	terms.Lease, terms.Drift = time.Duration(1+reader.below(8))*unit, 2*unit-base.Drift
	duties.Mode, duties.HoldDown = model.Automatic, base.HoldDown+unit
	duties.Guarded, duties.Items = base.Guarded^1, 0
	duties.Lease = base.Lease + unit
	world.Workload, world.Voters = base.Workload.With(2), base.Voters.With(2).With(3)
	if !base.MultiWriter {
		world.Stores = (base.Stores + uint8(reader.below(2))) % 3
	}
	world.BrakeAfter, world.BrakeWindow = 0, 0
	return [...]failover.Policy{base, terms, duties, world}
}

// TestRandomPolicyChanges plays random logs that change their policy, and holds every step against
// Check and the ledger of leases, under the policy that the Library says.
func TestRandomPolicyChanges(t *testing.T) {
	const logs, size = 700, 2400
	source := rand.New(rand.NewPCG(7, 1))
	data := make([]byte, size)
	accepted, refused, plans := 0, 0, 0
	for range logs {
		for i := range data {
			data[i] = byte(source.Uint32())
		}
		reader := &byteReader{data: data}
		policies := variants(reader.policy(), reader)
		l := newLog(t, policies[0])
		var library failover.Library
		for _, p := range policies {
			if _, err := library.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		l.lags()
		for len(reader.data) > 0 {
			before, e := l.state, reader.event(&l.state)
			named := reader.next()
			if named < 5 {
				e = failover.PolicyEvent(l.state.Now.Add(unit/2), &policies[named%4])
			}
			if e.At > l.state.Now.Add(time.Hour) {
				continue
			}
			p, err := library.Apply(&l.state, &e, &l.did)
			if err != nil {
				if e.Kind == failover.PolicyChanged && named >= 5 && l.state == before {
					continue // It names nothing: the log would end here.
				}
				t.Fatal(err)
			}
			if err := p.Check(before, e, l.state, l.did); err != nil {
				t.Fatalf("%+v: %v\nbefore %+v\nafter %+v", e, err, before, l.state)
			}
			if err := l.ledger.follow(p, &before, &e, &l.state); err != nil {
				t.Fatalf("%+v: %v\nbefore %+v\nafter %+v", e, err, before, l.state)
			}
			if problem := tickPromise(p, &l.state); problem != "" {
				t.Fatalf("%+v: %s\nstate %+v", e, problem, l.state)
			}
			switch changed := l.state.Under != before.Under; {
			case changed:
				accepted++
			case named < 5 && policies[named%4].Governs(&l.state) != nil:
				refused++
			case l.state.Epoch != before.Epoch:
				plans++
			}
		}
	}
	if accepted < logs || refused < logs || plans < logs/2 {
		t.Errorf("the test is too weak: %d changes, %d refused, %d plans", accepted, refused, plans)
	}
	t.Logf("%d changes of policy, %d refused, %d plans begun", accepted, refused, plans)
}

package api_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// losing is an agent whose log has seen the primary down for long enough to begin a failover.

func losing(t *testing.T) (*agent, *model.Scenario) {
	t.Helper()
	file, policy := estate(t)
	a := newAgent(policy)
	a.file = file
	a.sayAll(time.Second, 0, 0)
	for i := range model.StoreID(policy.Stores) {
		a.apply(failover.Event{
			Kind: failover.LagMeasured, At: failover.Instant(2 * time.Second), Region: 1, Store: i,
			Epoch: 1, Lag: time.Second,
		})
		a.apply(failover.Event{
			Kind: failover.LeaseRenewed, At: failover.Instant(2 * time.Second), Region: 0, Store: i,
			Epoch: 1, Ticket: 7,
		})
	}
	for at := 5 * time.Second; at <= 5*time.Second+policy.HoldDown; at += 5 * time.Second {
		a.reports(at, 0)
	}
	over := failover.Instant(10*time.Second + policy.HoldDown)
	a.apply(failover.Event{Kind: failover.Tick, At: over})
	if a.view.State.Plan.Kind != failover.Failover {
		t.Fatalf("got a plan of kind %v, want a failover", a.view.State.Plan.Kind)
	}
	return a, file
}

func TestStatusSaysWhatTheStateHas(t *testing.T) {
	a, file := losing(t)
	got := api.StatusOf(&a.view, file)
	primary, target := file.Regions[0].Name, file.Regions[a.view.State.Plan.Target].Name
	plan := got.Plan
	if got.Primary != primary || plan == nil || plan.Leaves != primary || plan.To != target {
		t.Fatalf("got primary %q and plan %+v, want %q and a plan to %q", got.Primary, got.Plan, primary,
			target)
	}
	if len(got.Plan.Steps) != int(a.view.State.Plan.Count) {
		t.Errorf("got %d steps, want %d", len(got.Plan.Steps), a.view.State.Plan.Count)
	}
	lost, hold := got.Regions[0], file.Settings.HoldDown.Seconds()
	if lost.Verdict != "down" || lost.SaysDown != 2 || lost.DownFor < hold {
		t.Errorf("got %+v, want %s seen down by two for the hold-down", lost, primary)
	}
	if o := lost.Observers[0]; o.Verdict != "down" || len(o.Down) != len(file.Checks) || o.Age < 0 {
		t.Errorf("got %+v, want an observer that names every check", o)
	}
	if other := got.Regions[1]; other.Verdict != "up" || len(other.Observers[0].Down) != 0 {
		t.Errorf("got %+v, want a region that is up", other)
	}
	if len(got.Stores) != int(a.view.Policy.Stores) {
		t.Fatalf("got %d stores, want %d", len(got.Stores), a.view.Policy.Stores)
	}
	store := got.Stores[0]
	if store.Holder != primary || store.Epoch != 1 || store.Left >= 0 {
		t.Errorf("got %+v, want a lease of %s that is over", store, primary)
	}
	if c := store.Copies[0]; !c.Known || c.Lag != 1 || c.Age < hold {
		t.Errorf("got %+v, want a copy that was a second behind before the loss", c)
	}
	const measured = 2 * time.Second // One second behind, as losing has it.
	bound := time.Second + time.Duration(a.view.State.Leases[0].End) - measured
	writes := file.Traffic.RequestsPerSecond * file.Traffic.WriteShare * bound.Seconds()
	if risk := store.Copies[0].AtRisk; risk == nil || risk.Seconds != bound.Seconds() ||
		risk.Writes != uint64(math.Ceil(writes)) {
		t.Errorf("got %+v at risk, want %v and %.1f writes", risk, bound, writes)
	}
	unmeasured := api.StatusOf(&newAgent(a.view.Policy).view, file)
	if risk := unmeasured.Stores[0].Copies[0].AtRisk; risk != nil {
		t.Errorf("got %+v at risk of a copy that nobody has measured", risk)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

// The estimate goes down as steps are done, and is nothing once all are.
func TestEstimateFollowsThePlan(t *testing.T) {
	a, file := losing(t)
	before := api.EstimateOf(&a.view.State, &a.view.Policy, file)
	if before.Typical <= 0 || before.Slow < before.Typical {
		t.Fatalf("got %+v, want some time, and more if all are slow", before)
	}
	ttl := file.Routing.TTL.Seconds()
	promotion := file.Stores[0].Promotion.Quantile(0.5)
	if before.Typical < ttl+promotion {
		t.Errorf("got %.1f s, want the %.1f s of the TTL and the %.1f s of a promotion at least",
			before.Typical, ttl, promotion)
	}
	plan := &a.view.State.Plan
	for i := range plan.Count {
		if plan.Steps[i].Kind == failover.Promote {
			plan.Steps[i].Status = failover.Done
		}
	}
	after := api.EstimateOf(&a.view.State, &a.view.Policy, file)
	if want := before.Typical - promotion; after.Typical > want+0.1 {
		t.Errorf("after the promotions: got %.1f s, want %.1f s at most", after.Typical, want)
	}
	for i := range plan.Count {
		plan.Steps[i].Status = failover.Done
	}
	if got := api.EstimateOf(&a.view.State, &a.view.Policy, file); got != (api.Estimate{}) {
		t.Errorf("with all done: got %+v, want nothing left", got)
	}
}

// All of a plan is estimated the same however far it is, at least as long as what is left of it;
// and one that has been running for longer says so, which none does before.
func TestAPlanThatOutlastsItsEstimateSaysSo(t *testing.T) {
	a, file := losing(t)
	s, p := &a.view.State, &a.view.Policy
	s.Leases[0].End = s.Now.Add(p.Lease)
	before := api.StatusOf(&a.view, file).Plan
	if before.Whole.Slow < before.Left.Slow || before.Whole.Typical < before.Left.Typical ||
		before.Whole.Slow > before.Left.Slow+p.Lease.Seconds() {
		t.Errorf("as it begins, %+v is left of %+v", before.Left, before.Whole)
	}
	for i := range s.Plan.Count {
		s.Plan.Steps[i].Status = failover.Done
	}
	s.Leases[0] = failover.Lease{Holder: 1, Epoch: 2}
	slow := time.Duration(before.Whole.Slow * float64(time.Second))
	for _, gone := range []time.Duration{slow, slow + time.Second} {
		s.Now = s.Plan.Began.Add(gone)
		plan := api.StatusOf(&a.view, file).Plan
		if plan.Whole != before.Whole {
			t.Errorf("at its end all of it takes %+v, and %+v as it began", plan.Whole, before.Whole)
		}
		late, want := plan.Late(), ""
		if gone > slow {
			want = "It takes longer than estimated: 21m28s gone of 11m19s, or 21m27s if all of it were " +
				"slow."
		}
		if late != want {
			t.Errorf("after %s of %s: got %q, want %q", gone, slow, late, want)
		}
	}
	if late := (&api.PlanStatus{For: 5}).Late(); late != "" {
		t.Errorf("got %q of a plan that nothing is known of", late)
	}
}

// A fence takes as long as the lease is left where the holder's agent is lost, or a quorum sees its
// region down, whose agent is missed later; and does not wait for it where that has its guard stop
// the writes: as in a switchover.
func TestEstimateWaitsForALeaseThatNobodyCloses(t *testing.T) {
	a, file := losing(t)
	s := &a.view.State
	for i := range s.Plan.Count {
		if s.Plan.Steps[i].Status = failover.Done; s.Plan.Steps[i].Kind == failover.Fence {
			s.Plan.Steps[i].Status = failover.Pending
		}
	}
	for i := range s.Leases[:a.view.Policy.Stores] {
		s.Leases[i].End = s.Now.Add(9 * time.Second)
	}
	stop := file.Settings.StopTime.Seconds()
	if stop <= 0 || stop >= 9 {
		t.Fatalf("a guard takes %.1f s to stop", stop)
	}
	for _, kind := range []failover.PlanKind{failover.Failover, failover.Switchover} {
		s.Plan.Kind = kind
		s.Silent = s.Silent.Without(0)
		if got := api.EstimateOf(s, &a.view.Policy, file); got.Typical != 9 || got.Slow != 9 {
			t.Errorf("%v with the holder's region seen down: got %+v, want 9 s", kind, got)
		}
		seen := s.Reports
		for o := range s.Reports {
			s.Reports[o][0].Down = 0
		}
		if got := api.EstimateOf(s, &a.view.Policy, file); got.Typical != 0 || got.Slow != stop {
			t.Errorf("%v with the holder's agent there: got %+v, want 0 s to %.1f s", kind, got, stop)
		}
		s.Silent = s.Silent.With(0)
		if got := api.EstimateOf(s, &a.view.Policy, file); got.Typical != 9 || got.Slow != 9 {
			t.Errorf("%v with the holder's agent lost: got %+v, want 9 s", kind, got)
		}
		s.Reports = seen
	}
}

// An agent that has applied nothing for a while shows its leases and its reports as old as they are
// by now: the log's time stands still without a leader.
func TestStatusOfAnAgentWithoutALeaderAges(t *testing.T) {
	a, file := losing(t)
	s := &a.view.State
	for i := range s.Leases[:a.view.Policy.Stores] {
		s.Leases[i].End = s.Now.Add(9 * time.Second)
	}
	a.view.Applied = 0
	fresh := api.StatusOf(&a.view, file)
	a.view.Applied = 30 * time.Second
	aged := api.StatusOf(&a.view, file)
	a.view.Applied = -1
	unknown := api.StatusOf(&a.view, file)
	for what, ages := range map[string][3]float64{
		"report":   {30, fresh.Regions[0].Observers[0].Age, aged.Regions[0].Observers[0].Age},
		"copy":     {30, fresh.Stores[0].Copies[0].Age, aged.Stores[0].Copies[0].Age},
		"loss":     {30, fresh.Regions[0].DownFor, aged.Regions[0].DownFor},
		"plan":     {30, fresh.Plan.For, aged.Plan.For},
		"lease":    {-30, fresh.Stores[0].Left, aged.Stores[0].Left},
		"log time": {0, fresh.At, aged.At},
	} {
		if got := ages[2] - ages[1]; got < ages[0]-0.01 || got > ages[0]+0.01 {
			t.Errorf("after 30 s without a leader the %s is %.1f s older, want %.1f s", what, got, ages[0])
		}
	}
	if fresh.Stores[0].Left != 9 || fresh.Stores[0].Unaged || !unknown.Stores[0].Unaged {
		t.Errorf("got %+v and, of an agent that was started, %+v", fresh.Stores[0], unknown.Stores[0])
	}
}

// What the agents say of a gate is what the decision code says, word for word.
func TestAccountIsThatOfTheDecision(t *testing.T) {
	a, file := losing(t)
	got := api.AccountOf(&a.view, file)
	want := a.view.Policy.Account(a.view.State, failover.NamesOf(file))
	if len(got.Scopes) != len(want.Scopes) || len(got.Facts) != len(want.Facts) {
		t.Fatalf("got %d scopes and %d facts, want %d and %d", len(got.Scopes), len(got.Facts),
			len(want.Scopes), len(want.Facts))
	}
	for i, scope := range got.Scopes {
		if scope.Conclusion != want.Scopes[i].Conclusion || len(scope.Gates) != int(failover.GateCount) {
			t.Errorf("%s: got %q and %d gates", scope.Scope, scope.Conclusion, len(scope.Gates))
		}
		for gate, told := range scope.Gates {
			reason := want.Scopes[i].Verdict.Reason(failover.Gate(gate), a.view.State.Now,
				failover.NamesOf(file))
			if told.Reason != reason {
				t.Errorf("%s, %s: got %q, want %q", scope.Scope, told.Gate, told.Reason, reason)
			}
		}
	}
	chosen := 0
	for _, c := range got.Scopes[0].Candidates {
		if c.Chosen {
			chosen++
		}
	}
	if chosen != 1 {
		t.Errorf("got %d candidates that were chosen, want 1", chosen)
	}
}

// Every kind of action that people are to hear of is a sentence, with names in place of numbers.
func TestNotices(t *testing.T) {
	file, _ := estate(t)
	for _, a := range []failover.Action{
		{Kind: failover.Ask, Subject: 0, Target: 1, Risk: 30 * time.Second},
		{Kind: failover.Ask, Drill: true, Subject: 0, Target: 1},
		{Kind: failover.Tell, Subject: 0, Target: 1},
		{Kind: failover.Tell, Subject: 0, Target: model.NoRegion},
		{Kind: failover.Alarm, Step: failover.Fence, Epoch: 3, Subject: 0, Target: 1},
		{Kind: failover.Alarm, Part: failover.OneStore, Subject: 1, Target: 1},
		{Kind: failover.Alarm, Part: failover.OneStore, Subject: 1, Target: 1, Gate: failover.LagGate},
		{Kind: failover.Alarm, GivenUp: failover.Switchover, Epoch: 4, Subject: 1, Target: 1},
		{Kind: failover.Alarm, Subject: 1, Target: model.NoRegion},
		{Kind: failover.Alarm, Subject: model.NoRegion, Target: model.NoRegion},
	} {
		text := api.Notice(&a, failover.NamesOf(file))
		named := !a.Subject.Valid() || a.GivenUp != failover.NoPlan ||
			strings.Contains(text, file.Regions[a.Subject].Name) ||
			a.Target.Valid() && strings.Contains(text, file.Regions[a.Target].Name)
		if text == "" || strings.Contains(text, "none") || strings.Contains(text, "unknown") || !named {
			t.Errorf("%+v: got %q", a, text)
		}
	}
	if text := api.Notice(&failover.Action{Kind: failover.Do}, failover.NamesOf(file)); text != "" {
		t.Errorf("of what is for an executor: got %q, want nothing", text)
	}
}

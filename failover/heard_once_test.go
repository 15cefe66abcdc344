package failover_test

import (
	"slices"
	"strings"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// fencedAnew has a forced failover of two stores begin anew: one of them has moved, and its guard
// fences what it opened. Nobody hears of the agent that is to fence the other one, without a guard.
func fencedAnew(t *testing.T) *log {
	p := oneStore()
	p.Stores, p.Guarded = 2, 1
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(p.HoldDown / 2)
	l.apply(forcedTo1)
	l.tick(unit)
	l.apply(failover.Event{Kind: failover.AgentLost, Region: 0})
	return l
}

// TestPeopleHearOnceOfAFenceThatIsGivenUpAgain has nobody hear again of what a plan goes without,
// each time that it begins anew.
func TestPeopleHearOnceOfAFenceThatIsGivenUpAgain(t *testing.T) {
	l := fencedAnew(t)
	if heard := heardOfFence(l); heard != 1 {
		t.Fatalf("people hear %d times of the fence that is given up, want 1", heard)
	}
	for range 3 {
		try(l, failover.Promote, failover.StepDone)
		beginAnew(l)
		if heard := heardOfFence(l); heard != 0 {
			t.Errorf("people hear %d times of it again", heard)
		}
		l.tick(20 * unit)
	}
}

// heardOfFence is how often people hear of a fence with the last event.
func heardOfFence(l *log) (heard int) {
	for _, action := range l.did.All() {
		if action.Kind == failover.Alarm && action.Step == failover.Fence {
			heard++
		}
	}
	return heard
}

// beginAnew has the first store, which was promoted, fenced.
func beginAnew(l *log) {
	epoch := l.state.Plan.Epoch
	l.tick(unit)
	l.apply(failover.Event{Kind: failover.Fenced, Region: 1, Epoch: epoch})
	if l.state.Plan.Epoch == epoch {
		l.t.Fatal("the plan does not begin anew")
	}
}

// try has region 1 claim the first step of a kind, and say how it went.
func try(l *log, kind failover.StepKind, how failover.EventKind) {
	e := failover.Event{Kind: failover.StepClaimed, Region: 1, Epoch: l.state.Plan.Epoch}
	e.Step = uint8(slices.IndexFunc(l.state.Plan.Steps[:], func(step failover.Step) bool {
		return step.Kind == kind
	}))
	e.Round = l.state.Plan.Steps[e.Step].Round
	l.apply(e)
	e.Kind = how
	l.apply(e)
}

// TestCheckSeesThatPeopleHearAgain holds code against Check that does not look at what people have
// heard when a step fails that has begun anew, and code that is silent where they have not.
func TestCheckSeesThatPeopleHearAgain(t *testing.T) {
	for _, heard := range []bool{true, false} {
		l := fencedAnew(t)
		try(l, failover.Promote, failover.StepDone)
		for range l.policy.StepTries {
			try(l, failover.Scale, failover.StepFailed)
		}
		beginAnew(l)
		for range l.policy.StepTries - 1 {
			try(l, failover.Scale, failover.StepFailed)
		}
		try(l, failover.Scale, failover.StepClaimed)
		before, broken, did := l.state, l.state, failover.Actions{}
		e := failover.Event{
			Kind: failover.StepFailed, At: before.Now, Region: 1, Epoch: before.Plan.Epoch,
			Step: uint8(slices.IndexFunc(before.Plan.Steps[:], func(step failover.Step) bool {
				return step.Kind == failover.Scale
			})),
		}
		e.Round = before.Plan.Steps[e.Step].Round
		if heard {
			broken.Notices = [failover.MaxNotices]failover.Notice{}
		} else {
			before.Notices = [failover.MaxNotices]failover.Notice{}
		}
		l.policy.Apply(&broken, &e, &did)
		if broken.Notices = before.Notices; heard {
			copy(broken.Notices[1:], before.Notices[:])
			broken.Notices[0] = failover.Notice{
				At: broken.Now, Epoch: e.Epoch, Index: e.Step, Step: failover.Scale,
				Subject: before.Plan.Subject, Target: before.Plan.Target,
			}
		}
		err := l.policy.CheckStep(&before, &e, &broken, &did)
		if err == nil || !strings.Contains(err.Error(), "people hear of the scale") {
			t.Errorf("heard before: %t: got %v", heard, err)
		}
	}
}

// TestCheckSeesThatPeopleHearAgainOfAFenceTheyForce holds code against Check that has people hear
// anew of a fence as their force goes without it: they heard when its agent was lost.
func TestCheckSeesThatPeopleHearAgainOfAFenceTheyForce(t *testing.T) {
	p := oneStore()
	p.Guarded, p.HoldDown = 0, 20*unit
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(p.HoldDown)
	l.apply(failover.Event{Kind: failover.AgentLost, Region: 0})
	if heard := heardOfFence(l); heard != 1 {
		t.Fatalf("people hear %d times of the fence that waits for their force, want 1", heard)
	}
	before, broken, did := l.state, l.state, failover.Actions{}
	e := anew(&l.state, forcedTo1)
	e.At = before.Now
	l.policy.Apply(&broken, &e, &did)
	if fence := &broken.Plan.Steps[0]; fence.Status != failover.Spared {
		t.Fatalf("the fence is %v, want it spared", fence.Status)
	}
	if err := l.policy.CheckStep(&before, &e, &broken, &did); err != nil {
		t.Fatal(err)
	}
	did.List[did.Count] = failover.Action{
		Kind: failover.Alarm, Epoch: broken.Plan.Epoch, At: broken.Now, Step: failover.Fence,
		Region: model.NoRegion, Subject: broken.Plan.Subject, Target: broken.Plan.Target,
	}
	did.Count++
	copy(broken.Notices[1:], broken.Notices[:])
	broken.Notices[0].At = broken.Now
	err := l.policy.CheckStep(&before, &e, &broken, &did)
	if err == nil || !strings.Contains(err.Error(), "people hear again of the fence") {
		t.Errorf("got %v", err)
	}
}

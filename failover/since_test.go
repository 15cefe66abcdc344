package failover_test

import (
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// TestCooldownEndsWhenItSays holds when the cooldown began to hold and when it ends against the
// ruling at the moments around it, for every three recent transitions.
func TestCooldownEndsWhenItSays(t *testing.T) {
	p := oneStore()
	p.StaleAfter = 24 * time.Hour
	elsewhere := failover.Transition{From: failover.RegionScope(2), To: 2, Took: true, Valid: true}
	leaves := failover.Transition{From: failover.RegionScope(1), To: 2, Took: true, Valid: true}
	held := 0
	for row, kinds := range [][3]*failover.Transition{
		{&elsewhere}, {&leaves}, {&elsewhere, &elsewhere}, {&elsewhere, &leaves},
		{&leaves, &elsewhere}, {&leaves, &leaves}, {&elsewhere, &elsewhere, &elsewhere},
		{&elsewhere, &leaves, &elsewhere}, {&leaves, &elsewhere, &elsewhere},
		{&elsewhere, &elsewhere, &leaves}, {&leaves, &elsewhere, &leaves},
	} {
		l := newLog(t, p)
		l.lags()
		zero := l.state.Now
		for i, kind := range kinds {
			if kind != nil {
				l.state.Recent[i] = *kind
				l.state.Recent[i].At = zero.Add(time.Duration(3-i) * time.Minute)
			}
		}
		at := func(now failover.Instant) failover.Finding {
			s := l.state
			s.Now = now
			v := p.Explain(s, failover.RegionScope(primary))
			if v.Target != 1 {
				t.Fatalf("target: got %d, want 1", v.Target)
			}
			return v.Gates[failover.CooldownGate]
		}
		now := zero.Add(3 * time.Minute)
		f := at(now)
		if f.Ruling == failover.Pass {
			continue
		}
		held++
		if at(f.Until-1).Ruling != failover.Hold || at(f.Until).Ruling != failover.Pass {
			t.Errorf("row %d: got until %d, and it holds until some other time", row, f.Until)
		}
		if f.Since <= zero || f.Since > now {
			t.Errorf("row %d: got since %d, want a transition's time", row, f.Since)
		}
	}
	if held != 10 {
		t.Errorf("held: got %d, want 10", held)
	}
}

// TestSinceIsOfWhatHolds has each reason rest on what holds the gate, and not on what was before.
func TestSinceIsOfWhatHolds(t *testing.T) {
	p := oneStore()
	p.Items, p.ReadinessStaleAfter = 1, time.Hour
	l := newLog(t, p)
	l.lags()
	l.tick(time.Minute)
	l.apply(failover.Event{Kind: failover.ReadinessChanged, Region: 1, Known: 1})
	l.tick(10 * time.Minute)
	l.apply(failover.Event{Kind: failover.AgentLost, Region: 1})
	v := p.Explain(l.state, failover.RegionScope(primary))
	if since, told := v.Since(failover.ReadinessGate, l.state.Now); told {
		t.Errorf("an agent that is not heard of: got since %s, want nothing of the items",
			time.Duration(since))
	}
	l.apply(ordered(failover.PullBrake, 0))
	l.apply(ordered(failover.LiftBrake, 0))
	l.tick(time.Minute)
	paused := l.state.Now
	l.apply(ordered(failover.Pause, 0))
	l.tick(time.Minute)
	l.apply(ordered(failover.Pause, 0)) // It is paused since the first time.
	v = p.Explain(l.state, failover.RegionScope(primary))
	if since, told := v.Since(failover.BrakeGate, l.state.Now); !told || since != paused {
		t.Errorf("paused: got since %d (%t), want %d", since, told, paused)
	}
	if got := v.Reason(failover.BrakeGate, l.state.Now, names); !strings.Contains(got, "1m0s ago") {
		t.Errorf("paused: got %q, want when", got)
	}
	l.apply(ordered(failover.Resume, 0))
	if l.state.PausedAt != 0 {
		t.Errorf("resumed: got a pause since %d, want none", l.state.PausedAt)
	}
}

// TestTextsNameWhatIs holds the words of reasons and refusals that said too much.
func TestTextsNameWhatIs(t *testing.T) {
	l := newLog(t, oneStore())
	for _, cause := range [...]failover.Cause{failover.ZoneFailure, failover.Corruption} {
		e := ordered(failover.Declare, primary)
		e.Share = uint16(cause)
		l.apply(e)
		l.tick(time.Minute)
	}
	v := l.policy.Explain(l.state, failover.RegionScope(primary))
	const both = "a zone failure and corrupted data were declared in "
	if got := v.Reason(failover.CauseGate, l.state.Now, names); !strings.HasPrefix(got, both) ||
		!strings.Contains(got, "the first 2m0s ago") {
		t.Errorf("causes: got %q", got)
	}
	l = newLog(t, oneStore())
	l.apply(failover.Event{Kind: failover.Fenced, Region: primary, Epoch: 1})
	if l.state.Plan.Kind != failover.Reopen {
		t.Fatalf("plan: got %s, want a reopening", l.state.Plan.Kind)
	}
	got := l.policy.Refuses(l.state, ordered(failover.Abort, 0))
	if !strings.HasPrefix(got, "the plan puts right") {
		t.Errorf("abort of a reopening: got %q, and it moved nothing", got)
	}
}

package failover_test

import (
	"slices"
	"strings"
	"testing"

	"redoubt/failover"
)

// lostAndVetoed has region 0 lost, and people hear that a veto keeps it from being left; somebody
// pauses the policy, which is an earlier gate.
func lostAndVetoed(t *testing.T) *log {
	p := oneStore()
	p.HoldDown = p.StaleAfter / 3
	l := newLog(t, p)
	l.lags()
	l.apply(ordered(failover.Veto, 0))
	l.report(0, true, 1, 2)
	l.tick(2 * p.HoldDown)
	l.apply(ordered(failover.Pause, 0))
	return l
}

// heardOfGates are the gates that people hear of with the last event.
func heardOfGates(l *log) (heard []failover.Gate) {
	for _, action := range l.did.All() {
		if action.Gate != 0 {
			heard = append(heard, action.Gate)
		}
	}
	return heard
}

// TestPeopleHearOfAnEarlierGateAHoldDownLater has what opens and shuts not be told each time.
func TestPeopleHearOfAnEarlierGateAHoldDownLater(t *testing.T) {
	l := lostAndVetoed(t)
	l.apply(ordered(failover.LiftVeto, 0))
	if heard := heardOfGates(l); len(heard) != 0 {
		t.Fatalf("people hear of %v at once", heard)
	}
	due := l.state.Now.Add(l.policy.HoldDown)
	for l.state.Now < due {
		if heard := heardOfGates(l); len(heard) != 0 {
			t.Fatalf("people hear of %v too soon", heard)
		}
		next, _ := l.policy.Deadline(l.state)
		l.tick(min(next, due).Sub(l.state.Now))
	}
	if heard := heardOfGates(l); !slices.Equal(heard, []failover.Gate{failover.BrakeGate}) {
		t.Errorf("people hear of %v, want the brake", heard)
	}
	silent := l.did
	silent.Count = uint8(len(slices.DeleteFunc(silent.All(), func(a failover.Action) bool {
		return a.Gate != 0
	})))
	state, e := l.state, failover.Event{Kind: failover.Tick, At: l.state.Now}
	state.Notices = l.before.Notices
	objects(t, l, &e, &state, &silent, "nobody hears")
}

// objects fails unless Check does, when the last event is said to have led to something else.
func objects(
	t *testing.T, l *log, e *failover.Event, after *failover.State, did *failover.Actions, why string,
) {
	t.Helper()
	err := l.policy.CheckStep(&l.before, e, after, did)
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("Check says %v, want %q", err, why)
	}
}

// TestSilenceTakesNoAlarmBack has nobody say any more how the region is.
func TestSilenceTakesNoAlarmBack(t *testing.T) {
	l := lostAndVetoed(t)
	l.tick(2 * l.policy.StaleAfter)
	if l.policy.EvidenceOn(&l.state, 0).Failed() || l.state.Notices[0].Epoch == 0 {
		t.Fatalf("got %v, want an alarm over who is not known to be lost", l.state.Notices[0])
	}
	state, e := l.state, failover.Event{Kind: failover.Tick, At: l.state.Now}
	state.Notices = [failover.MaxNotices]failover.Notice{}
	objects(t, l, &e, &state, &l.did, "taken back")
	l.report(0, false, 1)
	if l.state.Notices[0].Epoch != 0 {
		t.Errorf("got %v, want none: somebody sees the region up", l.state.Notices[0])
	}
}

// TestPeopleHearOfWhoComesAndGoes has the primary be lost for less than two hold-downs, again and
// again, while a veto keeps it.
func TestPeopleHearOfWhoComesAndGoes(t *testing.T) {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.FlapLimit, p.FlapHalfLife = 10*unit, never, 2, 600*unit
	l := newLog(t, p)
	l.lags()
	l.apply(ordered(failover.Veto, 0))
	for range 2 {
		l.report(0, true, 1, 2)
		l.tick(p.HoldDown * 3 / 2)
		l.report(0, false, 1, 2)
	}
	l.report(0, true, 1, 2)
	l.tick(p.HoldDown)
	if heard := heardOfGates(l); !slices.Equal(heard, []failover.Gate{failover.VetoGate}) {
		t.Fatalf("people hear of %v, want the veto", heard)
	}
	state, e := l.state, failover.Event{Kind: failover.Tick, At: l.state.Now}
	state.Notices = l.before.Notices
	objects(t, l, &e, &state, &failover.Actions{}, "nobody hears")
	for range 2 {
		l.report(0, false, 1, 2)
		l.tick(p.HoldDown)
		l.report(0, true, 1, 2)
		l.tick(p.HoldDown)
		if heard := heardOfGates(l); len(heard) != 0 {
			t.Errorf("people hear of %v again", heard)
		}
	}
	l.report(0, false, 1, 2)
	standsUntilSteady(t, l)
}

// standsUntilSteady has an alarm over a region that is up end at a deadline of its own.
func standsUntilSteady(t *testing.T, l *log) {
	for range 100 {
		next, more := l.policy.Deadline(l.state)
		if !more {
			break
		}
		if l.state.Notices[0].Epoch == 0 {
			return
		}
		l.tick(next.Sub(l.state.Now))
	}
	if l.state.Notices[0].Epoch != 0 {
		t.Errorf("%v stands for ever", l.state.Notices[0])
	}
}

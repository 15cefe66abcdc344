package failover_test

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// inStages is a log whose switchover to region 1 has come to its first stage, of two.
func inStages(t *testing.T) *log {
	t.Helper()
	p := oneStore()
	p.Stages[0], p.Stages[1], p.StageHold, p.StaleAfter = 5, 50, time.Minute, time.Hour
	l := newLog(t, p)
	l.tick(unit)
	l.lags()
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Notify)
	if l.state.Split.Share != 5 {
		t.Fatalf("got %s, want the first stage", portrait(&p, &l.state))
	}
	return l
}

// A stage that was asked for and that nobody has begun waits again with a pause or a doubt, be it
// that its claim is what shows how much time has passed.
func TestStagesAskedForWaitAgain(t *testing.T) {
	for name, hinder := range map[string]func(*log){
		"a pause":            func(l *log) { l.apply(ordered(failover.Pause, 0)) },
		"a check that fails": func(l *log) { l.report(1, true, 0) },
		"nobody speaks": func(l *log) {
			l.apply(failover.Event{
				Kind: failover.StepClaimed, At: l.state.Now.Add(2 * time.Hour), Region: 2, Epoch: 2, Step: 7,
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := inStages(t)
			l.tick(time.Minute)
			if step := &l.state.Plan.Steps[7]; step.Status != failover.Pending {
				t.Fatalf("got a stage that is %s, want it asked for", step.Status)
			}
			hinder(l)
			workOff(l, failover.Notify)
			if step := &l.state.Plan.Steps[7]; step.Status != failover.Waiting || l.state.Split.Share != 5 {
				t.Errorf("got a stage that is %s, and %d%%", step.Status, l.state.Split.Share)
			}
		})
	}
}

// trafficText is what an account says of the traffic.
func trafficText(l *log) string {
	facts := l.policy.Account(l.state, names).Facts
	return facts[slices.IndexFunc(facts, func(f failover.Fact) bool {
		return f.About == "traffic"
	})].Text
}

// What a stage waits for is told.
func TestAccountsTellTheStage(t *testing.T) {
	const begun = "5% of it has shifted to region 1, and the rest goes to region 0; " +
		"the next stage, 50%, "
	l := inStages(t)
	l.tick(20 * time.Second)
	told := func(want string) {
		t.Helper()
		if got := trafficText(l); got != begun+want {
			t.Errorf("got  %s\nwant %s%s", got, begun, want)
		}
	}
	told("begins in 40s")
	l.apply(ordered(failover.Pause, 0))
	told("waits until nobody pauses the policy")
	l.apply(ordered(failover.Resume, 0))
	l.report(1, true, 0)
	told("waits until nobody doubts region 1")
	l.report(1, false, 0)
	l.tick(time.Minute)
	told("has begun")
}

// What has no stages is encoded as it was before there were any, so that digests and hashes in old
// logs stay those of their policies and states; and what has some is not.
func TestStagesHaveAnEncodingOfTheirOwn(t *testing.T) {
	l := inStages(t)
	plain := l.policy
	plain.Stages, plain.StageHold = [len(plain.Stages)]uint8{}, 0
	start := plain.Start()
	for _, c := range []struct {
		name    string
		encoded []byte
		want    uint16
	}{
		{"a policy without stages", failover.AppendPolicy(nil, &plain), 1},
		{"a policy with stages", failover.AppendPolicy(nil, &l.policy), 2},
		{"a state without stages", failover.AppendState(nil, &start), 1},
		{"a state with stages", failover.AppendState(nil, &l.state), 2},
	} {
		if got := binary.LittleEndian.Uint16(c.encoded); got != c.want {
			t.Errorf("%s: got the encoding %d, want %d", c.name, got, c.want)
		}
	}
	got, err := failover.DecodeState(failover.AppendState(nil, &l.state))
	if err != nil || got != l.state {
		t.Errorf("the state does not survive: %v", err)
	}
}

// When replicas caught up is held by an encoding of its own, with stages and without, which no
// state has in vain.
func TestCatchUpsHaveAnEncodingOfTheirOwn(t *testing.T) {
	plain := oneStore()
	for _, s := range []failover.State{plain.Start(), inStages(t).state} {
		s.Lags[0][1].CaughtUp = 7
		encoded := failover.AppendState(nil, &s)
		if got := binary.LittleEndian.Uint16(encoded); got != 3 {
			t.Errorf("got the encoding %d, want 3", got)
		}
		if got, err := failover.DecodeState(encoded); err != nil || got != s {
			t.Errorf("the state does not survive: %v", err)
		}
		last := len(encoded) - 4*model.MaxStores*model.MaxRegions
		clear(encoded[last:])
		if _, err := failover.DecodeState(encoded); err == nil {
			t.Error("a state in which nothing caught up is read from the encoding of when")
		}
	}
}

// What people ordered to leave survives the encoding, be it an evacuation or a reroute.
func TestOrderedTransitionsSurvive(t *testing.T) {
	p := oneStore()
	for _, to := range []model.RegionID{model.NoRegion, 1} {
		s := p.Start()
		s.Recent[0] = failover.Transition{
			At: 1, From: failover.RegionScope(0), To: to, Ordered: true, Valid: true,
		}
		got, err := failover.DecodeState(failover.AppendState(nil, &s))
		if err != nil || got != s {
			t.Errorf("to %d: got %+v, %v, want %+v", to, got.Recent[0], err, s.Recent[0])
		}
	}
}

// No policy and no state has two encodings.
func TestStagesAreNotEncodedInVain(t *testing.T) {
	p := oneStore()
	s := p.Start()
	policy, state := failover.AppendPolicy(nil, &p), failover.AppendState(nil, &s)
	policy[0], state[0] = 2, 2
	policy = append(policy, make([]byte, len(p.Stages)+8)...)
	state = slices.Concat(state, make([]byte, 16*model.MaxStages))
	if _, err := failover.DecodePolicy(policy); err == nil {
		t.Error("a policy without stages is read from the encoding with some")
	}
	if _, err := failover.DecodeState(state); err == nil {
		t.Error("a state without stages is read from the encoding with some")
	}
}

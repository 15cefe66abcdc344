package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// silence plays a scenario led by the witness, and returns when the log had the standby's agent as
// lost, and as seen again, since the start of the horizon; 0 for never.
func silence(t *testing.T, s *model.Scenario, horizon time.Duration) (lost, seen time.Duration) {
	t.Helper()
	w := stage(t, s, model.HotStandby, seedOf(t), witness, horizon)
	w.load()
	for w.step() {
		silent := w.state.Silent.Has(standby)
		if silent && lost == 0 {
			lost = time.Duration(w.now - warmup)
		}
		if !silent && lost != 0 && seen == 0 {
			seen = time.Duration(w.now - warmup)
		}
	}
	return lost, seen
}

// Two members that are left probe the lost one at the latest in their second interval each, so that
// the suspicion begins after 5 to 20 seconds and ends 30 seconds later. What a member says then
// takes a commit, and one round of gossip where another one found out.
func TestAgentsAreLostWhenTheLeadersMemberlistSaysSo(t *testing.T) {
	const commit = 100 * time.Millisecond
	join := 3 * 80 * time.Millisecond / 2
	cases := []struct {
		name               string
		breaks             func(s *model.Scenario)
		lostFrom, lostTo   time.Duration
		healed, seenWithin time.Duration
	}{
		{"a region that is lost joins at once when it is back", func(s *model.Scenario) {
			lose(s, standby, time.Minute, 10*time.Minute)
		}, 95 * time.Second, 111 * time.Second, 11 * time.Minute, join + commit},
		{"a region that was cut off is looked for every 30 s", func(s *model.Scenario) {
			isolate(s, standby, time.Minute, 10*time.Minute)
		}, 95 * time.Second, 111 * time.Second, 11 * time.Minute, 30*time.Second + join + commit},
		{"a cut of the leader's own link alone", func(s *model.Scenario) {
			cut(s, standby, witness, time.Minute, 10*time.Minute)
		}, 0, 0, 0, 0},
		{"a cut that ends before the suspicion does", func(s *model.Scenario) {
			isolate(s, standby, time.Minute, 34*time.Second)
		}, 0, 0, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			c.breaks(s)
			lost, seen := silence(t, s, time.Hour)
			if lost < c.lostFrom || lost > c.lostTo {
				t.Errorf("the agent was lost at %s, want %s to %s", lost, c.lostFrom, c.lostTo)
			}
			if seen < c.healed || seen > c.healed+c.seenWithin {
				t.Errorf("the agent was seen again at %s, want %s and at most %s more",
					seen, c.healed, c.seenWithin)
			}
		})
	}
}

// A leader elected after the loss says what its own memberlist says, and says it again when the log
// does not know of it.
func TestANewLeaderSaysWhoseAgentIsLost(t *testing.T) {
	s := estate()
	s.Regions = append(s.Regions,
		model.Region{Name: "fourth", FailureDomain: "fourth", Witness: true},
		model.Region{Name: "fifth", FailureDomain: "fifth", Witness: true})
	for a := range s.Regions {
		for b := range a {
			s.Latency[a][b], s.Latency[b][a] = 80*time.Millisecond, 80*time.Millisecond
		}
	}
	lose(s, standby, time.Minute, 10*time.Minute)
	lose(s, witness, 90*time.Second, 10*time.Minute)
	lost, seen := silence(t, s, time.Hour)
	if lost < 95*time.Second || lost > 3*time.Minute {
		t.Errorf("the agent was lost at %s, want 30 s after the first of four suspects it", lost)
	}
	if seen < 11*time.Minute || seen > 11*time.Minute+time.Second {
		t.Errorf("the agent was seen again at %s, want as soon as it is back at 11 min", seen)
	}
}

package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Where no guard keeps the store of a region that is cut off, nobody is heard of who could record
// its fence: the failover waits for that, and people hear that a force alone ends the wait, and not
// that anything was tried too often. Who has forced it hears that it goes on without the fence.
func TestPeopleHearOfAFenceThatNobodyMayRecord(t *testing.T) {
	const fence = "are called: nobody may ever record the fence of orders in home"
	for _, c := range []struct {
		name   string
		forced bool
		text   string
	}{
		{"waited for", false, fence + ": a force to standby ends the wait"},
		{"forced", true, fence + ", which the forced plan does without"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Stores[0].Guarded = false
			s.Settings.DataAtRiskMax = 24 * time.Hour
			isolate(s, home, time.Minute, 2*time.Hour)
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 6*time.Hour)
			w.story = &Story{}
			w.load()
			for ok := true; ok; ok = w.step() {
				if c.forced && time.Duration(w.now-warmup) > 90*time.Second {
					c.forced = false
					w.send(w.raft.leader, failover.Event{
						Kind: failover.Ordered, Verb: failover.OrderForce, Region: standby,
						Lag: failover.AnyLoss, Ticket: 1000, Who: 1,
					})
				}
			}
			w.finale()
			if at := toldAt(w, c.text); len(at) != 1 || at[0] > time.Hour {
				t.Errorf("told at %s that %q, want once while home is cut off", at, c.text)
			}
			if at := toldAt(w, "to fence has failed"); len(at) != 0 {
				t.Errorf("told at %s that a fence failed, which nobody has tried", at)
			}
		})
	}
}

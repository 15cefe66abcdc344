package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// briefReturn is a primary that is back just long enough for a failover to be cancelled, and for
// its store to be on the way to be opened again, when it is lost once more, for two minutes.
func briefReturn() *model.Scenario {
	s := estate()
	s.Settings.HoldDown, s.Settings.StopTime, s.Settings.Lease = 0, 20*time.Second, time.Minute
	s.Checks[0].Failures, s.Checks[0].Successes = 1, 1
	s.Checks[0].Interval, s.Checks[0].Timeout = 5*time.Second, time.Second
	s.Stores[0].Promotion = model.Fixed(10 * time.Minute)
	for r := int(witness); r < model.MaxRegions; r++ {
		s.Stores[0].Lag[r] = model.Distribution{}
	}
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Automatic
	}
	for _, at := range []time.Duration{time.Minute, 3*time.Minute + 10*time.Second} {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.ServiceLoss, Region: home, Peer: model.NoRegion, At: at,
			Duration: 2 * time.Minute,
		})
	}
	return s
}

// A reopening that is given up while the guard opens its store leaves the lease with the region,
// and nothing for another plan to do: the guard has to go on, and takes as long as it would have.
func TestAGuardOpensWhatItsPlanDoesNotSeeOpen(t *testing.T) {
	for _, guarded := range []bool{true, false} {
		t.Run(fmt.Sprintf("guarded %t", guarded), func(t *testing.T) {
			s := briefReturn()
			s.Stores[0].Guarded = guarded
			w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
			w.load()
			began, ended, opened := briefReopening(t, w)
			if ended <= began || ended >= began+int64(s.Settings.StopTime) {
				t.Fatalf("the plan ended %s after it began to open the store, want before the end",
					time.Duration(ended-began))
			}
			if got := time.Duration(opened - began); got != s.Settings.StopTime {
				t.Errorf("the store opened after %s, want %s", got, s.Settings.StopTime)
			}
		})
	}
}

// briefReopening plays a world, and says when the promotion of its first reopening began, when that
// plan ended, and when the store was open.
func briefReopening(t *testing.T, w *world) (began, ended, opened int64) {
	t.Helper()
	for w.step() {
		plan := &w.state.Plan
		for i, step := range plan.Steps[:plan.Count] {
			opens := plan.Kind == failover.Reopen && step.Kind == failover.Promote
			if opens && ended == 0 && w.work[i].running {
				began = w.work[i].began
			}
		}
		if began > 0 && ended == 0 && plan.Kind != failover.Reopen {
			ended = w.now
		}
		if began > 0 && opened == 0 && w.guards[home][0].open {
			opened = w.now
		}
	}
	if err := atHome(w); err != nil {
		t.Error(err)
	}
	return began, ended, opened
}

// Nothing of that hangs on the closed forms, and the story tells of it.
func TestAGuardOpensWhatItsPlanDoesNotSeeOpenEagerlyToo(t *testing.T) {
	s := unaligned(briefReturn())
	lazy, eager, _ := playBoth(t, s, strategyOf(t, s, model.WarmStandby), seedOf(t),
		timelineOutages(nil, s), 24*time.Hour)
	if different := difference(&lazy, &eager); different != "" {
		t.Error(different)
	}
	for _, text := range []string{
		"reopen (epoch 3) is cancelled",
		"opens orders: it holds the lease, though the plan is over",
	} {
		if !slices.ContainsFunc(lazy.Entries, func(e Entry) bool { return e.Text == text }) {
			t.Errorf("the story does not say: %s", text)
		}
	}
}

// A sample of lag that was measured before a claim has moved the lease counts for nothing after it,
// though it is asked for only then.
func TestNoSampleIsOfAnEarlierLeaseEagerlyToo(t *testing.T) {
	s := briefReturn()
	s.Timeline = s.Timeline[:1]
	for _, other := range []model.RegionID{standby, witness} {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.LinkCut, Region: home, Peer: other, At: 3*time.Minute + 5*time.Second,
			Duration: 30 * time.Second,
		})
	}
	s = unaligned(s)
	lazy, eager, _ := playBoth(t, s, strategyOf(t, s, model.WarmStandby), seedOf(t),
		timelineOutages(nil, s), 24*time.Hour)
	if different := difference(&lazy, &eager); different != "" {
		t.Error(different)
	}
}

package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// lineUp plays a scenario of the estate in which fifty pieces of work arrive in a second.
func lineUp(t *testing.T, s *model.Scenario, kind model.StrategyKind, drains float64) (
	*world, BacklogFinding,
) {
	t.Helper()
	s.Backlogs = []model.Backlog{{Name: "orders", Arrives: 50, Drains: drains}}
	w := stage(t, s, kind, seedOf(t), witness, 72*time.Hour)
	w.story = &Story{}
	return w, finished(t, w).story.Backlogs[0]
}

// backedUp holds a backlog to what it must be, but for the rounding of a nanosecond.
func backedUp(
	t *testing.T, got BacklogFinding, largest float64, largestAt, drainedAt time.Duration,
) {
	t.Helper()
	if math.Abs(got.Largest-largest) > 1e-6*largest || got.Left != 0 || !got.Drained ||
		(got.LargestAt-largestAt).Abs() > time.Microsecond ||
		(got.DrainedAt-drainedAt).Abs() > time.Microsecond {
		t.Errorf("got %+v; want %g at %s, drained at %s", got, largest, largestAt, drainedAt)
	}
}

// While nobody can write, all that arrives waits: the rate times the time T. Afterwards it drains
// with what can be handled beyond what arrives: in T / (d - 1).
func TestABacklogGrowsWithTheOutageAndDrains(t *testing.T) {
	for _, c := range []struct {
		name   string
		happen func(*model.Scenario, time.Duration, time.Duration)
	}{
		{"the region is lost", func(s *model.Scenario, from, to time.Duration) {
			lose(s, home, from, to-from)
		}},
		{"the application stops", func(s *model.Scenario, from, to time.Duration) {
			during(s, model.ServiceLoss, home, from, to)
		}},
		{"the store stops", func(s *model.Scenario, from, to time.Duration) {
			during(s, model.StoreLoss, home, from, to)
		}},
		{"something that it needs is missing", func(s *model.Scenario, from, to time.Duration) {
			lacking(s, home, "secret", from, to)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const from, to = time.Hour, 3 * time.Hour
			for _, drains := range []float64{1.25, 2, 5} {
				s := estate()
				c.happen(s, from, to)
				_, got := lineUp(t, s, model.SingleRegion, drains)
				after := time.Duration(float64(to-from) / (drains - 1))
				backedUp(t, got, 50*(to-from).Seconds(), to, to+after)
			}
		})
	}
}

// Users who cannot come are no outage of the work; half of the requests failing is half of what can
// be handled: at 1.5 times what arrives a quarter of it is left to wait.
func TestABacklogFollowsWhatCanBeHandled(t *testing.T) {
	s := estate()
	during(s, model.PathLoss, home, time.Hour, 3*time.Hour)
	if _, got := lineUp(t, s, model.SingleRegion, 1.5); got.Largest != 0 || got.Drained {
		t.Errorf("without an outage of the application %+v", got)
	}
	for _, kind := range []model.FaultKind{model.GreyFailure, model.BadRelease} {
		s = estate()
		during(s, kind, home, time.Hour, 3*time.Hour)
		s.Timeline[0].Share = 0.5
		_, got := lineUp(t, s, model.SingleRegion, 1.5)
		backedUp(t, got, 50*7200*0.25, 3*time.Hour, 4*time.Hour)
	}
}

// A failover ends the wait where it opens the store, long before the region is back: what waited is
// what arrived until then, and drains as fast as ever.
func TestAFailoverEndsABacklog(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 8*time.Hour)
	w, got := lineUp(t, s, model.HotStandby, 3)
	promoted := toldAt(w, "promote orders is done")[0]
	grew := time.Duration(got.Largest / 50 * 1e9)
	if at := got.LargestAt; at < promoted-time.Second || at > promoted+time.Second {
		t.Errorf("largest at %s, want when the store was promoted, at %s", at, promoted)
	}
	if off := grew - (got.LargestAt - time.Hour); off.Abs() > time.Microsecond {
		t.Errorf("%g waited, which arrive in %s; want all since %s", got.Largest, grew, time.Hour)
	}
	if w.trial.Failbacks != 1 || got.DrainedAt < promoted+grew/2 {
		t.Errorf("%d failbacks, drained at %s; want one, and not before %s", w.trial.Failbacks,
			got.DrainedAt, promoted+grew/2)
	}
}

// Where load varies over the day the queue is held against the same one in steps of a second.
func TestABacklogFollowsTheLoad(t *testing.T) {
	s := estate()
	s.Curves = []model.Curve{{Name: "day", Weekday: []model.LoadPoint{
		{At: 2 * time.Hour, Load: 1}, {At: 12 * time.Hour, Load: 3},
	}}}
	s.Populations[0].Curve = 1
	lose(s, home, 9*time.Hour, 2*time.Hour)
	w, got := lineUp(t, s, model.SingleRegion, 1.3)
	waits, largest, drained := 0.0, 0.0, time.Duration(0)
	for at := time.Duration(0); at < 72*time.Hour; at += time.Second {
		middle := warmup + int64(at+time.Second/2)
		handled := 1.3 * given(at < 9*time.Hour || at >= 11*time.Hour)
		before := waits
		if waits = max(0, waits+50*(w.demand(middle)-handled)); before > 0 && waits == 0 {
			drained = at + time.Second
		}
		largest = max(largest, waits)
	}
	if math.Abs(got.Largest/largest-1) > 1e-3 || (got.DrainedAt-drained).Abs() > 10*time.Second {
		t.Errorf("got %+v; want %g, drained at %s", got, largest, drained)
	}
}

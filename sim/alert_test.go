package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// alarmed plays a scenario of the estate with one alert, and returns when it fired.
func alarmed(
	t *testing.T, s *model.Scenario, kind model.StrategyKind, seed uint64, a model.Alert,
) []time.Duration {
	t.Helper()
	a.Name, s.Alerts = "alert", []model.Alert{a}
	w := stage(t, s, kind, seed, witness, 12*time.Hour)
	w.story = &Story{}
	return finished(t, w).story.Alerts[0].At
}

// lagAbove is an alert on the copy of the standby.
func lagAbove(seconds float64, periods, datapoints int) model.Alert {
	return model.Alert{
		Metric: model.AlertLag, Region: standby, Above: seconds, Period: time.Minute,
		Periods: periods, Datapoints: datapoints,
	}
}

// periodEnd is the end of the period of a minute in which a moment falls, for the phase of a seed.
func periodEnd(at time.Duration, seed uint64) time.Duration {
	phase := newSource(seed, 0).uniform(alertPhase, 0, 0)
	return time.Duration(nextTick(warmup+int64(at), int64(time.Minute), phase) - warmup)
}

// The lag of a copy that is stalled, or cut off, grows by a second each second from what it always
// is. The alert fires at the end of the period in which that passes the threshold, half a period
// later in the mean; where three periods of five must, two periods after that.
func TestALagAlertFiresWhenTheRampHasPassed(t *testing.T) {
	const begins = time.Hour
	for _, way := range []struct {
		name   string
		happen func(*model.Scenario)
	}{
		{"stalled", func(s *model.Scenario) { stall(s, standby, begins, 3*time.Hour) }},
		{"cut off", func(s *model.Scenario) { isolate(s, standby, begins, 2*time.Hour) }},
		{"bereft", func(s *model.Scenario) { lose(s, home, begins, 0) }},
	} {
		t.Run(way.name, func(t *testing.T) {
			for _, threshold := range []float64{5, 30} {
				crossing := begins + time.Duration(threshold*1e9) - always
				var waits sample
				for seed := range uint64(400) {
					s := estate()
					way.happen(s)
					s.Settings.HoldDown = 10 * time.Minute // No failover makes the standby a primary before.
					own := mix(seed ^ seedOf(t))
					at := alarmed(t, s, model.HotStandby, own, lagAbove(threshold, 1, 1))
					later := alarmed(t, s, model.HotStandby, own, lagAbove(threshold, 5, 3))
					want := periodEnd(crossing, own)
					if len(at) == 0 || at[0] != want || later[0] != want+2*time.Minute {
						t.Fatalf("fires at %v and, three of five, %v; want %s", at, later, want)
					}
					waits = append(waits, (at[0] - crossing).Seconds())
				}
				near(t, "the mean wait", waits.mean(), 30, waits.standardError())
			}
		})
	}
}

// Where every region writes, each copy is as old as what it lacks of any other region, the first of
// the file's regions among them; no guard opens or closes there what is written.
func TestALagAlertSeesEveryCopyWhereEveryRegionWrites(t *testing.T) {
	const begins = time.Hour
	for _, way := range []struct {
		name   string
		happen func(*model.Scenario, model.RegionID)
	}{
		{"stalled", func(s *model.Scenario, r model.RegionID) { stall(s, r, begins, 3*time.Hour) }},
		{"cut off", func(s *model.Scenario, r model.RegionID) { isolate(s, r, begins, 2*time.Hour) }},
		{"bereft", func(s *model.Scenario, r model.RegionID) { lose(s, standby-r, begins, 0) }},
	} {
		for _, r := range []model.RegionID{home, standby} {
			s, own := estate(), seedOf(t)
			s.Stores[0].Kind = model.MultiActive
			s.Populations = []model.Population{
				{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
			}
			way.happen(s, r)
			s.Settings.HoldDown = 10 * time.Minute
			alert := lagAbove(300, 1, 1)
			alert.Region = r
			at := alarmed(t, s, model.ActiveActive, own, alert)
			if want := periodEnd(begins+5*time.Minute-always, own); len(at) != 1 || at[0] != want {
				t.Errorf("%s, region %d: fires at %v, want %s", way.name, r, at, want)
			}
		}
	}
}

// A copy that catches up stops the alert, which fires again when the copy stalls again.
func TestALagAlertEnds(t *testing.T) {
	s := estate()
	stall(s, standby, time.Hour, 2*time.Hour)
	stall(s, standby, 4*time.Hour, 5*time.Hour)
	at := alarmed(t, s, model.HotStandby, seedOf(t), lagAbove(5, 1, 1))
	if len(at) != 2 || at[0] > time.Hour+2*time.Minute || at[1] < 4*time.Hour {
		t.Errorf("fired at %v, want after one hour and after four", at)
	}
	for _, kind := range []model.StrategyKind{model.SingleRegion, model.BackupRestore} {
		if at := alarmed(t, s, kind, seedOf(t), lagAbove(5, 1, 1)); len(at) != 0 {
			t.Errorf("%s keeps no copy, and yet its lag is too much at %v", kind, at)
		}
	}
}

// The share of errors of a period is that of its time in which all requests fail. The firing is
// found by hand, period by period.
func TestAnErrorAlertCountsPeriods(t *testing.T) {
	failing := [][2]time.Duration{
		{time.Hour, time.Hour + 50*time.Second},
		{time.Hour + 2*time.Minute, time.Hour + 155*time.Second},
		{time.Hour + 4*time.Minute, time.Hour + 7*time.Minute},
	}
	for seed := range uint64(100) {
		own := mix(seed ^ seedOf(t))
		a := model.Alert{
			Metric: model.AlertErrors, Above: 0.4, Period: time.Minute, Periods: 5, Datapoints: 3,
		}
		s := estate()
		for _, f := range failing {
			during(s, model.PathLoss, home, f[0], f[1]) // Which no check of the estate sees.
		}
		want, counted := time.Duration(-1), []bool{}
		for end := periodEnd(55*time.Minute, own); want < 0; end += time.Minute {
			bad := time.Duration(0)
			for _, f := range failing {
				bad += max(0, min(end, f[1])-max(end-time.Minute, f[0]))
			}
			counted = append(counted, bad.Minutes() > a.Above)
			met := 0
			for _, c := range counted[max(0, len(counted)-a.Periods):] {
				met += int(given(c))
			}
			if met >= a.Datapoints {
				want = end
			}
		}
		if at := alarmed(t, s, model.SingleRegion, own, a); len(at) != 1 || at[0] != want {
			t.Fatalf("fired at %v, want %s", at, want)
		}
	}
}

// What the periods of an alert count sums to all that fails, also while clients follow and where
// load varies over the day: exactly where the share of those who have not followed falls in
// straight lines; else but for the run's own quadrature, whose pieces are longer.
func TestPeriodsMissNothingThatFails(t *testing.T) {
	for _, c := range []struct {
		clients   model.ClientModel
		varies    bool
		tolerance float64
	}{
		{model.Idealised, false, 1e-9}, {model.Idealised, true, 1e-9}, {model.Measured, false, 2e-4},
		{model.Measured, true, 2e-4},
	} {
		s := estate()
		s.Routing.Clients = c.clients
		if c.varies {
			s.Curves = []model.Curve{{Name: "day", Weekday: []model.LoadPoint{
				{At: 0, Load: 1}, {At: 12 * time.Hour, Load: 3},
			}}}
			s.Populations[0].Curve = 1
		}
		lose(s, home, 10*time.Hour, 6*time.Hour)
		w := stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour)
		failed := failedByPieces(w)
		if off := math.Abs(failed/w.lost - 1); off > c.tolerance || w.lost == 0 {
			t.Errorf("%s clients, varies: %t: the periods count %.9g, the run %.9g", c.clients, c.varies,
				failed, w.lost)
		}
	}
}

// An alert only watches: nothing that happens changes.
func TestAnAlertMovesNothing(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 6*time.Hour)
	before := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)).trial
	alarmed(t, s, model.HotStandby, seedOf(t), lagAbove(5, 1, 1))
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.story = &Story{}
	if finished(t, w).trial != before {
		t.Errorf("with an alert the run is %+v, without %+v", w.trial, before)
	}
}

// A record of the lag turns at its rows while nothing happens: an alert fires in the period in
// which a peak between two events is, each time that the record begins anew.
func TestAnAlertSeesTheRowsOfARecord(t *testing.T) {
	s := estate()
	s.Stores[0].LagTrace = model.LagTrace{
		{At: 0, Lag: time.Second}, {At: 90 * time.Minute, Lag: time.Second},
		{At: 91 * time.Minute, Lag: time.Minute}, {At: 92 * time.Minute, Lag: time.Second},
		{At: 5 * time.Hour, Lag: time.Second},
	}
	fired := alarmed(t, s, model.HotStandby, seedOf(t), lagAbove(59.5, 1, 1))
	if len(fired) != 3 {
		t.Fatalf("the alert fires at %v, want in each of three turns of the record", fired)
	}
	for turn, at := range fired {
		peak := time.Duration(turn)*5*time.Hour + 91*time.Minute
		if at < peak || at > peak+time.Minute {
			t.Errorf("it fires at %s, want within a minute of %s", at, peak)
		}
	}
}

// A load that leaves a copy behind for hours has it be furthest behind at a moment at which nothing
// bends: 0.6 hours and its usual 1.04 s at 15:36, each day. An alert sees that whatever the phase
// of its periods.
func TestAnAlertSeesThePeakOfWhatTheLoadLeavesBehind(t *testing.T) {
	for seed := range uint64(20) {
		for _, c := range []struct {
			hours float64
			want  bool
		}{{0.6002, true}, {0.6003, false}} {
			s := noon(advised(1.25))
			a := lagAbove(c.hours*3600, 1, 1)
			a.Name, a.Period = "alert", 6*time.Hour
			s.Alerts = []model.Alert{a}
			w := stage(t, s, model.HotStandby, seed, witness, 48*time.Hour)
			w.story = &Story{}
			fired := finished(t, w).story.Alerts[0].At
			if c.want && len(fired) != 2 || !c.want && len(fired) != 0 {
				t.Errorf("seed %d, above %g h: it fires at %s", seed, c.hours, fired)
			}
		}
	}
}

// failedByPieces plays a world to its end, and sums what an alert sees fail between its events.
func failedByPieces(w *world) float64 {
	w.load()
	failed, from := 0.0, w.now
	for {
		if w.unscheduled && !w.queue.due(w.now) {
			w.schedule() // As the next step does first: what it puts in may come before all else.
		}
		queued := w.queue // A copy, to look at what comes next.
		queued.far = slices.Clone(queued.far)
		next := queued.pop()
		if next == nil || next.at >= warmup+w.horizon {
			break
		}
		failed += w.failedIn(from, next.at)
		from = next.at
		w.step()
	}
	failed += w.failedIn(from, warmup+w.horizon)
	w.finale()
	return failed
}

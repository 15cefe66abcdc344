package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// Answers of 60 s have a uniform age: over a minute the clients lose the way, and all at once they
// have it again. Nothing else is touched, and nobody leaves a region for that.
func TestWithoutAnswersClientsLoseTheWay(t *testing.T) {
	for _, c := range []struct {
		name        string
		lasts, lost time.Duration
	}{
		{"longer than a TTL", 10 * time.Minute, 9*time.Minute + 30*time.Second},
		{"half a TTL", 30 * time.Second, 7500 * time.Millisecond}, // 30 s x 1/4.
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, kind := range model.StrategyKinds() {
				s := estate()
				s.Traffic.Sessions = 1000
				s.Populations = []model.Population{
					{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
				}
				during(s, model.RoutingLoss, model.NoRegion, time.Hour, time.Hour+c.lasts)
				w := finished(t, stage(t, s, kind, seedOf(t), witness, 6*time.Hour))
				if off := w.trial.Lost - c.lost; off.Abs() > time.Microsecond {
					t.Errorf("%s: lost %s of the mean load, want %s", kind, w.trial.Lost, c.lost)
				}
				if w.trial.Failovers != 0 || w.trial.LostSessions != 0 || w.serving < 1 {
					t.Errorf("%s: got %+v, want nothing moved or lost", kind, w.trial)
				}
			}
		})
	}
}

// What is changed meanwhile nobody hears of: who has an answer goes where nobody is any more, until
// it runs out, and who has none learns of the change at the end.
func TestAChangeWithoutAnswersIsHeardOfAtTheEnd(t *testing.T) {
	s := estate()
	s.Routing.TTL = 8 * time.Hour
	during(s, model.RoutingLoss, model.NoRegion, time.Hour, 3*time.Hour)
	lose(s, home, 90*time.Minute, 12*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 6*time.Hour)
	w.load()
	for _, c := range []struct {
		at   time.Duration
		want float64
	}{
		{80 * time.Minute, 1 - 1.0/24}, // Of 8 h a third of an hour has run out.
		{2 * time.Hour, 0},
		{3*time.Hour + time.Minute, 2.0/8 + 1.0/480}, // All whose answer has run out since.
		{5 * time.Hour, 4.0 / 8},
	} {
		w.push(warmup+int64(c.at), evSettle, 0, 0, 0)
		if got := servedAt(t, w, c.at); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("at %s: %.6f of the requests succeed, want %.6f", c.at, got, c.want)
		}
	}
}

// Checks of the way that users take see it of every region, and there is nowhere to go instead.
func TestNoWayIsBetterWithoutAnswers(t *testing.T) {
	s := estate()
	way := s.Checks[0]
	way.Name, way.Scope = "way", model.OfRouting
	s.Checks = append(s.Checks, way)
	during(s, model.RoutingLoss, model.NoRegion, time.Hour, 3*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 12*time.Hour))
	if w.trial.Failovers != 0 || w.state.Primary != home || w.serving < 1 {
		t.Errorf("got %+v, primary %d, want home to stay", w.trial, w.state.Primary)
	}
}

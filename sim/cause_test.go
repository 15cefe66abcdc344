package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// Each stretch of downtime has one cause, which the first of a run is held to here.
func TestDowntimeHasACause(t *testing.T) {
	const at = time.Minute
	cases := []struct {
		name  string
		kind  model.StrategyKind
		fault func(s *model.Scenario)
		want  model.DownCause
	}{
		{"a single region is lost", model.SingleRegion, func(s *model.Scenario) {
			lose(s, home, at, time.Hour)
		}, model.DownAwaited},
		{"the primary comes back soon", model.HotStandby, func(s *model.Scenario) {
			lose(s, home, at, time.Minute)
		}, model.DownAwaited},
		{"the primary is left", model.HotStandby, func(s *model.Scenario) {
			lose(s, home, at, time.Hour)
		}, model.DownFailover},
		{"the home of those who write everywhere", model.ActiveActive, func(s *model.Scenario) {
			lose(s, home, at, time.Hour)
		}, model.DownFailover},
		{"another region is lost", model.ReadLocal, func(s *model.Scenario) {
			lose(s, standby, at, time.Hour)
		}, model.DownExposed},
		{"another region is lost for a moment", model.ReadLocal, func(s *model.Scenario) {
			lose(s, standby, at, time.Minute)
		}, model.DownExposed},
		{"the others are lost", model.HotStandby, func(s *model.Scenario) {
			lose(s, standby, at, time.Hour)
			lose(s, witness, at, time.Hour)
		}, model.DownQuorum},
		{"the primary is isolated", model.HotStandby, func(s *model.Scenario) {
			isolate(s, home, at, 30*time.Second)
		}, model.DownQuorum},
		{"the primary is isolated and left", model.HotStandby, func(s *model.Scenario) {
			isolate(s, home, at, time.Hour)
		}, model.DownQuorum},
		{"the primary is seen down by the others alone", model.HotStandby, func(s *model.Scenario) {
			s.Settings.HoldDown, s.Settings.Lease = 0, time.Minute
			s.Settings.DataAtRiskMax = 5 * time.Minute
			isolate(s, home, at, time.Hour)
		}, model.DownFalse},
		{"nobody has approved it", model.PilotLight, func(s *model.Scenario) {
			lose(s, home, at, 5*time.Minute)
		}, model.DownWithheld},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Populations = []model.Population{
				{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
			}
			c.fault(s)
			w := finished(t, stage(t, s, c.kind, seedOf(t), witness, 30*time.Minute))
			var sum time.Duration
			for cause, down := range w.trial.DownBy {
				sum += down
				want := model.DownCause(cause) == c.want
				if got := w.trial.Stretches[cause] > 0; got != want || (down > 0) != want {
					t.Errorf("%s down in %d stretches because of %s, want all of it because of %s", down,
						w.trial.Stretches[cause], model.DownCause(cause), c.want)
				}
			}
			if sum != w.trial.Down || sum == 0 {
				t.Errorf("the causes sum to %s, want the %s that it was down", sum, w.trial.Down)
			}
		})
	}
}

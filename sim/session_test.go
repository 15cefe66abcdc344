package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// Sessions of the estate of these tests: of 10,000 users.
const users = 10_000

// loggedIn is the estate with users who are logged in where they are served.
func loggedIn() *model.Scenario {
	s := estate()
	s.Traffic.Sessions = users
	return s
}

// All users log in again when the region that keeps their sessions is lost, and once more when they
// are brought back to it, however many stages that takes. One that is alone loses them too, and the
// standby keeps none to lose.
func TestSessionsAreLostWithTheirRegionAndLeftWithIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   model.StrategyKind
		stages []int
		lost   model.RegionID
		want   int64
	}{
		{"a failover and back", model.HotStandby, nil, home, 2 * users},
		{"in stages", model.HotStandby, []int{10, 50, 100}, home, 2 * users},
		{"nowhere to go", model.SingleRegion, nil, home, users},
		{"the standby", model.HotStandby, nil, standby, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := loggedIn()
			if s.Settings.Stages = c.stages; c.stages != nil {
				s.Settings.StageHold = 10 * time.Minute
			}
			lose(s, c.lost, time.Hour, time.Hour)
			w := recounted(t, s, c.kind)
			if w.trial.LostSessions != c.want {
				t.Errorf("%d sessions are lost, want %d", w.trial.LostSessions, c.want)
			}
		})
	}
}

// Where every region serves, those of the region that is lost are, and no others. A region that
// runs on keeps its sessions until its users are sent elsewhere: they begin new ones all the same.
func TestOnlyTheSessionsOfALostRegionAreLost(t *testing.T) {
	for _, kind := range []model.FaultKind{model.RegionLoss, model.ServiceLoss} {
		s := loggedIn()
		s.Populations = []model.Population{
			{Name: "near", Share: 0.75, Nearest: home}, {Name: "far", Share: 0.25, Nearest: standby},
		}
		during(s, kind, standby, time.Hour, 40*time.Hour)
		w := recounted(t, s, model.ActiveActive)
		if want := int64(users / 4); w.trial.LostSessions != want || w.trial.Failovers != 1 {
			t.Errorf("%s: %d sessions are lost in %d failovers, want %d in 1", kind,
				w.trial.LostSessions, w.trial.Failovers, want)
		}
	}
}

// As many users are logged in as the load of the hour has it.
func TestSessionsFollowTheLoad(t *testing.T) {
	for at, want := range map[time.Duration]int64{6 * time.Hour: users, 12 * time.Hour: 1.5 * users} {
		s := noon(loggedIn())
		lose(s, home, at, time.Minute)
		w := recounted(t, s, model.SingleRegion)
		if w.trial.LostSessions != want {
			t.Errorf("at %s: %d sessions are lost, want %d", at, w.trial.LostSessions, want)
		}
	}
}

// A region that is lost by Poisson arrivals, for less than anything takes, loses all sessions each
// time.
func TestTheMeanOfLostSessions(t *testing.T) {
	const rate, trials = 30.0, 300
	s := loggedIn()
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, PerYear: rate,
		Duration: model.Fixed(time.Second), Source: "test",
	}}
	w := newTestWorld(t, s, strategyOf(t, s, model.SingleRegion), model.Year)
	var lost sample
	for trial := range trials {
		played := w.play(s, seedOf(t), trial)
		if played.err != nil {
			t.Fatal(played.err)
		}
		lost = append(lost, float64(played.trial.LostSessions))
	}
	near(t, "sessions lost in a year", lost.mean(), rate*users, lost.standardError())
}

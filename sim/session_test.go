package sim

import (
	"maps"
	"strings"
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

// Where a session is kept after something is lost, and after users are sent elsewhere: with its
// user where somebody is, and where it was while its user learns nothing. It ends once.
func TestWhereASessionIsKept(t *testing.T) {
	const nowhere = model.NoRegion
	ends, moves := (*world).endSessions, (*world).moveSessions
	for _, c := range []struct {
		name       string
		review     func(*world)
		lost       []model.RegionID
		from, to   model.RegionID
		unanswered bool
		kept       model.RegionID
		ended      float64
	}{
		{"nothing is lost", ends, nil, home, home, false, home, 0},
		{"another region is", ends, []model.RegionID{standby}, home, home, false, home, 0},
		{"its region is", ends, []model.RegionID{home}, home, home, false, nowhere, users},
		{"it was lost before", ends, []model.RegionID{home}, nowhere, home, false, nowhere, 0},
		{"its region is back", ends, nil, nowhere, home, false, home, 0},
		{"another, without answers", ends, []model.RegionID{standby}, home, nowhere, true, home, 0},
		{"its own, without answers", ends, []model.RegionID{home}, home, nowhere, true, nowhere, users},
		{"back, without answers", ends, nil, nowhere, nowhere, true, nowhere, 0},
		{"its user stays", moves, nil, home, home, false, home, 0},
		{"its user is sent on", moves, nil, home, standby, false, standby, users},
		{"after its end", moves, []model.RegionID{home}, nowhere, standby, false, standby, 0},
		{"to what is lost", moves, []model.RegionID{standby}, home, standby, false, nowhere, users},
		{"no answer", moves, nil, home, nowhere, true, home, 0},
		{"no answer, after its end", moves, nil, nowhere, nowhere, true, nowhere, 0},
	} {
		w := stage(t, loggedIn(), model.HotStandby, seedOf(t), witness, model.Year)
		for _, r := range c.lost {
			w.net.lost = w.net.lost.With(r)
		}
		f := &w.flows[0]
		f.session, f.target, f.unanswered = c.from, c.to, c.unanswered
		c.review(w)
		if f.session != c.kept || w.sessions != c.ended {
			t.Errorf("%s: it is kept in %d and %g end, want %d and %g", c.name, f.session, w.sessions,
				c.kept, c.ended)
		}
	}
}

// Each region's are told, to the nearest user, and nothing of a region that loses none; those of a
// population are as many as its own hour has it, and what is lost in all is rounded once.
func TestLostSessionsAreTold(t *testing.T) {
	s := noon(loggedIn())
	s.Traffic.Sessions = 10
	s.Curves = append(s.Curves, model.Curve{Name: "even", Source: "test", Weekday: []model.LoadPoint{
		{At: 0, Load: 1},
	}})
	s.Populations = []model.Population{
		{Name: "even", Share: 0.5, Nearest: home, Curve: 2},
		{Name: "by noon", Share: 0.5, Nearest: standby, Curve: 1},
	}
	during(s, model.ServiceLoss, home, time.Hour, 2*time.Hour)
	lose(s, standby, 12*time.Hour, time.Minute)
	w := recounted(t, s, model.ActiveActive)
	told := map[string]int{}
	for _, e := range w.story.Entries {
		if strings.Contains(e.Text, "sessions are lost") {
			told[w.name(e.Region)+": "+e.Text]++
		}
	}
	want := map[string]int{ // 5 users there and back, and 7.5 at noon.
		"home: 5 sessions are lost as their users are sent elsewhere":    1,
		"standby: 5 sessions are lost as their users are sent elsewhere": 1,
		"standby: 8 sessions are lost with it":                           1,
	}
	if !maps.Equal(told, want) || w.trial.LostSessions != 18 {
		t.Errorf("%d sessions are lost, told as %v; want 18 and %v", w.trial.LostSessions, told, want)
	}
}

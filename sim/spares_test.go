package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// A standby stands by for as long as its users are sent elsewhere: all of a quiet horizon, and of
// one with a failover all but the time between the two changes of the routing, in which the home
// region does. Of two regions that take turns one always stands by.
func TestAStandbyIsIdleUntilItIsNeeded(t *testing.T) {
	const horizon = 200 * time.Hour
	s := estate()
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, horizon))
	if w.trial.Idle != (idleFor{standby: horizon}) {
		t.Errorf("in a quiet horizon of %s regions stood by for %s", horizon, w.trial.Idle)
	}
	lose(s, home, time.Hour, 2*time.Hour)
	w = finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, horizon))
	away := w.trial.Idle[home]
	// It is left within four minutes of the loss, and come home to once it was rewound, an hour after
	// it is back.
	if want := 3 * time.Hour; away < want-4*time.Minute || away > want+4*time.Minute {
		t.Errorf("the home region stood by for %s", away)
	}
	// Its store is promoted before the users are sent there, and they come home before it is written
	// there again or after: in between neither stands by.
	between := horizon - away - w.trial.Idle[standby]
	if between < 5*time.Second || between > 3*time.Minute {
		t.Errorf("of %s the home region stood by for %s and the standby for %s",
			horizon, away, w.trial.Idle[standby])
	}
}

// idleFor is how long each region stood by.
type idleFor = [model.MaxRegions]time.Duration

// Where every region serves none stands by but one that was left; a single region never does.
func TestWhoServesDoesNotStandBy(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 2*time.Hour)
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), witness, 10*time.Hour))
	if w.trial.Idle[home] != 0 {
		t.Errorf("the only region stood by for %s", w.trial.Idle[home])
	}
	s = estate()
	s.Populations = []model.Population{
		{Name: "here", Share: 0.5, Nearest: home}, {Name: "there", Share: 0.5, Nearest: standby},
	}
	quiet := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 10*time.Hour))
	if quiet.trial.Idle != (idleFor{}) {
		t.Errorf("regions that serve stood by for %s", quiet.trial.Idle)
	}
	lose(s, home, time.Hour, 2*time.Hour)
	w = finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 10*time.Hour))
	if idle := w.trial.Idle; idle[home] < 90*time.Minute || idle[standby] != 0 {
		t.Errorf("a region was left, and they stood by for %s", idle)
	}
}

package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// slowly is three regions that all write, 120, 60 and 20 writes a second, in which a region is left
// after two hours and not before.
func slowly() *model.Scenario {
	s := threefold(model.Choice{})
	s.Settings.HoldDown = 2 * time.Hour
	return s
}

// lostFor holds what an evacuation lost to a rate of writes, rounded by chance, and a stretch.
func lostFor(t *testing.T, w *world, rate float64, stretch, within time.Duration) {
	t.Helper()
	want, got := rate*stretch.Seconds(), float64(w.trial.LostWrites)
	if got < math.Floor(want-rate*within.Seconds()) || got > math.Ceil(want+rate*within.Seconds()) {
		t.Errorf("lost %g writes, want %.2f", got, want)
	}
	if len(w.rpos) == 0 || w.rpos[0] < stretch-within || w.rpos[0] > stretch+within {
		t.Errorf("RPOs %v, want %s", w.rpos, stretch)
	}
}

// A region that is cut off goes on writing for its own users. If it is lost then, so is all that it
// took since the cut, beside the lag: what the others never heard of.
func TestARegionCutOffAndLostTakesWithItWhatItAccepted(t *testing.T) {
	for _, later := range []time.Duration{0, time.Minute, 10 * time.Minute, 30 * time.Minute} {
		t.Run(later.String(), func(t *testing.T) {
			s := slowly()
			isolate(s, home, time.Hour, 12*time.Hour)
			lose(s, home, time.Hour+later, 11*time.Hour)
			lostFor(t, recounted(t, s, model.ActiveActive), 120, later+always, 0)
		})
	}
}

// The same where it is left while it runs, and lost afterwards: its users wrote there until they
// were sent elsewhere, and half a TTL more in the mean.
func TestARegionLostAfterItWasLeftTakesWithItWhatItAccepted(t *testing.T) {
	s := threefold(model.Choice{})
	isolate(s, home, time.Hour, 12*time.Hour)
	lose(s, home, 2*time.Hour, time.Hour)
	lose(s, home, 4*time.Hour, time.Hour) // It accepts nothing in between.
	w := recounted(t, s, model.ActiveActive)
	alone := w.story.shifted - warmup - int64(time.Hour)
	want := 120 * (time.Duration(alone) + always + 30*time.Second).Seconds()
	if got := float64(w.trial.LostWrites); math.Abs(got-want) > 1 {
		t.Errorf("lost %g writes, want %.2f", got, want)
	}
	stretch := time.Duration(alone) + always + time.Minute // The last of them follow after a TTL.
	if len(w.rpos) != 1 || w.rpos[0] != stretch || w.trial.Failovers != 1 {
		t.Errorf("%d failovers, RPOs %v, want one of %s", w.trial.Failovers, w.rpos, stretch)
	}
}

// Only what all that are left lack is lost: the least of their lags, stalls of their copies, and
// what was written since each was cut off, with each region's own together.
func TestOnlyWhatAllTheOthersLackIsLost(t *testing.T) {
	lag := func(s *model.Scenario, r model.RegionID, lag time.Duration) {
		s.Stores[0].Lag[r] = model.Fixed(lag)
	}
	cases := []struct {
		name  string
		alter func(*model.Scenario)
		want  time.Duration
	}{
		{"the nearer one has it", func(s *model.Scenario) { lag(s, third, 30*time.Second) }, always},
		{"whichever that is", func(s *model.Scenario) { lag(s, standby, 30*time.Second) }, always},
		{"one copy stalls", func(s *model.Scenario) {
			stall(s, third, 50*time.Minute, 5*time.Hour)
		}, always},
		{"both stall", func(s *model.Scenario) {
			stall(s, third, 50*time.Minute, 5*time.Hour)
			stall(s, standby, 55*time.Minute, 5*time.Hour)
		}, 5*time.Minute + always},
		{"one is cut off, and the other far behind", func(s *model.Scenario) {
			cut(s, home, standby, 59*time.Minute, 5*time.Hour)
			lag(s, third, 30*time.Second)
		}, 30*time.Second + oneWay},
		{"one is far behind, and the other cut off", func(s *model.Scenario) {
			cut(s, home, standby, time.Hour-10*time.Second, 5*time.Hour)
			lag(s, third, 30*time.Second)
		}, 10*time.Second + always},
		{"both are cut off, at different times", func(s *model.Scenario) {
			cut(s, home, standby, 40*time.Minute, 5*time.Hour)
			cut(s, home, third, 50*time.Minute, 5*time.Hour)
		}, 10*time.Minute + always},
		{"the nearer one is lost too", func(s *model.Scenario) {
			lag(s, third, 30*time.Second)
			during(s, model.StoreLoss, standby, time.Hour, 10*time.Hour)
		}, 30*time.Second + oneWay},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := slowly()
			c.alter(s)
			lose(s, home, time.Hour, 12*time.Hour)
			lostFor(t, recounted(t, s, model.ActiveActive), 120, c.want, 0)
		})
	}
}

// A region that was lost for a moment lacks what the other one accepted meanwhile, if that is lost
// before the two are in touch again.
func TestARegionThatIsBackLacksWhatTheOtherAcceptedMeanwhile(t *testing.T) {
	const alone = 20 * time.Second
	s := twoWriters(0, model.ByHand)
	lose(s, home, time.Hour, 40*time.Second)
	lose(s, standby, time.Hour+alone, 12*time.Hour)
	lostFor(t, recounted(t, s, model.ActiveActive), 60, alone+always, 0)
}

// Where every region writes, a lost one takes with it what no other has received. Of lags that are
// exponential the least is too, at the sum of their rates: 1 / (1 + 1/3) s beyond the way, for the
// writes of the lost region's own users.
func TestOracleLeastLagOfTheOthers(t *testing.T) {
	const trials = 4000
	s := threefold(model.Choice{})
	s.Traffic.RequestsPerSecond = 7
	for r, mean := range []float64{2, 1, 3} {
		s.Stores[0].Lag[r] = model.Distribution{Family: model.Exponential, A: mean}
	}
	lose(s, home, time.Minute, 0)
	lost, stretch := make(sample, trials), make(sample, trials)
	w := newTestWorld(t, s, strategyOf(t, s, model.ActiveActive), time.Hour)
	for trial := range lost {
		played := w.play(s, seedOf(t), trial)
		lost[trial], stretch[trial] = float64(played.trial.LostWrites), played.rpos[0].Seconds()
	}
	want := oneWay.Seconds() + 1/(1+1.0/3)
	near(t, "stretch", stretch.mean(), want, stretch.standardError())
	near(t, "writes", lost.mean(), 0.6*7*0.2*want, lost.standardError())
}

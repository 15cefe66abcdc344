package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// office is nine to five, five days a week: four nights of 16 hours and a weekend of 64 without
// anybody. Who comes at any time of the week alike waits the mean of L / 2 over the stretches of
// length L, each as likely as it is long: (4 x 16^2 + 64^2) / (2 x 168) hours.
var office = model.Duty{From: 9 * time.Hour, To: 17 * time.Hour, UTCOffset: -5 * time.Hour}

const meanWait = (4*16*16 + 64*64) / (2 * 168.0)

// A region is lost at a random time of the week, and only a person can have it left.
func TestAnApprovalWaitsUntilSomebodyIsAtWork(t *testing.T) {
	var waits sample
	rng := generator(seedOf(t))
	for seed := range uint64(600) {
		s := estate()
		s.People.Duty[home] = office
		s.Traffic.Starts = between(rng, 0, model.WeekLength-1)
		lost := between(rng, 0, 24*time.Hour)
		lose(s, home, lost, 0)
		w := finished(t, stage(t, s, model.PilotLight, seed, witness, 9*24*time.Hour))
		if len(w.incidents) != 1 || !w.incidents[0].Failover {
			t.Fatalf("seed %d: incidents %+v, want one that ends with a failover", seed, w.incidents)
		}
		asked := s.Traffic.Starts + w.incidents[0].At
		for _, phase := range []model.Phase{model.Detect, model.Agree, model.Hold} {
			asked += w.incidents[0].Phases[phase]
		}
		const commit = time.Second // At most, and half of the round trip to the leader.
		took := w.incidents[0].Phases[model.Approve] - s.People.Approve.Duration(0)
		if off := took - office.Wait(asked); off < 0 || off > commit {
			t.Fatalf("seed %d: asked at %s of the week, approved %s after the usual time, want %s", seed,
				asked, took, office.Wait(asked))
		}
		waits = append(waits, took.Hours())
	}
	near(t, "the mean wait in hours", waits.mean(), meanWait, waits.standardError())
}

// The wait by hand at some times, and its mean over all minutes of a week.
func TestTheWaitForSomebodyAtWork(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name     string
		at, want time.Duration
	}{
		{"Monday 08:59:59 there", 13*time.Hour + 59*time.Minute + 59*time.Second, time.Second},
		{"Monday 09:00 there", 14 * time.Hour, 0},
		{"Tuesday 17:00 there", day + 22*time.Hour, 16 * time.Hour},
		{"Friday 16:59 there", 4*day + 21*time.Hour + 59*time.Minute, 0},
		{"Friday 17:00 there", 4*day + 22*time.Hour, 64 * time.Hour},
		{"Sunday noon there", 6*day + 17*time.Hour, 21 * time.Hour},
		{"a week later", 7*day + 13*time.Hour, time.Hour},
	} {
		if got := office.Wait(c.at); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	total := 0.0
	for at := 30 * time.Second; at < model.WeekLength; at += time.Minute {
		total += office.Wait(at).Hours()
	}
	if mean := total / (7 * 24 * 60); math.Abs(mean-meanWait) > 1e-9 {
		t.Errorf("the mean is %g hours, want %g", mean, meanWait)
	}
	if wait := (model.Duty{}).Wait(5 * day); wait != 0 {
		t.Errorf("people who are always there come after %s", wait)
	}
}

// People bring a region back, lift the brake and declare bad data when they are at work; of what is
// no region's, whoever is first.
func TestPeopleActWhenTheyAreAtWork(t *testing.T) {
	s := estate()
	s.Traffic.Starts = 4*24*time.Hour + 21*time.Hour // Friday 16:00 there.
	s.People.Duty[home] = office
	lose(s, home, 30*time.Minute, time.Hour)
	w := recounted(t, s, model.HotStandby)
	if back := w.trial.Failbacks; back != 0 {
		t.Errorf("%d failbacks at the weekend, want none", back)
	}
	w = stage(t, s, model.HotStandby, seedOf(t), witness, 70*time.Hour)
	w.story = &Story{}
	finished(t, w)
	monday := 65 * time.Hour
	if at := toldAt(w, "failback of standby to home begins"); len(at) != 1 || at[0] < monday ||
		at[0] > monday+time.Minute {
		t.Errorf("failbacks at %v, want one on Monday, at %s", at, monday)
	}
	bad := corrupted(1)
	bad.Traffic.Starts, bad.People.Duty = s.Traffic.Starts, [model.MaxRegions]model.Duty{
		home: office, standby: {From: 10 * time.Hour, To: 20 * time.Hour, UTCOffset: -12 * time.Hour},
	}
	bad.Timeline[0].Duration = 20 * time.Hour
	w = recounted(t, bad, model.HotStandby)
	// Friday 10:00 in the other zone is 22:00 UTC, an hour after the start.
	want := time.Hour + bad.People.Approve.Duration(0)
	if at := toldAt(w, "declare its data bad"); len(at) == 0 || at[0] != want {
		t.Errorf("declared at %v, want at %s by those who are at work first", at, want)
	}
	// It is good again on Saturday, and trusted when somebody is at work who says so.
	w = stage(t, bad, model.HotStandby, seedOf(t), witness, 70*time.Hour)
	w.story = &Story{}
	finished(t, w)
	if at := toldAt(w, "take back that its data is bad"); len(at) == 0 || at[0] != monday {
		t.Errorf("taken back at %v, want on Monday, at %s", at, monday)
	}
}

// What a plan could not get, and a brake that stays on while the routing is lost, wait for who is
// at work when a fault ends that was in the way: nobody watches at night for that. It is Monday
// 00:00 UTC when the runs start, and people are at work from 14:00 until 22:00.
func TestWhatWasInTheWayOfPeopleEndsAtNight(t *testing.T) {
	const scale, tuesday = 100 * time.Second, 24*time.Hour + 14*time.Hour
	for _, c := range []struct {
		name  string
		until time.Duration
		want  time.Duration
	}{
		{"before they come", 6 * time.Hour, 14*time.Hour + 10*time.Minute},
		{"while they are at work", 18 * time.Hour, 18 * time.Hour},
		{"when they have gone", 23 * time.Hour, tuesday},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.People.Duty[home] = office
			lose(s, home, time.Hour, 48*time.Hour)
			during(s, model.CapacityRefused, standby, 0, c.until)
			w := stage(t, s, model.WarmStandby, seedOf(t), witness, 72*time.Hour)
			w.story = &Story{}
			finished(t, w)
			got := toldAt(w, "people have got the capacity")
			if want := c.want + scale; len(got) != 1 || got[0] != want {
				t.Errorf("people have it at %v, want at %s", got, want)
			}
		})
	}
	s := estate()
	s.People.Duty[home], s.People.Duty[standby] = office, office
	s.Settings.BrakeAfter, s.Settings.BrakeWindow = 1, 72*time.Hour
	s.People.Approve = model.Fixed(time.Hour)
	during(s, model.ServiceLoss, home, 15*time.Hour, 16*time.Hour)
	during(s, model.RoutingControlLoss, model.NoRegion, 15*time.Hour+30*time.Minute, 27*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 72*time.Hour)
	w.load()
	off := time.Duration(0)
	for w.step() && off == 0 {
		if at := time.Duration(w.now - warmup); at > 16*time.Hour &&
			w.state.Brake.Cause == failover.BrakeOff {
			off = at
		}
	}
	if off < tuesday || off > tuesday+time.Second {
		t.Errorf("the brake is off at %s, want it off on Tuesday, at %s", off, tuesday)
	}
}

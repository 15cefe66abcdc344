package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// corrupted is the estate with a check that goes down to the store, whose data is bad from the
// first hour on for six.
func corrupted(share float64) *model.Scenario {
	s := estate()
	s.Checks[0].Deep = true
	s.Timeline = []model.Fault{{
		Kind: model.Corruption, Region: model.NoRegion, Peer: model.NoRegion, Share: share,
		At: time.Hour, Duration: 6 * time.Hour,
	}}
	return s
}

// Four requests in five read, and all of these fail wherever they are sent. A policy that knows
// nothing fails over, which mends nothing; one that was told in time does not. It is told of both
// regions, and that is taken back when all was well for a while.
func TestAFailoverMendsNoCorruption(t *testing.T) {
	for _, c := range []struct {
		name      string
		told      time.Duration
		failovers int64
	}{{"told too late", 10 * time.Minute, 1}, {"told in time", 10 * time.Second, 0}} {
		t.Run(c.name, func(t *testing.T) {
			s := corrupted(1)
			s.People.Approve = model.Fixed(c.told)
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour)
			w.story = &Story{}
			w.load()
			for w.step() {
				at := time.Duration(w.now - warmup)
				moving := w.moving() || w.state.Plan.Kind != failover.NoPlan
				if bad := at > time.Hour && at < 7*time.Hour; bad && !moving && w.serving > 0.2+1e-9 {
					t.Fatalf("at %s %.2f of the requests succeed, want 0.2", at, w.serving)
				}
			}
			w.finale()
			if w.trial.Failovers != c.failovers || w.trial.Down < 6*time.Hour {
				t.Errorf("%d failovers and down for %s, want %d and six hours", w.trial.Failovers,
					w.trial.Down, c.failovers)
			}
			denied := len(toldAt(w, "is not left: cause: deny"))
			if c.failovers == 0 && denied == 0 {
				t.Error("nobody said that the cause gate denies")
			}
			if n := len(toldAt(w, "declare its data bad")); n != 2 {
				t.Errorf("%d regions were declared, want both", n)
			}
			if n := len(toldAt(w, "take back that its data is bad")); n != 2 {
				t.Errorf("that is taken back %d times, want once of each", n)
			}
			for r, mark := range w.state.Marks {
				if mark.Causes != 0 {
					t.Errorf("region %d is still declared to have %s", r, mark.Causes)
				}
			}
			if w.state.Primary != home || w.serving < 1 {
				t.Errorf("the primary %d serves %.2f at the end", w.state.Primary, w.serving)
			}
		})
	}
}

// A share of the reads is a share of what fails: with one in ten of 80 %, 8 % of the requests.
func TestAShareOfBadDataFailsAShareOfTheReads(t *testing.T) {
	s := corrupted(0.1)
	s.Checks[0].Failures = 9 // All nine fail in one of a billion tries.
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour))
	const want = 6 * time.Hour * 8 / 100
	if off := w.trial.Lost - want; off < -time.Microsecond || off > time.Microsecond {
		t.Errorf("lost %s of the requests, want %s", w.trial.Lost, want)
	}
	if w.trial.Down != 0 || w.trial.Failovers != 0 {
		t.Errorf("down for %s and %d failovers, want neither", w.trial.Down, w.trial.Failovers)
	}
}

// Bad data arrives with the lag: where every region serves reads, those of the other one fail a
// second and half of the round trip later. It does not arrive over a way that is cut.
func TestBadDataArrivesWithTheLag(t *testing.T) {
	s := corrupted(1)
	s.Checks[0].Deep = false
	s.Populations = []model.Population{
		{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
	}
	w := recounted(t, s, model.ReadLocal)
	if at := toldAt(w, "its copy of orders is bad"); len(at) != 1 || at[0] != time.Hour+always {
		t.Errorf("the copy goes bad at %v, want %s", at, time.Hour+always)
	}
	stall(s, standby, 50*time.Minute, 2*time.Hour)
	w = stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour)
	w.load()
	for w.step() && time.Duration(w.now-warmup) < 2*time.Hour {
		if at := time.Duration(w.now - warmup); at > time.Hour && math.Abs(w.serving-0.6) > 1e-9 {
			t.Fatalf("at %s %.2f of the requests succeed, want the standby's half and a tenth", at,
				w.serving)
		}
	}
}

// A restore of the last backup that was made before mends it, and loses all that was written since.
func TestARestoreMendsCorruption(t *testing.T) {
	s := corrupted(1)
	s.Timeline[0].Duration = 60 * time.Hour
	s.Stores[0].BackupEvery, s.Settings.StepTimeout = 6*time.Hour, 8*time.Hour
	s.Stores[0].Restore = model.Fixed(7 * time.Hour) // Another backup is made meanwhile.
	w := stage(t, s, model.BackupRestore, seedOf(t), witness, 48*time.Hour)
	w.story = &Story{}
	w.load()
	mended := false
	for w.step() {
		at := time.Duration(w.now - warmup)
		mended = mended || at < 24*time.Hour && w.serving > 1-1e-9 && w.state.Writers[0] == standby
	}
	w.finale()
	if !mended {
		t.Fatal("the restore has mended nothing")
	}
	done := warmup + int64(toldAt(w, "promote orders is done")[0])
	phase := w.src.uniform(backupPhase, 0, 0)
	backup := lastTick(warmup+int64(time.Hour), int64(6*time.Hour), phase)
	if want := writesIn(time.Duration(done - backup)); w.trial.LostWrites-want > 1 ||
		want-w.trial.LostWrites > 1 {
		t.Errorf("lost %d writes, want %d", w.trial.LostWrites, want)
	}
	if w.state.Primary != home || w.spoilt(home) {
		t.Errorf("the primary is %d, home is bad: %t; want home, made good from the restored copy",
			w.state.Primary, w.spoilt(home))
	}
}

// Where every region writes, the data goes bad at the first that runs the store, and whoever has it
// passes it on: over whatever ways there are, after the lag of each, and to who comes back.
func TestWhoeverWritesPassesBadDataOn(t *testing.T) {
	const hour, never = time.Hour, time.Duration(0)
	for _, c := range []struct {
		name  string
		alter func(*model.Scenario)
		want  [3]time.Duration // When the copy of each region goes bad, after the first hour.
	}{
		{"all is well", func(*model.Scenario) {}, [3]time.Duration{never, always, always}},
		{
			"a link is cut", func(s *model.Scenario) { cut(s, home, third, 50*time.Minute, 3*hour) },
			[3]time.Duration{never, always, 2 * always},
		},
		{
			"the first is cut off", func(s *model.Scenario) { isolate(s, home, 50*time.Minute, 3*hour) },
			[3]time.Duration{never, 170*time.Minute + always, 170*time.Minute + always},
		},
		{
			"the first is lost", func(s *model.Scenario) { lose(s, home, 50*time.Minute, 3*hour) },
			[3]time.Duration{170*time.Minute + always, never, always},
		},
		{
			"its store is", func(s *model.Scenario) {
				during(s, model.StoreLoss, home, 50*time.Minute, 230*time.Minute)
			},
			[3]time.Duration{170*time.Minute + always, never, always},
		},
		{
			"it is lost before any heard of it",
			func(s *model.Scenario) { lose(s, home, hour+always/2, 2*hour) },
			[3]time.Duration{never, 2*hour + always/2 + always, 2*hour + always/2 + always},
		},
		{
			"it is lost when one has", func(s *model.Scenario) {
				s.Stores[0].Lag[third] = model.Fixed(time.Minute)
				lose(s, home, hour+2*always, 2*hour)
			},
			[3]time.Duration{never, always, always + time.Minute + 40*time.Millisecond},
		},
		{
			"all are lost", func(s *model.Scenario) {
				for r := range model.RegionID(3) {
					lose(s, r, 50*time.Minute, 3*hour)
				}
			},
			[3]time.Duration{never, 170*time.Minute + always, 170*time.Minute + always},
		},
		{
			"a copy is stalled", func(s *model.Scenario) { stall(s, standby, 50*time.Minute, 9*hour) },
			[3]time.Duration{never, never, always},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := threefold(model.Choice{})
			s.Timeline = corrupted(1).Timeline
			c.alter(s)
			w := recounted(t, s, model.ActiveActive)
			var got [3]time.Duration
			for _, e := range w.story.Entries {
				if e.Text == "its copy of orders is bad" && got[e.Region] == never {
					got[e.Region] = e.At - hour
				}
			}
			if got != c.want {
				t.Errorf("the copies go bad at %v, want %v", got, c.want)
			}
		})
	}
}

// What is on its way to a copy that follows somebody else by then does not come to it.
func TestACopyThatFollowsAnotherReceivesNothing(t *testing.T) {
	w := stage(t, threefold(model.Choice{}), model.ReadLocal, seedOf(t), home, model.Year)
	w.spoiled[0] = w.spoiled[0].With(home)
	w.follows[third][0].region = standby
	if w.arrived(third, 0, home); w.spoiled[0].Has(third) {
		t.Error("the third copy is bad by what the first has, which it does not follow")
	}
	w.follows[third][0].region = home
	if w.arrived(third, 0, home); !w.spoiled[0].Has(third) {
		t.Error("the third copy is good though it follows the first, which is bad")
	}
}

// A copy to which bad data comes when people have said already that others are bad is named too,
// within a minute.
func TestACopyThatGoesBadLaterIsNamedToo(t *testing.T) {
	s := corrupted(1)
	s.People.Approve = model.Fixed(10 * time.Second)
	cut(s, home, standby, 50*time.Minute, 70*time.Minute)
	w := recounted(t, s, model.HotStandby)
	came, named := toldAt(w, "its copy of orders is bad"), toldAt(w, "people declare its data bad")
	if len(came) != 1 || came[0] < 2*time.Hour || len(named) != 2 || named[0] > 61*time.Minute ||
		named[1] < came[0] || named[1] > came[0]+time.Minute {
		t.Errorf("bad data comes at %v and is named at %v, want both named, within a minute", came, named)
	}
}

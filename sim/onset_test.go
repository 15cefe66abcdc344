package sim

import (
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// lostAfter plays what goes before, the loss of the primary's region half an hour later, and
// returns the incident that this ends in.
func lostAfter(
	t *testing.T, kind model.StrategyKind, before func(s *model.Scenario),
) model.Incident {
	t.Helper()
	s := estate()
	before(s)
	lose(s, home, 31*time.Minute, 0)
	w := finished(t, stage(t, s, kind, seedOf(t), witness, 3*time.Hour))
	for _, each := range w.incidents {
		if each.Failover {
			return each
		}
	}
	t.Fatalf("nothing was taken over in %+v", w.incidents)
	return model.Incident{}
}

// strikeHome has a fault of some kind strike the primary's region.
func strikeHome(
	s *model.Scenario, kind model.FaultKind, at, lasts time.Duration, share float64,
) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: kind, Region: home, Peer: model.NoRegion, At: at, Duration: lasts, Share: share,
	})
}

// What had the service down half an hour before was not what was acted upon, whether agents saw
// nothing of it, saw it and then no longer, or see half of it.
func TestDetectionBeginsWithWhatWasDetected(t *testing.T) {
	alone := lostAfter(t, model.HotStandby, func(*model.Scenario) {})
	if alone.Phases[model.Before] != 0 || alone.Phases[model.Detect] != 32*time.Second {
		t.Fatalf("got %+v of a loss alone", alone)
	}
	cases := []struct {
		name   string
		before func(s *model.Scenario)
	}{
		{"users who are cut off", func(s *model.Scenario) { unreach(s, home, time.Minute, 0) }},
		{"a release that fails", func(s *model.Scenario) {
			strikeHome(s, model.BadRelease, time.Minute, 0, 0.5)
		}},
		{"a failure seen, and over within the hold-down", func(s *model.Scenario) {
			unreach(s, home, time.Minute, 0)
			strikeHome(s, model.ServiceLoss, 2*time.Minute, time.Minute, 0)
		}},
		{"a share of requests that fails, too few to be seen", func(s *model.Scenario) {
			strikeHome(s, model.GreyFailure, time.Minute, 0, 0.12)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := lostAfter(t, model.HotStandby, c.before)
			// A prober whose probes fail now and then is no longer aligned with the loss.
			const slack = 12 * time.Second
			if off := got.Phases[model.Before] - 30*time.Minute; got.At != time.Minute || off != 0 {
				t.Errorf("down at %s, and %s before, want 1m and 30m", got.At, got.Phases[model.Before])
			}
			for phase := model.Detect; phase < model.PhaseCount; phase++ {
				off := got.Phases[phase] - alone.Phases[phase]
				if off < -slack || off > slack || phase != model.Detect && off.Abs() > 100*time.Millisecond {
					t.Errorf("%s takes %s, want %s", phase, got.Phases[phase], alone.Phases[phase])
				}
			}
		})
	}
}

// A fault that comes while agents see another already shortens nothing: they are slow from the
// first on.
func TestAFaultOnTopIsNoOnset(t *testing.T) {
	alone := lostAfter(t, model.HotStandby, func(*model.Scenario) {})
	tops := []func(s *model.Scenario){
		func(s *model.Scenario) { cut(s, home, standby, 31*time.Minute+5*time.Second, 0) },
		func(s *model.Scenario) {
			strikeHome(s, model.ServiceLoss, 31*time.Minute+25*time.Second, 0, 0)
		},
		// The loss is the one on top: what fails before fails nearly every probe.
		func(s *model.Scenario) {
			strikeHome(s, model.GreyFailure, 30*time.Minute+45*time.Second, 0, 0.9999)
		},
	}
	for i, top := range tops {
		got := lostAfter(t, model.HotStandby, top)
		if got.Phases[model.Before] != 0 || got.Phases[model.Detect] != alone.Phases[model.Detect] {
			t.Errorf("fault %d on top: got %v, want %v", i, got.Phases, alone.Phases)
		}
	}
}

// A quorum is complete with what its last member saw begin: the witness, cut off from the primary
// before, was alone with that.
func TestAQuorumBeginsWithItsLast(t *testing.T) {
	got := lostAfter(t, model.HotStandby, func(s *model.Scenario) {
		unreach(s, home, time.Minute, 0)
		cut(s, home, witness, 11*time.Minute, 0)
	})
	if got.At != time.Minute || got.Phases[model.Before] != 30*time.Minute {
		t.Errorf("down at %s, and %s before, want 1m and 30m", got.At, got.Phases[model.Before])
	}
}

// A plan that leaves a region answers what was seen of that, whatever was seen of another since.
func TestPhasesAreOfTheRegionThatIsLeft(t *testing.T) {
	s := estate()
	s.Regions[witness] = model.Region{
		Name: "third", FailureDomain: "third", Utilisation: 0.5, BurstCeiling: 2,
	}
	s.Populations = []model.Population{
		{Name: "here", Share: 0.4, Nearest: home}, {Name: "there", Share: 0.3, Nearest: standby},
		{Name: "elsewhere", Share: 0.3, Nearest: witness},
	}
	unreach(s, home, time.Minute, 0)
	strikeHome(s, model.ServiceLoss, 31*time.Minute, 0, 0)
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.ServiceLoss, Region: standby, Peer: model.NoRegion,
		At: 31*time.Minute + 20*time.Second, Duration: 45 * time.Second,
	})
	w := recounted(t, s, model.ActiveActive)
	left := toldAt(w, "evacuation of home")
	if len(left) == 0 || len(w.incidents) == 0 || w.accused[standby].seen == 0 {
		t.Fatalf("home was left %d times in %+v", len(left), w.incidents)
	}
	if before := w.incidents[0].Phases[model.Before]; before != 30*time.Minute {
		t.Errorf("got %s before, want 30m", before)
	}
}

// People who were asked about what is over are asked again about what is not.
func TestWhatWasAskedBeforeIsForgotten(t *testing.T) {
	alone := lostAfter(t, model.PilotLight, func(*model.Scenario) {})
	got := lostAfter(t, model.PilotLight, func(s *model.Scenario) {
		unreach(s, home, time.Minute, 0)
		strikeHome(s, model.ServiceLoss, 11*time.Minute, 4*time.Minute, 0)
	})
	if got.Phases[model.Before] != 30*time.Minute {
		t.Errorf("%s before, want 30m", got.Phases[model.Before])
	}
	for _, phase := range []model.Phase{model.Detect, model.Agree, model.Hold, model.Approve} {
		off := got.Phases[phase] - alone.Phases[phase]
		if alone.Phases[phase] == 0 || off.Abs() > 100*time.Millisecond {
			t.Errorf("%s takes %s, want %s", phase, got.Phases[phase], alone.Phases[phase])
		}
	}
}

// A quorum that sees the primary fail while its former self is made a replica again has detected
// that: only the decision waits.
func TestDetectionGoesOnDuringAReprotection(t *testing.T) {
	alone := lostAfter(t, model.HotStandby, func(*model.Scenario) {})
	s := estate()
	lose(s, home, time.Minute, 10*time.Minute)
	lose(s, standby, 31*time.Minute, time.Hour)
	s.People.Resync = model.Fixed(6 * time.Hour)
	s.People.StableFor = 12 * time.Hour
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 3*time.Hour))
	if len(w.incidents) != 2 || w.incidents[1].At != 31*time.Minute {
		t.Fatalf("got %+v, want two incidents", w.incidents)
	}
	got := w.incidents[1].Phases[model.Detect]
	if got != alone.Phases[model.Detect] {
		t.Errorf("detected after %s, want %s", got, alone.Phases[model.Detect])
	}
}

func TestOnlyMuchWorseIsAnOnset(t *testing.T) {
	cases := []struct {
		from, to float64
		fell     bool
	}{
		{1, 0, true}, {1, 0.99, true}, {0.7, 0, true}, {0.4, 0, true}, {0.5, 0.33, true},
		{0.7, 0.69, false}, {0.5, 0.34, false}, {0.1, 0.099, false}, {0, 0, false}, {0.5, 0.5, false},
		{0, 1, false}, {0.3, 0.6, false}, {1, 1, false},
	}
	for _, c := range cases {
		p := prober{bad: 1 - c.from}
		if p.worsens(7, c.to); (p.fell == 7) != c.fell || p.bad != 1-c.to {
			t.Errorf("from %g to %g: got %+v, want an onset: %t", c.from, c.to, p, c.fell)
		}
	}
}

// What an incident rests on when a region was accused, at 40 of what began at 30.
func TestWhatAnIncidentRestsOn(t *testing.T) {
	newer := [...]int64{model.Before: 30, model.Detect: 40, model.Agree: 50}
	older := [...]int64{model.Before: 10, model.Detect: 20, model.Agree: 25, model.Hold: 35}
	begun := [...]int64{model.Before: 10, model.Detect: 20, model.Agree: 25, model.Approve: 35}
	cases := []struct {
		name            string
		subject, s      model.RegionID
		begins, unseen  bool
		onset           int64
		reached, result []int64
	}{
		{"nothing yet", home, standby, false, false, 30, nil, newer[:]},
		{"the same, which began later", standby, standby, false, false, 30, older[:], newer[:]},
		{"the same, seen again", standby, standby, false, false, 10, older[:], older[:]},
		{"the same, as a plan begins", standby, standby, true, false, 10, older[:], older[:]},
		{"another", home, standby, false, false, 30, older[:], older[:]},
		{"another, that a plan leaves", home, standby, true, false, 30, older[:], newer[:]},
		{"another, that nobody accused", home, standby, true, true, 30, older[:], older[:]},
		{"after a plan began", standby, standby, true, false, 30, begun[:], begun[:]},
	}
	for _, c := range cases {
		w := new(world)
		w.incident.subject = c.subject
		copy(w.incident.reached[:], c.reached)
		if !c.unseen {
			w.accused[c.s] = accusation{onset: c.onset, seen: 40, agreed: 50}
		}
		w.restOn(c.s, c.begins)
		var want [model.PhaseCount]int64
		copy(want[:], c.result)
		if w.incident.reached != want {
			t.Errorf("%s: got %v, want %v", c.name, w.incident.reached, want)
		}
		if rests := slices.Equal(c.result, newer[:]); rests && w.incident.subject != c.s {
			t.Errorf("%s: it is about %d, want %d", c.name, w.incident.subject, c.s)
		}
	}
}

// A failure is agreed on once, however often the log is looked at until somebody has approved.
func TestAgreementIsWhenTheLogFirstHadIt(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	w := stage(t, s, model.PilotLight, seedOf(t), witness, time.Hour)
	w.load()
	playTo(w, 2*time.Minute)
	first := w.accused[home].agreed
	w.now += int64(time.Minute)
	w.lookAtLog()
	if got := w.accused[home].agreed; first == 0 || got != first {
		t.Errorf("agreed on at %d, and %d a minute later", first, got)
	}
}

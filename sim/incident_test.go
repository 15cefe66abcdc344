package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// Round trips of the estate, and what a commit takes there: one round trip and an append at each
// end.
const (
	roundTrip = 80 * time.Millisecond
	oneWay    = roundTrip / 2
	commit    = roundTrip + 2*time.Duration(appendTime)
	heard     = oneWay + time.Duration(commitSpread)
)

// With a leader that survives and no chance anywhere, every phase of a recovery can be computed by
// hand. What a claim takes is the way to the leader, a commit, and the way back.
func TestARecoveryIsTheSumOfItsPhases(t *testing.T) {
	cases := []struct {
		name string
		kind model.StrategyKind
		// approve is how long a person takes; scale is how long the target grows.
		approve, scale time.Duration
	}{
		{"a standby of full size", model.HotStandby, 0, 0},
		{"a standby that grows", model.WarmStandby, 0, 100 * time.Second},
		{"a standby that people approve", model.PilotLight, 10 * time.Minute, 100 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			lose(s, home, time.Minute, 0)
			w := finished(t, stage(t, s, c.kind, seedOf(t), witness, time.Hour))
			if len(w.incidents) != 1 {
				t.Fatalf("got incidents %+v, want one", w.incidents)
			}
			var want [model.PhaseCount]time.Duration
			want[model.Detect] = 32 * time.Second // The third probe begins at 30 s and times out.
			want[model.Agree] = oneWay + commit   // The standby is farther away than the witness.
			want[model.Hold] = 60 * time.Second   // From the arrival of its report; a Tick commits as long.
			if c.approve > 0 {
				want[model.Approve] = c.approve + commit
			}
			claim := heard + oneWay + commit // The leader tells the target, which claims,
			done := oneWay + commit          // and says that it is done.
			want[model.Promote] = claim + heard + 40*time.Second + done
			scaled := commit + c.scale + commit // The leader claims, grows, and says so.
			if scaled > want[model.Promote] {
				want[model.Scale] = scaled - want[model.Promote]
			}
			// The leader claims the shift; the flip takes 5 s; of a TTL of 60 s nine tenths have to
			// pass until nine tenths of the clients are back.
			want[model.Shift] = commit + 5*time.Second + 54*time.Second
			sum := time.Duration(0)
			for phase, got := range w.incidents[0].Phases {
				if off := got - want[phase]; off < -time.Microsecond || off > time.Microsecond {
					t.Errorf("%s: got %s, want %s", model.Phase(phase), got, want[phase])
				}
				sum += got
			}
			if got := w.incidents[0].RTO; got != sum || w.incidents[0].At != time.Minute {
				t.Errorf("an RTO of %s at %s, want %s at 1m", got, w.incidents[0].At, sum)
			}
		})
	}
}

func TestPhasesSumToTheRecovery(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	checked := 0
	for _, strategy := range s.Strategies {
		w := newTestWorld(t, s, strategy, 20*model.Year)
		for trial := range 30 {
			result := w.play(s, seedOf(t), trial)
			down := time.Duration(0)
			for _, incident := range result.incidents {
				sum := time.Duration(0)
				for _, phase := range incident.Phases {
					if phase < 0 {
						t.Fatalf("%s, trial %d: a negative phase in %+v", strategy.Kind, trial, incident)
					}
					sum += phase
				}
				if sum != incident.RTO || incident.RTO <= 0 {
					t.Fatalf("%s, trial %d: phases sum to %s of %s", strategy.Kind, trial, sum,
						incident.RTO)
				}
				down += incident.RTO
				checked++
			}
			// Planned work can be downtime too, but no incident.
			down += result.trial.DownBy[model.DownPlanned]
			caused, stretches := time.Duration(0), int64(0)
			for cause, lasted := range result.trial.DownBy {
				caused += lasted
				stretches += result.trial.Stretches[cause]
			}
			stretches -= result.trial.Stretches[model.DownPlanned]
			if caused != result.trial.Down || stretches != result.trial.Incidents {
				t.Fatalf("%s, trial %d: causes of %s and %d incidents in %+v", strategy.Kind, trial, caused,
					stretches, result.trial)
			}
			if result.trial.Down != down || int64(len(result.incidents)) != result.trial.Incidents {
				t.Fatalf("%s, trial %d: %s down in %+v", strategy.Kind, trial, down, result.trial)
			}
		}
	}
	if checked < 1000 {
		t.Errorf("got %d incidents, want at least 1000", checked)
	}
}

// While the service is down more than 1 - DownBelow of the requests fail, or every write, and at
// most all; while it is up at most 1 - DownBelow fails.
func TestLostTimeIsBoundedByDownTime(t *testing.T) {
	for _, name := range []string{"ecommerce-three-region", "budget-three-region"} {
		s := load(t, name)
		line := s.Traffic.DownBelow
		least := min(1-line, s.Traffic.WriteShare)
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) != "" {
				continue
			}
			w := newTestWorld(t, s, strategy, 10*model.Year)
			for trial := range 50 {
				got := w.play(s, seedOf(t), trial).trial
				down, lost := got.Down.Seconds(), got.Lost.Seconds()
				most := down + (10*model.Year.Seconds()-down)*(1-line)
				if lost < down*least-1e-3 || lost > most+1e-3 || got.Down > 10*model.Year {
					t.Errorf("%s, %s, trial %d: %g s lost and %g s down", name, strategy.Kind, trial,
						lost, down)
				}
			}
		}
	}
}

// A single region is down exactly while one of its outages lasts.
func TestASingleRegionIsDownDuringItsOutages(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	w := newTestWorld(t, s, strategyOf(t, s, model.SingleRegion), 50*model.Year)
	for trial := range 100 {
		result := w.play(s, seedOf(t), trial)
		union, until := int64(0), int64(0)
		for _, o := range w.outages {
			if o.Region != w.policy.Home {
				continue
			}
			from, to := max(o.from, until), min(o.to, warmup+w.horizon)
			union += max(to-from, 0)
			until = max(until, to)
		}
		if got := int64(result.trial.Down); got != union || union == 0 {
			t.Errorf("trial %d: got %s down, want %s", trial, time.Duration(got), time.Duration(union))
		}
		if got := result.trial.Lost; got != result.trial.Down {
			t.Errorf("trial %d: %s lost and %s down, want the same", trial, got, result.trial.Down)
		}
	}
}

// Outages of a fixed length D that begin at a rate r overlap. None has begun in the last D before t
// with probability exp(-r min(t, D)), which integrates to the time up in a horizon H.
func TestOracleRenewalAvailability(t *testing.T) {
	const perYear, days, trials = 6.0, 20.0, 2000
	s := estate()
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, PerYear: perYear,
		Duration: model.Fixed(days * 24 * time.Hour),
	}}
	w := newTestWorld(t, s, strategyOf(t, s, model.SingleRegion), model.Year)
	down := make(sample, trials)
	for trial := range down {
		down[trial] = float64(w.play(s, seedOf(t), trial).trial.Down) / float64(model.Year)
	}
	length := days / 365
	up := -math.Expm1(-perYear*length)/perYear + (1-length)*math.Exp(-perYear*length)
	near(t, "share of the year down", down.mean(), 1-up, down.standardError())
}

// What keeps a service down long after its clients have followed is no shift: here the new primary
// fails every request until a person has put in place what it lacks.
func TestWhatIsMendedAfterTheShiftIsRepair(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	const mended = 2 * time.Hour
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.MissingItem, Region: standby, Peer: model.NoRegion, Duration: mended, Share: 1,
	})
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 4*time.Hour))
	if len(w.incidents) != 1 {
		t.Fatalf("got incidents %+v, want one", w.incidents)
	}
	got, before := w.incidents[0], time.Duration(0)
	for phase := model.Detect; phase < model.Shift; phase++ {
		before += got.Phases[phase]
	}
	// From the promotion on: a TTL of 60 s, of which nine tenths have to pass, and the shift itself.
	shift := got.Phases[model.Shift]
	least, most := 54*time.Second, 54*time.Second+5*time.Second+time.Second
	if shift < least || shift > most {
		t.Errorf("got a shift of %v, want %v to %v", shift, least, most)
	}
	if repair := got.Phases[model.Repair]; time.Minute+before+shift+repair != mended {
		t.Errorf("got %v of repair, want it to end after %v", repair, mended)
	}
}

// Only the plan that answers an incident shifts anything for it, once it has come to that: neither
// a region that comes back before, nor the failback that ends the incident, makes a shift of the
// wait.
func TestAShiftIsThatOfTheFailover(t *testing.T) {
	const flip, nineTenths = 5 * time.Second, 54 * time.Second // Of the clients, within a TTL of 60 s.
	const horizon = 24 * time.Hour
	cases := []struct {
		name   string
		kind   model.StrategyKind
		change func(*model.Scenario)
		scale  bool
		shift  time.Duration
	}{
		{"a failback ends it", model.HotStandby, func(s *model.Scenario) {
			partial(s, model.MissingItem, standby, 1, 0, horizon)
		}, false, flip + nineTenths},
		{"nothing was shifted yet", model.HotStandby, func(s *model.Scenario) {
			during(s, model.RoutingControlLoss, model.NoRegion, 0, horizon)
		}, false, 0},
		{"after a scale in vain", model.WarmStandby, func(s *model.Scenario) {
			during(s, model.CapacityRefused, standby, 0, horizon)
		}, true, flip + nineTenths},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			c.change(s)
			lose(s, home, time.Minute, 2*time.Hour)
			w := recounted(t, s, c.kind)
			if len(w.incidents) == 0 {
				t.Fatal("no incident")
			}
			got := w.incidents[0]
			const slack = time.Second // For commits, and for the ways that they go.
			if off := got.Phases[model.Shift] - c.shift; off < 0 || off > slack || off > c.shift {
				t.Errorf("a shift of %s, want %s and at most a second", got.Phases[model.Shift], c.shift)
			}
			if got.Phases[model.Scale] > 0 != c.scale || got.Phases[model.Repair] < time.Hour {
				t.Errorf("got %v, want hours of repair, and a scale: %t", got.Phases, c.scale)
			}
		})
	}
}

// What was left without anybody being down is no part of the next incident: that is detected,
// agreed on and held for as long as it would have been without.
func TestWhatTookNobodyDownIsForgotten(t *testing.T) {
	alone := func(before bool) model.Incident {
		s := estate()
		s.Populations = []model.Population{
			{Name: "most", Share: 0.95, Nearest: home}, {Name: "few", Share: 0.05, Nearest: standby},
		}
		if before {
			lose(s, standby, time.Hour, time.Hour)
		}
		lose(s, home, 10*time.Hour, time.Hour)
		w := recounted(t, s, model.ReadLocal)
		if left := len(toldAt(w, "evacuation of standby begins")); left > 0 != before {
			t.Fatalf("the standby was left %d times", left)
		}
		if len(w.incidents) != 1 {
			t.Fatalf("%d incidents, want 1", len(w.incidents))
		}
		return w.incidents[0]
	}
	is, was := alone(true), alone(false)
	for _, phase := range []model.Phase{model.Detect, model.Agree, model.Hold} {
		if is.Phases[phase] != was.Phases[phase] || was.Phases[model.Detect] == 0 {
			t.Errorf("%s takes %s, want %s", phase, is.Phases[phase], was.Phases[phase])
		}
	}
}

package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// addsUp holds the damage of a trial to that of its incidents and of what is beside them.
func addsUp(t *testing.T, what string, trial *model.Trial, incidents []model.Incident) {
	t.Helper()
	sum := trial.Beside
	for i, incident := range incidents {
		if incident.Damage.Incidents != 1 || incident.Damage.Down < incident.RTO {
			t.Errorf("%s, incident %d: %+v has a part of an incident", what, i, incident)
		}
		if smallest(incident.Damage) < 0 {
			t.Errorf("%s, incident %d: less than nothing was lost: %+v", what, i, incident.Damage)
		}
		sum = sum.Plus(incident.Damage)
	}
	if smallest(trial.Beside) < 0 {
		t.Errorf("%s: less than nothing was lost beside: %+v", what, trial.Beside)
	}
	if got := trial.Damage(); got != sum {
		t.Errorf("%s: lost %+v, of which %+v are told", what, got, sum)
	}
}

func smallest(d model.Damage) int64 {
	return min(int64(d.Lost), int64(d.Down), d.LostWrites, d.Repairs, d.Duplicates, d.LostSessions)
}

// Whatever happens, each thing that is lost is that of one incident, or of none.
func TestWhatIsLostIsCountedOnce(t *testing.T) {
	for _, name := range []string{
		"ecommerce-three-region", "case-management", "conflicts-of-two-kinds",
	} {
		s := load(t, name)
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) != "" {
				continue
			}
			o := runOnce(t, s, strategy.Kind, Options{Trials: 40, Years: 10, Seed: seedOf(t)})
			for i := range o.Trials {
				addsUp(t, name+", "+strategy.Kind.String(), &o.Trials[i], o.Incidents[i])
			}
		}
	}
	for _, entry := range scenarios.Names() {
		s := load(t, entry)
		if len(s.Timeline)+len(s.Rollouts) == 0 || testing.Short() {
			continue
		}
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) != "" {
				continue
			}
			story, err := Play(s, strategy, 1)
			if err != nil {
				t.Fatal(err)
			}
			addsUp(t, entry+", "+strategy.Kind.String(), &story.Trial, story.Incidents)
		}
	}
	for seed := range uint64(60) {
		s := randomSystem(seedOf(t) + seed)
		strategy := s.Strategies[seed%uint64(len(s.Strategies))]
		if s.Excuse(strategy.Kind) != "" {
			continue
		}
		w := finished(t, stage(t, s, strategy.Kind, seed, home, 48*time.Hour))
		addsUp(t, "a random system", &w.trial, w.incidents)
	}
}

// A loss costs all that fails until everybody is back where they were: what fails before a
// failover, the clients that follow late, and the pause of the way home.
func TestAnIncidentCostsItsWholeTrouble(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 2*time.Hour)
	lose(s, home, 100*time.Hour, 2*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 200*time.Hour))
	if len(w.incidents) != 2 || w.trial.Failbacks != 2 {
		t.Fatalf("got %d incidents and %d failbacks, want two of each",
			len(w.incidents), w.trial.Failbacks)
	}
	if w.trial.Beside != (model.Damage{}) {
		t.Errorf("nothing happened beside the incidents, and that lost %+v", w.trial.Beside)
	}
	addsUp(t, "two losses", &w.trial, w.incidents)
	for i, incident := range w.incidents {
		// All of the requests fail until traffic shifts, and half a TTL of them after that; the pause of
		// the failback is down, and fails only writes.
		down := incident.RTO - 54*time.Second
		if more := incident.Damage.Lost - down - 30*time.Second; more < 0 || more > 20*time.Second {
			t.Errorf("incident %d lost %s, of %s down and half a TTL", i, incident.Damage.Lost, down)
		}
		if incident.Damage.Down <= incident.RTO {
			t.Errorf("incident %d was down for %s, no longer than it took", i, incident.Damage.Down)
		}
	}
	if first, then := w.incidents[0].Damage, w.incidents[1].Damage; first.LostWrites == 0 ||
		math.Abs(float64(first.LostWrites-then.LostWrites)) > 1 {
		t.Errorf("two losses alike cost %+v and %+v", first, then)
	}
}

// Who fails a few requests is no incident, before one and after it: what fails then is beside it
// where all was whole in between, and its own where it was not.
func TestWhatFailsAFewIsBesideIncidents(t *testing.T) {
	grey := func(at, lasts time.Duration) model.Fault {
		return model.Fault{
			Kind: model.GreyFailure, Region: home, Peer: model.NoRegion, Share: 0.05, At: at,
			Duration: lasts,
		}
	}
	alone, joined := estate(), estate()
	for _, s := range []*model.Scenario{alone, joined} {
		s.Checks = nil // Nobody acts: what fails is by hand.
		s.Settings.ChecksDown = 0
		lose(s, home, 10*time.Hour, time.Hour)
	}
	alone.Timeline = append(alone.Timeline, grey(2*time.Hour, time.Hour))
	alone.Timeline = append(alone.Timeline, grey(20*time.Hour, time.Hour))
	joined.Timeline = append(joined.Timeline, grey(9*time.Hour, 3*time.Hour))
	few := 3 * time.Minute // A twentieth of an hour.

	w := finished(t, stage(t, alone, model.SingleRegion, seedOf(t), witness, 48*time.Hour))
	if got := w.trial.Beside.Lost; got != 2*few {
		t.Errorf("beside the incident %s was lost, want %s", got, 2*few)
	}
	if got := w.incidents[0].Damage; got.Lost != time.Hour || got.Down != time.Hour {
		t.Errorf("an hour's loss cost %+v", got)
	}
	w = finished(t, stage(t, joined, model.SingleRegion, seedOf(t), witness, 48*time.Hour))
	if got := w.trial.Beside; got != (model.Damage{}) {
		t.Errorf("beside a trouble without an end in between %+v was lost", got)
	}
	if got := w.incidents[0].Damage.Lost; got != time.Hour+2*few {
		t.Errorf("an hour's loss in three hours that fail a few cost %s", got)
	}
}

// Of two incidents of one trouble each has what was lost from its own opening to that of the next.
func TestOneTroubleIsDividedWhereTheNextIncidentOpens(t *testing.T) {
	s := estate()
	lose(s, home, 10*time.Hour, time.Hour)
	lose(s, home, 12*time.Hour, 2*time.Hour)
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.GreyFailure, Region: home, Peer: model.NoRegion, Share: 0.05,
		At: 9 * time.Hour, Duration: 6 * time.Hour,
	})
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), witness, 48*time.Hour))
	if len(w.incidents) != 2 {
		t.Fatalf("got %d incidents, want two", len(w.incidents))
	}
	few := 3 * time.Minute
	for i, want := range []time.Duration{time.Hour + 2*few, 2*time.Hour + few} {
		if got := w.incidents[i].Damage.Lost; got != want {
			t.Errorf("incident %d lost %s, want %s", i, got, want)
		}
	}
}

// A load that passes what a region carries takes the service down in the middle of a stretch. What
// is shed before that is beside the incident, and what is shed after it is the incident's: of a
// trapezoid of five hours a day the triangle of an hour and a quarter of the load.
func TestAnIncidentOfTheLoadAloneBeginsWhereItOpens(t *testing.T) {
	s := daily(estate())
	s.Regions[home].Utilisation, s.Traffic.DownBelow = 1, 0.8
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), home, 7*24*time.Hour))
	before := time.Hour / 8
	held := func(what string, got, want time.Duration) {
		if off := got - want; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("%s: %s was lost, want %s", what, got, want)
		}
	}
	held("beside the incidents", w.trial.Beside.Lost, 7*before)
	for _, incident := range w.incidents {
		held("an incident", incident.Damage.Lost, 5*time.Hour-before)
	}
	addsUp(t, "a week", &w.trial, w.incidents)
}

// Where clients who follow a change bring a region more than it carries, the service goes down in
// the middle of a stretch that is integrated in one. What is shed before is beside the incident.
func TestAnIncidentBeginsInTheMiddleOfAStretch(t *testing.T) {
	s := estate()
	s.Traffic.WriteShare = 0 // Where it is written is all the same.
	w := stage(t, s, model.HotStandby, seedOf(t), witness, time.Hour)
	w.capacity[standby] = 0.5
	w.load()
	w.route(failover.Split{To: model.RegionSet(0).With(standby), Share: everybody})
	w.refresh()
	for w.step() {
	}
	w.finale()
	if len(w.incidents) != 1 || w.incidents[0].At.Round(time.Second) != 36*time.Second {
		t.Fatalf("got incidents %+v, want one after 36 s", w.incidents)
	}
	// The load of the standby grows by a sixtieth a second. From 0.5 after 30 s it sheds what is
	// above, a triangle of 6 s and a tenth until the service is down; Simpson's sum cuts its corner.
	beside, want := w.trial.Beside.Lost, 300*time.Millisecond
	if off := beside - want; off < -100*time.Millisecond || off > 100*time.Millisecond {
		t.Errorf("before the incident %s was lost, want %s", beside, want)
	}
	addsUp(t, "a shift", &w.trial, w.incidents)
}

// The keys that both sides of a cut wrote come to the incident of that trouble, whatever becomes of
// them: as repairs, as lost writes, or as requests that fail.
func TestConflictsOfACutAreThoseOfItsIncident(t *testing.T) {
	var repairs, gone, refused int64
	for _, conflicts := range []model.ConflictStrategy{
		model.ByHand, model.LastWriterWins, model.CheckAndSet, model.Commutative,
	} {
		s := twoWriters(1e6, conflicts)
		cut(s, home, standby, time.Hour, 2*time.Hour)
		lose(s, home, 2*time.Hour, 30*time.Minute)
		w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), witness, 48*time.Hour))
		if len(w.incidents) != 1 {
			t.Fatalf("%s: got incidents %+v, want one", conflicts, w.incidents)
		}
		addsUp(t, conflicts.String(), &w.trial, w.incidents)
		got := w.incidents[0].Damage
		switch conflicts {
		case model.ByHand:
			repairs, gone, refused = got.Repairs, got.LostWrites, int64(got.Lost/time.Millisecond)
			if repairs == 0 || w.trial.Beside.Repairs == 0 {
				t.Errorf("%d to repair of a cut and %d of quiet times", repairs, w.trial.Beside.Repairs)
			}
		case model.LastWriterWins:
			if off := got.LostWrites - gone - repairs; off < -1 || off > 1 {
				t.Errorf("%d writes more were lost, where people would repair %d",
					got.LostWrites-gone, repairs)
			}
		case model.CheckAndSet: // A thousand requests are a second of them.
			if off := int64(got.Lost/time.Millisecond) - refused - repairs; off < -1 || off > 1 {
				t.Errorf("%s was lost, where people would repair %d", got.Lost, repairs)
			}
		default:
			if got.Repairs != 0 {
				t.Errorf("%s: %d to repair", conflicts, got.Repairs)
			}
		}
	}
}

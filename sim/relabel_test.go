package sim

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// enlarged is a scenario with some witnesses more, each as far from every other region as given.
func enlarged(s *model.Scenario, trip time.Duration, names ...string) *model.Scenario {
	larger := *s
	larger.Regions = append([]model.Region(nil), s.Regions...)
	for _, name := range names {
		own := len(larger.Regions)
		larger.Regions = append(larger.Regions, model.Region{
			Name: name, FailureDomain: name, Witness: true,
		})
		for r := range own {
			larger.Latency[own][r], larger.Latency[r][own] = trip, trip
		}
	}
	return &larger
}

// labels are the places that the regions of a scenario come to have.
type labels struct {
	place   [model.MaxRegions]model.RegionID
	regions int
}

// lastComes has the last region take another's place; the rest keep their order.
func lastComes(s *model.Scenario, at model.RegionID) *labels {
	l := &labels{regions: len(s.Regions)}
	last := model.RegionID(l.regions - 1)
	for r := range last {
		if l.place[r] = r; r >= at {
			l.place[r]++
		}
	}
	l.place[last] = at
	return l
}

// of is the new place of a region; what is none keeps it.
func (l *labels) of(r model.RegionID) model.RegionID {
	if int(r) < l.regions {
		return l.place[r]
	}
	return r
}

func (l *labels) ofSet(old model.RegionSet) (set model.RegionSet) {
	for ; old != 0; old = old.Without(old.First()) {
		set = set.With(l.of(old.First()))
	}
	return set
}

// relabelled is a value with every region in it, and every set and list of them, where its new
// place has it, whatever it is a value of: an array of model.MaxRegions has an entry for each.
func relabelled[T any](l *labels, old T) T {
	l.relabel(reflect.ValueOf(&old).Elem())
	return old
}

func (l *labels) relabel(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				l.relabel(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		moved := reflect.New(v.Type()).Elem()
		if v.Kind() == reflect.Slice && v.Len() > 0 {
			moved.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		}
		byRegion := v.Type() == reflect.TypeFor[[]model.Region]() ||
			v.Kind() == reflect.Array && v.Len() == model.MaxRegions
		for i := range v.Len() {
			to := i
			if byRegion {
				to = int(l.of(model.RegionID(i)))
			}
			moved.Index(to).Set(v.Index(i))
			l.relabel(moved.Index(to))
		}
		v.Set(moved)
	default:
		switch old := v.Interface().(type) {
		case model.RegionID:
			v.Set(reflect.ValueOf(l.of(old)))
		case model.RegionSet:
			v.Set(reflect.ValueOf(l.ofSet(old)))
		}
	}
}

// relabelledRun is what a run would come to had every region had its new place.
func (l *labels) relabelledRun(r ran) ran {
	r.result.trial = relabelled(l, r.result.trial)
	r.decisions = relabelled(l, r.decisions)
	return r
}

// pin has leases renewed and lags sampled when they would be had no region another place.
func (l *labels) pin(w *world) {
	for store := range w.scenario.Stores {
		for r := range model.RegionID(l.regions) {
			w.phases.renewal[store][l.of(r)] = w.src.uniform(renewPhase, store, int(r))
			w.phases.sample[store][l.of(r)] = w.src.uniform(lagPhase, store, int(r))
		}
	}
}

// withAWitness is a scenario whose last region has no workload.
func withAWitness(s *model.Scenario) *model.Scenario {
	if len(s.Regions) == s.Workload().Count() {
		return enlarged(s, 50*time.Millisecond, "witness")
	}
	return s
}

// Without luck every figure and every decision of a run is the same, wherever the witness is
// listed. The order of the others is no label: it says who is primary, and who is preferred to
// whom. Verdicts are left out, which only a Story has.
func TestRelabellingRegionsChangesNoTimeline(t *testing.T) {
	inEveryScenarioBut(t, excused{
		"double-region-loss": "the leader is lost, and the timers of an election are drawn by number",
		"grey-failure":       "which probes a share of failures meets is drawn by number",
		"packets-lost":       "which probes a link loses is drawn by number",
	}, func(t *testing.T, s *model.Scenario, strategy model.Strategy) (off []string) {
		calm := withoutLuck(withAWitness(s))
		last := model.RegionID(len(calm.Regions) - 1)
		was := playedOnce(t, calm, strategy, last, asItBegins)
		for at := range last {
			l := lastComes(calm, at)
			other := relabelled(l, *calm)
			is := playedOnce(t, &other, strategy, at, l.pin)
			off = append(off, differences(is, l.relabelledRun(was), 0, "Verdict")...)
		}
		return off
	})
}

// The same of ten years of losses of any region, in each of many trials: all of them but those in
// which the leader was lost, and the timers of an election are drawn by number.
func TestRelabellingRegionsChangesNoTrialWithoutAnElection(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		calm := withoutLuck(withAWitness(s))
		last, held := model.RegionID(len(calm.Regions)-1), 0
		l := lastComes(calm, 0)
		other := relabelled(l, *calm)
		before := playedYears(t, calm, strategy, pairedTrials, last, asItBegins)
		after := playedYears(t, &other, strategy, pairedTrials, l.of(last), l.pin)
		for i := range before {
			if before[i].term != 1 {
				continue
			}
			held++
			if off := differences(after[i], l.relabelledRun(before[i]), 0, "Verdict"); len(off) > 0 {
				t.Errorf("trial %d: %s", i, clipped(off))
			}
		}
		if held < pairedTrials/4 {
			t.Errorf("%d trials without an election are too few", held)
		}
	})
}

// A witness that is listed first and not last gives every other region another number. The same
// outages strike the same names; who leads, and at which phase probes and renewals are, is drawn by
// the numbers, so that a trial differs by seconds, and the mean of the difference is nothing.
func TestRelabellingRegionsChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		last := withAWitness(s)
		first := relabelled(lastComes(last, 0), *last)
		before := trialsOf(t, last, strategy, pairedTrials, asItIs)
		after := trialsOf(t, &first, strategy, pairedTrials, asItIs)
		var moves, down, lost, writes sample
		for i := range before {
			was, is := before[i].trial, after[i].trial
			if was.Faulted != is.Faulted {
				t.Fatalf("trial %d: faults for %s and %s, want the same", i, was.Faulted, is.Faulted)
			}
			moves = append(moves, float64(is.Failovers-was.Failovers))
			down = append(down, (is.Down - was.Down).Seconds())
			lost = append(lost, (is.Lost - was.Lost).Seconds())
			writes = append(writes, float64(is.LostWrites-was.LostWrites))
		}
		near(t, "difference in failovers", moves.mean(), 0, moves.standardError())
		near(t, "difference in seconds down", down.mean(), 0, down.standardError())
		near(t, "difference in seconds lost", lost.mean(), 0, lost.standardError())
		near(t, "difference in writes lost", writes.mean(), 0, writes.standardError())
		if wide := down.standardError(); wide > 30 {
			t.Errorf("trials differ so much that %g s more would not be seen", wide)
		}
	})
}

// allAsFar has every region be as far from every other: a majority is as near with one more then.
func allAsFar(s *model.Scenario, trip time.Duration) *model.Scenario {
	other := *s
	for a := range s.Regions {
		for b := range a {
			other.Latency[a][b], other.Latency[b][a] = trip, trip
		}
	}
	return &other
}

// Where a region more is used after all: for its word.
const (
	cutOffToo  = "who is cut off from whom says who has a majority, and one more has a word in that"
	seesLittle = "not everybody sees the failure, or sees it at once, and one more has a word in it"
	leaderLost = "the leader is lost, and the election has one more in it"
)

// A region more, nothing else being drawn by how many there are, changes no figure of any run and
// no decision, under any strategy: be it a witness, or one that could run the workload, whether or
// not it may hold the data; its copy is an hour behind then, so that nobody else's is further.
func TestAnUnusedRegionChangesNoTimeline(t *testing.T) {
	inEveryScenarioBut(t, excused{
		"cut-off-and-lost": cutOffToo, "facebook-2021-10-04": cutOffToo, "flapping-link": cutOffToo,
		"github-2018-10-21": cutOffToo, "ownership-in-doubt": cutOffToo, "split-network": cutOffToo,
		"heard-one-way": cutOffToo, "replication-cut-before-loss": cutOffToo,
		"grey-failure": seesLittle, "metrics-lost-counted": seesLittle, "packets-lost": seesLittle,
		"double-region-loss": leaderLost,
	}, func(t *testing.T, s *model.Scenario, strategy model.Strategy) (off []string) {
		const trip = 80 * time.Millisecond
		calm := allAsFar(withoutLuck(s), trip)
		last := model.RegionID(len(s.Regions) - 1)
		was := playedOnce(t, calm, strategy, last, asItBegins)
		for _, alter := range []func(larger, s *model.Scenario){
			func(*model.Scenario, *model.Scenario) {}, idle, idleWithoutData,
		} {
			larger := enlarged(calm, trip, "unused")
			alter(larger, calm)
			is := playedOnce(t, larger, strategy, last, asItBegins)
			is.result.trial.Idle[last+1] = 0 // All the time, where it could run the workload.
			off = append(off, differences(is, was, 0)...)
		}
		return off
	})
}

// The same of ten years of losses of the primary region, in each of many trials.
func TestAnUnusedRegionChangesNoTrial(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		const trip = 80 * time.Millisecond
		calm := allAsFar(withoutLuck(lossesOfThePrimary(s)), trip)
		last := model.RegionID(len(s.Regions) - 1)
		was := playedYears(t, calm, strategy, pairedTrials, last, asItBegins)
		is := playedYears(t, enlarged(calm, trip, "unused"), strategy, pairedTrials, last, asItBegins)
		if off := differences(is, was, 0); len(off) > 0 {
			t.Error(clipped(off))
		}
	})
}

// lossesOfThePrimary is a scenario of whose hazards nothing but those is left.
func lossesOfThePrimary(s *model.Scenario) *model.Scenario {
	other := *s
	other.Hazards = nil
	for _, h := range s.Hazards {
		if h.Kind == model.RegionLoss && h.Region == s.Primary() {
			other.Hazards = append(other.Hazards, h)
		}
	}
	return &other
}

// Two witnesses more than are needed, one of which is lost now and then, change nothing but by
// whose votes a thing is agreed on: an incident is as long but for the phase of a probe, the way to
// another majority and, where the witness that is lost led, an election.
func TestAnUnusedRegionChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		unused(t, s, strategy, 50*time.Millisecond, asItIs)
	})
}

// Nor does a region that could run the workload and has no users of its own, whether or not it may
// hold the data: it has no capacity, so that nobody is sent there and no store is promoted there.
// It is nearer to everybody than any other region.
func TestAnIdleRegionChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		unused(t, s, strategy, 5*time.Millisecond, func(larger *model.Scenario) { idle(larger, s) })
	})
}

func TestAnIdleRegionThatMayNotHoldTheDataChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		unused(t, s, strategy, 5*time.Millisecond, func(larger *model.Scenario) {
			idleWithoutData(larger, s)
		})
	})
}

// idle has the last region that a scenario was enlarged by run the workload, with a copy that is an
// hour behind: a copy that is not saves writes that no other region holds.
func idle(larger, s *model.Scenario) {
	last := len(larger.Regions) - 1
	made := &larger.Regions[last]
	made.Witness, made.Utilisation, made.BurstCeiling = false, s.Regions[0].Utilisation, 5
	larger.Stores = slices.Clone(s.Stores)
	for i := range larger.Stores {
		larger.Stores[i].Lag[last] = model.Fixed(time.Hour)
	}
}

// idleWithoutData has it run the workload where nobody may keep the data.
func idleWithoutData(larger, s *model.Scenario) {
	idle(larger, s)
	for i := range larger.Stores {
		if larger.Stores[i].Allowed == 0 {
			larger.Stores[i].Allowed = s.Workload()
		}
	}
}

// unused plays a scenario, whose primary alone is lost now and then, with and without two regions
// more, as far from every other one as given, of which the first is lost too.
func unused(
	t *testing.T, s *model.Scenario, strategy model.Strategy, trip time.Duration,
	alter func(*model.Scenario),
) {
	t.Helper()
	alone := lossesOfThePrimary(s)
	larger := enlarged(alone, trip, "a", "b")
	larger.Hazards = append(larger.Hazards, model.Hazard{
		Kind: model.RegionLoss, Region: model.RegionID(len(s.Regions)), Peer: model.NoRegion,
		PerYear: 5, Duration: model.Fixed(20 * time.Hour),
	})
	alter(larger)
	before := trialsOf(t, alone, strategy, pairedTrials, asItIs)
	after := trialsOf(t, larger, strategy, pairedTrials, asItIs)
	slack := 20 * time.Second // An election among five, and a commit for each step of a plan.
	for _, check := range s.Checks {
		slack = max(slack, check.Interval+20*time.Second)
	}
	incidents, moved := int64(0), sample{}
	for i := range before {
		was, is := before[i].trial, after[i].trial
		off := max(is.Down-was.Down, was.Down-is.Down)
		moved = append(moved, float64(is.Failovers-was.Failovers))
		if was.Failovers == is.Failovers && off > slack*time.Duration(is.Incidents) {
			t.Errorf("trial %d: got %+v, want %+v", i, is, was)
		}
		incidents += is.Incidents
	}
	near(t, "difference in failovers", moved.mean(), 0, moved.standardError())
	if incidents == 0 {
		t.Error("no incident")
	}
}

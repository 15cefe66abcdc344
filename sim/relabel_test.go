package sim

import (
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

// turned is a scenario whose last region has become the first; each of the others keeps its place
// among them.
func turned(s *model.Scenario) *model.Scenario {
	n := model.RegionID(len(s.Regions))
	place := func(r model.RegionID) model.RegionID {
		if r < n {
			return (r + 1) % n
		}
		return r
	}
	set := func(old model.RegionSet) (moved model.RegionSet) {
		for r := range n {
			if old.Has(r) {
				moved = moved.With(place(r))
			}
		}
		return moved
	}
	other := *s
	other.Regions = append([]model.Region{s.Regions[n-1]}, s.Regions[:n-1]...)
	other.Populations = append([]model.Population(nil), s.Populations...)
	other.Stores = append([]model.Store(nil), s.Stores...)
	other.Hazards = append([]model.Hazard(nil), s.Hazards...)
	for a := range n {
		for b := range n {
			other.Latency[place(a)][place(b)] = s.Latency[a][b]
		}
		for i := range s.Stores {
			other.Stores[i].Lag[place(a)] = s.Stores[i].Lag[a]
		}
	}
	other.Links = append([]model.Link(nil), s.Links...)
	for i, l := range s.Links {
		other.Links[i].From, other.Links[i].To = place(l.From), place(l.To)
	}
	for i := range s.Stores {
		other.Stores[i].Allowed = set(s.Stores[i].Allowed)
	}
	for i := range other.Populations {
		other.Populations[i].Nearest = place(other.Populations[i].Nearest)
	}
	for i := range other.Hazards {
		h := &other.Hazards[i]
		h.Region, h.Peer, h.Also = place(h.Region), place(h.Peer), set(h.Also)
	}
	return &other
}

// A witness that is listed first and not last gives every other region another number. The same
// outages strike the same names; who leads, and at which phase probes and renewals are, is drawn by
// the numbers, so that a trial differs by seconds, and the mean of the difference is nothing.
func TestRelabellingRegionsChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		last := s
		if len(s.Regions) == s.Workload().Count() {
			last = enlarged(s, 50*time.Millisecond, "witness")
		}
		before := trialsOf(t, last, strategy, pairedTrials, asItIs)
		after := trialsOf(t, turned(last), strategy, pairedTrials, asItIs)
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
			idle(larger, s)
			larger.Stores = append([]model.Store(nil), s.Stores...)
			for i := range larger.Stores {
				if larger.Stores[i].Allowed == 0 {
					larger.Stores[i].Allowed = s.Workload()
				}
			}
		})
	})
}

// idle has the last of two regions that a scenario was enlarged by run the workload.
func idle(larger, s *model.Scenario) {
	made := &larger.Regions[len(s.Regions)+1]
	made.Witness, made.Utilisation, made.BurstCeiling = false, s.Regions[0].Utilisation, 5
}

// unused plays a scenario, whose primary alone is lost now and then, with and without two regions
// more, as far from every other one as given, of which the first is lost too.
func unused(
	t *testing.T, s *model.Scenario, strategy model.Strategy, trip time.Duration,
	alter func(*model.Scenario),
) {
	t.Helper()
	alone := *s
	alone.Hazards = nil
	for _, h := range s.Hazards {
		if h.Kind == model.RegionLoss && h.Region == s.Primary() {
			alone.Hazards = append(alone.Hazards, h)
		}
	}
	larger := enlarged(&alone, trip, "a", "b")
	larger.Hazards = append(larger.Hazards, model.Hazard{
		Kind: model.RegionLoss, Region: model.RegionID(len(s.Regions)), Peer: model.NoRegion,
		PerYear: 5, Duration: model.Fixed(20 * time.Hour),
	})
	alter(larger)
	before := trialsOf(t, &alone, strategy, pairedTrials, asItIs)
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

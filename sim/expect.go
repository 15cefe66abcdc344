package sim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Finding is what the runs of one expectation showed.
type Finding struct {
	Expectation model.Expectation
	// Seed is that of the first run; the one after it has the next.
	Seed uint64
	// Values are what was expected of measures, Names of what has a name.
	Values []FoundValue
	Names  []FoundName
}

// FoundValue is a measure of the runs beside its bound.
type FoundValue struct {
	model.Bound
	// Low and High are the extremes of the runs that have the measure; they mean something where
	// Having, the number of those, is not 0.
	Low, High float64
	Having    int
	// Off is by how much the worst run misses the bound, in the bound's unit; +Inf where it has no
	// such measure, 0 where every run is within it.
	Off float64
	Misses
}

// FoundName is something with a name, in the runs, beside what was expected.
type FoundName struct {
	// What is the key in the file, Want what it says.
	What, Want string
	// Got are the names that came, in the order of the runs, each once.
	Got []string
	Misses
}

// Misses counts the runs that are not as expected.
type Misses struct {
	// Missed is how many; the first of them has the seed First.
	Missed int
	First  uint64
}

func (m *Misses) miss(seed uint64) {
	if m.Missed++; m.Missed == 1 {
		m.First = seed
	}
}

// Met reports whether every run showed what was expected.
func (f *Finding) Met() bool {
	for i := range f.Values {
		if f.Values[i].Missed > 0 {
			return false
		}
	}
	for i := range f.Names {
		if f.Names[i].Missed > 0 {
			return false
		}
	}
	return true
}

// Judged reports whether some run had what the expectation is about. A run in which nothing was
// down has no RTO, and one in which nothing was taken over no RPO: such runs alone neither bear a
// claim out nor refute it.
func (f *Finding) Judged() bool {
	for i := range f.Values {
		v := &f.Values[i]
		if v.Having == 0 && (v.Measure == model.MeasureRTO || v.Measure == model.MeasureRPO) {
			return false
		}
	}
	return true
}

// Expect plays the runs of an expectation, with the scenario's seed and those after it, and says
// what they showed. An error says that a run cannot be played; an *OutsideRun, that the
// expectation's time is not in the run.
func Expect(s *model.Scenario, e model.Expectation) (*Finding, error) {
	return expect(s, e, func(*world) {})
}

func expect(
	s *model.Scenario, e model.Expectation, prepare func(*world),
) (*Finding, error) {
	strategy, ok := s.Strategy(e.Strategy)
	if !ok {
		return nil, fmt.Errorf("scenario %s does not run %s", s.Name, e.Strategy)
	}
	f := &Finding{Expectation: e, Seed: s.Run.Seed}
	for _, b := range e.Bounds {
		f.Values = append(f.Values, FoundValue{Bound: b})
	}
	var waits []model.PopulationLatency // Which are those of every run.
	if slices.ContainsFunc(e.Bounds, func(b model.Bound) bool { return b.Measure.IsLatency() }) {
		waits = latencies(s, strategy)
	}
	watch := Watch{Untraced: true}
	if e.Primary.Valid() {
		f.Names = append(f.Names, FoundName{What: "primary", Want: s.Regions[e.Primary].Name})
	}
	if e.WithheldBy != "" {
		f.Names = append(f.Names, FoundName{What: "withheld_by", Want: e.WithheldBy})
	}
	if len(f.Names) > 0 {
		watch.At = []time.Duration{e.At}
	}
	for run := range uint64(e.Runs) {
		story, err := playPrepared(s, strategy, f.Seed+run, watch, prepare)
		if err != nil {
			return nil, err
		}
		story.waits = waits
		f.add(s, story, f.Seed+run)
	}
	return f, nil
}

// add compares one run with what was expected of it.
func (f *Finding) add(s *model.Scenario, story *Story, seed uint64) {
	for i := range f.Values {
		f.Values[i].add(story.measure(s, f.Values[i].Measure), seed)
	}
	for i := range f.Names {
		name := &f.Names[i]
		got := primaryAt(s, &story.Moments[0])
		if name.What == "withheld_by" {
			got = withheldBy(s, &story.Moments[0])
		}
		if got != name.Want {
			name.miss(seed)
		}
		if !slices.Contains(name.Got, got) {
			name.Got = append(name.Got, got)
		}
	}
}

// add takes the measure of one run; NaN is that of a run without one.
func (v *FoundValue) add(x float64, seed uint64) {
	if !v.Holds(x) {
		v.miss(seed)
	}
	if math.IsNaN(x) {
		v.Off = math.Inf(1)
		return
	}
	v.Off = max(v.Off, v.Least-x, x-v.Most)
	if v.Having++; v.Having == 1 {
		v.Low, v.High = x, x
	}
	v.Low, v.High = min(v.Low, x), max(v.High, x)
}

// nobody stands for a name that there is none of.
const nobody = "none"

// primaryAt is the region that has the write role.
func primaryAt(s *model.Scenario, m *Moment) string {
	if r := m.State.Primary; int(r) < len(s.Regions) {
		return s.Regions[r].Name
	}
	return nobody
}

// withheldBy is the first gate that keeps the first region from being left. The fence is left out:
// it holds the promotion, and never the plan.
func withheldBy(s *model.Scenario, m *Moment) string {
	verdict := m.Policy.Explain(m.State, failover.RegionScope(s.Primary()))
	for gate := range failover.GateCount {
		if gate != failover.FenceGate && verdict.Gates[gate].Ruling != failover.Pass {
			return gate.String()
		}
	}
	return nobody
}

// measure is one measure of a run; NaN where the run has none.
func (s *Story) measure(scenario *model.Scenario, m model.Measure) float64 {
	t := &s.Trial
	switch m {
	case model.MeasureDecided:
		return s.decided()
	case model.MeasureShifted:
		return s.usersShifted()
	case model.MeasureRTO:
		return s.longestDown()
	case model.MeasureRPO:
		return s.lost()
	case model.MeasureDown:
		return t.Down.Seconds()
	case model.MeasureSplitBrain:
		return t.SplitBrain.Seconds()
	case model.MeasureRequestsFailed:
		return math.Round(t.Lost.Seconds() * scenario.Traffic.RequestsPerSecond)
	case model.MeasureLostWrites:
		return float64(t.LostWrites)
	case model.MeasureLostSessions:
		return float64(t.LostSessions)
	case model.MeasureFailovers:
		return float64(t.Failovers)
	case model.MeasureFalseFailovers:
		return float64(t.FalseFailovers)
	case model.MeasureCancelled:
		return float64(t.Cancelled)
	case model.MeasureWithheld:
		return float64(t.Withheld)
	case model.MeasureFailbacks:
		return float64(t.Failbacks)
	case model.MeasureConflicts:
		return float64(t.Conflicts)
	case model.MeasureRejected:
		return float64(t.Rejected)
	case model.MeasureCompensated:
		return float64(t.Compensated)
	case model.MeasureReconciled:
		return float64(t.ToRepair() - t.Compensated)
	case model.MeasureDuplicates:
		return float64(t.Duplicates)
	case model.MeasureStaleReads:
		return float64(t.StaleReads)
	case model.MeasureReleased:
		return float64(t.Released)
	case model.MeasureAlerted:
		return s.alerted()
	case model.MeasureBacklog:
		return s.largestBacklog()
	case model.MeasureDrained:
		return s.drained()
	case model.MeasureFalseAlarms:
		return float64(t.FalseAlarms)
	case model.MeasureLatencyP50:
		return s.slowest(func(l *model.PopulationLatency) time.Duration { return l.Well.P50 })
	case model.MeasureLatencyP95:
		return s.slowest(func(l *model.PopulationLatency) time.Duration { return l.Well.P95 })
	case model.MeasureLatencyP99:
		return s.slowest(func(l *model.PopulationLatency) time.Duration { return l.Well.P99 })
	case model.MeasureRequestsLate:
		return math.Round(t.Late.Seconds() * scenario.Traffic.RequestsPerSecond)
	case model.MeasureSlowP95:
		return s.slowest(func(l *model.PopulationLatency) time.Duration { return l.Slow.P95 })
	}
	return math.NaN()
}

// decided is when the first failover began, in seconds.
func (s *Story) decided() float64 {
	if at, found := s.FirstFailover(); found {
		return at.Seconds()
	}
	return math.NaN()
}

// FirstFailover is when the first failover began, since the start of the run, if one did.
func (s *Story) FirstFailover() (at time.Duration, found bool) {
	for i := range s.Decisions {
		action := s.Decisions[i].Action
		if action == failover.Failover.String() || action == failover.Evacuation.String() {
			return s.Decisions[i].At, true
		}
	}
	return 0, false
}

// usersShifted is when users were first sent elsewhere, in seconds.
func (s *Story) usersShifted() float64 {
	if s.shifted == 0 {
		return math.NaN()
	}
	return time.Duration(s.shifted - warmup).Seconds()
}

// longestDown is the longest RTO of an incident, in seconds. Where nothing was down there was
// nothing to recover from.
func (s *Story) longestDown() float64 {
	longest := math.NaN()
	for i := range s.Incidents {
		longest = atLeast(longest, s.Incidents[i].RTO)
	}
	return longest
}

// lost is the longest stretch of writes that a failover lost, in seconds, whether or not the
// service was down. Where nothing was taken over a copy was never put to the test: however far it
// was behind, that lost nothing.
func (s *Story) lost() float64 {
	longest := math.NaN()
	for i := range s.Incidents {
		if s.Incidents[i].Failover {
			longest = atLeast(longest, s.Incidents[i].RPO)
		}
	}
	for _, stretch := range s.RPOs {
		longest = atLeast(longest, stretch)
	}
	return longest
}

// atLeast is the larger of what was found so far, NaN if nothing was, and one thing more.
func atLeast(soFar float64, d time.Duration) float64 {
	if math.IsNaN(soFar) {
		return d.Seconds()
	}
	return max(soFar, d.Seconds())
}

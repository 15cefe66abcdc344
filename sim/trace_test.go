package sim

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// storiesOf tells runs of random systems, with and without failovers, one after the other.
func storiesOf(t *testing.T, seeds uint64, look func(*world, *Story)) {
	t.Helper()
	for seed := range seeds {
		for _, kind := range model.StrategyKinds() {
			s := randomSystem(seed)
			w := newTestWorld(t, s, strategyOf(t, s, kind), 20*24*time.Hour)
			w.story = &Story{}
			w.begin(newSource(seed, 0), timelineOutages(nil, s))
			if err := w.run(); err != nil {
				t.Fatal(err)
			}
			w.endTrace()
			look(w, w.story)
		}
	}
}

// What lasts on one lane comes one after the other, within the run.
func TestSpansOfALaneNeverOverlap(t *testing.T) {
	var seen [partCount]int
	storiesOf(t, 40, func(w *world, story *Story) {
		for i := range story.Spans {
			s := &story.Spans[i]
			seen[s.Part]++
			if s.From < 0 || s.To < s.From || s.To > time.Duration(w.horizon) {
				t.Errorf("%s %q lasts from %s to %s", s.Part, s.Name, s.From, s.To)
			}
			if i == 0 {
				continue
			}
			before := &story.Spans[i-1]
			if before.sameLane(s.Region, s.Part, s.Lane) && before.To > s.From {
				t.Errorf("%s %q begins at %s, before the end of %q at %s",
					s.Part, s.Name, s.From, before.Name, before.To)
			}
		}
	})
	for part := range partCount {
		if seen[part] == 0 && part != PartSplit && part != PartBrake {
			t.Errorf("no span of %s in any run", part)
		}
	}
}

// The spans say what the timeline says: each entry on the left is at the beginning of a span, or at
// the end of one, of the part on the right.
func TestSpansAgreeWithTheTimeline(t *testing.T) {
	rows := []struct {
		text  string
		part  Part
		begin bool
	}{
		{"stops answering", PartFault, true},
		{"is back", PartFault, false},
		{"loses its link to ", PartLink, true},
		{"has its link to ", PartLink, false},
		{": it says down", PartProbe, true},
		{": it says up", PartProbe, false},
		{"is elected leader", PartConsensus, true},
		{"no longer leads", PartConsensus, false},
		{"stops writes to ", PartGuard, false},
		{" begins (epoch ", PartPlan, true},
		{" is done", PartStep, false},
		{"the service is down", PartService, true},
		{"the service is up", PartService, false},
	}
	checked := make([]int, len(rows))
	storiesOf(t, 40, func(w *world, story *Story) {
		for _, e := range story.Entries {
			for i, row := range rows {
				plans := row.part == PartStep && e.Region == model.NoRegion // The plan is done, no step.
				if !strings.Contains(e.Text, row.text) || plans {
					continue
				}
				checked[i]++
				if !bounded(w, story, &e, row.part, row.begin) {
					t.Errorf("%s %q at %s has no span of %s in %s", e.Kind, e.Text, e.At, row.part,
						w.name(e.Region))
				}
			}
		}
	})
	for i, row := range rows {
		if checked[i] == 0 {
			t.Errorf("no entry says %q", row.text)
		}
	}
}

// bounded reports whether a span of a part begins, or ends, with an entry. What was there and gone
// again at the same instant is no span, and a fault that is struck by another of its kind goes on.
func bounded(w *world, story *Story, e *Entry, part Part, begin bool) bool {
	for i := range story.Spans {
		s := &story.Spans[i]
		at := s.To
		if begin {
			at = s.From
		}
		here := s.Region == e.Region || part == PartPlan
		if s.Part != part || !here {
			continue
		}
		again := (part == PartFault || part == PartLink) && s.From < e.At && e.At < s.To
		if again || at == e.At && (begin || !s.Open) {
			return true
		}
	}
	for _, other := range story.Entries {
		if other.Region == e.Region && other.At == e.At && other.Kind == e.Kind &&
			other.Text != e.Text {
			return true
		}
	}
	return false
}

// A run that is told is the run that is counted.
func TestToldRunsAreTheSameRuns(t *testing.T) {
	storiesOf(t, 40, func(told *world, _ *Story) {
		silent, err := newWorld(told.scenario, told.strategy, time.Duration(told.horizon))
		if err != nil {
			t.Fatal(err)
		}
		silent.begin(told.src, timelineOutages(nil, told.scenario))
		if err := silent.run(); err != nil {
			t.Fatal(err)
		}
		if told.trial != silent.trial || !reflect.DeepEqual(told.incidents, silent.incidents) {
			t.Errorf("told %+v, counted %+v", told.trial, silent.trial)
		}
	})
}

// A story without a trace says the same in all else, and has no spans.
func TestUntracedRunsAreToldTheSame(t *testing.T) {
	traced := 0
	storiesOf(t, 10, func(told *world, story *Story) {
		untraced := newTestWorld(t, told.scenario, told.strategy, time.Duration(told.horizon))
		untraced.story = &Story{untraced: true}
		untraced.begin(told.src, timelineOutages(nil, told.scenario))
		if err := untraced.run(); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(untraced.story.Entries, story.Entries) ||
			!reflect.DeepEqual(untraced.decisions, told.decisions) ||
			!reflect.DeepEqual(untraced.incidents, told.incidents) || untraced.trial != told.trial {
			t.Errorf("%s: told another story without its trace", told.strategy.Kind)
		}
		trace := &untraced.story.trace
		if taken := len(trace.open) + len(trace.spans) + len(trace.samples); taken > 0 {
			t.Errorf("%d states and samples were taken down", taken)
		}
		traced += len(story.Samples)
	})
	if traced == 0 {
		t.Error("nothing is ever taken down")
	}
}

// The down time of the trace is that of the trial, and the area under the curve of requests that
// succeed is what was not lost. The curve is a polygon with steps, so that it is a little off where
// clients follow a shift.
func TestTheTraceAddsUpToTheOutcome(t *testing.T) {
	for _, kind := range model.StrategyKinds() {
		s := estate()
		if s.Excuse(kind) != "" {
			continue
		}
		lose(s, home, time.Minute, 2*time.Hour)
		story, err := Play(s, strategyOf(t, s, kind), seedOf(t))
		if err != nil {
			t.Fatal(err)
		}
		down, end := time.Duration(0), 24*time.Hour+121*time.Minute // A day after the last fault.
		for i := range story.Spans {
			if span := &story.Spans[i]; span.Part == PartService {
				down += span.To - span.From
			}
		}
		if down != story.Trial.Down {
			t.Errorf("%s: %s down in the trace, want %s", kind, down, story.Trial.Down)
		}
		lost, at, value := 0.0, time.Duration(0), 1.0
		for _, sample := range story.Samples {
			if sample.Counter == Succeed {
				lost += (1 - value) * (sample.At - at).Seconds()
				at, value = sample.At, sample.Value
			}
		}
		lost += (1 - value) * (end - at).Seconds()
		if want := story.Trial.Lost.Seconds(); math.Abs(lost-want) > 0.02*want {
			t.Errorf("%s: %.0f s lost under the curve, want %.0f", kind, lost, want)
		}
	}
}

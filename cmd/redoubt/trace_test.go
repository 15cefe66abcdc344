package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// event is an event of a trace as a viewer reads it.
type event struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	At    *int64         `json:"ts"`
	Lasts *int64         `json:"dur"`
	PID   *int           `json:"pid"`
	TID   *int           `json:"tid"`
	Scope string         `json:"s"`
	ID    int            `json:"id"`
	Args  map[string]any `json:"args"`
}

// traced is a run and its trace.
type traced struct {
	name   string
	run    *redoubt.Simulation
	events []event
}

// tracedRuns are every strategy of every embedded scenario, played. Nobody changes them.
func tracedRuns(t *testing.T) []traced {
	t.Helper()
	all, err := playTraced()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// playTraced plays them once for all tests.
var playTraced = sync.OnceValues(func() (all []traced, err error) {
	for _, name := range scenarios.Names() {
		s, err := scenarios.Load(name)
		if err != nil {
			return nil, err
		}
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) != "" {
				continue
			}
			run, err := redoubt.Simulate(s, redoubt.SimulateOptions{Strategy: strategy.Kind, Seed: 1})
			if err != nil {
				return nil, err
			}
			content, err := newTrace(run).encode()
			if err != nil {
				return nil, err
			}
			var read struct {
				Events []event `json:"traceEvents"`
			}
			if err := json.Unmarshal(content, &read); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, traced{name + " " + strategy.Kind.String(), run, read.Events})
		}
	}
	return all, nil
})

// place is a thread of a process.
type place struct{ pid, tid int }

// TestTracesKeepTheFormat holds every event against what the Trace Event Format asks of its phase.
func TestTracesKeepTheFormat(t *testing.T) {
	for _, trace := range tracedRuns(t) {
		t.Run(trace.name, func(t *testing.T) {
			counts := map[string]int{}
			for i := range trace.events {
				e := &trace.events[i]
				counts[e.Phase]++
				if problem := e.problem(); problem != "" {
					t.Fatalf("event %d %q: %s", i, e.Name, problem)
				}
			}
			if counts["X"] == 0 || counts["i"] != len(trace.run.Timeline) || counts["C"] == 0 ||
				counts["s"] != counts["f"] {
				t.Errorf("got %v, want slices, counters, arrows with two ends and %d instants", counts,
					len(trace.run.Timeline))
			}
			checkNames(t, trace.events)
			checkNesting(t, trace.events)
			checkArrows(t, trace.events)
		})
	}
}

// problem says what an event lacks.
func (e *event) problem() string {
	switch {
	case e.PID == nil || *e.PID <= 0 || e.TID == nil || *e.TID < 0 || e.Name == "":
		return "no name, process or thread"
	case e.Phase == "M":
		if _, named := e.Args["name"].(string); named {
			return ""
		}
		if _, sorted := e.Args["sort_index"].(float64); sorted {
			return ""
		}
		return "metadata that says nothing"
	case e.At == nil || *e.At < 0:
		return "no time"
	}
	switch e.Phase {
	case "X":
		if e.Lasts == nil || *e.Lasts < 0 {
			return "a slice without a length"
		}
	case "i":
		if e.Scope != "t" {
			return "an instant without a scope"
		}
	case "C":
		for _, value := range e.Args {
			if _, ok := value.(float64); ok && len(e.Args) == 1 {
				return ""
			}
		}
		return "a counter without a number"
	case "s", "f":
		if e.ID == 0 {
			return "an arrow without a number"
		}
	default:
		return "an unknown phase " + e.Phase
	}
	return ""
}

// checkNesting fails where two slices of a thread overlap and neither holds the other.
func checkNesting(t *testing.T, events []event) {
	t.Helper()
	rows := map[place][]event{}
	for i := range events {
		if e := &events[i]; e.Phase == "X" {
			rows[place{*e.PID, *e.TID}] = append(rows[place{*e.PID, *e.TID}], *e)
		}
	}
	for where, slicesOf := range rows {
		slices.SortStableFunc(slicesOf, func(a, b event) int {
			return cmp.Or(cmp.Compare(*a.At, *b.At), cmp.Compare(*b.Lasts, *a.Lasts))
		})
		var ends []int64
		for _, e := range slicesOf {
			for len(ends) > 0 && ends[len(ends)-1] <= *e.At {
				ends = ends[:len(ends)-1]
			}
			if len(ends) > 0 && *e.At+*e.Lasts > ends[len(ends)-1] {
				t.Errorf("%v: %q ends after what it began in", where, e.Name)
			}
			ends = append(ends, *e.At+*e.Lasts)
		}
	}
}

// checkArrows fails where an end of an arrow is on no slice, or would be taken for one of another:
// Perfetto reads events in the order of time, and of the file at one time, and binds an arrow to
// the slice or instant that began last on its row (GetTopmostSliceOnTrack in its slice_tracker.cc).
// Each arrow has a beginning and, not before that, an end.
func checkArrows(t *testing.T, events []event) {
	t.Helper()
	inTime := slices.Clone(events)
	slices.SortStableFunc(inTime, func(a, b event) int { return cmp.Compare(a.when(), b.when()) })
	began, arrows := map[place]event{}, map[int]string{}
	for i := range inTime {
		e := &inTime[i]
		row := place{*e.PID, *e.TID}
		switch e.Phase {
		case "X", "i":
			began[row] = *e
		case "s", "f":
			arrows[e.ID] += e.Phase
			if on := began[row]; on.Phase != "X" || *e.At > *on.At+*on.Lasts {
				t.Errorf("arrow %d %s at %d is on %q", e.ID, e.Phase, *e.At, on.Name)
			}
		}
	}
	for id, ends := range arrows {
		if ends != "sf" {
			t.Errorf("got the ends %q of arrow %d, want sf", ends, id)
		}
	}
}

// when is the time of an event; what describes has none, and comes first.
func (e *event) when() int64 {
	if e.At == nil {
		return -1
	}
	return *e.At
}

// checkNames fails where a process or a row is named or put in its place twice, or not at all.
func checkNames(t *testing.T, events []event) {
	t.Helper()
	described, shown := map[string]int{}, map[place]bool{}
	for i := range events {
		e := &events[i]
		if e.Phase == "M" {
			described[fmt.Sprint(e.Name, *e.PID, *e.TID)]++
			continue
		}
		shown[place{*e.PID, 0}] = true
		shown[place{*e.PID, *e.TID}] = true
	}
	for at := range shown {
		kind := "thread"
		if at.tid == 0 {
			kind = "process"
		}
		for _, what := range [...]string{"_name", "_sort_index"} {
			if got := described[fmt.Sprint(kind, what, at.pid, at.tid)]; got != 1 {
				t.Errorf("got %d of %s%s of %v, want 1", got, kind, what, at)
			}
		}
	}
}

// TestTracesAgreeWithTheResult holds the slices against the JSON of the same run.
func TestTracesAgreeWithTheResult(t *testing.T) {
	failovers := 0
	for _, trace := range tracedRuns(t) {
		data, _ := simulationView{Simulation: trace.run}.structure().(simulationData)
		downs := 0.0
		for i := range trace.events {
			e := &trace.events[i]
			if e.Phase == "X" && *e.PID == usersProcess && e.Name == "down" {
				downs += float64(*e.Lasts) / 1e6
			}
		}
		// Each end of a slice is cut to a microsecond.
		down, rounding := float64(data.Outcome.Down), 1e-6*float64(len(trace.events))
		if math.Abs(downs-down) > rounding {
			t.Errorf("%s: down for %g s in the trace, want %g", trace.name, downs, down)
		}
		for _, incident := range data.Incidents {
			if !trace.has("down", float64(incident.At), float64(incident.RTO)) {
				t.Errorf("%s: no slice for the incident at %v", trace.name, incident.At)
			}
		}
		for _, d := range data.Decisions {
			failovers++
			name := fmt.Sprintf("%s of %s to %s (epoch %d)", d.Action, d.Region, d.Target, d.Epoch)
			if d.Target == "" && d.Region == "" {
				name = fmt.Sprintf("%s (epoch %d)", d.Action, d.Epoch)
			} else if d.Target == "" {
				name = fmt.Sprintf("%s of %s (epoch %d)", d.Action, d.Region, d.Epoch)
			} else if d.Target == d.Region {
				name = fmt.Sprintf("%s to %s (epoch %d)", d.Action, d.Region, d.Epoch)
			} else if d.Region == "" {
				name = fmt.Sprintf("%s to %s (epoch %d)", d.Action, d.Target, d.Epoch)
			}
			if !trace.has(name, float64(d.At), -1) {
				t.Errorf("%s: no slice %q at %v", trace.name, name, d.At)
			}
		}
	}
	if failovers == 0 {
		t.Error("no run decided anything")
	}
}

// has reports whether a slice of this name begins at a time, in seconds, and lasts so long; of a
// negative length that does not matter.
func (r *traced) has(name string, at, lasts float64) bool {
	return slices.ContainsFunc(r.events, func(e event) bool {
		if e.Phase != "X" || e.Name != name {
			return false
		}
		near := func(got int64, want float64) bool { return math.Abs(float64(got)/1e6-want) < 2e-6 }
		return near(*e.At, at) && (lasts < 0 || near(*e.Lasts, lasts))
	})
}

// The same seed gives the same bytes, another one others.
func TestTracesAreRepeatable(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(seed uint64) []byte {
		run, err := redoubt.Simulate(s, redoubt.SimulateOptions{Strategy: model.HotStandby, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		content, err := newTrace(run).encode()
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	first := encoded(1)
	if !bytes.Equal(first, encoded(1)) {
		t.Error("two traces of one seed differ")
	}
	if bytes.Equal(first, encoded(2)) {
		t.Error("two seeds have the same trace")
	}
}

func TestMicrosAreWhole(t *testing.T) {
	rows := []struct {
		name string
		at   time.Duration
		want int64
	}{
		{"nothing", 0, 0}, {"a second", time.Second, 1_000_000}, {"below one", 999, 0},
		{"a day and a bit", 24*time.Hour + 1999, 86_400_000_001},
	}
	for _, row := range rows {
		if got := micros(row.at); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

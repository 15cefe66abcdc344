package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/sim"
)

// A trace is a run in the Trace Event Format of Chrome, as a JSON object, which Perfetto and
// chrome://tracing open (docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
// Each region is a process, the log and the users are two more, and each part of one is a thread.
// Slices of one thread must nest; those of one lane of a sim.Span never overlap, so that each lane
// is a thread of its own.
type traceData struct {
	Events []traceEvent `json:"traceEvents"`
	// Unit is what the viewer shows times in.
	Unit  string    `json:"displayTimeUnit"`
	Other traceMeta `json:"otherData"`
}

// traceMeta says which run a trace is of.
type traceMeta struct {
	Scenario string `json:"scenario"`
	Strategy string `json:"strategy"`
	Seed     string `json:"seed"`
	Hash     string `json:"decision_hash"`
}

// traceEvent is one event. Which fields it has depends on its phase: M names a process or a thread,
// X is a slice, i an instant, C a counter, s and f the ends of an arrow.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	At       *int64         `json:"ts,omitempty"`
	Lasts    *int64         `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Scope    string         `json:"s,omitempty"`
	ID       int            `json:"id,omitempty"`
	Bind     string         `json:"bp,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// micros gives a time in microseconds, the unit of the format, cut to whole ones: viewers read
// fractions as floats, and slices that meet would overlap by a nanosecond.
func micros(d time.Duration) int64 { return int64(d / time.Microsecond) }

// tracer makes the events of a run.
type tracer struct {
	run     *redoubt.Simulation
	events  []traceEvent
	threads []thread
}

// thread is a row of the trace.
type thread struct {
	process int
	// part orders the threads of a process, lane those of a part.
	part sim.Part
	lane string
	name string
}

// newTrace turns a run into a trace.
func newTrace(run *redoubt.Simulation) traceData {
	t := &tracer{run: run}
	for i := range run.Spans {
		t.know(&run.Spans[i])
	}
	for i := range run.Timeline {
		t.add(t.threadOf(&run.Timeline[i]))
	}
	slices.SortFunc(t.threads, func(a, b thread) int {
		return cmp.Or(cmp.Compare(a.process, b.process), cmp.Compare(a.part, b.part),
			cmp.Compare(a.lane, b.lane))
	})
	t.names()
	for i := range run.Spans {
		t.slice(&run.Spans[i])
	}
	for i := range run.Timeline {
		t.instant(&run.Timeline[i])
	}
	for i := range run.Samples {
		t.counter(&run.Samples[i])
	}
	t.arrows()
	return traceData{Events: t.events, Unit: "ms", Other: traceMeta{
		Scenario: run.Scenario.Name, Strategy: run.Strategy.String(),
		Seed: strconv.FormatUint(run.Seed, 10), Hash: run.Hash,
	}}
}

// The processes are numbered from 1: the users first, since it is about them, then the log,
// then the regions in their order.
const (
	usersProcess = 1
	logProcess   = 2
	firstRegion  = 3
)

// processOf is where a part of a region is shown.
func processOf(region model.RegionID, part sim.Part) int {
	switch {
	case region != model.NoRegion:
		return firstRegion + int(region)
	case part.OfUsers():
		return usersProcess
	}
	return logProcess
}

// threadNames are what the thread of a part is called, with its lane where it has one.
var threadNames = map[sim.Part]string{
	sim.PartFault: "the region", sim.PartLink: "link to", sim.PartProbe: "check",
	sim.PartConsensus: "consensus", sim.PartGuard: "store", sim.PartStep: "step",
	sim.PartPeople: "people", sim.PartService: "the service", sim.PartPhase: "recovery",
	sim.PartRouting: "routing of", sim.PartLate: "late clients of", sim.PartSplit: "split brain",
	sim.PartPlan: "plan", sim.PartDecision: "decision on", sim.PartLeaderless: "leader",
	sim.PartBrake: "brake",
}

func spanThread(s *sim.Span) thread {
	name := threadNames[s.Part]
	if s.Lane != "" {
		name += " " + s.Lane
	}
	return thread{processOf(s.Region, s.Part), s.Part, s.Lane, name}
}

func (t *tracer) know(s *sim.Span) { t.add(spanThread(s)) }

func (t *tracer) add(row thread) {
	if !slices.Contains(t.threads, row) {
		t.threads = append(t.threads, row)
	}
}

// partOfKind is the thread that an entry of the timeline is shown on: the one without a lane of the
// part that it is about.
var partOfKind = map[string]sim.Part{
	"fault": sim.PartFault, "probe": sim.PartProbe, "consensus": sim.PartConsensus,
	"guard": sim.PartGuard, "plan": sim.PartStep, "people": sim.PartPeople,
	"traffic": sim.PartService, "data": sim.PartService, "decision": sim.PartDecision,
	"advice": sim.PartDecision,
}

// threadOf is the row of an entry. What is decided is shown in the log, wherever its leader is, and
// not on the row of the plans: Perfetto has an arrow begin at what began last on its row, which an
// instant would be.
func (t *tracer) threadOf(e *redoubt.Entry) thread {
	part, region := partOfKind[e.Kind], t.regionOf(e.Region)
	if part == sim.PartDecision || part == sim.PartStep && region == model.NoRegion {
		return thread{logProcess, sim.PartDecision, "", "decisions"}
	}
	name := threadNames[part]
	switch part {
	case sim.PartProbe, sim.PartGuard, sim.PartStep:
		name += "s"
	default:
	}
	return thread{processOf(region, part), part, "", name}
}

func (t *tracer) regionOf(name string) model.RegionID {
	for i, region := range t.run.Scenario.Regions {
		if region.Name == name {
			return model.RegionID(i)
		}
	}
	return model.NoRegion
}

// number is the tid of a thread. It is unique in the whole trace: Perfetto takes equal numbers of
// two processes for two threads, others do not.
func (t *tracer) number(row thread) int {
	return 1 + slices.Index(t.threads, row) + firstRegion + len(t.run.Scenario.Regions)
}

// names writes what each process and thread is called, and in which order they are shown.
func (t *tracer) names() {
	processes := []string{"users", "the log"}
	for _, region := range t.run.Scenario.Regions {
		processes = append(processes, region.Name)
	}
	describe := func(event string, process, row int, key string, value any) {
		t.events = append(t.events, traceEvent{
			Name: event, Phase: "M", Process: process, Thread: row, Args: map[string]any{key: value},
		})
	}
	for i, name := range processes {
		process := usersProcess + i
		describe("process_name", process, 0, "name", name)
		describe("process_sort_index", process, 0, "sort_index", process)
	}
	for _, row := range t.threads {
		number := t.number(row)
		describe("thread_name", row.process, number, "name", row.name)
		describe("thread_sort_index", row.process, number, "sort_index", number)
	}
}

// slice writes a span.
func (t *tracer) slice(s *sim.Span) {
	row := spanThread(s)
	args := map[string]any{}
	for _, arg := range s.Args {
		args[arg.Key] = arg.Value
	}
	if s.Open {
		args["outcome"] = "goes on when the run ends"
	}
	t.events = append(t.events, traceEvent{
		Name: s.Name, Category: s.Part.String(), Phase: "X", At: pointer(micros(s.From)),
		Lasts:   pointer(micros(s.To) - micros(s.From)),
		Process: row.process, Thread: t.number(row), Args: args,
	})
}

// instant writes an entry of the timeline, with its scope: the thread alone.
func (t *tracer) instant(e *redoubt.Entry) {
	row := t.threadOf(e)
	event := traceEvent{
		Name: e.Text, Category: e.Kind, Phase: "i", At: pointer(micros(e.At)), Process: row.process,
		Thread: t.number(row), Scope: "t",
	}
	if e.Kind == "decision" {
		event.Args = t.gatesAt(e.At)
	}
	t.events = append(t.events, event)
}

// gatesAt has what the gates said of a decision.
func (t *tracer) gatesAt(at time.Duration) map[string]any {
	args := map[string]any{}
	for i := range t.run.Decisions {
		if d := &t.run.Decisions[i]; d.At == at {
			for _, gate := range d.Gates {
				args[gate.Name] = gate.Verdict + ": " + gate.Reason
			}
		}
	}
	return args
}

// counter writes a value. Counters belong to a process, so that their thread is none.
func (t *tracer) counter(s *sim.Sample) {
	name, unit, value := s.Counter.String(), "percent", 100*s.Value
	if s.Counter == sim.KnownLag {
		name, unit, value = "lag of "+s.Lane+" that the log knows", "seconds", s.Value
	}
	process := usersProcess
	if s.Region != model.NoRegion {
		process = firstRegion + int(s.Region)
	}
	t.events = append(t.events, traceEvent{
		Name: name, Phase: "C", At: pointer(micros(s.At)), Process: process,
		Args: map[string]any{unit: number(value)},
	})
}

// arrows lead from each plan to its steps. An arrow binds to the slice that encloses its end.
func (t *tracer) arrows() {
	id := 0
	for i := range t.run.Spans {
		step := &t.run.Spans[i]
		if step.Part != sim.PartStep {
			continue
		}
		for j := range t.run.Spans {
			plan := &t.run.Spans[j]
			if plan.Part != sim.PartPlan || plan.Lane != "" || plan.Epoch != step.Epoch {
				continue
			}
			id++
			t.arrow("s", "", id, plan, step.From)
			t.arrow("f", "e", id, step, step.From)
		}
	}
}

func (t *tracer) arrow(phase, bind string, id int, s *sim.Span, when time.Duration) {
	row := spanThread(s)
	t.events = append(t.events, traceEvent{
		Name: "step", Category: "plan", Phase: phase, ID: id, Bind: bind, At: pointer(micros(when)),
		Process: row.process, Thread: t.number(row),
	})
}

// encode writes a trace with an event on each line, so that two of them can be compared by line.
func (d traceData) encode() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{\"traceEvents\": [\n")
	for i := range d.Events {
		line, err := compact(d.Events[i])
		if err != nil {
			return nil, err
		}
		b.Write(line)
		if i < len(d.Events)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	other, err := compact(d.Other)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "],\n\"displayTimeUnit\": %q,\n\"otherData\": %s}\n", d.Unit, other)
	return b.Bytes(), nil
}

// compact encodes one value on one line, signs of HTML as they are.
func compact(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

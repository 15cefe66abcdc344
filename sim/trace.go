package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Part says what a Span is a state of. The parts are in the order in which they are shown.
type Part uint8

// The parts. Those of the users and of the log belong to no region.
const (
	// PartFault is a region that is lost; PartLink one end of a link that is cut, by the other end.
	PartFault Part = iota
	PartLink
	// PartProbe is a check that says down, by what it checks.
	PartProbe
	// PartConsensus is a term of leadership; PartGuard a store that is open for writes.
	PartConsensus
	PartGuard
	// PartStep is a step of a plan, from when its agent claims it to when that had done it.
	PartStep
	// PartPeople is people at work, or a wait for them.
	PartPeople
	// PartService is the service being down, PartPhase a phase of its recovery.
	PartService
	PartPhase
	// PartRouting is where a population is sent, PartLate that some of it still come to where it was.
	PartRouting
	PartLate
	// PartSplit is two regions that can write to one store.
	PartSplit
	// PartPlan is a plan that runs, and what it waits for; PartDecision a region that a quorum sees
	// down and that is not left yet, PartLeaderless the time without a leader, PartBrake the brake
	// being on.
	PartPlan
	PartDecision
	PartLeaderless
	PartBrake
	partCount
)

var partNames = [partCount]string{
	"fault", "link", "probe", "consensus", "guard", "step", "people", "service", "phase", "routing",
	"late", "split brain", "plan", "decision", "leaderless", "brake",
}

// String gives the part's name.
func (p Part) String() string {
	if p < partCount {
		return partNames[p]
	}
	return "unknown"
}

// OfUsers reports whether a part is about the users of the service.
func (p Part) OfUsers() bool { return p >= PartService && p <= PartSplit }

// Span is a state that lasted: a region that was lost, a term of leadership, a store that was open,
// a step of a plan. Spans with the same Region, Part and Lane never overlap.
type Span struct {
	// Region is where it was, or NoRegion.
	Region model.RegionID
	Part   Part
	// Lane tells apart what a part of a region has several of: the other end of a link, a store, a
	// check, a population. It is empty where there is only one.
	Lane string
	// From and To are times since the start of the run, To not before From.
	From, To time.Duration
	// Open says that it had not ended when the run did.
	Open bool
	Name string
	// Epoch is that of a plan and of its steps, 0 of anything else.
	Epoch failover.Epoch
	Args  []Arg
}

// Arg is a detail of a Span.
type Arg struct{ Key, Value string }

// Sample is the value of a Counter from a time on, until its next Sample.
type Sample struct {
	At      time.Duration
	Counter Counter
	// Region and Lane say whose counter it is; NoRegion and nothing for one of the whole service.
	Region model.RegionID
	Lane   string
	Value  float64
}

// Counter says what a Sample counts.
type Counter uint8

// The counters.
const (
	// Succeed is the share of all requests that succeed, Accepted that of the writes, in [0, 1].
	Succeed Counter = iota
	Accepted
	// Late is the share of all clients that still use an old answer of the routing, in [0, 1].
	Late
	// KnownLag is how far a replica was behind when the log last heard of it, in seconds.
	KnownLag
	counterCount
)

var counterNames = [counterCount]string{
	"requests that succeed", "writes that succeed", "clients on the old answer", "lag",
}

// String gives the counter's name.
func (c Counter) String() string {
	if c < counterCount {
		return counterNames[c]
	}
	return "unknown"
}

// tracer collects the spans and samples of a story. Nothing of it exists in a trial that is not
// told.
type tracer struct {
	spans   []Span
	open    []openSpan
	samples []Sample
	last    []Sample
	// round numbers the looks at the world: what was not seen in the last one has ended.
	round int
	// verb says what became of the plan that ended last, ended is its epoch.
	verb  string
	ended failover.Epoch
}

type openSpan struct {
	Span
	round int
	// step says which step of its plan it is, where it is one, and tries how often that was given up
	// before.
	step  int
	tries uint8
}

func (s *Span) sameLane(region model.RegionID, part Part, lane string) bool {
	return s.Region == region && s.Part == part && s.Lane == lane
}

// hold says that a state holds now: its span goes on if it did before, and begins otherwise.
func (w *world) hold(region model.RegionID, part Part, lane, name string, args ...Arg) *openSpan {
	t := &w.story.trace
	for i := range t.open {
		if o := &t.open[i]; o.sameLane(region, part, lane) {
			if o.Name == name {
				o.round = t.round
				return o
			}
			w.end(o)
			t.open = slices.Delete(t.open, i, i+1)
			break
		}
	}
	t.open = append(t.open, openSpan{round: t.round, Span: Span{
		Region: region, Part: part, Lane: lane, Name: name, Args: args,
		From: time.Duration(w.now - warmup),
	}})
	return &t.open[len(t.open)-1]
}

// end closes a span at the present time.
func (w *world) end(o *openSpan) {
	o.To = time.Duration(w.now - warmup)
	if o.tries > 0 {
		o.Args = append(o.Args, Arg{"given up before", strconv.Itoa(int(o.tries))})
	}
	if outcome := w.outcome(o); outcome != "" {
		o.Args = append(o.Args, Arg{"outcome", outcome})
	}
	w.story.trace.spans = append(w.story.trace.spans, o.Span)
}

// outcome says how a span ended, where that is not all there is to say of it.
func (w *world) outcome(o *openSpan) string {
	switch {
	case o.Part == PartPlan && o.Lane == "" && w.story.trace.ended != o.Epoch:
		return "goes on in another epoch"
	case o.Part == PartPlan && o.Lane == "":
		return strings.TrimPrefix(w.story.trace.verb, "is ")
	case o.Part != PartStep:
		return ""
	case w.work[o.step].finished && w.state.Epoch == o.Epoch:
		return "done"
	}
	plan := &w.state.Plan
	if plan.Epoch == o.Epoch && plan.Steps[o.step].Status == failover.Done {
		return "done"
	}
	return "not done"
}

// look takes down what holds from now until the next event. It is called before each event, so that
// what changed and changed back at one instant leaves no span.
func (w *world) look(next int64) {
	if w.story == nil || w.story.untraced || next <= w.now {
		return
	}
	t := &w.story.trace
	t.round++
	w.lookAtRegions()
	w.lookAtPlan()
	w.lookAtDecisions()
	w.lookAtUsers()
	kept := t.open[:0]
	for i := range t.open {
		if o := &t.open[i]; o.round == t.round {
			kept = append(kept, *o)
		} else {
			w.end(o)
		}
	}
	t.open = kept
	w.sampleUpTo(next)
}

// endTrace closes what still holds when the run ends, and puts everything in its order.
func (w *world) endTrace() {
	t := &w.story.trace
	for i := range t.open {
		o := &t.open[i]
		o.Open, o.To = true, time.Duration(w.horizon)
		t.spans = append(t.spans, o.Span)
	}
	t.open = nil
	slices.SortStableFunc(t.spans, compareSpans)
	w.story.Spans, w.story.Samples = t.spans, t.samples
}

// keepService takes down an incident that has ended, and its phases.
func (w *world) keepService(from, to int64, cause model.DownCause, result *model.Incident) {
	if w.story == nil || w.story.untraced {
		return
	}
	t := &w.story.trace
	open := to == warmup+w.horizon
	down := Span{
		Region: model.NoRegion, Part: PartService, Name: "down",
		From: time.Duration(from - warmup), To: time.Duration(to - warmup), Open: open,
		Args: []Arg{
			{"cause", cause.String()},
			{"lasted", time.Duration(to - from).Round(time.Millisecond).String()},
		},
	}
	t.spans = append(t.spans, down)
	at := down.From
	for phase := range model.PhaseCount {
		took := result.Phases[phase]
		if took == 0 {
			continue
		}
		t.spans = append(t.spans, Span{
			Region: model.NoRegion, Part: PartPhase, Name: phase.String(), From: at, To: at + took,
			Open: open && at+took == down.To,
		})
		at += took
	}
}

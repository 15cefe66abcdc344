package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Entry is one line of a Story.
type Entry struct {
	// At is the time since the start of the run.
	At time.Duration
	// Region is where it happens, or NoRegion.
	Region     model.RegionID
	Kind, Text string
}

// Decision is one plan that the policy began.
type Decision struct {
	At     time.Duration
	Epoch  uint32
	Action string
	// Subject is left and Target takes over; either can be NoRegion.
	Subject, Target model.RegionID
	// Verdict is what every gate said as the plan began, at Now on the log's clock. It is empty for
	// what an operator ordered, and outside a Story.
	Verdict failover.Verdict
	Now     failover.Instant
	Judged  bool
}

// Story is one run, told.
type Story struct {
	Entries   []Entry
	Decisions []Decision
	Incidents []model.Incident
	Trial     model.Trial
	// Stale is the share of all clients that still used an old DNS answer, this long after the
	// first change of routing.
	Stale []StaleShare
	// RPOs are the stretches of writes that each failover lost.
	RPOs []time.Duration
	// Alerts are when each alert of the scenario fired; LostAt is since when writes that were lost
	// were out of reach, in the order of the losses.
	Alerts []AlertFinding
	LostAt []time.Duration
	// Backlogs are what had to wait, in the order of the scenario.
	Backlogs []BacklogFinding
	// Moments are the states that were asked for, in their order.
	Moments []Moment
	// Spans are what lasted, by region, part, lane and time; Samples what was counted, by time.
	Spans   []Span
	Samples []Sample

	prior   failover.State
	shifted int64
	watch   watching
	// untraced says that nobody asks for Spans and Samples, which take longer than the run itself.
	untraced bool
	trace    tracer
	alarms   []alarm
	queues   []backlog
	waits    []model.PopulationLatency
}

// StaleShare is how many clients had not followed some time after a change.
type StaleShare struct {
	After time.Duration
	// Share is in [0, 1].
	Share float64
}

// Hash digests the decisions of a story: what was decided, about which region, when and in which
// epoch.
func (s *Story) Hash() string {
	h := sha256.New()
	for _, d := range s.Decisions {
		fmt.Fprintf(h, "%d %d %s %d %d\n", d.At, d.Epoch, d.Action, d.Subject, d.Target)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// note adds a line to the story, if one is being told.
func (w *world) note(r model.RegionID, kind, format string, args ...any) {
	if w.story != nil {
		w.story.tell(w.now, r, kind, fmt.Sprintf(format, args...))
	}
}

// noteAt adds a line about a time that was found by integrating up to now.
func (w *world) noteAt(at int64, kind, format string, args ...any) {
	if w.story != nil {
		w.story.tell(at, model.NoRegion, kind, fmt.Sprintf(format, args...))
	}
}

// tell adds a line in its place by time; at one time lines keep the order in which they were told.
func (s *Story) tell(at int64, r model.RegionID, kind, text string) {
	entry := Entry{At: time.Duration(at - warmup), Region: r, Kind: kind, Text: text}
	s.Entries = append(s.Entries, entry)
	for i := len(s.Entries) - 1; i > 0 && s.Entries[i].At < s.Entries[i-1].At; i-- {
		s.Entries[i], s.Entries[i-1] = s.Entries[i-1], s.Entries[i]
	}
}

// name is what people call a region.
func (w *world) name(r model.RegionID) string {
	if int(r) < w.regions {
		return w.scenario.Regions[r].Name
	}
	return "none"
}

// faultWords are what a fault's begin and end look like, in the region that it strikes.
var faultWords = [...]struct{ begins, ends string }{
	model.RegionLoss:  {"stops answering", "is back"},
	model.LinkCut:     {"loses its link to", "has its link to"},
	model.PacketLoss:  {"loses packets on the way to", "loses no more packets on the way to"},
	model.ServiceLoss: {"stops serving: its application is down", "has its application again"},
	model.GreyFailure: {"fails a share of its requests", "fails no more requests"},
	model.StoreLoss:   {"loses its store", "has its store again"},
	model.PathLoss:    {"cannot be reached by users", "can be reached by users again"},
	model.BlindAgent:  {"has an agent that sees nothing", "has an agent that sees again"},
	model.AgentLoss:   {"loses its agent", "has its agent again"},
	model.ControlPlaneLoss: {
		"cannot be changed: its control plane is down", "has its control plane again",
	},
	model.RoutingControlLoss: {"the routing cannot be changed", "the routing can be changed again"},
	model.RoutingLoss:        {"nobody learns where to go", "clients learn where to go again"},
	model.Quota:              {"has a quota", "has no quota any more"},
	model.SpotReclaim:        {"loses capacity", "has its capacity again"},
	model.CapacityScarce:     {"gets a share of more capacity", "gets all capacity again"},
	model.CacheLoss:          {"loses its cache", "has a cache again, which is empty"},
	model.CapacityRefused:    {"is refused more capacity", "gets more capacity again"},
	model.MissingItem:        {"lacks", "has"},
	model.ReplicationStall:   {"receives no writes", "receives writes again"},
	model.Corruption:         {"data goes bad", "data is good again"},
	model.BadRelease:         {"runs a release that fails", "runs a good release again"},
}

func (w *world) noteFault(o *outage, begins bool) {
	if w.story == nil {
		return
	}
	text := faultWords[o.Kind].ends
	if begins {
		text = faultWords[o.Kind].begins
	}
	switch {
	case o.Kind.HasLink():
		text += " " + w.name(o.Peer)
		if o.OneWay {
			text += ", one way"
		}
		if o.Kind == model.LinkCut && !begins {
			text += " again"
		}
	case o.Kind.HasItem():
		text += " " + o.Item
		if !begins {
			text += " again"
		}
	case o.Kind.HasStore():
		text += ": " + w.scenario.Stores[o.Store].Name
	}
	if slow := o.Kind == model.BadRelease && o.Latency > 0; begins && slow {
		text = fmt.Sprintf("runs a slow release: %.3g%% of its answers are late by %s", 100*o.Share,
			o.Latency)
	} else if begins && o.Kind.HasShare() {
		text += fmt.Sprintf(" (%.3g%%)", 100*o.Share)
		if o.Latency > 0 {
			text += fmt.Sprintf(", which are late by %s instead", o.Latency)
		}
	}
	w.note(o.Region, "fault", "%s", text)
	for r := range model.RegionID(w.regions) {
		if o.Also.Has(r) && r != o.Region {
			w.note(r, "fault", "%s", text)
		}
	}
}

func (w *world) noteProbe(
	o, s model.RegionID, check *model.Check, p *prober, ok, changed bool,
) {
	streak, need, word := p.detector.Streak(), check.Failures, "failed"
	if changed {
		streak = check.Failures
	}
	if ok {
		need, word = check.Successes, "good"
		if changed {
			streak = check.Successes
		}
	}
	if streak == 0 {
		return
	}
	verdict := ""
	if changed {
		verdict = ": it says down"
		if ok {
			verdict = ": it says up"
		}
	}
	w.note(o, "probe", "%s check %d/%d %s of %s%s", word, streak, need, check.Name, w.name(s), verdict)
}

// noteWithheld tells which gates keep what has failed from being left.
func (w *world) noteWithheld(scope failover.Scope) {
	if w.story == nil {
		return
	}
	what, names := "is not left", failover.NamesOf(w.scenario)
	if scope.Part != failover.Whole {
		what = scope.Text(names) + " " + what
	}
	verdict := w.policy.Explain(w.state, scope)
	for gate := range failover.GateCount {
		ruling := verdict.Gates[gate].Ruling
		if ruling == failover.Pass || gate == failover.FenceGate {
			continue
		}
		reason := verdict.Reason(gate, w.state.Now, names)
		w.note(scope.Region, "decision", "%s: %s: %s: %s", what, gate, ruling, reason)
	}
}

// noteDecision records what every gate said as the plan began.
func (w *world) noteDecision(e *failover.Event) {
	d := &w.decisions[len(w.decisions)-1]
	plan := &w.state.Plan
	w.note(w.raft.leader, "decision", "%s begins (epoch %d)", w.planText(), plan.Epoch)
	if !leaves(plan.Kind) {
		return
	}
	state := w.stateJudged(e)
	d.Verdict, d.Now, d.Judged = w.policy.Explain(state, plan.Scope()), state.Now, true
}

// stateJudged is the state that the gates were asked about when an event made a plan begin: the one
// that the event leads to as long as nothing begins. A policy that only advises brings it there; it
// takes no approval, having no use for one, so that one which wants more of them does.
func (w *world) stateJudged(e *failover.Event) failover.State {
	waiting, state := w.policy, w.story.prior
	waiting.Mode = model.Advise
	if e.Kind == failover.Ordered && e.Verb == failover.Approve {
		waiting.Mode, waiting.Approvals = w.policy.Mode, math.MaxUint8
	}
	var ignored failover.Actions
	waiting.Apply(&state, e, &ignored)
	return state
}

// staleAfter are the times at which a Story says how many clients have not followed. The first two
// are what a TTL of a minute, and half a minute in a client's own cache beside, leave.
var staleAfter = [...]time.Duration{
	time.Minute, 90 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute,
}

// Play tells one run of a strategy: the scenario's timeline if it has one, else a loss of the
// primary region at the start for as long as its hazard draws.
func Play(s *model.Scenario, strategy model.Strategy, seed uint64) (*Story, error) {
	return PlayWatched(s, strategy, seed, Watch{})
}

// PlayWatched is Play that keeps the states of the log which a Watch asks for. An *OutsideRun says
// that one of them is at a time that the run does not have.
func PlayWatched(
	s *model.Scenario, strategy model.Strategy, seed uint64, watch Watch,
) (*Story, error) {
	return playPrepared(s, strategy, seed, watch, func(*world) {})
}

// playPrepared is PlayWatched of a world that a test may change before it begins.
func playPrepared(
	s *model.Scenario, strategy model.Strategy, seed uint64, watch Watch, prepare func(*world),
) (*Story, error) {
	src := newSource(seed, 0)
	outages := timelineOutages(nil, s)
	if len(outages) == 0 {
		outages = append(outages, primaryLoss(s, src))
	}
	w, err := newWorld(s, strategy, playHorizon(outages))
	if err != nil {
		return nil, err
	}
	w.story = &Story{untraced: watch.Untraced}
	prepare(w)
	if err := w.story.watch.begin(watch, w.horizon); err != nil {
		return nil, err
	}
	w.begin(src, outages)
	w.keepClock()
	if err := w.run(); err != nil {
		return nil, err
	}
	w.keepUpTo(warmup + w.horizon)
	w.endTrace()
	story := w.story
	story.Decisions, story.Incidents, story.Trial = w.decisions, w.incidents, w.trial
	story.RPOs = w.rpos
	if story.shifted > 0 {
		for _, after := range staleAfter {
			share := w.dns.stale(after.Seconds())
			story.Stale = append(story.Stale, StaleShare{After: after, Share: share})
		}
	}
	return story, nil
}

func primaryLoss(s *model.Scenario, src source) outage {
	primary := s.Primary()
	loss := model.Fault{Kind: model.RegionLoss, Region: primary, Peer: model.NoRegion}
	own := identity(s, &loss)
	lasts := 6 * time.Hour
	for h := range s.Hazards {
		hazard := &s.Hazards[h]
		if f := hazard.Fault(); f.Kind == model.RegionLoss && f.Strikes().Has(primary) {
			loss, own = f, hazardIdentity(s, h)
			lasts = src.draw(durations, &hazard.Duration, own, 0)
		}
	}
	o := newOutage(s, loss, warmup, lasts)
	o.key = ordinalKey(own, 0)
	return o
}

// playHorizon lets a story go on for a day after the last fault that ends, so that the way back is
// told too.
func playHorizon(outages []outage) time.Duration {
	last := warmup
	for _, o := range outages {
		last = max(last, o.from)
		if o.to != math.MaxInt64 {
			last = max(last, o.to)
		}
	}
	return time.Duration(last-warmup) + 24*time.Hour
}

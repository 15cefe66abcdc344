package sim

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// compareSpans orders spans by where they are shown, then by time.
func compareSpans(a, b Span) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Part, b.Part),
		cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// lookAtRegions takes down what holds in each region.
func (w *world) lookAtRegions() {
	for r := range model.RegionID(w.regions) {
		w.lookAtDamage(r)
		if w.raft.leader == r {
			w.hold(r, PartConsensus, "", fmt.Sprintf("leads in term %d", w.raft.term))
		}
		for store := range int(w.policy.Stores) {
			if w.guards[r][store].open && w.net.runs(store, r) {
				w.hold(r, PartGuard, w.scenario.Stores[store].Name, "open for writes")
			}
		}
		w.lookAtProbes(r)
		if w.healthy(r) && w.away(r) && w.state.Plan.Kind == failover.NoPlan {
			w.hold(r, PartPeople, "", "is up, and not yet brought back")
		}
	}
}

// lookAtDamage takes down what is broken in a region, and on its ways to the others.
func (w *world) lookAtDamage(r model.RegionID) {
	net := &w.net.damage
	for _, part := range [...]struct {
		broken     model.RegionSet
		lane, name string
	}{
		{net.lost, "", "lost"}, {net.serviceless, "application", "down"},
		{net.unreached, "users", "cannot reach it"}, {net.agentless, "agent", "down"},
		{net.blind, "sight", "the agent sees nothing"},
		{net.fixed, "control plane", "down"}, {net.capped, "capacity", "cannot grow"},
	} {
		if part.broken.Has(r) {
			w.hold(r, PartFault, part.lane, part.name)
		}
	}
	for store := range w.scenario.Stores {
		if net.storeless[store].Has(r) {
			w.hold(r, PartFault, w.scenario.Stores[store].Name, "down")
		}
	}
	for store := range w.scenario.Stores {
		if w.spoiled[store].Has(r) {
			w.hold(r, PartFault, w.scenario.Stores[store].Name+" data", "bad")
		}
		if net.stalled[store].Has(r) {
			w.hold(r, PartFault, w.scenario.Stores[store].Name+" copy", "receives nothing")
		}
	}
	if net.failing[r] > 0 {
		w.hold(r, PartFault, "requests", fmt.Sprintf("%.3g%% fail", 100*net.failing[r]))
	}
	if lacks := w.lacks(r); lacks != "" {
		w.hold(r, PartFault, "items", "lacks "+lacks)
	}
	for other := range model.RegionID(w.regions) {
		switch lost := net.dropped[r][other]; {
		case net.deaf[r].Has(other):
			w.hold(r, PartLink, w.name(other), "cut")
		case lost > w.net.links.native[r][other]:
			w.hold(r, PartLink, w.name(other), fmt.Sprintf("%.3g%% of the packets lost", 100*lost))
		}
	}
}

// lookAtProbes takes down which checks of a region's agent say down.
func (w *world) lookAtProbes(o model.RegionID) {
	for s := range model.RegionID(w.regions) {
		for c := range w.scenario.Checks {
			if w.net.agent(o) && w.probers[o][s][c].detector.Down() {
				w.hold(o, PartProbe, w.scenario.Checks[c].Name+" of "+w.name(s), "says down")
			}
		}
	}
}

// lookAtPlan takes down the plan that runs, the fences that it waits for, and its steps.
func (w *world) lookAtPlan() {
	plan := &w.state.Plan
	if plan.Kind == failover.NoPlan {
		return
	}
	epoch := fmt.Sprintf(" (epoch %d)", plan.Epoch)
	w.hold(model.NoRegion, PartPlan, "", w.planText()+epoch).Epoch = plan.Epoch
	for i := range plan.Count {
		step := &plan.Steps[i]
		what := step.Kind.String() + w.storeName(step)
		if step.Kind == failover.Fence && step.Status == failover.Pending {
			w.hold(model.NoRegion, PartPlan, what, fmt.Sprintf("waits until %s can no longer write to %s",
				w.name(step.Region), w.scenario.Stores[step.Store].Name))
		}
		doer := w.doer(step)
		if w.work[i].running {
			doer = w.work[i].by
		}
		if !doer.Valid() || !w.net.agent(doer) || !w.underWay(step, &w.work[i]) {
			continue
		}
		span := w.hold(doer, PartStep, what, what+epoch,
			Arg{"plan", w.planText()}, Arg{"step", fmt.Sprintf("%d of %d", i+1, plan.Count)})
		span.Epoch, span.step, span.tries = plan.Epoch, int(i), step.Tries
	}
}

// underWay reports whether an agent is at work on a step: it has claimed it, or asked to, and has
// not done it. A fence is not claimed: its agent is asked, and fences.
func (w *world) underWay(step *failover.Step, work *work) bool {
	switch {
	case work.finished || step.Status == failover.Done || step.Status == failover.Waiting:
		return false
	case step.Kind == failover.Fence:
		return step.Status == failover.Pending && w.leads() &&
			w.net.talks(step.Region, w.raft.leader)
	case work.running || step.Status == failover.Claimed:
		return true
	}
	return work.ticket > 0
}

// planText says what the plan that runs does.
func (w *world) planText() string {
	plan := &w.state.Plan
	text := plan.Kind.String()
	if plan.Subject.Valid() && plan.Subject != plan.Target {
		text += " of " + w.name(plan.Subject)
	}
	if plan.Target.Valid() {
		text += " to " + w.name(plan.Target)
	}
	return text
}

// lookAtDecisions takes down why what has failed is not left: the hold-down runs, or a gate
// withholds it. It also has the log without a leader, and people who are asked or called.
func (w *world) lookAtDecisions() {
	if !w.leads() {
		w.hold(model.NoRegion, PartLeaderless, "", "nobody leads: the log's clock stands still")
	}
	if w.state.Brake.Cause != failover.BrakeOff {
		w.hold(model.NoRegion, PartBrake, "", "on: "+w.state.Brake.Cause.String())
	}
	names := failover.NamesOf(w.scenario)
	for q := range w.state.Questions() {
		if w.policy.Mode == model.Manual {
			w.hold(model.NoRegion, PartPeople, "", "asked to approve leaving "+q.Scope.Text(names))
		}
	}
	if w.state.Plan.Kind != failover.NoPlan {
		return
	}
	for r := range model.RegionID(w.regions) {
		evidence := w.policy.EvidenceOn(&w.state, r)
		if !w.matters(r) || !evidence.Failed() {
			continue
		}
		if w.state.Now < evidence.Since.Add(w.policy.HoldDown) {
			w.hold(model.NoRegion, PartDecision, w.name(r), "hold-down runs",
				Arg{"hold-down", w.policy.HoldDown.String()})
			continue
		}
		if gates := w.closedGates(r); gates != "" {
			w.hold(model.NoRegion, PartDecision, w.name(r), "withheld by "+gates)
		}
	}
}

// closedGates names the gates that keep a region from being left.
func (w *world) closedGates(r model.RegionID) string {
	text, verdict := "", w.policy.Explain(w.state, failover.RegionScope(r))
	for gate := range failover.GateCount {
		if verdict.Gates[gate].Ruling == failover.Pass || gate == failover.FenceGate {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += gate.String()
	}
	return text
}

// lookAtUsers takes down where each population is sent, and what it meets there.
func (w *world) lookAtUsers() {
	if w.net.unrouted {
		w.hold(model.NoRegion, PartRouting, "control plane", "cannot be changed")
	}
	if w.splitBrain {
		w.hold(model.NoRegion, PartSplit, "", "two regions can write to one store")
	}
	for i, population := range w.scenario.Populations {
		w.hold(model.NoRegion, PartRouting, population.Name, "to "+w.targets(i))
		for j := range w.flows {
			if f := &w.flows[j]; f.population == i && f.old.Valid() {
				w.hold(model.NoRegion, PartLate, population.Name, "some still come to "+w.name(f.old))
				break
			}
		}
	}
}

// targets names where a population is sent: one region, or while the traffic shifts in stages each
// with its share.
func (w *world) targets(population int) string {
	var parts [model.MaxRegions]float64
	unanswered := 0.0
	for i := range w.flows {
		switch f := &w.flows[i]; {
		case f.population != population:
		case f.target.Valid():
			parts[f.target] += f.part
		default:
			unanswered += f.part
		}
	}
	text := ""
	if unanswered > 0 {
		text = fmt.Sprintf("no answer (%.0f%%)", unanswered*everybody)
	}
	for r, part := range parts {
		share := int(math.Round(part * everybody))
		switch {
		case share == everybody:
			return w.name(model.RegionID(r))
		case share > 0 && text != "":
			text += ", "
			fallthrough
		case share > 0:
			text += fmt.Sprintf("%s (%d%%)", w.name(model.RegionID(r)), share)
		}
	}
	return text
}

// sampleUpTo takes the values of the counters from now to the next event. They bend in between
// only while clients follow a change of routing; there the curve is drawn through a point a second
// at first and a tenth of the time since later, which is finer than a screen.
func (w *world) sampleUpTo(next int64) {
	w.sampleService(w.now)
	for store := range int(w.policy.Stores) {
		for r := range model.RegionID(w.regions) {
			if lag := &w.state.Lags[store][r]; lag.Epoch != 0 {
				w.sample(Sample{
					At: time.Duration(w.now - warmup), Counter: KnownLag, Region: r,
					Lane: w.scenario.Stores[store].Name, Value: lag.Lag.Seconds(),
				})
			}
		}
	}
	if !w.moving() {
		w.sampleLoad(next)
		return
	}
	since := w.now
	for i := range w.flows {
		if w.flows[i].old.Valid() {
			since = min(since, w.flows[i].changed)
		}
	}
	for at := since; at < next; at += max(int64(time.Second), (at-since)/10) {
		if at > w.now {
			w.sampleService(at)
		}
	}
}

// sampleLoad draws what the load, or capacity that comes by degrees, does to the service until the
// next event, minute by minute.
func (w *world) sampleLoad(next int64) {
	if !w.bends() || w.serves() {
		return
	}
	for at := w.now + int64(time.Minute); at < next; at += int64(time.Minute) {
		w.sampleService(at)
	}
}

// sampleService takes the shares of a time between the last event and the next.
func (w *world) sampleService(at int64) {
	late := 0.0
	for i := range w.flows {
		if f := &w.flows[i]; f.old.Valid() {
			late += f.share * w.dns.stale(float64(at-f.changed)/1e9)
		}
	}
	for _, value := range [...]struct {
		of    Counter
		share float64
	}{{Succeed, w.served(at)}, {Accepted, w.accepted(at)}, {Late, late}} {
		w.sample(Sample{
			At: time.Duration(at - warmup), Counter: value.of, Region: model.NoRegion,
			Value: value.share,
		})
	}
}

// sample keeps a value if it is another than before.
func (w *world) sample(s Sample) {
	t := &w.story.trace
	for i := range t.last {
		last := &t.last[i]
		if last.Counter == s.Counter && last.Region == s.Region && last.Lane == s.Lane {
			if math.Abs(last.Value-s.Value) > lineTolerance {
				*last = s
				t.samples = append(t.samples, s)
			}
			return
		}
	}
	t.last = append(t.last, s)
	t.samples = append(t.samples, s)
}

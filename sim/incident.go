package sim

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// incident follows one stretch of being down, from the first request too many that fails until
// enough succeed again.
type incident struct {
	open bool
	from int64
	rpo  time.Duration
	// reached is when each phase ended, 0 while it has not.
	reached [model.PhaseCount]int64
	// subject is the region whose accusation the phases up to Hold are of, if Detect was reached.
	subject model.RegionID
	// begun says that a plan to leave a region began, moved that it took effect.
	begun, moved bool
	// routed is when a plan that leaves a region last sent clients elsewhere, 0 while none has. What a
	// failback does to the routing within the same incident answers nothing.
	routed   int64
	withheld bool
	// few says that too few requests succeeded when last told, and not only that no write did.
	few bool
	// cause is what it looked like when it opened. What is planned is downtime, but nothing to recover
	// from, and so has no RTO.
	cause model.DownCause
	// mistaken says that a failover took effect that left a region which still ran.
	mistaken bool
}

// lineTolerance keeps a share that equals the line but for rounding from counting as below it, and
// one that is nothing but rounding from counting as something.
const lineTolerance = 1e-9

// down reports whether the service is down at a time at which it serves a share of all requests:
// that is too small, or there are writers and not one of them is accepted. A store of orders that
// can only be read is an outage to its owner, however many read it.
func (w *world) down(at int64, served float64) bool {
	if w.few(served) {
		return true
	}
	return w.scenario.Traffic.WriteShare > 0 && w.accepted(at) <= lineTolerance
}

// standing is the share of all requests that is served at a time, and whether the service is down
// then. It works out the loads of the time once for both.
func (w *world) standing(at int64) (served float64, down bool) {
	var load [model.MaxRegions]float64
	w.loadsInto(&load, at)
	demand := w.demand(at)
	served = w.succeedingOf(&load, at) / demand
	if w.few(served) {
		return served, true
	}
	return served, w.scenario.Traffic.WriteShare > 0 && w.accepting(&load, at)/demand <= lineTolerance
}

// instantOver marks what everything that happened at one instant has led to. Faults that begin
// together are one reason to be down, and whoever is up for no time at all, between one fault and
// the next, is not up.
func (w *world) instantOver() {
	if w.unmarked {
		w.unmarked = false
		w.mark(w.now, w.serving, w.serviceDown, 0)
		w.reviewBooks()
	}
}

// mark opens or closes an incident when the service is seen to go down or to come up. Ahead is what
// was counted as lost already, and is lost after that.
func (w *world) mark(at int64, served float64, down bool, ahead float64) {
	switch {
	case down && !w.incident.open:
		w.incident.open, w.incident.from, w.incident.cause = true, at, w.causeNow()
		w.openBooks(ahead)
		w.noteDown(at, "is", served)
	case down && w.incident.few != w.few(served):
		w.noteDown(at, "stays", served)
	case !down && w.incident.open:
		w.noteUp(at, served)
		w.close(at)
	}
}

func (w *world) noteUp(at int64, served float64) {
	if w.story != nil {
		w.noteAt(at, "traffic", "the service is up: %.1f%% of requests succeed", 100*served)
	}
}

// noteDown tells that the service is down, or that it stays down for another reason.
func (w *world) noteDown(at int64, verb string, served float64) {
	w.incident.few = w.few(served)
	if w.story == nil {
		return
	}
	writes := ""
	if !w.incident.few {
		writes = ", but no write is accepted"
	}
	w.noteAt(at, "traffic", "the service %s down: %.1f%% of requests succeed%s",
		verb, 100*served, writes)
}

// few reports whether a share of all requests is too small for the service to be up.
func (w *world) few(served float64) bool {
	return served < w.scenario.Traffic.DownBelow-lineTolerance
}

// disturb ends what was planned downtime when a fault strikes an end of the planned work: from here
// on there is something to recover from.
func (w *world) disturb(o *outage) {
	plan := &w.state.Plan
	if !pauses(plan.Kind) || !o.touches(plan.Subject) && !o.touches(plan.Target) {
		return
	}
	w.effects.disturbed = true
	if w.incident.open && w.incident.cause == model.DownPlanned {
		w.close(w.now)
	}
}

// reach notes the end of a phase the first time it is reached. The loss of a region can be decided
// on without the service being down, so phases are noted before an incident opens too.
func (w *world) reach(phase model.Phase) {
	if w.incident.reached[phase] == 0 {
		w.incident.reached[phase] = w.now
	}
}

// close ends the incident and divides its length into phases: each ends when it was reached, never
// before the one before it, and what is left is the shift of traffic, where there was one, or the
// wait for what is still broken: the region, or what had to be mended after clients had followed.
func (w *world) close(at int64) {
	incident := w.incident
	w.forget()
	cause := incident.dueTo()
	w.trial.Down += time.Duration(at - incident.from)
	w.trial.DownBy[cause] += time.Duration(at - incident.from)
	w.trial.Stretches[cause]++
	if cause == model.DownPlanned {
		w.keepService(incident.from, at, cause, &model.Incident{})
		return
	}
	result := model.Incident{
		At: time.Duration(incident.from - warmup), RTO: time.Duration(at - incident.from),
		RPO: incident.rpo, Failover: incident.moved,
	}
	previous := incident.from
	for phase := model.Before; phase < model.Shift; phase++ {
		reached := min(incident.reached[phase], at)
		if reached > previous {
			result.Phases[phase] = time.Duration(reached - previous)
			previous = reached
		}
	}
	rest := model.Repair
	if incident.moved && incident.routed != 0 {
		rest = model.Shift
		followed := max(previous, incident.routed) + int64(w.dns.follow(1-w.scenario.Traffic.DownBelow))
		// What keeps the service down for long after that is not that clients follow.
		if at > followed+int64(w.dns.settled()) {
			result.Phases[rest], rest = time.Duration(followed-previous), model.Repair
			previous = followed
		}
	}
	result.Phases[rest] = time.Duration(at - previous)
	w.trial.Incidents++
	if incident.withheld && !incident.begun {
		w.trial.Withheld++
	}
	w.incidents = append(w.incidents, result)
	w.books.owner = len(w.incidents)
	w.keepService(incident.from, at, cause, &result)
}

// pauses reports whether a plan of this kind is planned work that takes the service down for a
// while by itself. Making a region a replica again, or rehearsing, touches nothing that serves.
func pauses(kind failover.PlanKind) bool {
	return kind.Planned() && kind != failover.Reprotect && kind != failover.DryDrill
}

// causeNow is what a stretch of downtime that opens now looks like.
func (w *world) causeNow() model.DownCause {
	plan, primary := &w.state.Plan, w.state.Primary
	if !primary.Valid() {
		primary = w.policy.Home
	}
	switch {
	case pauses(plan.Kind) && !w.effects.disturbed:
		return model.DownPlanned
	case leaves(plan.Kind) && w.healthy(plan.Subject):
		return model.DownFalse
	case !w.healthy(primary):
		return model.DownAwaited
	case !w.agreesAll(primary):
		return model.DownQuorum
	case w.policy.MultiWriter || w.writable(primary):
		return model.DownExposed
	case !w.leads() || !w.net.talks(primary, w.raft.leader):
		return model.DownQuorum
	}
	return model.DownAwaited
}

// dueTo is the cause of an incident that closes. How it ended tells a lost primary that was waited
// for from one that was left, or that a gate kept from being left.
func (i *incident) dueTo() model.DownCause {
	switch i.cause {
	case model.DownPlanned, model.DownQuorum, model.DownFalse:
		return i.cause
	case model.DownAwaited, model.DownExposed, model.DownFailover, model.DownWithheld,
		model.DownCauseCount:
	}
	switch {
	case i.mistaken:
		return model.DownFalse
	case i.withheld && !i.begun:
		return model.DownWithheld
	case i.moved && i.cause != model.DownExposed:
		return model.DownFailover
	}
	return i.cause
}

// seen notes when a quorum of agents has seen a region fail.
func (w *world) seen(o, s model.RegionID) {
	if !w.saysDown(o, s) {
		return
	}
	down := 0
	for other := range model.RegionID(w.regions) {
		if other != s && w.policy.Voters.Has(other) && w.net.agent(other) && w.saysDown(other, s) {
			down++
		}
	}
	if down != w.policy.Voters.Count()/2+1 {
		return
	}
	w.accuse(s)
	if w.matters(s) {
		w.restOn(s, false)
	}
}

// milestones notes what an event of the log has brought: agreement, the begin of a plan, its steps.
func (w *world) milestones(e *failover.Event) {
	plan, old := &w.state.Plan, &w.plan
	if last := old.Epoch != plan.Epoch && e.Epoch == old.Epoch; last && e.Kind == failover.StepDone {
		finished := *old // What ended the plan was its last step.
		finished.Steps[e.Step].Status = failover.Done
		w.reachSteps(&finished)
	}
	if leaves(plan.Kind) && old.Epoch != plan.Epoch {
		w.restOn(plan.Subject, true)
		w.reach(model.Agree)
		w.reach(model.Hold)
		w.reach(model.Approve)
	}
	w.lookAtLog()
}

// lookAtLog notes which phases the log says are over, and whether a gate withholds a plan.
func (w *world) lookAtLog() {
	plan := &w.state.Plan
	if plan.Kind == failover.NoPlan || plan.Kind == failover.Reprotect {
		w.watchGates()
		return
	}
	w.reachSteps(plan)
}

// reachSteps notes the phases that have ended with the steps of a plan that leaves a region.
func (w *world) reachSteps(plan *failover.Plan) {
	if !leaves(plan.Kind) {
		return
	}
	for _, last := range lastSteps {
		if w.incident.reached[last.phase] == 0 && stepsOver(plan, last.step) {
			w.reach(last.phase)
		}
	}
}

// lastSteps are the phases that end when the last step of a kind is done.
var lastSteps = [...]struct {
	step  failover.StepKind
	phase model.Phase
}{
	{failover.Fence, model.Fence}, {failover.Promote, model.Promote}, {failover.Scale, model.Scale},
}

// watchGates notes when the log agrees that a region failed, and when gates keep a plan from
// beginning.
func (w *world) watchGates() {
	for s := range model.RegionID(w.regions) {
		if w.matters(s) {
			w.watchScope(failover.RegionScope(s))
			w.watchParts(s)
		}
	}
}

// watchParts is watchGates for the stores that are written in a region, and the way to it. A part
// counts as failed only while its region is seen up.
func (w *world) watchParts(r model.RegionID) {
	checked := w.policy.StoreChecks != [model.MaxStores]uint8{} || w.policy.RoutingChecks != 0
	if !checked || !w.policy.EvidenceOn(&w.state, r).Recovered() {
		return
	}
	for store := range model.StoreID(w.policy.Stores) {
		if w.policy.StoreChecks[store] != 0 && w.state.Writers[store] == r {
			w.watchScope(failover.Scope{Region: r, Part: failover.OneStore, Store: store})
		}
	}
	if w.policy.RoutingChecks != 0 && w.state.Serving.Has(r) {
		w.watchScope(failover.Scope{Region: r, Part: failover.Routing})
	}
}

// watchScope notes that the log agrees that a scope failed, and that gates keep it from being left.
func (w *world) watchScope(scope failover.Scope) {
	evidence, down := w.policy.SeesDown(&w.state, scope)
	if !down {
		return
	}
	if a := &w.accused[scope.Region]; a.agreed == 0 {
		a.agreed = w.now
	}
	w.restOn(scope.Region, false)
	w.reach(model.Agree)
	if w.state.Now < evidence.Since.Add(w.policy.HoldDown) {
		return
	}
	if !w.incident.withheld {
		w.noteWithheld(scope)
	}
	w.incident.withheld = true
	for q := range w.state.Questions() {
		if q.Scope == scope {
			w.reach(model.Hold)
		}
	}
}

// stepsOver reports whether a plan has steps of a kind, and waits for none of them: each is done,
// or the plan goes on without it.
func stepsOver(plan *failover.Plan, kind failover.StepKind) bool {
	found := false
	for i := range plan.Count {
		if step := &plan.Steps[i]; step.Kind == kind {
			found = true
			if step.Status != failover.Done && step.Status != failover.Spared {
				return false
			}
		}
	}
	return found
}

// forget makes room for the next incident. What the log says at this moment goes for that one too,
// from now on and not from whenever the log is next looked at; it has been told already.
func (w *world) forget() {
	story := w.story
	if w.incident.withheld {
		w.story = nil
	}
	w.incident = incident{}
	w.lookAtLog()
	w.story = story
}

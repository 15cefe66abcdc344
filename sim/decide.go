package sim

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// mail is an event on its way into the log.
type mail struct {
	event failover.Event
	used  bool
}

// send has an agent hand an event to the leader. It is applied once a majority holds it; when the
// two cannot talk it is lost, and resync repeats what still matters.
func (w *world) send(from model.RegionID, e failover.Event) {
	if !w.leads() || !w.net.talks(from, w.raft.leader) {
		return
	}
	arrives := w.now + int64(w.scenario.Latency.OneWay(from, w.raft.leader))
	e.At = failover.Instant(w.logTime(arrives))
	if e.Kind == failover.Ordered { // Whoever says it again says it anew.
		w.orders++
		e.Sequence, e.Said = w.orders, failover.Instant(w.logTime(w.now))
	}
	w.post(&e, arrives+w.commitDelay(w.raft.leader))
}

// post puts an event in the mail, to be applied at a time unless the leader changes before.
func (w *world) post(e *failover.Event, at int64) {
	slot := -1
	for i := range w.mails {
		if !w.mails[i].used {
			slot = i
			break
		}
	}
	if slot < 0 {
		w.mails = append(w.mails, mail{})
		slot = len(w.mails) - 1
	}
	w.mails[slot].event, w.mails[slot].used = *e, true
	w.push(at, evMail, uint8(w.raft.term), 0, int32(slot))
}

// deliver applies an event that was committed, if its leader is still the leader.
func (w *world) deliver(slot int32, term uint8) {
	w.event = w.mails[slot].event // A place of its own: through an interface it would escape.
	w.mails[slot].used = false
	if w.event.Kind == failover.Tick && term == uint8(w.raft.term) {
		w.proposedIn = 0
	}
	if term != uint8(w.raft.term) || !w.leads() {
		return
	}
	w.catchUp()
	if w.event.Kind == failover.ReadinessChanged {
		w.applyReadiness(&w.event)
		return
	}
	w.apply(&w.event)
}

// tick is a deadline of the policy: the leader proposes a Tick. One that has moved since the event
// was put in the queue is awaited from here on.
func (w *world) tick(generation int32) {
	if generation != w.tickGeneration {
		return
	}
	due := w.tickAt
	if w.timerAt = 0; due > w.now {
		w.setTimer(due)
		return
	}
	w.tickAt = 0
	if due == 0 || !w.leads() {
		return
	}
	w.proposedIn = w.raft.term
	e := failover.Event{Kind: failover.Tick, At: failover.Instant(w.logTime(w.now))}
	w.post(&e, w.now+w.commitDelay(w.raft.leader))
}

// apply runs the decision code on one committed event, and starts what it asks for.
func (w *world) apply(e *failover.Event) {
	before := w.state.Plan.Kind
	epoch := w.state.Epoch
	if w.story != nil {
		w.story.prior = w.state
	}
	w.decider.Apply(&w.state, e, &w.actions)
	if e.Kind == failover.StepClaimed {
		w.noteGrants()
	}
	if w.state.Primary != w.primary || w.state.Writers != w.writers {
		w.account()
		w.primary, w.writers = w.state.Primary, w.state.Writers
		w.reviewIdle()
		w.wakeUse()
		w.wakeDeep()
	}
	again := w.begunAgain(before)
	if before != failover.NoPlan && w.state.Plan.Epoch != w.plan.Epoch && !again {
		w.planEnded(e)
	}
	if w.state.Epoch != epoch {
		w.planBegan(e, again)
	}
	w.milestones(e)
	if w.plan.Kind != w.state.Plan.Kind {
		w.wakeDeep()
	}
	if w.plan.Kind != failover.NoPlan || w.state.Plan.Kind != failover.NoPlan {
		w.plan = w.state.Plan // Else both are none, and alike.
	}
	w.keepChange()
	w.stopRenewals()
	for i := range w.actions.Count { // What an action starts comes later, and applies nothing now.
		w.act(&w.actions.List[i])
	}
	w.unscheduled = true
}

// schedule asks for a Tick when time alone will change something, and for that one alone: an agent
// sets its one timer anew with every entry, and proposes no other Tick while one is on its way. Of
// entries that are applied at one time the last sets it.
func (w *world) schedule() {
	w.unscheduled = false
	if !w.leads() {
		return
	}
	at, ok := w.nextTick()
	virtual := max(int64(at)+w.offset, w.now)
	w.awaitNews(ok && virtual == w.now)
	switch {
	case w.proposedIn == w.raft.term:
	case !ok:
		w.tickAt = 0
	default:
		w.tickAt = virtual
		if w.timerAt == 0 || virtual < w.timerAt || virtual == w.now {
			w.setTimer(virtual)
		}
	}
}

// setTimer puts the event of a deadline in the queue, in place of the one that is there. A deadline
// mostly moves on with the next entry, long before it has come: the event stays where it is then.
func (w *world) setTimer(at int64) {
	w.timerAt = at
	w.tickGeneration++
	w.push(at, evTick, 0, 0, w.tickGeneration)
}

// awaitNews asks for an event when the next thing is committed that agents repeat, as long as it
// could let something begin. A sample of lag can where the lag gate holds. Anything can where a
// deadline has passed, since it is committed before a Tick that is proposed only now.
func (w *world) awaitNews(due bool) {
	if w.pulse != nil {
		return
	}
	at := never
	if w.state.Plan.Kind == failover.NoPlan && w.measures() && w.policy.LagHolds(&w.state) {
		at = w.nextSample()
	}
	if due {
		next := min(w.nextSample(), w.nextRepetition(), w.nextRenewal())
		if next < w.now+w.commitDelay(w.raft.leader) {
			at = min(at, next)
		}
	}
	if at != w.newsAt && at != never {
		w.newsAt = at
		w.push(at, evNews, 0, 0, w.raft.term)
	}
}

// news is something repeated that could let something begin.
func (w *world) news(term int32) {
	if term != w.raft.term || !w.leads() {
		return
	}
	w.catchUp()
	w.event = failover.Event{Kind: failover.Tick, At: w.state.Now}
	w.apply(&w.event)
}

// nextTick is when the policy needs a Tick, given that agents within reach go on repeating what
// they say, and renewing the leases that they hold: no Tick is needed to find that their reports
// have not gone stale, or that the leases are not over.
func (w *world) nextTick() (failover.Instant, bool) {
	if w.pulse != nil {
		return w.decider.NextTick(&w.state)
	}
	w.kept = w.kept[:0]
	divided := w.state.Split.Share > 0
	for left := w.linked; left != 0; left = left.Without(left.First()) {
		o := left.First()
		reports := w.state.Reports[o][:w.regions]
		for i := range reports {
			report, s := &reports[i], model.RegionID(i)
			if (report.Down != 0 || divided) && w.repeats(o, s) {
				w.kept = append(w.kept, held{&report.At, report.At})
				report.At = forever
			}
		}
	}
	for store := range int(w.policy.Stores) {
		if w.renews(store) {
			end := &w.state.Leases[store].End
			w.kept = append(w.kept, held{end, *end})
			*end = forever
		}
	}
	at, ok := w.decider.NextTick(&w.state)
	for _, h := range w.kept {
		*h.at = h.was
	}
	return at, ok && at < forever
}

// held is an instant of the state that is something else for a moment.
type held struct {
	at  *failover.Instant
	was failover.Instant
}

// forever is later than any instant of a run, and far enough from the end of the type to add to it.
const forever = failover.Instant(1 << 62)

// effects is what the running plan has done to the world so far.
type effects struct {
	// took says that something has moved: a store was promoted, or traffic was sent elsewhere.
	took bool
	// running says that the region that is left still ran when the plan began.
	running bool
	// disturbed says that a fault struck an end of the plan, which is planned work.
	disturbed bool
	// lost writes, and the stretch of time that they cover.
	lost int64
	rpo  time.Duration
}

// begunAgain reports whether the plan that runs is the former one in a new epoch: one of its stores
// was promoted, and the guard of another had fenced the old epoch. It is one failover.
func (w *world) begunAgain(before failover.PlanKind) bool {
	plan, old := &w.state.Plan, &w.plan
	return before != failover.NoPlan && plan.Kind == before && plan.Epoch != old.Epoch &&
		plan.Subject == old.Subject && plan.Target == old.Target && w.effects.took
}

// planBegan notes a decision.
func (w *world) planBegan(e *failover.Event, again bool) {
	plan := &w.state.Plan
	if !again {
		w.effects = effects{running: plan.Subject.Valid() && w.healthy(plan.Subject)}
	}
	clear(w.work[:])
	w.decisions = append(w.decisions, Decision{
		At: time.Duration(w.now - warmup), Epoch: uint32(w.state.Epoch), Action: plan.Kind.String(),
		Subject: plan.Subject, Target: plan.Target,
	})
	w.incident.begun = w.incident.begun || leaves(plan.Kind)
	if w.story != nil {
		w.noteDecision(e)
	}
}

// leaves reports whether a plan of this kind leaves a region that has failed.
func leaves(kind failover.PlanKind) bool {
	return kind == failover.Failover || kind == failover.Evacuation || kind == failover.Reroute
}

// tookEffect counts a failover when it first moves something. One that is cancelled before that has
// changed nothing for anybody.
func (w *world) tookEffect() {
	first := !w.effects.took
	w.effects.took = true
	if !leaves(w.state.Plan.Kind) {
		return
	}
	w.incident.moved, w.incident.mistaken = true, w.incident.mistaken || w.effects.running
	if !first {
		return
	}
	w.trial.Failovers++
	if w.effects.running {
		w.trial.FalseFailovers++
	}
}

// planEnded notes what a plan that an event has ended amounts to.
func (w *world) planEnded(e *failover.Event) {
	old, verb := &w.plan, "is done"
	if w.lastOpen(old, e) {
		verb = "is cancelled"
	}
	if w.story != nil {
		w.note(model.NoRegion, "plan", "%s (epoch %d) %s", old.Kind, old.Epoch, verb)
		w.story.trace.ended, w.story.trace.verb = old.Epoch, verb
	}
	switch old.Kind {
	case failover.Failover, failover.Evacuation, failover.Reroute:
		if w.effects.took {
			w.rpos = append(w.rpos, w.effects.rpo)
			w.leftAs[old.Subject] = len(w.rpos)
		} else {
			w.trial.Cancelled++
		}
		w.planReturn(old.Subject)
	case failover.Failback, failover.Switchover, failover.Drill:
		if w.effects.took {
			w.trial.Failbacks++
		}
	case failover.Reprotect:
		w.rewound(old.Target)
	case failover.Retract:
		w.planReturn(old.Subject) // The return was given up halfway, and is ordered again.
	default: // The others leave nobody, and bring nobody back.
	}
	w.outlast(old)
	w.startRenewals()
}

// lastOpen reports whether a plan ended with steps undone that it could not do without. The event
// that ended it may have done one more, but a promotion only if it says so.
func (w *world) lastOpen(plan *failover.Plan, e *failover.Event) bool {
	undone, promotes := 0, false
	for i := range plan.Count {
		step := &plan.Steps[i]
		if step.Status != failover.Done && step.Status != failover.Spared {
			undone++
			promotes = promotes || step.Kind == failover.Promote
		}
	}
	return undone > 1 || promotes && e.Kind != failover.StepDone
}

// act starts what an action asks for. The agent that does it hears of it when the entry reaches it.
func (w *world) act(a *failover.Action) {
	switch a.Kind {
	case failover.Ask:
		w.askPeople(a)
	case failover.Tell:
		w.note(a.Subject, "advice", "would be left now, were the policy not in advise mode")
	case failover.Alarm:
		w.callPerson(a)
	case failover.Do:
		w.push(w.hears(a.Region), evLearn, a.Index, uint8(a.Step), int32(a.Epoch))
	}
}

// hears is when the agent of a region hears of what was just committed: at once at the leader,
// elsewhere after the way there and the leader's next heartbeat.
func (w *world) hears(r model.RegionID) int64 {
	if !r.Valid() || r == w.raft.leader {
		return w.now
	}
	return w.now + int64(w.scenario.Latency.OneWay(w.raft.leader, r)) + commitSpread
}

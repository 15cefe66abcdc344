package sim

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// work is how far the agents are with one step of the plan.
type work struct {
	running, finished bool
	// by is the region whose agent began it: only that one's word on it counts.
	by model.RegionID
	// round is which asking for the step its agent has claimed last.
	round uint8
	// began is when it was begun, ends when it has had its time.
	began, ends int64
	// ticket is when the guard of a claimed promotion issued what the claim carries.
	ticket int64
	// severed says that a promotion began without the old primary in reach: what its replica had
	// not received by then it never will.
	severed bool
	// barred says that what it takes could not be had when it was begun.
	barred bool
}

// promotionBegun is a promotion that was begun, by what its plan's draws are keyed by, until when
// it takes, and whether the old primary was out of reach then.
type promotionBegun struct {
	key     uint64
	until   int64
	severed bool
}

// doer is the region whose agent does a step: its own, or whoever claimed it, or the leader's.
func (w *world) doer(step *failover.Step) model.RegionID {
	switch {
	case step.Region.Valid():
		return step.Region
	case step.Status == failover.Claimed:
		return step.By
	}
	return w.raft.leader
}

// current returns the step that a message speaks of, if its plan is still the current one.
func (w *world) current(index uint8, epoch int32) *failover.Step {
	if plan := &w.state.Plan; int32(plan.Epoch) == epoch && index < plan.Count {
		return &plan.Steps[index]
	}
	return nil
}

// learn is an agent hearing of a step: it fences at once, and claims everything else before it
// acts.
func (w *world) learn(index uint8, kind failover.StepKind, epoch int32) {
	step := w.current(index, epoch)
	if step == nil || !w.leads() {
		return
	}
	doer := w.doer(step)
	if !doer.Valid() || !w.net.talks(doer, w.raft.leader) {
		return
	}
	if kind == failover.Fence {
		w.fence(doer, int(step.Store))
		return
	}
	w.work[index].ticket, w.work[index].round = w.now, step.Round
	w.send(doer, failover.Event{
		Kind: failover.StepClaimed, Region: doer, Epoch: failover.Epoch(epoch), Step: index,
		Round: step.Round, Ticket: uint64(w.now),
	})
	w.push(w.claimSeen(doer), evStart, index, 0, epoch)
}

// claimSeen is when an agent sees its own claim granted: committed, and heard of.
func (w *world) claimSeen(doer model.RegionID) int64 {
	trip := int64(w.scenario.Latency.OneWay(doer, w.raft.leader))
	return w.hears(doer) + trip + w.commitDelay(w.raft.leader)
}

// start begins a step whose claim its agent saw granted. Who claims what another one has finished
// looks, and finds it done; who is superseded at its work does no more of it.
func (w *world) start(index uint8, epoch int32) {
	step := w.current(index, epoch)
	if step == nil || step.Status != failover.Claimed {
		return
	}
	doer, work := w.doer(step), &w.work[index]
	if !doer.Valid() || !w.net.agent(doer) || doer != step.By {
		return
	}
	if work.finished {
		work.by = doer
		w.sayDone(index)
		return
	}
	if work.running && work.by == doer {
		return
	}
	work.running, work.by, work.began = true, doer, w.now
	if step.Kind == failover.Promote {
		g, ticket := &w.guards[doer][step.Store], work.ticket
		if w.state.Leases[step.Store].Ticket == uint64(ticket) { // A later claim is granted no lease.
			g.deadline = max(g.deadline, ticket+w.writeTime())
		}
		w.renewSince[step.Store] = w.now
		follows := w.net.follows(int(step.Store), w.state.Plan.Subject, doer)
		stalled := w.net.stalled[step.Store].Has(doer) || w.trails(int(step.Store), doer)
		work.severed = !follows || w.strategy.FromBackup || stalled
	}
	took := w.duration(step)
	if step.Kind == failover.Promote && !work.severed {
		took += w.catchUpTime(int(step.Store), doer)
	}
	if took > 0 && w.story != nil {
		w.note(doer, "plan", "begins to %s%s", step.Kind, w.storeName(step))
	}
	if work.barred = w.obstacle(step) != ""; work.barred {
		took = max(took, refusedAfter)
	} else if step.Kind == failover.Promote {
		took, work.severed = w.goesOn(int(step.Store), doer, took, work.severed)
	}
	work.ends = w.now + int64(took)
	if took == 0 && !w.queue.due(w.now) { // Nothing could come in between.
		w.finish(index, epoch)
		return
	}
	w.push(work.ends, evFinish, index, 0, epoch)
}

// planKey is what the draws of the running plan are keyed by: the outage that led to it, whose
// region it leaves or returns to.
func (w *world) planKey() uint64 {
	plan := &w.state.Plan
	r := plan.Subject
	if plan.Kind.Planned() {
		r = plan.Target
	}
	if !r.Valid() {
		return 0
	}
	return ordinalKey(w.struck[r], int(plan.Kind))
}

// duration draws how long a step takes.
func (w *world) duration(step *failover.Step) time.Duration {
	switch step.Kind {
	case failover.Promote:
		return w.promotionTime(step.Store)
	case failover.Scale:
		if !w.mustScale() {
			return 0
		}
		return w.src.draw(scaling, &w.strategy.Scale, w.planKey(), 0)
	case failover.Shift, failover.Divert:
		return w.src.draw(flipping, &w.scenario.Routing.Flip, w.planKey(), w.stagesDone())
	case failover.Rewind:
		return w.src.draw(resyncing, &w.scenario.People.Resync, w.struck[w.doer(step)], 0)
	case failover.CatchUp:
		return w.catchUpOfPlan()
	case failover.Validate:
		return w.scenario.Settings.Validation
	default: // What a switchover drains and catches up is part of its published duration.
	}
	return 0
}

// goesOn is how much longer a promotion takes that is to take a time, and whether it was severed.
// One that was begun before for the same outage goes on, whatever has become of the plan that
// wanted it: nobody calls it back. It is another one once the store was opened anywhere, as it is
// before a copy is made anew.
func (w *world) goesOn(
	store int, r model.RegionID, took time.Duration, severed bool,
) (time.Duration, bool) {
	begun := &w.promotions[store][r]
	if key := w.planKey(); begun.key != key || begun.until == 0 {
		*begun = promotionBegun{key: key, until: w.now + int64(took), severed: severed}
	}
	return time.Duration(max(0, begun.until-w.now)), begun.severed || severed
}

// stagesDone is how many stages of the plan's traffic have shifted: each change of the routing
// takes a time of its own.
func (w *world) stagesDone() (count int) {
	for _, step := range w.state.Plan.Steps[:w.state.Plan.Count] {
		if step.Kind == failover.Shift && step.Status == failover.Done {
			count++
		}
	}
	return count
}

// promotionTime draws how long it takes until a store is writable where a plan wants it.
func (w *world) promotionTime(store model.StoreID) time.Duration {
	spec := &w.scenario.Stores[store]
	took := &spec.Promotion
	switch {
	case w.state.Plan.Kind == failover.Reopen:
		return w.scenario.Settings.StopTime
	case w.state.Plan.Kind == failover.Failback, w.state.Plan.Kind == failover.Switchover:
		took = &spec.Switchover
	case w.strategy.FromBackup:
		took = &spec.Restore
	}
	return w.src.draw(promotion, took, w.planKey(), int(store))
}

// finish is a step that was carried out: the world changes, and the agent says so. A guard whose
// lease has ended in the meantime has ended the promotion too, and the plan asks for it again.
func (w *world) finish(index uint8, epoch int32) {
	w.catchUp()
	step, work := w.current(index, epoch), &w.work[index]
	if step == nil || step.Status == failover.Done || !work.running || work.finished {
		return
	}
	if w.now < work.ends { // What somebody else has begun since ends later.
		return
	}
	doer := work.by
	if doer != step.By || !w.net.agent(doer) {
		work.running = false
		return
	}
	late := step.Kind == failover.Promote && w.guards[doer][step.Store].deadline <= w.now
	if late && w.guarded(int(step.Store)) {
		work.running, w.promotions[step.Store][doer] = false, promotionBegun{}
		w.note(doer, "guard", "ends the promotion of %s: its lease is over",
			w.scenario.Stores[step.Store].Name)
		return
	}
	if step.Kind == failover.Scale && w.ramps(index, epoch) {
		return
	}
	if why := w.failure(step, work); why != "" {
		if step.Kind == failover.Promote {
			w.promotions[step.Store][doer] = promotionBegun{}
		}
		w.sayFailed(index, why)
		return
	}
	work.finished = true
	w.effect(index)
	w.sayDone(index)
}

// copied reports whether a copy could be rewound since a time: where its store is written was in
// reach for all of it.
func (w *world) copied(step *failover.Step, since int64) bool {
	from, to := w.state.Writers[step.Store], w.doer(step)
	store := int(step.Store)
	return w.net.follows(store, from, to) && w.net.tornAt[store][from][to] < since
}

// effect is what a finished step changes outside the log.
func (w *world) effect(index uint8) {
	plan, work := &w.state.Plan, &w.work[index]
	step := &plan.Steps[index]
	switch step.Kind {
	case failover.Promote:
		w.tookEffect()
		held := w.now
		if plan.Kind == failover.Failover && work.severed {
			held = w.promoteLoss(plan.Subject, plan.Target, int(step.Store))
		}
		w.repeatAt(plan, int(step.Store), held)
		w.whole(int(step.Store), plan.Target)
		if plan.Kind == failover.Failover && w.strategy.FromBackup {
			w.restored(plan.Target, int(step.Store), true)
		}
		w.setOpen(plan.Target, int(step.Store), true)
		w.stopRenewals()
	case failover.Scale:
		if plan.Kind == failover.Evacuation {
			w.reach(model.Scale) // Its traffic has come already, and is served from here on.
		}
		w.scale()
	case failover.Shift:
		leaves := plan.Kind == failover.Evacuation || plan.Kind == failover.Reroute
		if leaves && w.policy.MultiWriter {
			w.repeatEvacuated(plan.Subject, w.policy.Divides(&w.state, index))
			w.evacuateLoss(plan.Subject)
		}
		w.tookEffect()
		w.shift(w.policy.Divides(&w.state, index))
	case failover.Divert:
		serving := w.policy.ServingDiverted(&w.state)
		w.shift(failover.Split{From: serving, To: serving, Share: everybody})
	case failover.Repoint:
		w.repoint()
	case failover.Rewind: // A promotion of it was called off as the store it follows was opened.
		w.whole(int(step.Store), w.doer(step))
		w.restored(w.doer(step), int(step.Store), false)
		w.follow(w.doer(step), int(step.Store))
	default: // Nobody outside sees the others.
	}
	if w.story != nil {
		w.note(work.by, "plan", "%s%s is done", step.Kind, w.storeName(step))
	}
}

// everybody is all of the traffic, in percent.
const everybody = 100

// shift sends the traffic to the regions that serve from now on, or in a stage a share of it.
func (w *world) shift(split failover.Split) {
	if w.story != nil && w.story.shifted == 0 {
		w.story.shifted = w.now
	}
	if leaves(w.state.Plan.Kind) {
		w.incident.routed = w.now
	}
	w.route(split)
}

// sayFailed is whose agent was at a step telling the log that it did not come about.
func (w *world) sayFailed(index uint8, why string) {
	step, work := &w.state.Plan.Steps[index], &w.work[index]
	work.running = false
	w.note(work.by, "plan", "cannot %s%s: %s", step.Kind, w.storeName(step), why)
	w.send(work.by, failover.Event{
		Kind: failover.StepFailed, Region: work.by, Epoch: w.state.Plan.Epoch, Step: index,
		Round: work.round,
	})
}

// sayDone is whose agent was at a step telling the log that it is done, and of an archive how many
// writes it keeps.
func (w *world) sayDone(index uint8) {
	step, work := &w.state.Plan.Steps[index], &w.work[index]
	e := failover.Event{
		Kind: failover.StepDone, Region: work.by, Epoch: w.state.Plan.Epoch, Step: index,
		Round: work.round,
	}
	if step.Kind == failover.Archive {
		e.Ticket = uint64(w.stranded[work.by][step.Store])
	}
	w.send(work.by, e)
}

// census has the leader tell the log whose agents its memberlist holds dead, and whose no more.
func (w *world) census() {
	if !w.leads() {
		return
	}
	for r := range model.RegionID(w.regions) {
		heard, silent := !w.holdsDead(w.raft.leader, r), w.state.Silent.Has(r)
		if !w.policy.Voters.Has(r) || heard != silent {
			continue
		}
		e := failover.Event{Kind: failover.AgentLost, Region: r}
		if heard {
			e.Kind = failover.AgentSeen
		}
		w.send(w.raft.leader, e)
	}
	w.awaitCensus()
}

// resume goes on with what the log still has outstanding, after a new leader or a healed link:
// agents say again that they are done, and claim again what they had not begun.
func (w *world) resume() {
	if !w.leads() {
		return
	}
	w.census()
	if w.state.Plan.Kind == failover.NoPlan {
		return
	}
	for a := range w.policy.Outstanding(w.state) {
		step := &w.state.Plan.Steps[a.Index]
		work := &w.work[a.Index]
		heard := step.By == work.by && w.net.talks(work.by, w.raft.leader)
		switch {
		case heard && work.finished:
			w.sayDone(a.Index)
		case heard && work.running:
		default:
			work.running = work.running && w.net.agent(work.by)
			w.push(w.hears(a.Region), evLearn, a.Index, uint8(a.Step), int32(a.Epoch))
		}
	}
}

// storeName is what a step is about beside its kind: a store, or a part of the traffic.
func (w *world) storeName(step *failover.Step) string {
	switch step.Kind {
	case failover.Shift:
		for i := range w.state.Plan.Count {
			share := w.policy.Divides(&w.state, i).Share
			if step == &w.state.Plan.Steps[i] && share < everybody {
				return fmt.Sprintf(" (%d%% of the traffic)", share)
			}
		}
	case failover.Promote, failover.Fence, failover.Archive, failover.Rewind:
		return " " + w.scenario.Stores[step.Store].Name
	}
	return ""
}

package sim

import (
	"math"

	"redoubt/failover"
	"redoubt/model"
)

// guard is what runs one store in one region: it opens the store for writes against a granted
// ticket, and stops them at its deadline whatever its agent does.
type guard struct {
	open bool
	// deadline is when writes must have stopped, unless a renewal moves it.
	deadline int64
	// waiting says that the check of the deadline is scheduled.
	waiting bool
}

// holder is the region that the log lets write to a store.
func (w *world) holder(store int) model.RegionID { return w.state.Leases[store].Holder }

// renews reports whether the holder of a store's lease can renew it: its agent and the leader can
// talk, and the log would grant it. It refuses as soon as a plan has opened the fence of the store,
// by the rule of the decision code itself; a failback scales before that.
func (w *world) renews(store int) bool {
	return w.leads() && w.grants(store)
}

// grants is renews while there is a leader.
func (w *world) grants(store int) bool {
	holder := w.holder(store)
	if !holder.Valid() || !w.net.talks(holder, w.raft.leader) {
		return false
	}
	if !w.net.runs(store, holder) {
		return false // A guard issues no ticket for a store that it cannot run.
	}
	return w.policy.MayRenew(&w.state, model.StoreID(store), holder)
}

// grant is the epoch of a lease that a claim carried, and since when the log has it.
type grant struct {
	epoch failover.Epoch
	since int64
}

// noteGrants notes which leases have a new epoch, after a claim.
func (w *world) noteGrants() {
	for store := range int(w.policy.Stores) {
		if epoch := w.state.Leases[store].Epoch; epoch != w.granted[store].epoch {
			w.granted[store] = grant{epoch: epoch, since: w.now}
		}
	}
}

// never is later than any time of a run.
const never = int64(math.MaxInt64)

// guarded reports whether a guard runs a store. Nobody else stops its writes when the lease ends,
// and what nobody keeps closed boots open.
func (w *world) guarded(store int) bool {
	return w.scenario.Stores[store].Guarded && !w.unfenced && !w.alone()
}

// alone reports whether no region could take over. Nothing is agreed on then and no lease is kept:
// the one writer writes for as long as it runs.
func (w *world) alone() bool { return w.policy.Candidates.Count() < 2 }

// catchUp brings the leases and lag samples of the log to where they would be had every renewal and
// every sample been an event: only the last of each can matter. It is called before anything that
// could read them: a fault, and the begin of a plan.
func (w *world) catchUp() {
	if !w.leads() {
		return // Nothing comes to the log.
	}
	w.refreshReports()
	for store := range int(w.policy.Stores) {
		w.renewLast(store)
		w.sampleLags(store)
	}
}

// renewLast delivers the last renewal of a store's lease that was committed by now, if there is one
// that was not delivered yet.
func (w *world) renewLast(store int) {
	holder := w.holder(store)
	if w.pulse != nil || !holder.Valid() {
		return
	}
	trip := int64(w.scenario.Latency.OneWay(holder, w.raft.leader))
	delay := trip + w.commitDelay(w.raft.leader)
	issued := w.lastRenewal(store, holder, w.now-delay)
	delivered := uint64(issued) <= w.state.Leases[store].Ticket
	if !delivered && issued >= w.renewSince[store] && w.grants(store) {
		w.renew(store, holder, issued, issued+trip)
	}
}

// nextRenewal is when the next renewal of a lease is committed, if none of what it needs changes.
func (w *world) nextRenewal() int64 {
	at, every := never, int64(w.scenario.Settings.RenewEvery)
	for store := range int(w.policy.Stores) {
		if !w.renews(store) || w.renewSince[store] == never {
			continue
		}
		holder := w.holder(store)
		delay := int64(w.scenario.Latency.OneWay(holder, w.raft.leader)) + w.commitDelay(w.raft.leader)
		after := max(w.now-delay, w.renewSince[store]-1)
		at = min(at, nextTick(after, every, w.renewalPhase(store, holder))+delay)
	}
	return at
}

// renew applies the renewal for which a guard issued a ticket at one time, and which reached
// the leader at another.
func (w *world) renew(store int, holder model.RegionID, issued, arrived int64) {
	stamp := w.logTime(arrived)
	lease := &w.state.Leases[store]
	if uint64(issued) <= lease.Ticket {
		return
	}
	w.policy.Record(&w.state, &failover.Event{
		Kind: failover.LeaseRenewed, At: failover.Instant(stamp), Region: holder,
		Store: model.StoreID(store), Epoch: lease.Epoch, Ticket: uint64(issued),
	})
	w.guards[holder][store].deadline = issued + w.writeTime()
}

// writeTime is how long after a ticket was issued writes may go on: the lease, less the time to
// stop them.
func (w *world) writeTime() int64 { return int64(w.policy.Lease - w.scenario.Settings.StopTime) }

// stopRenewals starts the clock of every guard whose lease can no longer be renewed. No ticket that
// its holder issues from here on counts, until startRenewals says so.
func (w *world) stopRenewals() {
	for store := range int(w.policy.Stores) {
		renews, holder := w.renews(store), w.holder(store)
		if !renews {
			w.renewSince[store] = never
		}
		if !w.guarded(store) {
			continue
		}
		for r := range model.RegionID(w.regions) {
			g := &w.guards[r][store]
			renewed := r == holder && renews
			if g.open && !g.waiting && !renewed && w.net.up(r) {
				g.waiting = true
				w.push(max(g.deadline, w.now), evDeadline, uint8(r), uint8(store), 0)
			}
		}
	}
}

// deadline is a guard looking at the clock: writes stop unless a renewal was granted in the
// meantime. A holder that can renew again but has not yet done so is no exception.
func (w *world) deadline(r model.RegionID, store int) {
	g := &w.guards[r][store]
	g.waiting = false
	if !g.open || !w.net.up(r) {
		return
	}
	renewed := r == w.holder(store) && w.renews(store)
	if renewed {
		w.renewLast(store)
	}
	if g.deadline > w.now {
		if renewed && w.renewSince[store] <= w.now {
			return
		}
		g.waiting = true
		w.push(g.deadline, evDeadline, uint8(r), uint8(store), 0)
		return
	}
	if w.net.runs(store, r) { // Else there is nothing left to stop.
		w.note(r, "guard", "stops writes to %s: its lease is over", w.scenario.Stores[store].Name)
	}
	w.setOpen(r, store, false)
}

// startRenewals has a holder that can renew again do so as soon as it hears of the leader, which
// opens what was closed. That a lease is long enough for an election rests on its not waiting for
// its next turn.
func (w *world) startRenewals() {
	for store := range int(w.policy.Stores) {
		if !w.renews(store) || w.renewSince[store] != never {
			continue
		}
		holder := w.holder(store)
		at := w.hears(holder)
		w.renewSince[store] = at
		trip := int64(w.scenario.Latency.OneWay(holder, w.raft.leader))
		done := at + trip + w.commitDelay(w.raft.leader) +
			w.delayed(holder, w.raft.leader, 0, w.trigger, -1) + w.commitLate(w.raft.leader, 1)
		w.push(done, evRenewed, uint8(holder), uint8(store), w.raft.term)
	}
}

// renewed is the first renewal after a pause: the guard opens the store once its agent sees the
// ticket granted.
func (w *world) renewed(r model.RegionID, store int, term int32) {
	if term != w.raft.term || r != w.holder(store) || !w.renews(store) {
		return
	}
	issued := w.renewSince[store]
	w.renew(store, r, issued, issued+int64(w.scenario.Latency.OneWay(r, w.raft.leader)))
	w.renewLast(store) // Over links that lose packets the first may come when its time is over.
	if w.guards[r][store].deadline > w.now && !w.promoting(store) {
		if !w.guards[r][store].open && w.net.runs(store, r) {
			w.note(r, "guard", "accepts writes to %s again", w.scenario.Stores[store].Name)
		}
		w.setOpen(r, store, true)
	}
}

// promoting reports whether the holder's replica of a store has yet to become writable.
func (w *world) promoting(store int) bool {
	plan := &w.state.Plan
	for i := range plan.Count {
		step := &plan.Steps[i]
		if step.Kind == failover.Promote && int(step.Store) == store {
			return w.state.Leases[store].Epoch == plan.Epoch && !w.work[i].finished
		}
	}
	return false
}

// fence is a guard's answer to being asked to fence: it stops the writes, records the epoch, and
// says so.
func (w *world) fence(r model.RegionID, store int) {
	if !w.net.up(r) {
		return
	}
	w.setOpen(r, store, false)
	w.note(r, "guard", "fences %s", w.scenario.Stores[store].Name)
	w.send(r, failover.Event{
		Kind: failover.Fenced, Region: r, Store: model.StoreID(store),
		Epoch: w.state.Leases[store].Epoch,
	})
}

// setOpen opens or closes a region's store, and keeps count of the time in which two regions can
// write.
func (w *world) setOpen(r model.RegionID, store int, open bool) {
	g := &w.guards[r][store]
	if g.open == open {
		return
	}
	w.account()
	g.open = open
	if open {
		clear(w.promotions[store][:]) // What else was begun is called off, or made a copy again.
	} else {
		w.stopped(r, store)
	}
	w.reviewLacks()
	w.wakeDeep()
}

// writable reports whether a region would accept a write to every single-writer store.
func (w *world) writable(r model.RegionID) bool {
	if !w.storesRun(r) {
		return false
	}
	for store := range int(w.policy.Stores) {
		if !w.guards[r][store].open {
			return false
		}
	}
	return true
}

// split reports whether two regions would accept a write to the same single-writer store.
func (w *world) split() bool {
	for store := range int(w.policy.Stores) {
		open := 0
		for r := range model.RegionID(w.regions) {
			if w.guards[r][store].open && w.net.runs(store, r) {
				open++
			}
		}
		if open > 1 {
			return true
		}
	}
	return false
}

// stopped notes that a store takes no more writes in a region, if it did until now: up to here it
// may have accepted what no other region holds.
func (w *world) stopped(r model.RegionID, store int) {
	if !w.net.runs(store, r) {
		return
	}
	w.stoppedAt[r][store] = w.now
	for to := range model.RegionID(w.regions) {
		if w.policy.Candidates.Has(to) && !w.net.follows(store, r, to) {
			w.unheard[r][store][to] = w.demanded(w.net.tornAt[store][r][to], w.now, r)
		}
	}
}

// writes reports whether the application of a region gets a write into every store.
func (w *world) writes(r model.RegionID) bool {
	for store := range w.scenario.Stores {
		if !w.stores(r, store) {
			return false
		}
	}
	return true
}

// stores reports whether the application of a region gets a write into a store: into its own copy,
// or over to where the store is written; and a majority agrees, where it takes one.
func (w *world) stores(r model.RegionID, store int) bool {
	if w.policy.MultiWriter {
		return w.net.runs(store, r) && w.agrees(store, r)
	}
	own := w.guards[r][store].open && w.net.runs(store, r) && w.agrees(store, r)
	writer := w.writers[store]
	return own || writer.Valid() && w.net.reaches(r, writer) && w.net.runs(store, writer) &&
		w.guards[writer][store].open && w.agrees(store, writer)
}

// usesOwn reports whether the application of a region reads its own copy of a store.
func (w *world) usesOwn(r model.RegionID, store int) bool {
	used := w.policy.ServesReads || r == w.writers[store] || w.guards[r][store].open
	return used && w.net.runs(store, r)
}

// reads reports whether the application of a region gets at the data of every store: its own copy,
// where that is there to be read, or the one where the store is written.
func (w *world) reads(r model.RegionID) bool {
	for store := range int(w.policy.Stores) {
		writer := w.writers[store]
		asked := writer.Valid() && w.net.reaches(r, writer) && w.net.runs(store, writer)
		if !w.usesOwn(r, store) && !asked {
			return false
		}
	}
	return !w.policy.MultiWriter || w.storesRun(r)
}

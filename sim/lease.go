package sim

import (
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
// talk, and no plan against it has begun.
func (w *world) renews(store int) bool {
	holder := w.holder(store)
	if !w.leads() || !holder.Valid() || !w.net.linked(holder, w.raft.leader) {
		return false
	}
	return w.policy.MayRenew(&w.state, model.StoreID(store), holder)
}

// catchUp brings the leases and lag samples of the log to where they would be had every renewal and
// every sample been an event: only the last of each can matter. It is called before anything that
// could read them: a fault, and the begin of a plan.
func (w *world) catchUp() {
	w.refreshReports()
	for store := range int(w.policy.Stores) {
		if w.renews(store) {
			w.renewLast(store)
		}
		w.sampleLags(store)
	}
}

// renewLast delivers the last renewal of a store's lease that was committed by now.
func (w *world) renewLast(store int) {
	holder, every := w.holder(store), int64(w.scenario.Settings.RenewEvery)
	trip := int64(w.scenario.Latency.OneWay(holder, w.raft.leader))
	delay := trip + w.commitDelay(w.raft.leader)
	issued := lastTick(w.now-delay, every, w.src.uniform(renewPhase, store, int(holder)))
	stamp := w.logTime(issued + trip)
	lease := &w.state.Leases[store]
	if issued < w.renewSince[store] || failover.Instant(stamp).Add(w.policy.Lease) <= lease.End {
		return
	}
	w.apply(&failover.Event{
		Kind: failover.LeaseRenewed, At: failover.Instant(stamp), Region: holder,
		Store: model.StoreID(store), Epoch: lease.Epoch, Ticket: uint64(issued),
	})
	w.guards[holder][store].deadline = issued + w.writeTime()
}

// writeTime is how long after a ticket was issued writes may go on: the lease, less the time to stop
// them.
func (w *world) writeTime() int64 { return int64(w.policy.Lease - w.scenario.Settings.StopTime) }

// stopRenewals starts the clock of every guard whose lease can no longer be renewed.
func (w *world) stopRenewals() {
	for store := range int(w.policy.Stores) {
		for r := range model.RegionID(w.regions) {
			g := &w.guards[r][store]
			if g.open && !g.waiting && w.net.up(r) && (r != w.holder(store) || !w.renews(store)) {
				g.waiting = true
				w.push(max(g.deadline, w.now), evDeadline, uint8(r), uint8(store), 0)
			}
		}
	}
}

// deadline is a guard looking at the clock: writes stop unless a renewal was granted in the
// meantime.
func (w *world) deadline(r model.RegionID, store int) {
	g := &w.guards[r][store]
	g.waiting = false
	if !g.open || !w.net.up(r) || w.unfenced {
		return
	}
	if r == w.holder(store) && w.renews(store) {
		return
	}
	if g.deadline > w.now {
		g.waiting = true
		w.push(g.deadline, evDeadline, uint8(r), uint8(store), 0)
		return
	}
	w.note(r, "guard", "stops writes to %s: its lease is over", w.scenario.Stores[store].Name)
	w.setOpen(r, store, false)
}

// startRenewals has a holder that can renew again do so at its next turn, which opens what was
// closed.
func (w *world) startRenewals() {
	for store := range int(w.policy.Stores) {
		holder := w.holder(store)
		if !w.renews(store) || w.guards[holder][store].open && w.renewSince[store] == 0 {
			continue
		}
		if plan := &w.state.Plan; plan.Kind != failover.NoPlan && plan.Target == holder {
			continue // It opens when it is promoted.
		}
		phase := w.src.uniform(renewPhase, store, int(holder))
		at := nextTick(w.now, int64(w.scenario.Settings.RenewEvery), phase)
		w.renewSince[store] = at
		trip := int64(w.scenario.Latency.OneWay(holder, w.raft.leader))
		done := at + trip + w.commitDelay(w.raft.leader)
		w.push(done, evRenewed, uint8(holder), uint8(store), w.raft.term)
	}
}

// renewed is a renewal after a pause: the guard opens the store once its agent sees the ticket
// granted.
func (w *world) renewed(r model.RegionID, store int, term int32) {
	if term != w.raft.term || r != w.holder(store) || !w.renews(store) {
		return
	}
	w.renewLast(store)
	w.setOpen(r, store, true)
	w.renewSince[store] = 0
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
	if !open {
		g.closedAt(w, r)
	}
}

// closedAt notes when a region stopped taking writes, from which its unreplicated tail is counted.
func (g *guard) closedAt(w *world, r model.RegionID) { w.stoppedAt[r] = w.now }

// writable counts the regions that would accept a write to every single-writer store.
func (w *world) writable(r model.RegionID) bool {
	if !w.net.up(r) {
		return false
	}
	for store := range int(w.policy.Stores) {
		if !w.guards[r][store].open {
			return false
		}
	}
	return w.policy.Stores > 0 || w.policy.MultiWriter
}

package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// This is what the world suffers when a fault begins, and what starts again when one ends.

// fault begins or ends an outage: the log is brought up to date first, then the world changes, and
// everybody who notices starts to.
func (w *world) fault(index int32, begins bool) {
	o := &w.outages[index]
	w.account()
	w.catchUp()
	w.trigger = mix(o.key ^ 1)
	if !begins {
		w.trigger = mix(o.key ^ ^uint64(0))
	} else {
		w.troubled()
		w.strike(o)
		w.disturb(o)
		if !w.incident.open && w.state.Plan.Kind == failover.NoPlan {
			w.forget()
		}
	}
	w.noteFault(o, begins)
	w.stopping(o, begins)
	w.tellSizes()
	before := w.net.change(w.outages, index, begins, w.now)
	w.pauseLags(&before)
	w.reviewQuorate()
	w.reclaim(o, begins, &before)
	w.ration(o, begins, &before)
	w.loseCaches(&before)
	w.reaim()
	clear(w.commits[:])
	w.fresh = freshness{}
	w.part()
	w.bereave(&before)
	w.hush()
	w.powerCycle(&before)
	w.missed(&before)
	w.reanswer(&before)
	w.reviewLacks()
	w.endSessions()
	w.spoil(o, begins)
	w.gossipAbout()
	w.review()
	w.relink()
	w.watchLease()
	if w.leads() {
		w.stopRenewals()
		w.startRenewals()
		w.resync()
		w.schedule()
	}
	w.wake()
	if !begins {
		w.planReturns(o)
		w.askAgain()
	}
}

// strike notes what a region suffers from. What breaks nothing that serves has it suffer nothing:
// the draws that follow are those of what did.
func (w *world) strike(o *outage) {
	if o.Kind.Controls() {
		return
	}
	for r := range model.RegionID(w.regions) {
		if o.Strikes().Has(r) {
			w.struck[r] = o.key
		}
	}
}

// stopping notes until when the stores took writes that a fault is about to stop.
func (w *world) stopping(o *outage, begins bool) {
	for store := range int(w.policy.Stores) {
		stops := o.Kind == model.RegionLoss || o.Kind == model.StoreLoss && int(o.Store) == store
		for r := range model.RegionID(w.regions) {
			if begins && stops && o.Strikes().Has(r) && w.guards[r][store].open {
				w.stopped(r, store)
			}
		}
	}
}

// powerCycle is what starts again: agents that know nothing yet, and guards that boot their stores
// fenced. A store without a guard boots as it was.
func (w *world) powerCycle(before *damage) {
	for r := range model.RegionID(w.regions) {
		if w.net.agent(r) && !before.agent(r) {
			for subject := range w.probers[r] {
				for check := range w.probers[r][subject] {
					w.probers[r][subject][check].detector = failover.Detector{}
				}
			}
		}
		if !w.net.up(r) || before.up(r) {
			continue
		}
		for store := range int(w.policy.Stores) {
			w.promotions[store][r] = promotionBegun{}
			if w.guarded(store) {
				w.guards[r][store].open = false
			}
		}
		for i, step := range w.state.Plan.Steps[:w.state.Plan.Count] {
			if work := &w.work[i]; step.Kind == failover.Promote && work.by == r {
				work.running = false // Its agent begins it anew.
			}
		}
	}
}

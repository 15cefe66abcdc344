package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// outlast has guards go on with what a plan had them promote when it ends before they are done: a
// guard opens what the log has granted it, whatever has become of the plan that the grant came
// with. The log counts on that: it reopens nothing whose lease is held.
func (w *world) outlast(old *failover.Plan) {
	for i := range old.Count {
		step := &old.Steps[i]
		granted := step.Kind == failover.Promote && w.state.Leases[step.Store].Epoch == old.Epoch
		if granted && !w.work[i].finished {
			at := max(w.now, w.work[i].ends)
			w.push(at, evOutlast, uint8(old.Target), uint8(step.Store), int32(old.Epoch))
		}
	}
}

// outlasted is the end of such a promotion. A lease that cannot be renewed by then ends it: either
// a plan fences the store, or the first renewal after that opens it.
func (w *world) outlasted(r model.RegionID, store int, epoch int32) {
	w.catchUp()
	lease, g := &w.state.Leases[store], &w.guards[r][store]
	granted := lease.Holder == r && int32(lease.Epoch) == epoch && w.renews(store)
	if !granted || g.open || g.deadline <= w.now {
		return
	}
	w.note(r, "guard", "opens %s: it holds the lease, though the plan is over",
		w.scenario.Stores[store].Name)
	w.setOpen(r, store, true)
}

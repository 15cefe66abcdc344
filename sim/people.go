package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// askPerson asks somebody to approve a failover; the answer is always yes, and takes its time.
func (w *world) askPerson(subject model.RegionID) {
	w.note(subject, "people", "is asked to approve leaving it")
	took := w.src.draw(approving, &w.scenario.People.Approve, w.faults, int(subject))
	w.push(w.now+int64(took), evApprove, uint8(subject), 0, 0)
}

// approve is a person saying yes, if the question still stands.
func (w *world) approve(subject model.RegionID) {
	if w.state.Asked == subject {
		w.order(failover.Approve, subject)
	}
}

// planReturn has people bring a region back once it has been whole for long enough and its data has
// been copied anew. The clock starts with the region's return, or with the end of the plan that
// left it.
func (w *world) planReturn(r model.RegionID) {
	if !r.Valid() || !w.net.up(r) || w.state.Plan.Kind != failover.NoPlan {
		return
	}
	writes := w.state.Primary == r || r != w.policy.Home || w.policy.MultiWriter
	if w.state.Serving.Has(r) && writes {
		return
	}
	copied := w.src.draw(resyncing, &w.scenario.People.Resync, w.faults, int(r))
	w.comeback[r]++
	w.push(w.now+int64(w.scenario.People.StableFor+copied), evReturn, uint8(r), 0, w.comeback[r])
}

// comeBack orders the return of a region, unless it failed again in the meantime. While another
// plan runs it is tried again later.
func (w *world) comeBack(r model.RegionID, generation int32) {
	if generation != w.comeback[r] || !w.net.up(r) {
		return
	}
	if w.state.Plan.Kind != failover.NoPlan || !w.leads() {
		w.push(w.now+int64(w.scenario.People.StableFor)+1, evReturn, uint8(r), 0, generation)
		return
	}
	w.order(failover.GoBack, r)
}

// order is an operator's word, given to the leader.
func (w *world) order(verb failover.Verb, r model.RegionID) {
	if w.leads() {
		w.send(w.raft.leader, failover.Event{Kind: failover.Ordered, Verb: verb, Region: r})
	}
}

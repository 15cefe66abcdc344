package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// announced is a cause that the log is told of: something is the matter with a region that no
// failover mends.
type announced struct {
	cause failover.Cause
	// kind is that of the entries of the timeline, begins and ends what they say.
	kind, begins, ends string
}

// tellCause tells the log of which regions a cause holds, and of which it does so no more, unless
// it is too early for that. It reports whether the log has yet to hear of something.
func (w *world) tellCause(
	d *announced, holds func(model.RegionID) bool, early bool,
) (pending bool) {
	for r := range model.RegionID(w.regions) {
		bad, said := holds(r), w.state.Marks[r].Causes&d.cause != 0
		if bad == said {
			continue
		}
		pending = true
		if said && early || !w.leads() {
			continue
		}
		verb, what := failover.Withdraw, d.ends
		if bad {
			verb, what = failover.Declare, d.begins
		}
		w.note(r, d.kind, "%s", what)
		w.send(w.raft.leader, failover.Event{
			Kind: failover.Ordered, Verb: verb, Region: r, Share: uint16(d.cause),
		})
	}
	return pending
}

package sim

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// refusedAfter is the least that a step takes which comes to nothing: an executor is refused three
// times, with up to 20 s in between, before it gives up. These are the defaults of AWS's SDK for Go
// (docs.aws.amazon.com/sdk-for-go/v2/developer-guide/configure-retries-timeouts.html).
const refusedAfter = 2 * 20 * time.Second

// failure says why a step that has had its time did not come about, or nothing. What it takes has
// to be there from its begin to its end.
func (w *world) failure(step *failover.Step, work *work) string {
	why := w.obstacle(step)
	switch {
	case step.Kind == failover.Scale && (why != "" || !work.barred):
		w.scale() // What can grow does, and only then shows what a quota that nobody knew of is.
		return w.obstacle(step)
	case work.barred && why == "":
		return "what it takes was not there when it began"
	case step.Kind == failover.Rewind && !w.copied(step, work.began):
		return "what it copies from was lost"
	}
	return why
}

// obstacle says what keeps a step from coming about now, or nothing. A guard fences, and opens
// again what is a primary already, by itself: no control plane is asked.
func (w *world) obstacle(step *failover.Step) string {
	if w.stalls(step) {
		return "its copy receives nothing"
	}
	switch step.Kind {
	case failover.Promote, failover.Rewind:
		if w.net.fixed.Has(w.doer(step)) && w.state.Plan.Kind != failover.Reopen {
			return "the control plane is down"
		}
	case failover.Scale:
		if short := w.stunted(); short.Valid() {
			return w.name(short) + " gets no more capacity"
		}
	case failover.Validate:
		if lacks := w.lacks(w.doer(step)); lacks != "" {
			return "it lacks " + lacks
		}
	case failover.Shift, failover.Divert:
		if w.net.unrouted {
			return "the control plane of the routing is down"
		}
	default: // The others change nothing that a control plane keeps.
	}
	return ""
}

// stunted is a region that cannot carry its load after the running plan, could with more capacity,
// and gets none; or NoRegion.
func (w *world) stunted() model.RegionID {
	load := w.loadAfter()
	pressure := w.pressureOf(load)
	for r := range model.RegionID(w.regions) {
		short := pressure[r] > w.has(r) && w.wanted(r, load[r]) > w.has(r)+snug
		if short && (!w.grows(r) || w.gets(r, w.wanted(r, load[r])) <= w.has(r)+snug) {
			return r
		}
	}
	return model.NoRegion
}

// grows reports whether a region gets more capacity when it asks for some.
func (w *world) grows(r model.RegionID) bool { return !w.net.fixed.Has(r) && !w.net.capped.Has(r) }

// workable reports whether planned work in a region has a chance: nothing that is known to fail is
// begun when it need not be.
func (w *world) workable(r model.RegionID) bool {
	return w.grows(r) && !w.net.unrouted && w.receives(r)
}

package sim

import (
	"time"

	"redoubt/model"
)

// spares are which regions stand by, since when: no user is sent there, and nothing is written. It
// goes by where things are sent, not by whether they arrive; a region that is lost does not stand
// by until its users are sent elsewhere. Who follows a change late is left out.
type spares struct {
	idle  model.RegionSet
	since int64
}

// reviewIdle takes note of who stands by from now on.
func (w *world) reviewIdle() {
	idle := w.policy.Workload
	for i := range w.flows {
		r := w.flows[i].target
		if w.flows[i].unanswered {
			r = w.flows[i].old // Nobody has sent them elsewhere.
		}
		if r.Valid() {
			idle = idle.Without(r)
		}
	}
	if !w.policy.MultiWriter {
		for store := range int(w.policy.Stores) {
			if r := w.writers[store]; r.Valid() {
				idle = idle.Without(r)
			}
		}
	}
	if idle != w.spares.idle {
		w.countIdle(w.now)
		w.spares.idle = idle
	}
}

// countIdle counts the time up to now of those that stood by.
func (w *world) countIdle(at int64) {
	for left := w.spares.idle; left != 0; left = left.Without(left.First()) {
		w.trial.Idle[left.First()] += time.Duration(at - w.spares.since)
	}
	w.spares.since = at
}

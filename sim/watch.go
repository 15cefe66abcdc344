package sim

import (
	"fmt"
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Watch says which states of a run a Story keeps, and whether it has a trace.
type Watch struct {
	// At are times since the start of the run, in any order. The state at a time has all that was
	// committed by then.
	At []time.Duration
	// Changes asks for the state at the start, and for every one in which a gate says something else
	// than before, or another plan runs. It looks when an entry of the log is applied, as the policy
	// does: what time alone has changed shows with the entry that follows.
	Changes bool
	// Untraced asks for a Story without Spans and Samples, which take longer than the run itself.
	Untraced bool
}

// OutsideRun is a time that a run does not have.
type OutsideRun struct{ At, End time.Duration }

// Error says which, and how long the run is.
func (o *OutsideRun) Error() string {
	return fmt.Sprintf("%s is not within the run, which goes from 0s to %s", o.At, o.End)
}

// Moment is the state of the log at one time of a run.
type Moment struct {
	// At is the time since the start of the run.
	At    time.Duration
	State failover.State
	// Policy is the one that judges the state.
	Policy failover.Policy
	// Leader is NoRegion while none is elected: the log's clock stands still.
	Leader model.RegionID
	clocks []clock
}

// clock is how the log's clock relates to the run's from an instant on: a leader was elected then,
// and the time without one is lost to the log.
type clock struct {
	from   failover.Instant
	offset int64
}

// Time is when an instant of the log was, or will be if the leader stays, since the start of the
// run.
func (m *Moment) Time(t failover.Instant) time.Duration {
	offset := m.clocks[0].offset
	for _, c := range m.clocks {
		if c.from <= t {
			offset = c.offset
		}
	}
	return time.Duration(int64(t) + offset - warmup)
}

// watching is what is left to be kept, and what was kept last.
type watching struct {
	at      []time.Duration
	changes bool
	clocks  []clock
	last    []rulings
	epoch   failover.Epoch
}

// rulings are what every gate says of one scope.
type rulings struct {
	scope failover.Scope
	gates [failover.GateCount]failover.Ruling
}

// begin takes a wish, and refuses what the run does not have.
func (k *watching) begin(watch Watch, horizon int64) error {
	k.at, k.changes = slices.Clone(watch.At), watch.Changes
	if k.changes {
		k.at = append(k.at, 0)
	}
	slices.Sort(k.at)
	k.at = slices.Compact(k.at)
	for _, at := range k.at {
		if at < 0 || at > time.Duration(horizon) {
			return &OutsideRun{At: at, End: time.Duration(horizon)}
		}
	}
	return nil
}

// keepClock notes how the log's clock goes from here on.
func (w *world) keepClock() {
	if w.story != nil {
		k := &w.story.watch
		k.clocks = append(k.clocks, clock{from: w.state.Now, offset: w.offset})
	}
}

// keepUpTo keeps the states at the times before the next event.
func (w *world) keepUpTo(next int64) {
	k := &w.story.watch
	for len(k.at) > 0 && warmup+int64(k.at[0]) < next {
		w.keepAt(warmup + int64(k.at[0]))
		k.at = k.at[1:]
	}
	if len(k.at) > 0 && next == warmup+w.horizon {
		w.keepAt(next)
		k.at = nil
	}
}

// keepAt keeps the state at a time between two events: renewals, samples and repeated reports are
// brought up to then, and so is the clock, without a decision. The run itself goes on from where it
// was, so that looking changes nothing.
func (w *world) keepAt(at int64) {
	state, guards, now := w.state, w.guards, w.now
	w.now = at
	if w.leads() {
		w.catchUp()
		w.state.Now = max(w.state.Now, failover.Instant(w.logTime(at)))
	}
	w.keep()
	w.state, w.guards, w.now = state, guards, now
}

// keepChange keeps the state if a gate says something else than when it was last looked at.
func (w *world) keepChange() {
	if w.story == nil || !w.story.watch.changes {
		return
	}
	k := &w.story.watch
	found, epoch := w.rulings(), w.state.Plan.Epoch
	if epoch == k.epoch && slices.Equal(found, k.last) {
		return
	}
	w.keep()
}

func (w *world) keep() {
	k, at := &w.story.watch, time.Duration(w.now-warmup)
	k.last, k.epoch = w.rulings(), w.state.Plan.Epoch
	moments := w.story.Moments
	if last := len(moments) - 1; last >= 0 && moments[last].At == at {
		moments = moments[:last] // What came of the same instant replaces it.
	}
	leader := model.NoRegion
	if w.leads() {
		leader = w.raft.leader
	}
	w.story.Moments = append(moments, Moment{
		At: at, State: w.state, Policy: w.policy, Leader: leader, clocks: slices.Clone(k.clocks),
	})
}

// rulings judges every scope.
func (w *world) rulings() (all []rulings) {
	for _, scope := range w.policy.Scopes(w.state) {
		v := w.policy.Explain(w.state, scope)
		said := rulings{scope: scope}
		for gate := range failover.GateCount {
			said.gates[gate] = v.Gates[gate].Ruling
		}
		all = append(all, said)
	}
	return all
}

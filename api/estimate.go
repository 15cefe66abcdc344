package api

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Estimate is how long the rest of a plan may take, by the durations that the scenario has for each
// step: Typical if each took its median, Slow if each took its 95th percentile. It is no interval
// of the whole: that all are slow at once is rare, and a step that fails takes longer.
type Estimate struct {
	Typical float64 `json:"typical_seconds"`
	Slow    float64 `json:"slow_seconds"`
	// Waits says what nobody can give a time for: a person, or a step that has used up its tries.
	Waits string `json:"waits_for,omitempty"`
}

// Where a step's duration is asked for.
const (
	typical = 0.5
	slow    = 0.95
)

// EstimateOf estimates the rest of the running plan: the longest way through the steps that are
// left, with the wait for the old primary's lease where nobody is there to close it. A part of a
// step that is over already counts as over.
func EstimateOf(s *failover.State, p *failover.Policy, file *model.Scenario) Estimate {
	e := estimator{s: s, p: p, file: file}
	out := Estimate{
		Typical: seconds(e.rest(typical)), Slow: seconds(e.rest(slow)),
	}
	for a := range p.Standing(*s) {
		if a.Kind == failover.Alarm && a.Step != 0 && a.Epoch == s.Plan.Epoch {
			out.Waits = "a person: the step to " + a.Step.String()
		}
	}
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		if step.Kind == failover.Fence && open(step.Status) && !e.guarded(step.Store) {
			out.Waits = "the fence of " + file.Stores[step.Store].Name + ", which has no guard"
		}
	}
	return out
}

// WholeOf estimates all of the running plan by the same durations, as though it began now: how long
// it may take before it takes longer than the scenario has it.
func WholeOf(s *failover.State, p *failover.Policy, file *model.Scenario) Estimate {
	begun := *s
	for i := range begun.Plan.Count {
		if step := &begun.Plan.Steps[i]; step.Status != failover.Spared {
			step.Status = failover.Pending
		}
	}
	e := estimator{s: &begun, p: p, file: file, whole: true}
	return Estimate{Typical: seconds(e.rest(typical)), Slow: seconds(e.rest(slow))}
}

type estimator struct {
	s    *failover.State
	p    *failover.Policy
	file *model.Scenario
	// whole says that the lease which a plan waits for counts as one that was renewed as it began:
	// which one that was is not known once another is given.
	whole bool
}

func (e *estimator) guarded(store model.StoreID) bool { return e.p.Guarded>>store&1 == 1 }

// rest is how long the steps that are left take in their order: those of one kind at once, but for
// the stages of the traffic, and one kind after the other.
func (e *estimator) rest(quantile float64) (total time.Duration) {
	for _, left := range e.kinds(quantile) {
		total += left
	}
	return total
}

// kinds is how long the steps that are left of each kind take together.
func (e *estimator) kinds(quantile float64) map[failover.StepKind]time.Duration {
	took := map[failover.StepKind]time.Duration{}
	for i := range e.s.Plan.Count {
		switch step := &e.s.Plan.Steps[i]; {
		case !open(step.Status):
		case step.Kind == failover.Shift:
			took[step.Kind] += e.left(i, quantile)
		default:
			took[step.Kind] = max(took[step.Kind], e.left(i, quantile))
		}
	}
	// Who takes over grows while the fence is awaited.
	took[failover.Scale] = max(0, took[failover.Scale]-took[failover.Fence])
	return took
}

// left is how long a step may still take once it is its turn, with the time that a stage of the
// traffic is held.
func (e *estimator) left(i uint8, quantile float64) time.Duration {
	step := &e.s.Plan.Steps[i]
	left := e.duration(step, quantile)
	if step.Status == failover.Claimed {
		left = max(0, left-e.s.Now.Sub(step.Since))
	}
	if step.Kind == failover.Shift && e.p.Divides(e.s, i).Share < everybody {
		left += e.p.StageHold
	}
	return left
}

// AheadOf is from when until when each step of the running plan that is left may take, by the same
// durations: the last ends when the typical rest is over. It is nil of a step that is over.
func AheadOf(
	s *failover.State, p *failover.Policy, file *model.Scenario,
) (all [failover.MaxSteps]*Ahead) {
	e := estimator{s: s, p: p, file: file}
	took, begins := e.kinds(typical), map[failover.StepKind]time.Duration{}
	var next time.Duration
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		if !open(step.Status) {
			continue
		}
		begin, begun := begins[step.Kind]
		if !begun {
			begin, next = next, next+took[step.Kind]
		}
		end := begin + min(e.left(i, typical), took[step.Kind])
		all[i] = &Ahead{Begins: seconds(begin), Ends: seconds(end)}
		if begins[step.Kind] = begin; step.Kind == failover.Shift {
			begins[step.Kind] = end // The stages come one after the other.
		}
	}
	return all
}

// everybody is all of the traffic, in percent.
const everybody = 100

// open reports whether something is still to be done.
func open(status failover.Status) bool {
	return status != failover.Done && status != failover.Spared && status != failover.Failed
}

// fence is how long it takes until nobody writes to a store: until its lease is over, unless the
// holder's agent is heard of, which has the guard stop the writes and say so at once. How long a
// guard takes nobody knows but for the longest. An agent is missed some seconds after its region:
// where a quorum sees that down, nobody counts on its agent.
func (e *estimator) fence(store model.StoreID, quantile float64) time.Duration {
	lease := &e.s.Leases[store]
	left := max(0, lease.End.Sub(e.s.Now))
	switch {
	case !e.guarded(store):
		return 0
	case e.whole && e.s.Plan.Kind.Planned():
		return min(e.p.Lease, e.file.Settings.StopTime)
	case e.whole:
		return e.p.Lease
	case !lease.Holder.Valid() || e.s.Silent.Has(lease.Holder) || e.lost(lease.Holder):
		return left
	case quantile < slow:
		return 0
	}
	return min(left, e.file.Settings.StopTime)
}

// lost reports whether a quorum sees all of a region down.
func (e *estimator) lost(r model.RegionID) bool {
	_, down := e.p.SeesDown(e.s, failover.RegionScope(r))
	return down
}

// duration is how long a step takes, as far as the scenario has a figure for it.
func (e *estimator) duration(step *failover.Step, quantile float64) time.Duration {
	planned := e.s.Plan.Kind.Planned()
	switch step.Kind {
	case failover.Fence:
		return e.fence(step.Store, quantile)
	case failover.Promote:
		store := &e.file.Stores[step.Store]
		switch {
		case e.p.Restores:
			return store.Restore.Duration(quantile)
		case planned:
			return store.Switchover.Duration(quantile)
		}
		return store.Promotion.Duration(quantile)
	case failover.Shift, failover.Divert:
		return e.file.Routing.Flip.Duration(quantile) + e.file.Routing.TTL
	case failover.Validate:
		return e.file.Settings.Validation
	case failover.Rewind:
		return e.file.People.Resync.Duration(quantile)
	}
	return 0
}

package failover

import (
	"fmt"
	"math"
	"time"

	"redoubt/model"
)

// These are the safety rules on how much of the writes a promotion may lose.

// claimsLose holds the claim of a promotion against what its plan may lose: what the policy lets a
// failover put at risk, or what the person accepts who forced it. Planned work has caught up. Once
// the plan has moved one store, the others have to follow, whatever that costs.
func claimsLose(t *transition) string {
	plan := &t.before.Plan
	for i := range t.p.Stores {
		if t.before.Leases[i].Epoch == t.after.Leases[i].Epoch || follows(t.before) {
			continue
		}
		most := riskTaken(t.p, t.before)
		if plan.Kind.swaps() {
			if !caughtUp(plan) {
				return fmt.Sprintf("region %d has not caught up with store %d", plan.Target, i)
			}
			continue
		}
		lost, known := wouldLose(t.p, t.before, i, plan.Target, t.after.Now)
		if most < math.MaxInt64 && (lost > most || !known) {
			return fmt.Sprintf("the claim of region %d loses %s of the writes to store %d, and %s are "+
				"accepted", plan.Target, lost, i, most)
		}
	}
	return ""
}

// follows reports whether the state's plan has moved one store, so that the others follow it.
func follows(s *State) bool {
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		if step.Kind == Promote && step.Status == Done {
			return true
		}
	}
	return s.Plan.Kind != Reopen && !forgotten(s)
}

// caughtUp reports whether a plan had its target catch up with what was fenced.
func caughtUp(plan *Plan) bool {
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == CatchUp {
			return step.Status == Done
		}
	}
	return false
}

// riskTaken is how much of the writes the state's plan may lose: nobody bounds that of a reopening
// which nobody forced, since the store belongs in its target.
func riskTaken(p *Policy, s *State) time.Duration {
	forced := wasForced(s)
	switch {
	case forced && s.Force.Lag >= 0:
		return s.Force.Lag
	case forced || s.Plan.Kind == Reopen:
		return math.MaxInt64
	}
	return p.DataAtRiskMax
}

// wouldLose is how much of the writes to a store would be lost, in the plainest way, were a region
// promoted now: from what its replica had at its last sample to when the holder can write no more.
// It is false when nobody knows.
func wouldLose(
	p *Policy, s *State, i uint8, target model.RegionID, now Instant,
) (lost time.Duration, known bool) {
	lease, sample := s.Leases[i], s.Lags[i][target]
	if lease.Holder == target && !lease.Open {
		return 0, true
	}
	if sample.Epoch == 0 {
		return 0, false
	}
	ends := now
	if p.Guarded>>i&1 == 1 {
		ends = lease.End
	}
	if lease.Fenced >= lease.Epoch {
		ends = min(ends, lease.FencedAt)
	}
	return time.Duration(ends-sample.At) + sample.Lag, true
}

// losesTooMuch says which store would lose more than a bound, were a plan to promote its target.
func losesTooMuch(p *Policy, s *State, plan *Plan, most time.Duration) string {
	for i := range p.Stores {
		if plan.Stores>>i&1 == 0 {
			continue
		}
		if lost, known := wouldLose(p, s, i, plan.Target, s.Now); lost > most || !known {
			return fmt.Sprintf("store %d would lose %s of writes", i, lost)
		}
	}
	return ""
}

// couldLose is how much the plan that was forced puts at risk by what is known, in the plainest
// way, or -1 when something is not.
func couldLose(t *transition) time.Duration {
	plan, worst := &t.after.Plan, time.Duration(0)
	for i := range t.p.Stores {
		if t.after.Force.Stores>>i&1 == 0 {
			continue
		}
		if staysOpen(t.after, model.StoreID(i), plan.Target) {
			return -1
		}
		copied := t.after.Diverged[i][plan.Target].Status
		if !t.p.Restores && copied != InStep && copied != Unreconciled {
			return -1
		}
		lost, known := wouldLose(t.p, t.after, i, plan.Target, t.after.Now)
		if !known {
			return -1
		}
		worst = max(worst, lost)
	}
	return worst
}

// caughtUpBy is when a replica caught up with whom others say is down, by its next sample and the
// last before it, in the plainest way.
func caughtUpBy(t *transition, last, next *LagSample) Second {
	lease, writer := &t.before.Leases[t.e.Store], t.before.Writers[t.e.Store]
	ended := t.p.Guarded>>t.e.Store&1 == 1 && t.after.Now >= lease.End+Instant(t.p.Drift)
	if ended || lease.Fenced >= lease.Epoch || next.Lag > t.p.DataAtRiskMax || !writer.Valid() {
		return 0
	}
	blame := 0
	for o := range model.RegionID(model.MaxRegions) {
		said := t.before.Reports[o][writer].Down != 0 || t.p.ChecksDown == 0
		if t.p.Voters.Has(o) && o != writer && said {
			blame++
		}
	}
	if 2*blame <= t.p.Voters.Count() {
		return 0
	}
	silent := time.Duration(next.At - last.At)
	inTurn := silent <= t.p.HoldDown || silent+last.Lag <= t.p.DataAtRiskMax ||
		silent <= 2*t.p.EquallyFresh
	if last.Epoch == 0 || last.Lag <= t.p.DataAtRiskMax && inTurn {
		return last.CaughtUp
	}
	return Second((next.At + 999_999_999) / 1e9)
}

// justCaughtUp is why the data of a failover is not to be trusted yet, in the plainest way: a copy
// caught up after a quorum had begun to say down, less than a hold-down ago.
func justCaughtUp(p *Policy, s *State, plan *Plan) string {
	for i := range p.Stores {
		caught := s.Lags[i][plan.Target].CaughtUp.Instant()
		lease := &s.Leases[i]
		moves := plan.Stores>>i&1 == 1 && (lease.Holder != plan.Target || lease.Open)
		young := caught != 0 && s.Now-caught < Instant(p.HoldDown)
		left := Scope{Region: plan.Subject, Part: plan.Part, Store: model.StoreID(i)}
		if plan.Part == Whole {
			left.Store = 0
		}
		if moves && young && down(p, s, left, time.Duration(s.Now-caught)+1) {
			return fmt.Sprintf("store %d in region %d caught up at %d, with whom a quorum says is down", i,
				plan.Target, caught)
		}
	}
	return ""
}

// carriedLag is a sample of a copy's lag after the event, in the plainest way: where the holder of
// the store takes its lease anew, who followed it follows it still, and what was taken while it was
// closed is nothing.
func carriedLag(t *transition, store model.StoreID, sample LagSample) LagSample {
	was, is := t.before.Leases[store], t.after.Leases[store]
	again := is.Holder == was.Holder && is.Epoch > was.Epoch && t.e.Kind == StepClaimed && !was.Open
	if !again || sample.Epoch == 0 || sample.Epoch != was.Epoch {
		return sample
	}
	shut := t.after.Now
	if was.Fenced >= was.Epoch {
		shut = was.FencedAt
	}
	if t.p.Guarded>>store&1 == 1 {
		shut = min(shut, was.End)
	}
	newest := sample.At - Instant(sample.Lag) // Of what the copy has.
	sample.Epoch, sample.At = is.Epoch, min(t.after.Now, sample.At+t.after.Now-shut)
	sample.Lag = time.Duration(max(0, sample.At-newest-(t.after.Now-shut)))
	return sample
}

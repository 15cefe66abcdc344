package failover

import (
	"math/bits"

	"redoubt/model"
)

// This is how a plan is asked what is so of some of its steps.

// statuses is a set of statuses, one bit each.
type statuses uint8

// The sets that a plan is asked by.
const (
	anyhow    statuses = 1<<(Spared+1) - 1
	isWaiting statuses = 1 << Waiting
	isDone    statuses = 1 << Done
	isFailed  statuses = 1 << Failed
	// isOver lets the steps that need one begin, and isLeft does not.
	isOver = isDone | 1<<Spared
	isLeft = anyhow &^ isOver
	// isOpen waits for somebody to carry it out, or to say how that went.
	isOpen statuses = 1<<Pending | 1<<Claimed | 1<<Unknown
	// isBegun is being done, or was done, or may have been; isTried may also have failed.
	isBegun = 1<<Claimed | 1<<Unknown | isDone
	isTried = anyhow &^ (isWaiting | 1<<Pending)
)

// has reports whether the set holds a status. It is asked so often that it is written as the
// machine does it: a test of one bit of 64.
func (set statuses) has(s Status) bool { return uint64(set)>>(s&63)&1 != 0 }

// over reports whether the steps that need one may begin.
func (s Status) over() bool { return isOver.has(s) }

// open reports whether a step is waiting for somebody to carry it out, or to say how that went.
func (s Status) open() bool { return isOpen.has(s) }

// shifting is the kind of step that shifts traffic: one, or one for each stage.
const shifting StepSet = 1 << Shift

// places is a set of the places of steps in a plan, one bit each.
type places uint32

var _ [32 - MaxSteps]struct{} // There is a bit for each.

// which are the plan's steps of some kinds that are in one of some statuses.
func (plan *Plan) which(kinds StepSet, in statuses) (found places) {
	steps := plan.Steps[:plan.Count]
	for i := range steps {
		if step := &steps[i]; kinds.Has(step.Kind) && in.has(step.Status) {
			found |= 1 << (i & 31)
		}
	}
	return found
}

// has reports whether there is such a step.
func (plan *Plan) has(kinds StepSet, in statuses) bool { return plan.which(kinds, in) != 0 }

// left are the kinds of which some step is not over.
func (plan *Plan) left() (kinds StepSet) {
	steps := plan.Steps[:plan.Count]
	for i := range steps {
		if step := &steps[i]; !step.Status.over() {
			kinds |= 1 << (step.Kind & 31)
		}
	}
	return kinds
}

// count is how many steps are in the set.
func (set places) count() int { return bits.OnesCount32(uint32(set)) }

// first is the first of a set that is not empty.
func (set places) first() uint8 { return uint8(bits.TrailingZeros32(uint32(set))) }

// before and after are those of the set that come before one place, or after it.
func (set places) before(i uint8) places { return set & (1<<i - 1) }
func (set places) after(i uint8) places  { return set >> i &^ 1 << i }

// of returns the plan's step of a kind that is about a store, or nil: there is one at most.
func (plan *Plan) of(kind StepKind, store model.StoreID) *Step {
	steps := plan.Steps[:plan.Count]
	for i := range steps {
		if step := &steps[i]; step.Kind == kind && step.Store == store {
			return step
		}
	}
	return nil
}

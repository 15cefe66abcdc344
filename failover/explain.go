package failover

import (
	"fmt"
	"strings"
	"time"

	"redoubt/model"
)

// Explain derives every gate's finding on a region from a state: what stands between it and a
// failover, or what let one through. It stores nothing and changes nothing.
func (p Policy) Explain(s State, subject model.RegionID) Verdict { return p.judge(&s, subject) }

// Names turns a region into what people call it.
type Names func(model.RegionID) string

// Reason says in words what a gate found, for the verdict it belongs to.
func (v *Verdict) Reason(gate Gate, now Instant, name Names) string {
	f := v.Gates[gate]
	switch gate {
	case EvidenceGate:
		return fmt.Sprintf("%d of the %d regions needed say that %s is down", f.Have, f.Want,
			name(v.Subject))
	case HoldDownGate:
		if v.Gates[EvidenceGate].Ruling != Pass {
			return fmt.Sprintf("the hold-down of %s has not begun", span(f.Want))
		}
		return fmt.Sprintf("a quorum has said so for %s; the hold-down is %s", span(f.Have), span(f.Want))
	case InFlightGate:
		return v.inFlightReason(now)
	case CooldownGate:
		return v.cooldownReason(now, name)
	case LastStandingGate:
		return fmt.Sprintf("%d healthy regions would be left; the minimum is %d", f.Have, f.Want)
	case CapacityGate:
		return fmt.Sprintf("what is left can be scaled to %s of all traffic; %s is needed",
			percent(f.Have), percent(f.Want))
	case LagGate:
		return v.lagReason()
	case FenceGate:
		return v.fenceReason(now)
	case ApprovalGate:
		return v.approvalReason()
	case GateCount:
	}
	return ""
}

func (v *Verdict) inFlightReason(now Instant) string {
	f := v.Gates[InFlightGate]
	switch {
	case f.Have == 0:
		return "no other plan is running"
	case f.Ruling == Pass:
		return "the plan that is running gives way to the failover of the primary"
	}
	return fmt.Sprintf("a plan has been running for %s", now.Sub(f.Since).Round(time.Millisecond))
}

func (v *Verdict) cooldownReason(now Instant, name Names) string {
	f := v.Gates[CooldownGate]
	switch {
	case f.Have == 0:
		return "no transition is recent"
	case f.Ruling == Pass:
		return fmt.Sprintf("one transition is recent, and %s was not part of it", name(v.moved()))
	}
	noun := "transitions are"
	if f.Have == 1 {
		noun = "transition is"
	}
	return fmt.Sprintf("%d %s recent; the cooldown ends in %s", f.Have, noun, f.Until.Sub(now))
}

func (v *Verdict) lagReason() string {
	f := v.Gates[LagGate]
	switch {
	case v.Kind != Failover:
		return "no write role moves"
	case f.Have < 0 && v.Target == model.NoRegion:
		return "there is no region to promote"
	case f.Have < 0:
		return "the lag of the target is not known"
	}
	return fmt.Sprintf("%s of writes are at risk; the bound is %s", span(f.Have), span(f.Want))
}

func (v *Verdict) fenceReason(now Instant) string {
	f := v.Gates[FenceGate]
	switch {
	case v.Kind != Failover:
		return "no write role moves"
	case f.Ruling == Pass:
		return "the old primary can no longer write"
	case f.Until == 0:
		return "no guard ends its writes: the promotion waits for a recorded fence"
	}
	return fmt.Sprintf("a guarded lease ends in %s: that or a fence lets the promotion go on",
		f.Until.Sub(now))
}

func (v *Verdict) approvalReason() string {
	switch v.Gates[ApprovalGate].Ruling {
	case Pass:
		return "none is needed, or it was given"
	case Hold:
		return "the policy is manual and nobody has approved"
	case Deny:
	}
	return "the policy only advises"
}

// Text tells the whole verdict, one gate a line.
func (v *Verdict) Text(now Instant, name Names) string {
	var b strings.Builder
	for gate := range GateCount {
		fmt.Fprintf(&b, "%-4s  %-17s %s\n", v.Gates[gate].Ruling, gate, v.Reason(gate, now, name))
	}
	return b.String()
}

func span(nanoseconds int64) string {
	return time.Duration(nanoseconds).Round(time.Millisecond).String()
}

func percent(permille int64) string { return fmt.Sprintf("%.1f%%", float64(permille)/10) }

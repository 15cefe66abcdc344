package failover

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"redoubt/model"
)

// Explain derives every gate's finding on a scope from a state: what stands between it and a
// failover, or what let one through. It stores nothing and changes nothing.
func (p Policy) Explain(s State, scope Scope) Verdict { return p.judge(&s, scope) }

// Names turn regions, stores and instants into what people call them.
type Names struct {
	Region func(model.RegionID) string
	Store  func(model.StoreID) string
	// Time may be nil: an instant is then told by how far from the state's own it is.
	Time func(Instant) string
}

// at says when an instant is.
func (n Names) at(t, now Instant) string {
	switch {
	case n.Time != nil:
		return "at " + n.Time(t)
	case t > now:
		return "in " + span(int64(t.Sub(now)))
	}
	return span(int64(now.Sub(t))) + " ago"
}

// since says from when on something has been so.
func (n Names) since(t, now Instant) string {
	if n.Time != nil {
		return "since " + n.Time(t)
	}
	return "for " + span(int64(now.Sub(t)))
}

// until says up to when something will be so.
func (n Names) until(t, now Instant) string {
	if n.Time != nil {
		return "until " + n.Time(t)
	}
	return "for another " + span(int64(t.Sub(now)))
}

// NamesOf are a scenario's own names.
func NamesOf(s *model.Scenario) Names {
	return Names{
		Region: func(r model.RegionID) string {
			if int(r) < len(s.Regions) {
				return s.Regions[r].Name
			}
			return "none"
		},
		Store: func(i model.StoreID) string {
			if int(i) < len(s.Stores) {
				return s.Stores[i].Name
			}
			return "none"
		},
	}
}

// Reason says in words what a gate found, for the verdict it belongs to.
func (v *Verdict) Reason(gate Gate, now Instant, name Names) string {
	if gate >= GateCount {
		return ""
	}
	return gateRules[gate].reason(v, now, name)
}

func (v *Verdict) evidenceReason(now Instant, name Names) string {
	f := v.Gates[EvidenceGate]
	text := fmt.Sprintf("%s (%s needed) %s that %s is down", plural(f.Have, "region"),
		counted(int(f.Want), "is", "are"), verb(f.Have, "says", "say"), v.Scope.Text(name))
	if v.Scope.Part != Whole && f.Have >= f.Want {
		switch {
		case f.Ruling != Pass && f.Until != 0:
			return text + ", but no quorum sees the region itself up: " + name.at(f.Until, now) +
				" those who do are enough"
		case f.Ruling != Pass:
			return text + ", but no quorum sees the region itself up"
		case f.Until != 0:
			return text + " for two hold-downs, and some, though no quorum, that the region itself is up"
		}
		return text + ", and that the region itself is up"
	}
	return text
}

func (v *Verdict) holdDownReason(Instant, Names) string {
	f := v.Gates[HoldDownGate]
	if v.Gates[EvidenceGate].Ruling != Pass {
		return fmt.Sprintf("the hold-down of %s has not begun", span(f.Want))
	}
	return fmt.Sprintf("a quorum has said so for %s; the hold-down is %s", span(f.Have), span(f.Want))
}

func (v *Verdict) aliveReason(now Instant, name Names) string {
	f := v.Gates[AliveGate]
	switch {
	case v.Shallow:
		return fmt.Sprintf("no check of %s is a deep one", v.Scope.Text(name))
	case f.Have == 0:
		return fmt.Sprintf("nobody's deep check of %s succeeds", v.Scope.Text(name))
	case f.Ruling == Pass:
		return fmt.Sprintf("%s still serves deep checks of %d, but the quorum has outlasted them",
			v.Scope.Text(name), f.Have)
	case f.Until == 0:
		return fmt.Sprintf("%s serves deep checks of %d", v.Scope.Text(name), f.Have)
	}
	return fmt.Sprintf("%s still serves deep checks of %d: the quorum overrides that in %s",
		v.Scope.Text(name), f.Have, span(int64(f.Until.Sub(now))))
}

func (v *Verdict) causeReason(now Instant, name Names) string {
	f := v.Gates[CauseGate]
	if f.Ruling == Pass {
		return fmt.Sprintf("nothing is declared that speaks against leaving %s",
			name.Region(v.Scope.Region))
	}
	text, declared := "%s was declared in %s %s ago: a failover would not mend it or would spread it",
		Cause(f.Have)
	if declared&(declared-1) != 0 {
		text = "%s were declared in %s, the first %s ago: a failover would not mend it or would spread it"
	}
	return fmt.Sprintf(text, declared, name.Region(v.Scope.Region), span(int64(now.Sub(f.Since))))
}

func (v *Verdict) inFlightReason(now Instant, _ Names) string {
	f := v.Gates[InFlightGate]
	switch {
	case f.Have == 0:
		return "no other plan is running"
	case f.Ruling == Pass:
		return "the plan that is running gives way to this"
	}
	return fmt.Sprintf("a plan has been running for %s", now.Sub(f.Since).Round(time.Millisecond))
}

func (v *Verdict) cooldownReason(now Instant, name Names) string {
	f := v.Gates[CooldownGate]
	switch {
	case f.Have == 0 && f.Want != 0:
		return "traffic that is left without a region waits for no cooldown"
	case f.Have == 0:
		return "no transition is recent"
	case f.Ruling == Pass && !v.moved().Valid():
		return "one transition is recent, and there is no region to take over"
	case f.Ruling == Pass && f.Want != 0 && v.Kind == Evacuation:
		return fmt.Sprintf("one transition is recent, and who was no part of it takes the traffic of %s",
			name.Region(v.moved()))
	case f.Ruling == Pass:
		return fmt.Sprintf("one transition is recent, and %s was neither left nor took over in it",
			name.Region(v.moved()))
	}
	return fmt.Sprintf("%d %s recent; the cooldown ends in %s", f.Have,
		verb(f.Have, "transition is", "transitions are"), span(int64(f.Until.Sub(now))))
}

func (v *Verdict) brakeReason(now Instant, _ Names) string {
	f := v.Gates[BrakeGate]
	switch {
	case v.Paused:
		return fmt.Sprintf("a person paused the policy %s ago: only what people order is done until "+
			"they resume it", span(int64(now.Sub(f.Since))))
	case v.Brake != BrakeOff:
		return fmt.Sprintf("the brake is on (%s) for %s: a person has to lift it", v.Brake,
			span(int64(now.Sub(f.Since))))
	case f.Ruling == Hold:
		return "the running plan would trip the brake: nothing may take its place"
	case f.Want == 0:
		return "the brake is off, and no number of transitions trips it"
	}
	return fmt.Sprintf("the brake is off; %s of the %d that trip it", plural(f.Have, "transition"),
		f.Want)
}

func (v *Verdict) standingReason(Instant, Names) string {
	f := v.Gates[LastStandingGate]
	return fmt.Sprintf("%s would be left; the minimum is %d", plural(f.Have, "healthy region"), f.Want)
}

func (v *Verdict) residencyReason(_ Instant, name Names) string {
	switch {
	case v.Kind != Failover:
		return "no write role moves"
	case !v.Target.Valid():
		return "there is no region to promote"
	case v.Gates[ResidencyGate].Ruling == Pass:
		return fmt.Sprintf("%s may hold the data", name.Region(v.Target))
	}
	return fmt.Sprintf("%s may not hold the data, and no healthy candidate may", name.Region(v.Target))
}

func (v *Verdict) readinessReason(now Instant, name Names) string {
	f := v.Gates[ReadinessGate]
	count := bits.OnesCount64(uint64(f.Have))
	switch {
	case v.Kind == Evacuation:
		return "no region takes over what this one alone did"
	case !v.Target.Valid():
		return "there is no region to take over"
	case v.Obstacle == Unsteady && f.Ruling == Pass && f.Until > now:
		return fmt.Sprintf("%s %s, is back, and nobody steadier could take traffic that gets nowhere",
			name.Region(v.Target), v.Obstacle)
	case v.Obstacle == Unsteady && f.Ruling == Pass:
		return fmt.Sprintf("%s %s, is back for a cooldown or longer, and nobody steadier could take over",
			name.Region(v.Target), v.Obstacle)
	case v.Obstacle == Unsteady && f.Until != 0:
		return fmt.Sprintf("%s %s, and nobody steadier could take over: it may in %s, if it stays",
			name.Region(v.Target), v.Obstacle, span(int64(f.Until.Sub(now))))
	case v.Obstacle != Chosen && v.Obstacle != NotReady:
		return fmt.Sprintf("%s %s", name.Region(v.Target), v.Obstacle)
	case f.Want == 0:
		return "the policy asks for nothing to be ready"
	case f.Ruling == Pass:
		return fmt.Sprintf("%s has ready all that the policy asks for", name.Region(v.Target))
	case f.Ruling == Hold:
		return fmt.Sprintf("nobody knows whether %s has ready %s", name.Region(v.Target), items(count))
	}
	return fmt.Sprintf("%s lacks %s", name.Region(v.Target), items(count))
}

func items(count int) string {
	if count == 1 {
		return "1 of the things that it needs"
	}
	return fmt.Sprintf("%d of the things that it needs", count)
}

func (v *Verdict) capacityReason(Instant, Names) string {
	f := v.Gates[CapacityGate]
	if v.Scope.Part == OneStore {
		return "the traffic stays where it is"
	}
	if v.Kind == Evacuation {
		const all = 1000
		switch {
		case f.Ruling != Pass:
			return "nothing is left that could carry any of the traffic"
		case f.Have < all:
			return fmt.Sprintf("what is left can be scaled to %s of all traffic; the rest is shed",
				percent(f.Have))
		}
		return fmt.Sprintf("what is left can be scaled to %s of all traffic", percent(f.Have))
	}
	return fmt.Sprintf("what is left can be scaled to %s of all traffic; %s is needed",
		percent(f.Have), percent(f.Want))
}

func (v *Verdict) lagReason(now Instant, name Names) string {
	f := v.Gates[LagGate]
	switch {
	case v.Kind != Failover:
		return "no write role moves"
	case f.Have < 0 && v.Target == model.NoRegion:
		return "there is no region to promote"
	case f.Have < 0 && v.LeftOpen.Valid():
		return fmt.Sprintf("%s was left open when a failover was forced, and nobody knows what is "+
			"written there", name.Region(v.LeftOpen))
	case f.Have < 0:
		return "the lag of the target is not known" + v.astrayText(name)
	}
	beyond := ""
	if v.Taken != 0 {
		beyond = fmt.Sprintf(", beyond what was lost as %s got the lease", name.Region(v.Target))
	}
	text := fmt.Sprintf("%s of writes are at risk%s; the bound is %s", span(f.Have), beyond,
		span(f.Want))
	if f.Ruling == Hold {
		text += fmt.Sprintf("; %s caught up %s ago, which may be a sign of life, and counts in %s",
			name.Region(v.Target), span(int64(now-f.Since)), span(int64(f.Until-now)))
	}
	return text + v.astrayText(name)
}

// astrayText says that the target is not known to follow, if it is not.
func (v *Verdict) astrayText(name Names) string {
	if !v.Astray {
		return ""
	}
	return fmt.Sprintf("; %s is not known to follow the lease", name.Region(v.Target))
}

func (v *Verdict) fenceReason(now Instant, name Names) string {
	f := v.Gates[FenceGate]
	switch {
	case v.Kind != Failover:
		return "no write role moves"
	case v.Stores == 0:
		return "no store moves"
	case f.Ruling == Pass:
		return "the old primary can no longer write"
	case v.Target.Valid() && v.LeftOpen.Valid():
		return fmt.Sprintf("%s was left open when a failover was forced: a promotion that nobody "+
			"forces waits for its recorded fence", name.Region(v.LeftOpen))
	case f.Until == 0:
		return "no guard ends its writes: the promotion waits for a recorded fence"
	}
	return fmt.Sprintf("a guarded lease ends in %s: that or a fence lets the promotion go on",
		span(int64(f.Until.Sub(now))))
}

func (v *Verdict) approvalReason(Instant, Names) string {
	f := v.Gates[ApprovalGate]
	switch {
	case f.Ruling == Deny:
		return "the policy only advises"
	case f.Want > 1:
		return fmt.Sprintf("%d of %d people have approved", f.Have, f.Want)
	case f.Ruling == Pass:
		return "none is needed, or it was given"
	}
	return "the policy is manual and nobody has approved"
}

func (v *Verdict) vetoReason(now Instant, name Names) string {
	f := v.Gates[VetoGate]
	if f.Ruling == Pass {
		return "nobody has forbidden it"
	}
	return fmt.Sprintf("somebody forbade to leave %s %s ago, and has not lifted that",
		name.Region(v.Scope.Region), span(int64(now.Sub(f.Since))))
}

// Text tells the whole verdict, one gate a line, and what a person took upon themselves if the plan
// that is running was forced.
func (v *Verdict) Text(now Instant, name Names) string {
	var b strings.Builder
	for gate := range GateCount {
		fmt.Fprintf(&b, "%-4s  %-17s %s\n", v.Gates[gate].Ruling, gate, v.Reason(gate, now, name))
	}
	if v.Force.Epoch != 0 {
		fmt.Fprintf(&b, "forced %s\n", v.Force.text(now, name))
	}
	return b.String()
}

// text says who was forced to take over, and at which loss.
func (f *Force) text(now Instant, name Names) string {
	loss := "whatever is lost"
	if f.Lag != AnyLoss {
		loss = fmt.Sprintf("the loss of %s of writes", span(int64(f.Lag)))
	}
	known := "nobody knew how much was at risk"
	if f.Known >= 0 {
		known = span(int64(f.Known)) + " of writes were known to be at risk"
	}
	return fmt.Sprintf("person %d forced the promotion of %s %s, accepting %s (%d writes); %s",
		f.Who, name.Region(f.Target), name.at(f.At, now), loss, f.Writes, known)
}

// plural counts things whose name gets an s where they are not one.
func plural(count int64, name string) string {
	return fmt.Sprintf("%d %s", count, verb(count, name, name+"s"))
}

// verb chooses between the forms of a word for one and for several.
func verb(count int64, one, several string) string {
	if count == 1 {
		return one
	}
	return several
}

func span(nanoseconds int64) string {
	return time.Duration(nanoseconds).Round(time.Millisecond).String()
}

func percent(permille int64) string { return fmt.Sprintf("%.1f%%", float64(permille)/10) }

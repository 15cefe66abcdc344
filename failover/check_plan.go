package failover

import (
	"fmt"
	"time"

	"redoubt/model"
)

// These are the safety rules on what begins and what ends a plan.

// begun reports whether a plan began in this step that is not an old one in a new epoch.
func (t *transition) begun() bool {
	if t.after.Epoch == t.before.Epoch || t.after.Plan.Kind == NoPlan {
		return false
	}
	was, is := &t.before.Plan, &t.after.Plan
	same := was.Kind == is.Kind && was.Subject == is.Subject && was.Target == is.Target
	return !same || t.after.Primary != is.Target || !t.refenced()
}

// refenced reports whether a store that the plan had claimed was fenced in the plan's own epoch.
func (t *transition) refenced() bool {
	for i := range t.p.Stores {
		lease := t.after.Leases[i]
		if lease.Epoch == t.before.Plan.Epoch && lease.Fenced >= lease.Epoch {
			return true
		}
	}
	return false
}

func planBegins(t *transition) string {
	if !t.begun() {
		return ""
	}
	plan := &t.after.Plan
	switch plan.Kind {
	case NoPlan:
	case Reopen:
		if plan.Target != t.after.Primary || down(t.p, t.after, plan.Target, 0) {
			return "what is reopened is not a healthy primary"
		}
	case Switchover:
		if t.e.Kind != Ordered || t.e.Verb != OrderSwitchover || t.e.Region != plan.Target {
			return "switchover without an order"
		}
	case Failback, Return:
		if t.e.Kind != Ordered || t.e.Verb != GoBack || t.e.Region != plan.Target {
			return plan.Kind.String() + " without an order"
		}
	case Failover, Evacuation:
		if !seenDown(t.p, t.after, plan.Subject) && !wasForced(t.after) {
			return fmt.Sprintf("region %d is left without a quorum that held", plan.Subject)
		}
		if (plan.Kind == Failover) != (plan.Subject == t.after.Primary) {
			return fmt.Sprintf("%s of region %d", plan.Kind, plan.Subject)
		}
		if serves(t.p, t.after, plan.Subject) && !wasForced(t.after) &&
			!down(t.p, t.after, plan.Subject, 2*t.p.HoldDown) {
			return fmt.Sprintf("region %d is left while it serves", plan.Subject)
		}
	}
	if plan.Kind == Failover && !t.p.Candidates.Has(plan.Target) {
		return fmt.Sprintf("region %d is no candidate", plan.Target)
	}
	return atRisk(t)
}

// atRisk holds a failover that has begun against the bounds on lost data and on capacity.
func atRisk(t *transition) string {
	plan := &t.after.Plan
	if plan.Kind != Failover || wasForced(t.after) {
		return ""
	}
	if loss := losesTooMuch(t.p, t.after, plan.Target, t.p.DataAtRiskMax); loss != "" {
		return loss
	}
	carry := 0
	for r := range model.RegionID(model.MaxRegions) {
		serves := t.p.ServesReads && r != plan.Subject && t.after.Serving.Has(r) &&
			!down(t.p, t.after, r, 0)
		if r == plan.Target || serves {
			carry += int(max(t.after.Ready[r], t.p.Ceiling[r]))
		}
	}
	if carry < int(t.p.CapacityMin) {
		return fmt.Sprintf("what is left carries %d of 1000", carry)
	}
	return ""
}

// serves reports, in the plainest way, whether another region's fresh report has a deep check of a
// region succeed.
func serves(p *Policy, s *State, subject model.RegionID) bool {
	for observer, reports := range s.Reports {
		report := reports[subject]
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != subject
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		for check := range p.Checks {
			up := report.Known>>check&1 == 1 && report.Down>>check&1 == 0
			if voter && fresh && up && p.Deep>>check&1 == 1 {
				return true
			}
		}
	}
	return false
}

// losesTooMuch says which store would lose more than a bound, were a region promoted.
func losesTooMuch(p *Policy, s *State, target model.RegionID, most time.Duration) string {
	for i := range p.Stores {
		lease, sample := s.Leases[i], s.Lags[i][target]
		if lease.Holder == target {
			continue
		}
		ends := s.Now
		if p.Guarded>>i&1 == 1 {
			ends = lease.End
		}
		if lease.Fenced >= lease.Epoch {
			ends = min(ends, lease.FencedAt)
		}
		lost := time.Duration(ends-sample.At) + sample.Lag
		if !sample.Valid || lost > most {
			return fmt.Sprintf("store %d would lose %s of writes", i, lost)
		}
	}
	return ""
}

func approvals(t *transition) string {
	ordered := t.e.Kind == Ordered && t.e.Verb == Approve && t.e.Region == t.before.Asked
	if t.after.Approved.Valid() && t.after.Approved != t.before.Approved && !ordered {
		return fmt.Sprintf("nobody approved leaving region %d", t.after.Approved)
	}
	plan := &t.after.Plan
	if !t.begun() || t.p.Mode == model.Automatic || plan.Kind == Failback || plan.Kind == Return {
		return ""
	}
	if t.p.Mode == model.Advise {
		return "an advising policy acts"
	}
	if plan.Kind == Switchover || wasForced(t.after) {
		return "" // It was ordered, and the rules on that look at the order.
	}
	lasts := t.before.Approved == plan.Subject &&
		t.after.Now < t.before.ApprovedAt+Instant(ApprovalLasts)
	if plan.Kind != Reopen && !lasts && (!ordered || t.e.Region != plan.Subject) {
		return fmt.Sprintf("region %d is left without approval", plan.Subject)
	}
	return ""
}

// down reports, in the plainest way, whether a majority of all voters has been saying for that long
// that a region is down.
func down(p *Policy, s *State, subject model.RegionID, long time.Duration) bool {
	held := 0
	for observer, reports := range s.Reports {
		if !subject.Valid() || !p.Voters.Has(model.RegionID(observer)) ||
			model.RegionID(observer) == subject {
			continue
		}
		report, count := reports[subject], 0
		for check := range p.Checks {
			if report.Known>>check&1 == 1 && report.Down>>check&1 == 1 {
				count++
			}
		}
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		if fresh && count >= int(p.ChecksDown) && s.Now >= report.Since+Instant(long) {
			held++
		}
	}
	return 2*held > p.Voters.Count()
}

// seenDown is down for the whole hold-down.
func seenDown(p *Policy, s *State, subject model.RegionID) bool {
	return down(p, s, subject, p.HoldDown)
}

// tooSoon holds a transition that has begun against those before it.
func tooSoon(t *transition) string {
	plan := &t.after.Plan
	if !t.begun() || plan.Kind != Failover && plan.Kind != Evacuation || wasForced(t.after) {
		return ""
	}
	concerned := plan.Target
	if plan.Kind == Evacuation {
		concerned = plan.Subject
	}
	recent, again := 0, false
	for i, was := range t.before.Recent {
		old := !was.Valid || t.after.Now >= was.At+Instant(t.p.Cooldown)
		if old || i == 0 && forgotten(t.before) {
			continue
		}
		recent++
		again = again || was.From == concerned || was.To == concerned
	}
	if recent > 1 || recent == 1 && again {
		return fmt.Sprintf("%d transitions are too recent for region %d", recent, concerned)
	}
	return ""
}

// forgotten reports whether the running plan's own transition need not be remembered when it ends:
// it has moved nothing.
func forgotten(s *State) bool {
	switch s.Plan.Kind {
	case Failover, Failback, Switchover:
		moved := s.Primary == s.Plan.Target
		for _, step := range s.Plan.Steps[:s.Plan.Count] {
			moved = moved || step.Kind == Promote && step.Status == Done
		}
		return !moved
	case Evacuation:
		for _, step := range s.Plan.Steps[:s.Plan.Count] {
			if step.Kind == Shift && step.Status == Done {
				return false
			}
		}
		return true
	case NoPlan, Return, Reopen:
	}
	return false
}

// givesWay holds the end of a plan that has moved nothing yet against the reasons for which it may
// end.
func givesWay(t *transition) string {
	plan := &t.before.Plan
	planned := plan.Kind == Failback || plan.Kind == Switchover
	if plan.Epoch == t.after.Plan.Epoch || plan.Kind != Failover && !planned {
		return ""
	}
	if t.before.Primary == plan.Target || t.after.Primary == plan.Target || t.refenced() {
		return ""
	}
	most := t.p.DataAtRiskMax
	if forced := wasForced(t.before); forced && t.before.Force.Lag >= 0 {
		most = t.before.Force.Lag
	} else if forced {
		most = InstantMax.Sub(0)
	}
	if seenDown(t.p, t.after, plan.Target) || losesTooMuch(t.p, t.after, plan.Target, most) != "" {
		return ""
	}
	if planned && seenDown(t.p, t.after, plan.Subject) {
		return ""
	}
	if plan.Kind == Failover && !wasForced(t.before) && up(t.p, t.after, plan.Subject) {
		return ""
	}
	for _, step := range plan.Steps[:plan.Count] {
		if step.Status.open() && step.Tries+1 >= t.p.StepTries {
			return ""
		}
	}
	return fmt.Sprintf("the %s of epoch %d", plan.Kind, plan.Epoch)
}

// up reports whether a majority of all voters says that a region is up.
func up(p *Policy, s *State, subject model.RegionID) bool {
	says := 0
	for observer, reports := range s.Reports {
		report := reports[subject]
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != subject
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		if voter && fresh && report.Known != 0 && !p.saysDown(&report) {
			says++
		}
	}
	return 2*says > p.Voters.Count()
}

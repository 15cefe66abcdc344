package failover

import (
	"fmt"
	"slices"

	"redoubt/model"
)

// safetyRule is one thing that must hold for every transition of the state.
type safetyRule struct {
	name string
	// broken says what is wrong, or is empty. It derives everything anew, in the plainest way, so that
	// it shares no mistake with the code it judges.
	broken func(p *Policy, before *State, e *Event, after *State, did *Actions) string
}

// safetyRules are what Check holds a transition against.
var safetyRules = [...]safetyRule{
	{"time and epoch never go back", monotonic},
	{"a lease moves only from a region that cannot write", leaseMoves},
	{"a lease is never shortened, nor renewed against a plan", leaseGrows},
	{"a plan begins only on held evidence or an order", planBegins},
	{"the primary is who was promoted", primaryPromoted},
	{"some region always serves", someoneServes},
	{"no action is of a stale epoch", actionsFresh},
}

// Check holds a transition against the safety rules and returns the first that it breaks. It runs after every
// step of the tests; an agent that sees it fail stops acting.
func (p Policy) Check(before State, e Event, after State, did Actions) error {
	for _, rule := range safetyRules {
		if broken := rule.broken(&p, &before, &e, &after, &did); broken != "" {
			return fmt.Errorf("safety rule broken: %s: %s", rule.name, broken)
		}
	}
	return nil
}

func monotonic(_ *Policy, before *State, _ *Event, after *State, _ *Actions) string {
	if after.Now < before.Now || after.Epoch < before.Epoch {
		return fmt.Sprintf("from %d, epoch %d to %d, epoch %d", before.Now, before.Epoch, after.Now, after.Epoch)
	}
	return ""
}

func leaseMoves(p *Policy, before *State, _ *Event, after *State, _ *Actions) string {
	for i := range p.Stores {
		was, is := before.Leases[i], after.Leases[i]
		if was.Holder == is.Holder && was.Epoch == is.Epoch {
			continue
		}
		fenced := was.Fenced >= was.Epoch
		expired := p.Guarded>>i&1 == 1 && after.Now >= was.End+Instant(p.Drift)
		if !fenced && !expired {
			return fmt.Sprintf("store %d left region %d, whose lease ends at %d, at %d", i, was.Holder, was.End,
				after.Now)
		}
		if is.Epoch <= was.Epoch || is.Holder != after.Plan.Target || is.Epoch != after.Plan.Epoch {
			return fmt.Sprintf("store %d went to region %d in epoch %d outside the plan", i, is.Holder, is.Epoch)
		}
	}
	return ""
}

func leaseGrows(p *Policy, before *State, _ *Event, after *State, _ *Actions) string {
	for i := range p.Stores {
		was, is := before.Leases[i], after.Leases[i]
		if was.Holder != is.Holder || was.Epoch != is.Epoch {
			continue
		}
		if is.End < was.End || is.Fenced < was.Fenced {
			return fmt.Sprintf("store %d: the end went from %d to %d", i, was.End, is.End)
		}
		planned := before.Plan.Kind != NoPlan && is.Holder != before.Plan.Target
		if is.End > was.End && (planned || was.Fenced >= was.Epoch) {
			return fmt.Sprintf("store %d was renewed for region %d", i, is.Holder)
		}
	}
	return ""
}

func planBegins(p *Policy, before *State, e *Event, after *State, _ *Actions) string {
	if after.Epoch == before.Epoch {
		return ""
	}
	plan := after.Plan
	switch plan.Kind {
	case NoPlan, Reopen:
		return ""
	case Failback, Return:
		if e.Kind != Ordered || e.Verb != GoBack {
			return plan.Kind.String() + " without an order"
		}
		return ""
	case Failover, Evacuation:
	}
	if !heldDown(p, after, plan.Subject) {
		return fmt.Sprintf("region %d is left without a quorum that held", plan.Subject)
	}
	if p.Mode == model.Manual && before.Approved != plan.Subject && e.Verb != Approve || p.Mode == model.Advise {
		return "nobody approved"
	}
	return tooSoon(p, before, after)
}

// heldDown counts, in the plainest way, the observers who have said down for the whole hold-down.
func heldDown(p *Policy, s *State, subject model.RegionID) bool {
	held := 0
	for observer, reports := range s.Reports {
		report, down := reports[subject], 0
		for check := range p.Checks {
			if report.Known>>check&1 == 1 && report.Down>>check&1 == 1 {
				down++
			}
		}
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != subject
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		if voter && fresh && down >= int(p.ChecksDown) && s.Now >= report.Since+Instant(p.HoldDown) {
			held++
		}
	}
	return 2*held > p.Voters.Count()
}

// tooSoon holds a transition that has begun against those before it.
func tooSoon(p *Policy, before, after *State) string {
	var recent []Transition
	for _, transition := range before.Recent {
		if transition.Valid && after.Now < transition.At+Instant(p.Cooldown) {
			recent = append(recent, transition)
		}
	}
	target := after.Plan.Target
	again := slices.ContainsFunc(recent, func(t Transition) bool { return t.From == target || t.To == target })
	if len(recent) > 1 || len(recent) == 1 && again {
		return fmt.Sprintf("%d transitions are too recent for one to region %d", len(recent), target)
	}
	return ""
}

func primaryPromoted(p *Policy, before *State, _ *Event, after *State, _ *Actions) string {
	if after.Primary == before.Primary {
		return ""
	}
	if p.MultiWriter {
		return "a primary where every region writes"
	}
	for i := range p.Stores {
		if after.Leases[i].Holder == after.Primary {
			return ""
		}
	}
	return fmt.Sprintf("region %d holds no store", after.Primary)
}

func someoneServes(p *Policy, before *State, _ *Event, after *State, _ *Actions) string {
	if after.Serving == 0 {
		return "no region serves"
	}
	if after.Serving&^p.Workload != 0 {
		return "a region without a workload serves"
	}
	begun := after.Epoch > before.Epoch && after.Plan.Kind == Evacuation
	if begun && after.Serving.Without(after.Plan.Subject).Count() < int(p.MinimumServing) {
		return "an evacuation would leave too few regions"
	}
	return ""
}

func actionsFresh(_ *Policy, _ *State, _ *Event, after *State, did *Actions) string {
	for _, action := range did.All() {
		if action.Kind == Do && (action.Epoch != after.Plan.Epoch || after.Plan.Kind == NoPlan) {
			return fmt.Sprintf("action of epoch %d while the plan's is %d", action.Epoch, after.Plan.Epoch)
		}
	}
	return ""
}

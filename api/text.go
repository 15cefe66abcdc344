package api

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/units"
)

// EventText says in words what an event says, given the state that it comes to.
func EventText(e *failover.Event, s *failover.State, name failover.Names) string {
	region := name.Region(e.Region)
	switch e.Kind {
	case failover.Tick:
		return "time goes by"
	case failover.Reported:
		return fmt.Sprintf("%s says of %s: %s", region, name.Region(e.Subject), verdictText(e))
	case failover.LagMeasured:
		return fmt.Sprintf("%s measures a lag of %s in %s", region, e.Lag.Round(time.Millisecond),
			name.Store(e.Store))
	case failover.CapacityChanged:
		return fmt.Sprintf("%s can carry %d.%d%% of the traffic", region, e.Share/10, e.Share%10)
	case failover.LeaseRenewed:
		return fmt.Sprintf("%s renews the lease of %s (epoch %d)", region, name.Store(e.Store), e.Epoch)
	case failover.Fenced:
		return fmt.Sprintf("%s records the fence of %s up to epoch %d", region, name.Store(e.Store),
			e.Epoch)
	case failover.StepClaimed, failover.StepDone, failover.StepFailed, failover.StepUnknown:
		return stepEventText(e, s, name)
	case failover.Ordered:
		return orderText(e, name)
	case failover.ReadinessChanged:
		return fmt.Sprintf("%s has %s ready of the %s that it knows", region,
			plural(bits.OnesCount8(e.Known&^e.Down), "item"), plural(bits.OnesCount8(e.Known), "item"))
	case failover.AgentLost:
		return "the agent of " + region + " is not heard of"
	case failover.AgentSeen:
		return "the agent of " + region + " is heard of again"
	case failover.PolicyChanged:
		policy, rules := e.Names()
		return fmt.Sprintf("policy %s, rules %d", policy.Short(), rules)
	}
	return e.Kind.String()
}

// verdictText is what an observer says of its checks.
func verdictText(e *failover.Event) string {
	known, down := bits.OnesCount8(e.Known), bits.OnesCount8(e.Known&e.Down)
	switch {
	case known == 0:
		return "nothing is known"
	case down == 0:
		return "up"
	}
	return fmt.Sprintf("%d of %s down", down, plural(known, "check"))
}

// stepEventText is what an agent says of a step.
func stepEventText(e *failover.Event, s *failover.State, name failover.Names) string {
	step := fmt.Sprintf("step %d", e.Step)
	if e.Epoch == s.Plan.Epoch && e.Step < s.Plan.Count {
		of := &s.Plan.Steps[e.Step]
		if step = of.Kind.String(); of.Kind.EachStore() {
			step += " " + name.Store(of.Store)
		}
	}
	said := map[failover.EventKind]string{
		failover.StepClaimed: "will", failover.StepDone: "is done with:",
		failover.StepFailed: "has failed to", failover.StepUnknown: "cannot say whether it did:",
	}[e.Kind]
	return fmt.Sprintf("%s %s %s (epoch %d)", name.Region(e.Region), said, step, e.Epoch)
}

// orderText is what a person has ordered.
func orderText(e *failover.Event, name failover.Names) string {
	text := "order: " + e.Verb.String()
	if e.Region.Valid() && int(e.Region) < model.MaxRegions && !everywhere(e.Verb) {
		text += " " + failover.Scope{Region: e.Region, Part: e.Part, Store: e.Store}.Text(name)
	}
	if e.Verb == failover.Approve && e.Subject.Valid() {
		text += " to " + name.Region(e.Subject)
	}
	if e.Verb == failover.Declare || e.Verb == failover.Withdraw {
		text += ": " + failover.Cause(e.Share).String()
	}
	if e.Verb == failover.Reconcile && e.Share == failover.ForGood {
		text += ", gone for good"
	}
	return text
}

// PersonText says as which number a person is known who gave an order, behind a comma; "" of what
// nobody gave. Where a note has the name nobody needs the number.
func PersonText(e *failover.Event) string {
	if e.Kind != failover.Ordered || e.Who == 0 {
		return ""
	}
	return fmt.Sprintf(", by person %d", e.Who)
}

// Refusal says why an order that was put into the log is not carried out, as Refused does of a
// policy; of a return that comes too early it says for how long it is too early, too.
func Refusal(p *failover.Policy, before *failover.State, e *failover.Event) string {
	why := p.Refused(*before, *e)
	sooner := *p // It would be refused for another reason, or for none, if that were the one.
	sooner.StableFor = 0
	if why == "" || sooner.Refused(*before, *e) == why {
		return why
	}
	switch at, now := p.StableAt(before, e.Region), max(before.Now, e.At); {
	case at <= now:
		return why
	case at == failover.InstantMax:
		return fmt.Sprintf("%s: the %s begin once it is known to be up", why, units.Length(p.StableFor))
	default:
		return fmt.Sprintf("%s: it is in %s, after %s without a break", why, units.Length(at.Sub(now)),
			units.Length(p.StableFor))
	}
}

// everywhere reports whether a verb is about no region in particular.
func everywhere(verb failover.Verb) bool {
	return slices.Contains([]failover.Verb{
		failover.Pause, failover.Resume, failover.PullBrake, failover.LiftBrake, failover.Abort,
		failover.SkipValidation,
	}, verb)
}

// Changed are the facts that an event made true under a policy, and what people hear of because of
// it: a plan that begins or ends first, which the others follow from. That a lease is renewed is no
// news, nor that a plan that has ended has no steps.
func Changed(
	p *failover.Policy, e *failover.Event, before, after *failover.State, did *failover.Actions,
	name failover.Names,
) []string {
	var plans, changed []string
	was, is := p.Account(*before, name).Facts, p.Account(*after, name).Facts
	for _, fact := range is {
		renewal := e.Kind == failover.LeaseRenewed && strings.HasPrefix(fact.About, "lease of ")
		switch text := fact.About + ": " + fact.Text; {
		case slices.Contains(was, fact) || renewal:
		case fact.About == "plan":
			plans = append(plans, text)
		default:
			changed = append(changed, text)
		}
	}
	for _, fact := range was {
		about := func(other failover.Fact) bool { return other.About == fact.About }
		if fact.About != "step" && !slices.ContainsFunc(is, about) {
			changed = append(changed, fact.About+": no more so: "+fact.Text)
		}
	}
	for i := range did.Count {
		if text := notice(p, after, &did.List[i], name); text != "" {
			changed = append(changed, text)
		}
	}
	return slices.Compact(append(plans, changed...))
}

// Routine reports whether an event that changed no facts says what was known, or that time goes by.
// What people order, and what becomes of steps, is none.
func Routine(e *failover.Event, before *failover.State) bool {
	known := int(e.Region) < model.MaxRegions && int(e.Subject) < model.MaxRegions
	switch e.Kind {
	case failover.Tick, failover.LagMeasured, failover.LeaseRenewed:
		return true
	case failover.Reported:
		if !known {
			return true
		}
		was := &before.Reports[e.Region][e.Subject]
		return was.Known == e.Known && was.Down&was.Known == e.Down&e.Known
	case failover.CapacityChanged:
		return !known || before.Ready[e.Region] == e.Share
	case failover.ReadinessChanged:
		return !known || before.Readiness[e.Region].Known == e.Known &&
			before.Readiness[e.Region].Down == e.Down&e.Known
	case failover.AgentLost, failover.AgentSeen:
		return !known || before.Silent.Has(e.Region) == (e.Kind == failover.AgentLost)
	case failover.Fenced:
		return int(e.Store) >= model.MaxStores || e.Epoch <= before.Leases[e.Store].Fenced
	case failover.StepClaimed, failover.StepDone, failover.StepFailed, failover.StepUnknown,
		failover.Ordered, failover.PolicyChanged:
	}
	return false
}

// plural counts things.
func plural(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}

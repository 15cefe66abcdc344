package failover_test

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// clock is an instant as conversations write it.
func clock(at failover.Instant) string { return time.Duration(at).String() }

// id is a region as conversations write it.
func id(r model.RegionID) string {
	if !r.Valid() {
		return "none"
	}
	return fmt.Sprint(r)
}

// scope is what a decision is about as conversations write it.
func scope(c failover.Scope) string {
	switch c.Part {
	case failover.OneStore:
		return fmt.Sprintf("%s's store %d", id(c.Region), c.Store)
	case failover.Routing:
		return id(c.Region) + "'s routing"
	case failover.Whole:
	}
	return id(c.Region)
}

func set(s model.RegionSet) string {
	var names []string
	for r := range model.RegionID(model.MaxRegions) {
		if s.Has(r) {
			names = append(names, id(r))
		}
	}
	return "{" + strings.Join(names, " ") + "}"
}

func planText(plan *failover.Plan) string {
	if plan.Kind == failover.NoPlan {
		return "no plan"
	}
	left := failover.Scope{Region: plan.Subject, Part: plan.Part}
	if plan.Part == failover.OneStore {
		left.Store = model.StoreID(bits.TrailingZeros8(plan.Stores))
	}
	return fmt.Sprintf("%s %s->%s in epoch %d", plan.Kind, scope(left), id(plan.Target), plan.Epoch)
}

func actionText(a failover.Action) string {
	switch a.Kind {
	case failover.Alarm:
		if a.Step != 0 {
			return fmt.Sprintf("alarm: a person has to look at the step %s of epoch %d", a.Step, a.Epoch)
		}
		if a.Gate != 0 {
			left := failover.Scope{Region: a.Subject, Part: a.Part, Store: a.Store}
			return fmt.Sprintf("alarm: %s is lost, and not left: %s", scope(left), a.Gate)
		}
		if a.Part == failover.OneStore {
			return fmt.Sprintf("alarm: nobody may write to store %d in region %s", a.Store, id(a.Subject))
		}
		if a.GivenUp != failover.NoPlan {
			return fmt.Sprintf("alarm: the %s of epoch %d, which people wanted, was given up", a.GivenUp,
				a.Epoch)
		}
		return "alarm over region " + id(a.Subject)
	case failover.Ask, failover.Tell:
		if a.Drill {
			return fmt.Sprintf("%s a second person: drill %s->%s", a.Kind, id(a.Subject), id(a.Target))
		}
		left := failover.Scope{Region: a.Subject, Part: a.Part, Store: a.Store}
		text := fmt.Sprintf("%s: fail over %s->%s", a.Kind, scope(left), id(a.Target))
		if a.Risk > 0 {
			text += fmt.Sprintf(", losing %s at most", a.Risk)
		}
		return text
	case failover.Do:
	}
	text := fmt.Sprintf("epoch %d: %s", a.Epoch, a.Step)
	switch a.Step {
	case failover.Fence, failover.Promote, failover.Archive, failover.Rewind:
		text += fmt.Sprintf(" store %d", a.Store)
	}
	if a.Share > 0 && a.Share < 100 {
		text += fmt.Sprintf(" of %d%%", a.Share)
	}
	if a.Region.Valid() {
		text += fmt.Sprintf(" by region %d", a.Region)
	}
	if a.Tries > 0 {
		text += fmt.Sprintf(", after %d tries", a.Tries)
	}
	switch {
	case a.Look && a.Step.Once():
		text += ": only look"
	case a.Look:
		text += ": look first"
	}
	return text
}

// consentText is what people have approved, and who.
func consentText(c *failover.Consent) string {
	text := scope(c.Question.Scope)
	if text != "none" {
		text += "->" + id(c.Question.Target)
	}
	for _, yes := range c.People {
		if yes.Given {
			text += fmt.Sprintf(", by person %d at %s", yes.Who, clock(yes.At))
		}
	}
	return text
}

func leaseText(s *failover.State, store int) string {
	lease := &s.Leases[store]
	text := fmt.Sprintf("lease %d: region %s, epoch %d, until %s", store, id(lease.Holder),
		lease.Epoch, clock(lease.End))
	if lease.Fenced >= lease.Epoch {
		text += fmt.Sprintf(", fenced at %s", clock(lease.FencedAt))
	}
	return text
}

func evidenceText(p *failover.Policy, s *failover.State, of failover.Scope) string {
	evidence := p.EvidenceFor(s, of)
	word := "not known to be down"
	if evidence.Failed() {
		word = "down since " + clock(evidence.Since)
	} else if evidence.Recovered() {
		word = "up"
	}
	return fmt.Sprintf("region %s: %s", scope(of), word)
}

// copyText is how far a region's copy of a store is from being a replica.
func copyText(s *failover.State, store int, r model.RegionID) string {
	copied := &s.Diverged[store][r]
	text := fmt.Sprintf("region %d's copy of store %d: %s", r, store, copied.Status)
	if copied.Writes > 0 {
		text += fmt.Sprintf(", %d writes", copied.Writes)
	}
	if copied.Open != 0 {
		text += ", may still be open"
	}
	return text
}

// partsText is what each region carries after an evacuation, and what none does, in thousandths.
func partsText(p *failover.Policy, plan *failover.Plan) string {
	var parts []string
	for r := range model.RegionID(model.MaxRegions) {
		if p.Workload.Has(r) && r != plan.Subject {
			parts = append(parts, fmt.Sprintf("region %d carries %d", r, plan.Carry[r]))
		}
	}
	return fmt.Sprintf("%s, shed %d", strings.Join(parts, ", "), plan.Shed)
}

// splitText is how the traffic is divided while it shifts in stages.
func splitText(s *failover.Split) string {
	switch {
	case s.Share == 0:
		return "no longer"
	case s.Since == failover.InstantMax:
		return fmt.Sprintf("%d%% to %s, in doubt", s.Share, set(s.To))
	}
	return fmt.Sprintf("%d%% to %s, since %s", s.Share, set(s.To), clock(s.Since))
}

func drillText(d *failover.PendingDrill) string {
	if !d.Asked {
		return "none"
	}
	return fmt.Sprintf("to %s, ordered by person %d", id(d.Target), d.Who)
}

func forceText(f *failover.Force) string {
	loss := clock(failover.Instant(f.Lag))
	if f.Lag == failover.AnyLoss {
		loss = "any loss"
	}
	known := "nothing known"
	if f.Known >= 0 {
		known = f.Known.String() + " known"
	}
	return fmt.Sprintf("to %s in epoch %d by person %d, accepting %s, %d writes, %s", id(f.Target),
		f.Epoch, f.Who, loss, f.Writes, known)
}

// changes tells what is different between two states, one thing a line. Renewals and reports that
// change no verdict are left out.
func changes(p *failover.Policy, before, after *failover.State, why failover.EventKind) string {
	var b strings.Builder
	line := func(differs bool, format string, args ...any) {
		if differs {
			fmt.Fprintf(&b, "%s  %s\n", clock(after.Now), fmt.Sprintf(format, args...))
		}
	}
	for r := range model.RegionID(model.MaxRegions) {
		for _, of := range scopes(p, r) {
			was, is := evidenceText(p, before, of), evidenceText(p, after, of)
			line(was != is && p.Workload.Has(r), "%s", is)
		}
	}
	for i := range int(p.Stores) {
		was, is := leaseText(before, i), leaseText(after, i)
		renewed := why == failover.LeaseRenewed
		line(was != is && !renewed, "%s", is)
	}
	replaced := before.Plan.Epoch != after.Plan.Epoch
	line(replaced && before.Plan.Kind != failover.NoPlan, "ends: %s", planText(&before.Plan))
	line(replaced && after.Plan.Kind != failover.NoPlan, "begins: %s", planText(&after.Plan))
	shares := replaced && (after.Plan.Shed != 0 || after.Plan.Carry != [model.MaxRegions]uint16{})
	line(shares, "parts: %s", partsText(p, &after.Plan))
	for i, is := range after.Plan.Steps[:after.Plan.Count] {
		was := before.Plan.Steps[i].Status
		if replaced {
			was = failover.Waiting
		}
		line(was != is.Status, "step %s %d: %s", is.Kind, is.Store, is.Status)
	}
	for i, is := range after.Writers {
		apart := is != before.Writers[i] && (is != after.Primary || before.Primary == after.Primary)
		line(apart, "writes to store %d: %s", i, id(is))
	}
	line(before.Primary != after.Primary, "primary: %s", id(after.Primary))
	line(before.Serving != after.Serving, "serving: %s", set(after.Serving))
	split := before.Split
	split.Tells = after.Split.Tells // What people hear of it is told as an action.
	line(split != after.Split, "divided: %s", splitText(&after.Split))
	line(before.Approved != after.Approved, "approved: %s", consentText(&after.Approved))
	line(before.Left.Unsettled != after.Left.Unsettled, "unsettled: %t", after.Left.Unsettled)
	line(before.Left.Strayed != after.Left.Strayed, "traffic may have strayed: %t", after.Left.Strayed)
	line(before.Left.Drained != after.Left.Drained, "left drained: %s", set(after.Left.Drained))
	line(before.Paused != after.Paused, "paused: %t", after.Paused)
	line(before.Brake.Cause != after.Brake.Cause, "brake: %s", after.Brake.Cause)
	line(before.Force != after.Force, "forced: %s", forceText(&after.Force))
	line(before.Drill != after.Drill, "drill that waits: %s", drillText(&after.Drill))
	line(before.Silent != after.Silent, "agents not heard of: %s", set(after.Silent))
	regionChanges(p, before, after, line)
	return b.String()
}

// regionChanges tells what is different about each region and its copies.
func regionChanges(
	p *failover.Policy, before, after *failover.State, line func(bool, string, ...any),
) {
	for i := range int(p.Stores) {
		for r := range model.RegionID(model.MaxRegions) {
			was, is := copyText(before, i, r), copyText(after, i, r)
			line(was != is, "%s", is)
		}
	}
	for r := range after.Marks {
		unsteady := after.Flaps[r].Unsteady
		line(before.Flaps[r].Unsteady != unsteady, "region %d: unsteady: %t", r, unsteady)
		was, is := &before.Marks[r], &after.Marks[r]
		line(was.Causes != is.Causes, "region %d: declared: %s", r, is.Causes)
		line(was.Vetoed != is.Vetoed, "region %d: vetoed: %t", r, is.Vetoed)
		have := after.Readiness[r]
		line(before.Readiness[r] != have, "region %d: items %02b known, %02b bad", r, have.Known,
			have.Down)
	}
}

// scopes are what a policy's checks judge of a region.
func scopes(p *failover.Policy, r model.RegionID) []failover.Scope {
	found := []failover.Scope{failover.RegionScope(r)}
	for i, checks := range p.StoreChecks {
		if checks != 0 {
			part := failover.Scope{Region: r, Part: failover.OneStore, Store: model.StoreID(i)}
			found = append(found, part)
		}
	}
	if p.RoutingChecks != 0 {
		found = append(found, failover.Scope{Region: r, Part: failover.Routing})
	}
	return found
}

// stepText names a step, with its store where there may be several.
func stepText(step *failover.Step) string {
	switch step.Kind {
	case failover.Fence, failover.Promote, failover.Archive, failover.Rewind:
		return fmt.Sprintf("%s store %d", step.Kind, step.Store)
	}
	return step.Kind.String()
}

// portrait tells all that matters of a state.
func portrait(p *failover.Policy, s *failover.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "at %s, epoch %d: primary %s, serving %s, %s\n", clock(s.Now), s.Epoch,
		id(s.Primary), set(s.Serving), planText(&s.Plan))
	for i, step := range s.Plan.Steps[:s.Plan.Count] {
		fmt.Fprintf(&b, "  step %d: %s, %s\n", i, stepText(&step), step.Status)
	}
	for i := range int(p.Stores) {
		fmt.Fprintf(&b, "  %s\n", leaseText(s, i))
	}
	for r := range model.RegionID(model.MaxRegions) {
		if p.Workload.Has(r) {
			fmt.Fprintf(&b, "  %s\n", evidenceText(p, s, failover.RegionScope(r)))
		}
	}
	for i := range int(p.Stores) {
		for r := range model.RegionID(model.MaxRegions) {
			if s.Diverged[i][r].Status != failover.InStep {
				fmt.Fprintf(&b, "  %s\n", copyText(s, i, r))
			}
		}
	}
	for _, t := range s.Recent {
		if t.Valid {
			fmt.Fprintf(&b, "  transition %s->%s at %s\n", scope(t.From), id(t.To), clock(t.At))
		}
	}
	return b.String()
}

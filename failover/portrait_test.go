package failover_test

import (
	"fmt"
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
	return fmt.Sprintf("%s %s->%s in epoch %d", plan.Kind, id(plan.Subject), id(plan.Target),
		plan.Epoch)
}

func actionText(a failover.Action) string {
	switch a.Kind {
	case failover.Alarm:
		return "alarm over region " + id(a.Subject)
	case failover.Ask, failover.Tell:
		return fmt.Sprintf("%s: fail over %s->%s", a.Kind, id(a.Subject), id(a.Target))
	case failover.Do:
	}
	text := fmt.Sprintf("epoch %d: %s", a.Epoch, a.Step)
	if a.Step == failover.Fence || a.Step == failover.Promote {
		text += fmt.Sprintf(" store %d", a.Store)
	}
	if a.Region.Valid() {
		text += fmt.Sprintf(" by region %d", a.Region)
	}
	if a.Tries > 0 {
		text += fmt.Sprintf(", after %d tries", a.Tries)
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

func evidenceText(p *failover.Policy, s *failover.State, r model.RegionID) string {
	evidence := p.EvidenceOn(s, r)
	word := "not known to be down"
	if evidence.Failed() {
		word = "down since " + clock(evidence.Since)
	} else if evidence.Recovered() {
		word = "up"
	}
	return fmt.Sprintf("region %d: %s", r, word)
}

func forceText(f *failover.Force) string {
	loss := clock(failover.Instant(f.Lag))
	if f.Lag == failover.AnyLoss {
		loss = "any loss"
	}
	return fmt.Sprintf("to %s in epoch %d, accepting %s, %d writes", id(f.Target), f.Epoch, loss,
		f.Writes)
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
		was, is := evidenceText(p, before, r), evidenceText(p, after, r)
		line(was != is && p.Workload.Has(r), "%s", is)
	}
	for i := range int(p.Stores) {
		was, is := leaseText(before, i), leaseText(after, i)
		renewed := why == failover.LeaseRenewed
		line(was != is && !renewed, "%s", is)
	}
	replaced := before.Plan.Epoch != after.Plan.Epoch
	line(replaced && before.Plan.Kind != failover.NoPlan, "ends: %s", planText(&before.Plan))
	line(replaced && after.Plan.Kind != failover.NoPlan, "begins: %s", planText(&after.Plan))
	for i, is := range after.Plan.Steps[:after.Plan.Count] {
		was := before.Plan.Steps[i].Status
		if replaced {
			was = failover.Waiting
		}
		line(was != is.Status, "step %s %d: %s", is.Kind, is.Store, is.Status)
	}
	line(before.Primary != after.Primary, "primary: %s", id(after.Primary))
	line(before.Serving != after.Serving, "serving: %s", set(after.Serving))
	line(before.Approved != after.Approved, "approved: %s", id(after.Approved))
	line(before.Unsettled != after.Unsettled, "unsettled: %t", after.Unsettled)
	line(before.Paused != after.Paused, "paused: %t", after.Paused)
	line(before.Brake.Cause != after.Brake.Cause, "brake: %s", after.Brake.Cause)
	line(before.Force != after.Force, "forced: %s", forceText(&after.Force))
	for r := range after.Marks {
		was, is := &before.Marks[r], &after.Marks[r]
		line(was.Causes != is.Causes, "region %d: %s is declared", r, is.Causes)
		line(was.Vetoed != is.Vetoed, "region %d: vetoed: %t", r, is.Vetoed)
		have := after.Readiness[r]
		line(before.Readiness[r] != have, "region %d: items %02b known, %02b bad", r, have.Known,
			have.Down)
	}
	return b.String()
}

// portrait tells all that matters of a state.
func portrait(p *failover.Policy, s *failover.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "at %s, epoch %d: primary %s, serving %s, %s\n", clock(s.Now), s.Epoch,
		id(s.Primary), set(s.Serving), planText(&s.Plan))
	for i, step := range s.Plan.Steps[:s.Plan.Count] {
		fmt.Fprintf(&b, "  step %d: %s, %s\n", i, step.Kind, step.Status)
	}
	for i := range int(p.Stores) {
		fmt.Fprintf(&b, "  %s\n", leaseText(s, i))
	}
	for r := range model.RegionID(model.MaxRegions) {
		if p.Workload.Has(r) {
			fmt.Fprintf(&b, "  %s\n", evidenceText(p, s, r))
		}
	}
	for _, t := range s.Recent {
		if t.Valid {
			fmt.Fprintf(&b, "  transition %s->%s at %s\n", id(t.From), id(t.To), clock(t.At))
		}
	}
	return b.String()
}

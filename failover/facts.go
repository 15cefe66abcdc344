package failover

import (
	"fmt"
	"strings"

	"redoubt/model"
)

// facts say what is so in a state, whatever is judged.
func (p *Policy) facts(s *State, name Names) []Fact {
	facts := []Fact{
		{"primary", p.primaryText(s, name)}, {"traffic", "goes to " + list(s.Serving, name)},
	}
	if s.Split.Share > 0 {
		facts[1].Text = p.splitText(s, name)
	}
	if s.Left.Strayed {
		facts[1].Text += "; a plan was given up in the middle of shifting it, so that it may go elsewhere"
	}
	if s.Left.Drained != 0 {
		facts = append(facts, Fact{"writes", "may not be taken" + s.drainedOf(s.Left.Drained, name) +
			" in " + list(s.Left.Drained, name) + ", which a plan had drained that was given up"})
	}
	if p.Candidates.Count() < 2 {
		facts = append(facts, Fact{"candidates", "no other region could take over"})
	}
	for i := range model.StoreID(p.Stores) {
		if p.Candidates.Count() > 1 { // No lease is needed where nobody else could write.
			facts = append(facts, Fact{"lease of " + name.Store(i), p.leaseText(s, i, name)})
		}
	}
	facts = append(facts, p.planFacts(s, name)...)
	facts = append(facts, p.peopleFacts(s, name)...)
	return append(facts, p.regionFacts(s, name)...)
}

func (p *Policy) primaryText(s *State, name Names) string {
	if p.MultiWriter {
		return "every region writes; the last epoch is " + fmt.Sprint(s.Epoch)
	}
	text := fmt.Sprintf("%s; the last epoch is %d", name.Region(s.Primary), s.Epoch)
	if s.Left.Unsettled {
		text += "; a plan was given up before replicas and traffic followed it"
	}
	return text
}

// splitText says how the traffic is divided while it shifts in stages, and what the next one waits
// for.
func (p *Policy) splitText(s *State, name Names) string {
	to := s.Split.To &^ s.Split.From // Where it goes anyway is not news.
	text := fmt.Sprintf("%d%% of it has shifted to %s, and the rest goes to %s", s.Split.Share,
		list(to, name), list(s.Split.From, name))
	if !s.Plan.staging() || !p.raises(s) {
		return text
	}
	next := uint8(all)
	for i := range s.Plan.Count {
		share := p.share(&s.Plan, i)
		if share > s.Split.Share && !s.Plan.Steps[i].Status.over() {
			next = min(next, share)
		}
	}
	text += fmt.Sprintf("; the next stage, %d%%, ", next)
	if s.Split.Tells == InstantMax {
		text += "which people have heard of, "
	}
	return text + p.stageText(s, name)
}

// stageText says what the next shift of the traffic waits for, once all is done that it needs.
func (p *Policy) stageText(s *State, name Names) string {
	target, due := name.Region(s.Plan.Target), s.Split.Since.Add(p.StageHold)
	switch {
	case p.avoids(s) && (s.Plan.Kind == Evacuation || s.Plan.Kind == Reroute):
		return p.takersText(s, name)
	case p.avoids(s) && p.reached(s, s.Plan.Target):
		return fmt.Sprintf("waits until %s can carry any of it", target)
	case p.avoids(s):
		return fmt.Sprintf("waits until no quorum sees %s down, nor the way to it", target)
	case !p.raises(s) || p.atOnce(s):
		return "waits for nothing"
	case s.Split.Since == InstantMax:
		return "waits until nobody doubts " + target
	case s.Paused:
		return "waits until nobody pauses the policy"
	case s.Now >= due:
		return "has begun"
	}
	return "begins " + name.at(due, s.Now)
}

// takersText says what a shift waits for that any of those who are to serve lets go on.
func (p *Policy) takersText(s *State, name Names) string {
	after := p.ServingAfter(s)
	if after.Count() == 1 {
		return fmt.Sprintf("waits until no quorum sees %s down, nor the way to it", list(after, name))
	}
	return fmt.Sprintf("waits for one of %s that no quorum sees down, nor the way to it",
		list(after, name))
}

// list names regions in the scenario's order.
func list(set model.RegionSet, name Names) string {
	var regions []string
	for r := range model.RegionID(model.MaxRegions) {
		if set.Has(r) {
			regions = append(regions, name.Region(r))
		}
	}
	if len(regions) == 0 {
		return "no region"
	}
	return strings.Join(regions, ", ")
}

// leaseText says who may write to a store, and until when.
func (p *Policy) leaseText(s *State, store model.StoreID, name Names) string {
	lease, text := &s.Leases[store], ""
	holder := fmt.Sprintf("%s (epoch %d)", name.Region(lease.Holder), lease.Epoch)
	switch {
	case !lease.Holder.Valid():
		text = "nobody holds it"
	case lease.Fenced >= lease.Epoch:
		text = fmt.Sprintf("%s held it, and its fence was recorded %s", holder,
			name.at(lease.FencedAt, s.Now))
	case !p.guarded(store):
		text = holder + " holds it, and no guard ends its writes"
	case p.closed(s, store):
		text = fmt.Sprintf("%s held it; it ended, the margin for drift included, %s", holder,
			name.at(lease.End.Add(p.Drift), s.Now))
	default:
		text = fmt.Sprintf("%s holds it %s", holder, name.until(lease.End, s.Now))
		if p.Drift > 0 {
			text += fmt.Sprintf(", and %s more count for drift", span(int64(p.Drift)))
		}
	}
	if s.unopened(store) {
		text += "; nobody has said that its promotion was done, so that it may be open or not"
	}
	if writer := s.Writers[store]; writer != lease.Holder {
		text += "; the writes belong in " + name.Region(writer)
	}
	return text + p.lapseText(s, store, name)
}

// planFacts say what is running, step by step.
func (p *Policy) planFacts(s *State, name Names) []Fact {
	plan := &s.Plan
	if plan.Kind == NoPlan {
		return []Fact{{"plan", "none is running"}}
	}
	facts := []Fact{{"plan", fmt.Sprintf("%s, epoch %d, %s", plan.text(name), plan.Epoch,
		name.since(plan.Began, s.Now))}}
	if plan.Shed > 0 {
		facts = append(facts, Fact{"plan", percent(int64(plan.Shed)) +
			" of all traffic is shed, since nobody can carry it"})
	}
	for i := range plan.Count {
		text := p.stepText(s, &plan.Steps[i], name)
		if share := p.share(plan, i); share > 0 && share < all {
			text = fmt.Sprintf("%s (%d%% of the traffic)", text, share)
		}
		facts = append(facts, Fact{"step", text})
	}
	if s.forced() {
		facts = append(facts, Fact{"forced", s.Force.text(s.Now, name)})
	}
	return facts
}

// stepText says how far a step is, and what it waits for.
func (p *Policy) stepText(s *State, step *Step, name Names) string {
	text := step.Kind.String()
	if step.Kind.ofStore() {
		text += " " + name.Store(step.Store)
	}
	since := name.since(step.Since, s.Now)
	switch step.Status {
	case Waiting:
		return text + " " + p.waitText(s, step, name)
	case Done:
		return fmt.Sprintf("%s was done %s", text, name.at(step.Since, s.Now))
	case Failed:
		return fmt.Sprintf("%s failed %s", text, name.at(step.Since, s.Now))
	case Spared:
		if step.Kind == Shift {
			return fmt.Sprintf("a stage of the %s was passed over %s", text, name.at(step.Since, s.Now))
		}
		return fmt.Sprintf("%s failed %s, and the plan goes on without it", text,
			name.at(step.Since, s.Now))
	case Claimed:
		text += fmt.Sprintf(" is being done by %s %s", name.Region(step.By), since)
	case Unknown:
		text += fmt.Sprintf(" may have been done, and has waited for somebody to look %s", since)
	case Pending:
		text += fmt.Sprintf(" has waited for an agent to claim it %s", since)
		if step.Kind == Fence {
			text = step.Kind.String() + " " + name.Store(step.Store) + p.fenceText(s, step, name)
		}
	}
	if step.Tries > 0 {
		text += fmt.Sprintf(", after %s that came to nothing",
			counted(int(step.Tries), "try", "tries"))
	}
	return text
}

// waitText says what a step waits for before anybody is asked for it.
func (p *Policy) waitText(s *State, step *Step, name Names) string {
	missing := s.Plan.missing(s.Plan.Kind.needs(step.Kind))
	if missing != "" || step.Kind != Shift {
		return "waits for " + missing
	}
	for i := range s.Plan.Count {
		before := &s.Plan.Steps[i]
		switch {
		case before == step:
			return p.stageText(s, name)
		case before.Kind == Shift && !before.Status.over():
			return "waits for the stage before it"
		}
	}
	return p.stageText(s, name)
}

// fenceText says what ends a fence that nobody has claimed.
func (p *Policy) fenceText(s *State, step *Step, name Names) string {
	store := step.Store
	if p.bounded(s, step) {
		return fmt.Sprintf(" waits for the record of %s, whose copy may still be open",
			name.Region(step.Region))
	}
	end, bounded := p.fenceTime(s, store)
	if !bounded {
		if p.forceEnds(s, store) {
			return " waits for a guard's record, or for a person to force the promotion of " +
				name.Region(s.Plan.Target)
		}
		return " waits for a guard's record: nothing else ends the old primary's writes"
	}
	return fmt.Sprintf(" waits for a guard's record, or the end of the lease %s",
		name.at(end.Add(p.Drift), s.Now))
}

// forceEnds reports whether a person may have the running plan's target promoted without a fence.
func (p *Policy) forceEnds(s *State, store model.StoreID) bool {
	e := Event{
		Kind: Ordered, Verb: OrderForce, At: s.Now, Region: s.Plan.Target, Part: s.Plan.Part,
		Lag: AnyLoss, Ticket: 1, Who: 1,
	}
	if e.Part == OneStore {
		e.Store = store
	}
	return p.Refuses(*s, e) == ""
}

// missing names the kinds of steps that are needed and not yet done.
func (plan *Plan) missing(needs StepSet) string {
	var names []string
	for kind := range stepKindCount {
		if needs.Has(kind) && plan.has(Steps(kind), isLeft) {
			names = append(names, kind.String())
		}
	}
	return strings.Join(names, ", ")
}

// peopleFacts say what people have ordered that still stands, and what they are asked.
func (p *Policy) peopleFacts(s *State, name Names) (facts []Fact) {
	if s.Brake.Cause != BrakeOff {
		facts = append(facts, Fact{"brake", fmt.Sprintf("on (%s) %s, until a person lifts it",
			s.Brake.Cause, name.since(s.Brake.At, s.Now))})
	}
	if s.Paused {
		facts = append(facts, Fact{"pause", "on " + name.since(s.PausedAt, s.Now) +
			", until a person resumes the policy"})
	}
	for q := range s.Questions() {
		facts = append(facts, Fact{"asked", p.askedText(s, &q, name)})
	}
	asked, open := s.AskedOf(s.Approved.Question)
	for _, yes := range s.Approved.People {
		passed := !open || yes.At < asked
		if yes.Given && !passed && s.Now < yes.At.Add(ApprovalLasts) {
			facts = append(facts, Fact{"approved", fmt.Sprintf("%s, by person %d, %s",
				s.Approved.Question.text(name), yes.Who, name.until(yes.At.Add(ApprovalLasts), s.Now))})
		}
	}
	if s.drillStands() {
		facts = append(facts, Fact{"drill", "one to " + name.Region(s.Drill.Target) +
			" waits for a second person's approval"})
	}
	return facts
}

// askedText says what people were asked or told, and how much the policy lets be lost by it.
func (p *Policy) askedText(s *State, q *Question, name Names) string {
	text := "a person was asked, or told, about "
	if p.Approvals > 1 && p.Mode == model.Manual {
		text = fmt.Sprintf("%d people were asked about ", p.Approvals)
	}
	text += q.text(name)
	if most := p.riskLet(p.remedy(s, q.Scope)); most > 0 {
		text += fmt.Sprintf(", by which %s of writes may be lost", span(int64(most)))
	}
	return text
}

// regionFacts say what is known of each region beside its health.
func (p *Policy) regionFacts(s *State, name Names) (facts []Fact) {
	if s.Silent != 0 {
		facts = append(facts, Fact{"agents", "not heard of: " + list(s.Silent, name)})
	}
	for r := range model.RegionID(model.MaxRegions) {
		mark := &s.Marks[r]
		if mark.Causes != 0 {
			facts = append(facts, Fact{name.Region(r), fmt.Sprintf("%s was declared %s", mark.Causes,
				name.at(mark.CausesAt, s.Now))})
		}
		if mark.Vetoed {
			facts = append(facts, Fact{name.Region(r), "leaving it was forbidden " +
				name.at(mark.VetoedAt, s.Now)})
		}
		if p.unsteady(s, r) {
			facts = append(facts, Fact{name.Region(r), "has come and gone too often, and counts as " +
				"unsteady " + name.until(p.steadyAgain(s, r), s.Now)})
		}
		if waits := p.stableText(s, r, name); waits != "" {
			facts = append(facts, Fact{name.Region(r), waits})
		}
		for i := range model.StoreID(p.Stores) {
			if copied := &s.Diverged[i][r]; copied.Status != InStep {
				text := copied.text(name.Store(i))
				if copied.Status.Apart() && !copied.Begun && copied.Open == 0 && s.keepsCopy(r) {
					text += "; it stays as it is until what is declared was withdrawn"
				}
				facts = append(facts, Fact{name.Region(r), text})
			}
			if astray := p.astray(s, r)>>i&1 == 1; astray && p.Candidates.Has(r) && !p.Restores {
				facts = append(facts, Fact{name.Region(r), s.astrayText(i, r, name)})
			}
		}
	}
	return facts
}

// astrayText says why a copy is not known to follow.
func (s *State) astrayText(store model.StoreID, r model.RegionID, name Names) string {
	text := fmt.Sprintf("its copy of %s is not known to follow %s", name.Store(store),
		name.Region(s.Leases[store].Holder))
	if sample := &s.Lags[store][r]; sample.Epoch != 0 {
		return fmt.Sprintf("%s: it was last measured in epoch %d, %s", text, sample.Epoch,
			name.at(sample.At, s.Now))
	}
	return text + ": no sample of its lag counts"
}

// text says what a copy of a store holds.
func (d *Divergence) text(store string) string {
	text := fmt.Sprintf("its copy of %s: %s", store, d.Status)
	switch {
	case d.Status == Archived || d.Status == Unreconciled:
		text += fmt.Sprintf(" (%s held by nobody else)", plural(int64(d.Writes), "write"))
	case d.Writes > 0:
		text += fmt.Sprintf(" (beside %s archived before, and not reconciled)",
			plural(int64(d.Writes), "write"))
	}
	if d.Begun {
		text += "; its rewinding has begun, and is not known to be over"
	}
	if d.Open != 0 {
		text += "; it may still be open to writes"
	}
	return text
}

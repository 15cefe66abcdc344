package failover

import (
	"strings"

	"redoubt/model"
)

// yieldsToOpening reports whether the running plan gives way to the reopening of a store that it
// does not move: nobody may write to that, and what only repairs, rehearses, or moves traffic may
// take hours. Planned work does between its stages, and before the first one of traffic that was
// divided already, any plan that has only to verify and to tell, and any that is stuck with all of
// the write role where it belongs, unless it is to shift traffic that is lost. What is on its way
// to promote a store is not given up for another; but a reopening is that nobody can begin, as the
// agent is not heard of that would.
func (p *Policy) yieldsToOpening(s *State) bool {
	plan := &s.Plan
	idle := plan.Kind.light() || plan.Kind == Return || plan.windsUp()
	if idle || plan.staging() || p.opensLater(s) {
		return true
	}
	lost := plan.has(shifting, isLeft) && p.leftBehind(s)
	waits := p.raises(s) || p.lingers(s) && !lost
	return waits && !plan.has(1<<Promote, isLeft)
}

// opensLater reports whether the running plan is a reopening that goes on only once an agent is
// heard of again: what is left to be promoted nobody else can, and nobody has claimed.
func (p *Policy) opensLater(s *State) bool {
	plan := &s.Plan
	if plan.Kind != Reopen || !s.Silent.Has(plan.Target) {
		return false
	}
	left := plan.which(1<<Promote, isLeft)
	if left == 0 {
		return false
	}
	for i := range plan.Count {
		step := &plan.Steps[i]
		if left>>i&1 == 1 && s.Leases[step.Store].Epoch == plan.Epoch {
			return false // It may have been opened.
		}
	}
	return true
}

// opensNow reports whether nothing else keeps a region's stores closed than the running plan, which
// moves none of them: the agent is heard of that is to open them, and each is closed to whoever
// held it, or will be by the end of its lease. Else a plan would be given up for one that waits.
func (p *Policy) opensNow(s *State, r model.RegionID) bool {
	for i := range model.StoreID(p.Stores) {
		if s.Writers[i] != r || s.heldOpen(i) {
			continue
		}
		_, ends := p.fenceTime(s, i)
		if !ends || s.Plan.Kind.role() && s.Plan.Stores>>i&1 == 1 {
			return false
		}
	}
	return !s.Silent.Has(r)
}

// keepsOut reports whether nothing is to be opened in a scope since a quorum sees it down. That
// ends once nothing has left it when that could have begun, if it may be seen down for no more than
// that a store in it is closed: nothing else would ever open that. It does not end while the agent
// is not heard of that would, nor where what needs no store fails too: to open stores where
// everything is lost would only be in the way of what leaves it.
func (p *Policy) keepsOut(s *State, scope Scope) bool {
	evidence, down := p.SeesDown(s, scope)
	if !down {
		return false
	}
	lost := scope.Part == Whole && p.lostBeside(s, scope.Region)
	return s.Now < p.leftFrom(s, scope, &evidence) || s.Silent.Has(scope.Region) || lost
}

// leftFrom is from when on a scope that a quorum sees down may be left, as far as its evidence
// goes: one hold-down after that began, and two of a part and of what somebody's deep check says is
// alive.
func (p *Policy) leftFrom(s *State, scope Scope, evidence *Evidence) Instant {
	if scope.Part != Whole || p.servedBefore(s, scope) > 0 {
		return evidence.Since.Add(2 * p.HoldDown)
	}
	return evidence.Since.Add(p.HoldDown)
}

// lostBeside reports whether a region is lost beside its stores, as far as that is known: some of
// its checks are not deep, and no quorum has one of them succeed.
func (p *Policy) lostBeside(s *State, r model.RegionID) bool {
	checks, _ := p.checksOf(0)
	checks &^= p.Deep
	reached := 0
	for left := p.Voters.Without(r); left != 0; left = left.Without(left.First()) {
		report := &s.Reports[left.First()][r]
		up := report.Known &^ report.Down & checks
		if report.Sequence != 0 && up != 0 && !p.stale(report, s.Now) {
			reached++
		}
	}
	return checks != 0 && reached <= p.Voters.Count()/2
}

// keptClosed says what keeps a region drained that is up, and the stores closed that belong in it,
// so that no plan ends that, if something does.
func (p *Policy) keptClosed(s *State, scope Scope, name Names) (text string) {
	held, evidence := "", p.EvidenceFor(s, scope)
	switch {
	case scope.Part != Whole || !evidence.Recovered():
	case p.Mode == model.Advise:
		held = ", since the policy only advises"
	case s.Paused:
		held = ", since a person paused the policy"
	case s.Plan.Kind != NoPlan:
		held = " while the " + s.Plan.text(name) + " runs"
		if s.Silent.Has(scope.Region) {
			held += ", since its agent is not heard of"
		}
	}
	if held == "" {
		return ""
	}
	if s.Left.Drained.Has(scope.Region) && !s.Plan.has(Steps(Undrain), isLeft) {
		of := s.drainedOf(model.RegionSet(0).With(scope.Region), name)
		text = "; it stays drained, and takes no new writes" + of + held
	}
	for i := range model.StoreID(p.Stores) {
		closed := s.Writers[i] == scope.Region && !s.heldOpen(i)
		step := s.Plan.of(Promote, i)
		if closed && (step == nil || step.Status.over()) {
			text += "; " + name.Store(i) + " stays closed there" + held
		}
	}
	return text
}

// drainedOf says to which stores some regions that were drained take no new writes, if to others
// they do.
func (s *State) drainedOf(regions model.RegionSet, name Names) string {
	var stores []string
	others := false
	for i, writer := range s.Writers {
		switch store := model.StoreID(i); {
		case !writer.Valid() || !regions.Has(writer):
		case s.drained(store):
			stores = append(stores, name.Store(store))
		default:
			others = true
		}
	}
	if !others || len(stores) == 0 {
		return ""
	}
	return " to " + strings.Join(stores, " and ")
}

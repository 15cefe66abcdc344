package failover

import (
	"fmt"

	"redoubt/model"
)

// This is the safety rule on what people hear of an outage about which nothing is done.

// unansweredHeard holds that people hear, once, of each scope that is lost and not left, and again
// only of another gate; and that nothing of it stands once that is over.
func unansweredHeard(t *transition) string {
	kept := 0
	for i := range t.after.Notices {
		if _, _, is := t.after.Notices[i].Kept(); is { // A question has a place like it.
			kept++
		}
	}
	for _, action := range t.did.All() {
		if wrong := keptInVain(t, &action); wrong != "" {
			return wrong
		}
	}
	full := kept >= maxUnanswered || t.after.Notices[MaxNotices-1].Epoch != 0
	named := scopesNamed(t)
	takes := t.after.Serving.With(t.after.Primary)
	for _, writer := range t.after.Writers {
		takes = takes.With(writer)
	}
	for r := range model.RegionID(model.MaxRegions) {
		for index := range scopeCount {
			if !takes.Has(r) && !named[r][index] {
				continue // Nobody leaves where nothing goes.
			}
			scope := scopeAt(r, index)
			if !named[r][index] && !lostAndKept(t.p, t.after, scope) {
				continue // Of most scopes nothing is said, nor has to be.
			}
			if wrong := heardOfOutage(t, scope, full); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

// scopesNamed are the scopes of which anything is said: by an alarm that stood or stands, or by one
// that people hear now.
func scopesNamed(t *transition) (scopes [model.MaxRegions][scopeCount]bool) {
	note := func(scope Scope) {
		if scope.Region.Valid() {
			scopes[scope.Region][scope.index()] = true
		}
	}
	for _, list := range [...]*[MaxNotices]Notice{&t.before.Notices, &t.after.Notices} {
		for i := range list {
			if scope, _, kept := list[i].Kept(); kept {
				note(scope)
			}
		}
	}
	for _, action := range t.did.All() {
		if action.Gate != 0 {
			note(action.scope())
		}
	}
	return scopes
}

// heardOfOutage holds that for one scope. Where alarms have no place left one may be missing.
func heardOfOutage(t *transition, scope Scope, full bool) string {
	heard, stands := 0, keptOn(t.after, scope)
	for _, action := range t.did.All() {
		if action.Gate != 0 && action.scope() == scope {
			heard++
		}
	}
	if !lostAndKept(t.p, t.after, scope) {
		return heardOfNothing(t, scope, heard != 0, full)
	}
	verdict, due, shut := t.p.judge(t.after, scope), false, false
	for gate, finding := range verdict.Gates {
		other := Gate(gate) != FenceGate && Gate(gate) != ApprovalGate // Who is asked hears anyway.
		if other && finding.Ruling != Pass {
			long := Gate(gate) != AliveGate // That one opens by itself.
			due, shut = long && !heardOfGate(t, scope, Gate(gate), &verdict), true
			break // The others have yet to matter.
		}
	}
	if leftBy(t.after, scope) { // What is against another plan is no news while that one hangs.
		due, shut = !keptOn(t.before, scope), true
	}
	switch {
	case !shut && verdict.Gates[ApprovalGate].Ruling != Pass &&
		len(askedOf(t.after)) <= maxUnanswered:
		return fmt.Sprintf("%v is lost, only people keep it from being left, and nobody asks them", scope)
	case heard > 1, !due && heard != 0:
		return fmt.Sprintf("people hear again that %v is not left", scope)
	case due && heard == 0 && !full:
		return fmt.Sprintf("%v is lost and not left, and nobody hears", scope)
	case !stands && !full && (due || keptOn(t.before, scope)):
		return fmt.Sprintf("%v is lost and not left, and that does not stand", scope)
	}
	return ""
}

// keptInVain says whose traffic, which gets to nobody, is kept there as people hear by what must
// not keep it, where somebody stands aside to take it: a cooldown, unless it is of what was tried
// in vain, or the readiness of one region, where another one has all that it needs.
func keptInVain(t *transition, action *Action) string {
	scope := action.scope()
	writes := scope.Part == Whole && receives(t.p, t.after, scope.Region)
	if scope.Part == OneStore || writes || !getsAside(t, scope.Region) {
		return ""
	}
	vain := false
	for i, was := range t.after.Recent {
		own := i == 0 && t.after.Plan.Kind.transits()
		vain = vain || was.Valid && !was.Ordered && (own || !was.Took)
	}
	if action.Gate == CooldownGate && !vain {
		return fmt.Sprintf("the traffic of region %d gets to nobody, and waits", scope.Region)
	}
	for r := range model.RegionID(model.MaxRegions) {
		takes := r != scope.Region && t.p.Candidates.Has(r) && !unreached(t, r)
		away := comesAndGoes(t.p, t.after, r) && t.after.Flaps[r].Down
		if action.Gate == ReadinessGate && takes && !away && lackingFor(t, Reroute, r) == "" {
			return fmt.Sprintf("region %d could take the traffic of region %d", r, scope.Region)
		}
	}
	return ""
}

// getsNowhere reports, in the plainest way, whether the traffic that leaves a region gets to none
// of the others that serve.
func getsNowhere(t *transition, r model.RegionID) bool {
	for o := range model.RegionID(model.MaxRegions) {
		if o != r && t.after.Serving.Has(o) && !unreached(t, o) {
			return false
		}
	}
	return true
}

// getsAside reports, in the plainest way, whether it gets there to none, and to another candidate.
func getsAside(t *transition, r model.RegionID) bool {
	for o := range model.RegionID(model.MaxRegions) {
		if o != r && t.p.Candidates.Has(o) && !t.after.Serving.Has(o) && !unreached(t, o) {
			return getsNowhere(t, r)
		}
	}
	return false
}

// receives reports, in the plainest way, whether a region is the primary, or the writes to a store
// belong there.
func receives(p *Policy, s *State, r model.RegionID) bool {
	writes := !p.MultiWriter && s.Primary == r
	for _, writer := range s.Writers {
		writes = writes || writer == r
	}
	return writes
}

// heardOfNothing holds that of a scope which is not known to be lost people hear nothing new, and
// that what stands of it does until it is up and does not come and go, is left or asked about, or
// takes nothing.
func heardOfNothing(t *transition, scope Scope, heard, full bool) string {
	stood, stands := keptOn(t.before, scope), keptOn(t.after, scope)
	done := attendedTo(t.p, t.after, scope) && !heardWhile(t, scope)
	lasts := mayBeLeft(t.p, t.after, scope) && !done &&
		(comesAndGoes(t.p, t.after, scope.Region) || !knownUp(t.p, t.after, scope))
	switch {
	case heard, stands && !(stood && lasts):
		return fmt.Sprintf("people hear that %v is not left, and it is not lost", scope)
	case stood && lasts && !stands && !full:
		return fmt.Sprintf("nobody knows %v to be up, and what people heard of it is taken back", scope)
	}
	return ""
}

// heardOfGate reports whether an alarm over an outage stood that names the first gate that is shut,
// or a later one that is shut too, or was raised less than a hold-down ago, or that a plan runs, or
// a hold-down does.
func heardOfGate(t *transition, scope Scope, gate Gate, verdict *Verdict) bool {
	for _, notice := range t.before.Notices {
		about, by, kept := notice.Kept()
		if !kept || by == ApprovalGate || about != scope {
			continue
		}
		fresh := t.after.Now < notice.At+Instant(t.p.HoldDown)
		passing := gate == InFlightGate || gate == HoldDownGate
		stays := fresh || passing || verdict.Gates[by].Ruling != Pass
		return by == gate || by > gate && stays
	}
	return false
}

// lostAndKept reports, in the plainest way, whether a majority has seen a scope down for two
// hold-downs, or has begun to if its region comes and goes, of a region that is else up if it is a
// part of one, that takes writes or traffic, while no plan leaves it that does not hang, and nobody
// was asked about it.
func lostAndKept(p *Policy, s *State, scope Scope) bool {
	if !mayBeLeft(p, s, scope) {
		return false
	}
	long := 2 * p.HoldDown
	if comesAndGoes(p, s, scope.Region) {
		long = 0
	}
	lost := down(p, s, scope, long) &&
		(scope.Part == Whole || standsElse(p, s, scope))
	return lost && !attendedTo(p, s, scope)
}

// mayBeLeft reports, in the plainest way, whether a scope takes writes or traffic, and something
// looks at it.
func mayBeLeft(p *Policy, s *State, scope Scope) bool {
	serves := s.Serving.Has(scope.Region)
	switch scope.Part {
	case OneStore:
		return scope.Store < model.StoreID(p.Stores) && s.Writers[scope.Store] == scope.Region &&
			looksAt(p, scope)
	case Routing:
		return serves && looksAt(p, scope)
	case Whole, partCount:
	}
	return serves || receives(p, s, scope.Region)
}

// looksAt reports whether any check looks at a part of a region.
func looksAt(p *Policy, scope Scope) bool {
	for check := range p.Checks {
		if concerns(p, check, scope.index()) {
			return true
		}
	}
	return false
}

// attendedTo reports, in the plainest way, whether a plan leaves a scope that does not
// hang, or people are asked about it.
func attendedTo(p *Policy, s *State, scope Scope) bool {
	return askedAbout(s, scope) || leftBy(s, scope) && !goesNowhere(p, s)
}

// askedAbout reports whether people are asked about a scope.
func askedAbout(s *State, scope Scope) bool {
	for _, q := range askedOf(s) {
		if q.Scope == scope {
			return true
		}
	}
	return false
}

// leftBy reports whether the running plan leaves a scope.
func leftBy(s *State, scope Scope) bool {
	switch plan := &s.Plan; plan.Kind {
	case Failover, Evacuation, Reroute, Failback, Switchover, Drill:
		left := plan.Scope()
		return left == scope || left == RegionScope(scope.Region)
	case NoPlan, Return, Reopen, Reprotect, DryDrill, Retract, planKindCount:
	}
	return false
}

// heardWhile reports whether people have heard of an outage since the plan began that leaves it,
// and are not asked about it.
func heardWhile(t *transition, scope Scope) bool {
	for _, notice := range t.before.Notices {
		about, by, kept := notice.Kept()
		if kept && by != ApprovalGate && about == scope && notice.At > t.after.Plan.Began {
			return leftBy(t.after, scope) && !askedAbout(t.after, scope)
		}
	}
	return false
}

// goesNowhere reports whether a step that the running plan needs was asked for long ago, or was
// tried in vain and the plan has run for that long.
func goesNowhere(p *Policy, s *State) bool {
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		switch step.Kind {
		case Fence, Scale, Promote, CatchUp, Validate, Shift:
			asked := step.Status == Pending || step.Status == Claimed || step.Status == Unknown
			since := step.Since
			if left := step.Status != Done && step.Status != Spared; left && step.Tries > 0 {
				asked, since = true, s.Plan.Began
			}
			if asked && s.Now.Sub(since) >= patience(p) {
				return true
			}
		case Divert, Freeze, Drain, Repoint, Verify, Notify, Archive, Rewind, Rehearse, Undrain,
			stepKindCount:
		}
	}
	return false
}

package failover

import (
	"fmt"

	"redoubt/model"
)

// This is the safety rule on traffic that shifts in stages.

func stagesHeld(t *transition) string {
	for _, broken := range [...]func(*transition) string{
		laidInStages, dividedByStages, openedInTime, countedAnew, leftDivided, sentWhereLost,
		returnedInVain, stagesHeard, waitsUnheard,
		askedThoughHeld,
	} {
		if wrong := broken(t); wrong != "" {
			return wrong
		}
	}
	return ""
}

// plans reports whether a plan is planned work that moves traffic, which is what shifts in stages.
func (plan *Plan) plans() bool {
	switch plan.Kind {
	case Failback, Switchover, Drill, Return:
		return true
	case NoPlan, Failover, Evacuation, Reopen, Reroute, Reprotect, DryDrill, Retract, planKindCount:
	}
	return false
}

// bound is where the traffic of planned work, or of a failover, goes at last.
func bound(p *Policy, s *State) model.RegionSet {
	target := model.RegionSet(1) << s.Plan.Target
	switch {
	case p.ServesReads && s.Plan.Kind == Failover:
		return s.Serving.Without(s.Plan.Subject) | target
	case p.ServesReads || p.MultiWriter && s.Plan.Kind == Return:
		return s.Serving | target
	}
	return target
}

// stagesAbove is how many stages of the policy are of more than a share.
func stagesAbove(p *Policy, share uint8) (count int) {
	for _, stage := range p.Stages {
		if stage > share {
			count++
		}
	}
	return count
}

// goesOn reports whether the plan of a state is planned work that sends more traffic to where some
// of it goes.
func goesOn(p *Policy, s *State) bool {
	return s.Plan.plans() && s.Split.Share > 0 && s.Split.To == bound(p, s)
}

// laidInStages holds a plan that was laid out against the stages that it is to have.
func laidInStages(t *transition) string {
	plan := &t.after.Plan
	if plan.Kind == NoPlan || plan.Epoch == t.before.Plan.Epoch {
		return ""
	}
	count := shifts(plan)
	if !plan.plans() {
		if count > 1 {
			return fmt.Sprintf("the traffic of a %s waits for %d stages", plan.Kind, count)
		}
		return ""
	}
	restarted := t.before.Plan.Whole && plan.Kind == t.before.Plan.Kind
	if plan.Whole && !saidAtOnce(t) && !restarted {
		return fmt.Sprintf("the traffic of a %s shifts at once, and nobody said so", plan.Kind)
	}
	again := plan.Kind == t.before.Plan.Kind && plan.Target == t.before.Plan.Target
	to, split := bound(t.p, t.after), t.after.Split
	elsewhere := split.Share > 0 && count > 0 && to != split.To && to != split.From
	if elsewhere && !saidAtOnce(t) && !again {
		return fmt.Sprintf("divided traffic goes to %08b at once, and nobody said so", to)
	}
	moves := t.after.Split.Share == 0 && bound(t.p, t.after) != t.after.Serving || goesOn(t.p, t.after)
	want := 1 + stagesAbove(t.p, t.after.Split.Share)
	if moves && count > 0 && count != want {
		return fmt.Sprintf("the traffic of a %s shifts in %d stages of %d", plan.Kind, count, want)
	}
	return ""
}

// shifts is in how many steps a plan shifts its traffic.
func shifts(plan *Plan) (count int) {
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == Shift {
			count++
		}
	}
	return count
}

// saidAtOnce reports whether the event is an order to shift the traffic of the plan at once.
func saidAtOnce(t *transition) bool {
	writes := t.after.Plan.Kind != Return && t.e.Verb == OrderSwitchover
	swap := t.e.Kind == Ordered && (t.e.Verb == GoBack || writes)
	return swap && t.e.Share == AtOnce && t.e.Region == t.after.Plan.Target
}

// dividedByStages holds the way in which the traffic is divided against the step that was done.
func dividedByStages(t *transition) string {
	was, is, plan := t.before.Split, t.after.Split, &t.before.Plan
	if is.Share > 0 && (t.after.Serving != is.From|is.To || is.Share >= 100 || is.From == is.To) ||
		is.Share == 0 && is != (Split{}) {
		return fmt.Sprintf("%d%% of the traffic goes to %08b, the rest to %08b, and %08b serve", is.Share,
			is.To, is.From, t.after.Serving)
	}
	if was.Share == is.Share && was.From == is.From && was.To == is.To {
		return ""
	}
	if t.e.Kind != StepDone || t.e.Epoch != plan.Epoch || t.e.Step >= plan.Count {
		return "the traffic is divided otherwise, and no step did that"
	}
	later := 0
	for _, step := range plan.Steps[t.e.Step+1 : plan.Count] {
		if step.Kind == Shift {
			later++
		}
	}
	if later == 0 || plan.Steps[t.e.Step].Kind != Shift {
		if is.Share != 0 {
			return fmt.Sprintf("%d%% of the traffic has shifted with the last step", is.Share)
		}
		return ""
	}
	from := was.From
	if was.Share == 0 {
		from = t.before.Serving
	}
	since := t.after.Now
	if inDoubt(t.p, t.after, plan.Target) && !t.ended() {
		since = InstantMax
	}
	right := is.Share > was.Share && stagesAbove(t.p, is.Share) == later-1 && is.From == from &&
		is.To == bound(t.p, t.before) && is.Since == since
	if !right {
		return fmt.Sprintf("%d%% of the traffic goes to %08b with %d stages to come", is.Share, is.To,
			later)
	}
	return ""
}

// openedInTime holds each stage that begins, or is passed over, against those before it and the
// time that they are held.
func openedInTime(t *transition) string {
	plan, over, last := &t.after.Plan, true, Waiting
	for i, is := range plan.Steps[:plan.Count] {
		was := t.stepWas(i)
		if is.Kind != Shift {
			continue
		}
		asked := was == Waiting && is.Status != Spared && is.Status != Done
		begins := is.Status != was && (asked || is.Status == Claimed)
		ends := is.Status != was && (plan.Whole || lostBehind(t))
		switch {
		case is.Status == Spared && was != Spared && !ends:
			return fmt.Sprintf("stage %d was passed over", i)
		case begins && !over:
			return fmt.Sprintf("stage %d begins before the last one is done", i)
		case begins && goesOn(t.p, t.after) && !ends && !held(t):
			return fmt.Sprintf("stage %d begins, and the last one was not held", i)
		}
		over, last = is.Status == Done || is.Status == Spared, is.Status
	}
	if last == Spared {
		return "the stage was passed over after which all the traffic has shifted"
	}
	return ""
}

// held reports whether the stage that the traffic is at has lasted for as long as it has to, and
// nothing speaks against the next.
func held(t *transition) bool {
	since := t.after.Split.Since
	long := since < InstantMax && t.after.Now >= since+Instant(t.p.StageHold)
	return long && !t.after.Paused && !inDoubt(t.p, t.after, t.after.Plan.Target)
}

// lostBehind reports whether a quorum has held that a region, or the way to it, is down which the
// traffic of the plan leaves.
func lostBehind(t *transition) bool {
	leaves := t.after.Serving &^ bound(t.p, t.after)
	for r := range model.RegionID(model.MaxRegions) {
		if leaves>>r&1 == 0 {
			continue
		}
		way := Scope{Region: r, Part: Routing}
		if down(t.p, t.after, RegionScope(r), t.p.HoldDown) || down(t.p, t.after, way, t.p.HoldDown) {
			return true
		}
	}
	return false
}

// inDoubt reports, in the plainest way, whether nobody knows a region to be up, or somebody's fresh
// report has a check of it fail.
func inDoubt(p *Policy, s *State, r model.RegionID) bool {
	for observer := range s.Reports {
		report := &s.Reports[observer][r]
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != r
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		for check := range p.Checks {
			if voter && fresh && report.Known>>check&1 == 1 && report.Down>>check&1 == 1 {
				return true
			}
		}
	}
	return !known(p, s, r)
}

// countedAnew holds the time for which a stage has been held: it ends with a doubt about where the
// traffic goes, and begins anew after it.
func countedAnew(t *transition) string {
	was, is := t.before.Split, t.after.Split
	if is.Share == 0 || is.Share != was.Share {
		return "" // How a stage begins, dividedByStages says.
	}
	if !goesOn(t.p, t.after) || t.ended() {
		if is.Since != was.Since && is.Since != InstantMax && is.Since != t.after.Now {
			return "the time that a stage is held has changed by itself"
		}
		return ""
	}
	want := was.Since
	switch doubt := inDoubt(t.p, t.after, t.after.Plan.Target); {
	case doubt:
		want = InstantMax
	case was.Since == InstantMax:
		want = t.after.Now
	}
	if is.Since != want {
		return fmt.Sprintf("a stage counts as held since %d, not %d", is.Since, want)
	}
	return ""
}

// leftDivided holds the end of planned work: no traffic stays divided for no plan's sake, unless
// nobody is left to take it back to, or something else is in the way.
func leftDivided(t *transition) string {
	s := t.after
	idle := s.Plan.Kind == NoPlan && !s.Paused && !s.Left.Unsettled && t.p.Mode != model.Advise
	from := s.Split.From
	if s.Left.Strayed && s.Split.Share == 0 {
		from = s.Serving
	}
	if !idle {
		return ""
	}
	if s.Split.Share == 0 && lostToSome(t) {
		from = 0 // It may be where it is served.
	}
	for r := range model.RegionID(model.MaxRegions) {
		if from.Has(r) && known(t.p, s, r) && (s.Split.Share == 0 || !unreached(t, r)) {
			return fmt.Sprintf("%d%% of the traffic stays where planned work has left it, or more",
				s.Split.Share)
		}
	}
	if s.Left.Drained != 0 {
		return fmt.Sprintf("regions %08b stay drained, and nothing is done about that", s.Left.Drained)
	}
	return ""
}

// sentWhereLost holds a shift of traffic that may wait, since some of it goes where it is served,
// against what is seen of where it would go, and what that carries: that of planned work, and what
// was left half-done.
func sentWhereLost(t *transition) string {
	plan := &t.after.Plan
	if !mayWait(t) || !vain(t) {
		return ""
	}
	for i, is := range plan.Steps[:plan.Count] {
		was := t.stepWas(i)
		begins := was == Waiting && is.Status.open() || was != Claimed && is.Status == Claimed
		if begins && is.Kind == Shift && unreached(t, plan.Target) {
			return fmt.Sprintf("traffic shifts to region %d, which a majority sees down", plan.Target)
		}
		if begins && is.Kind == Shift {
			return fmt.Sprintf("traffic shifts to region %d, which carries none", plan.Target)
		}
	}
	return ""
}

// mayWait reports whether the plan of after moves traffic, as far as a reopening may, which asks
// for it again wherever it is; and that nothing is lost where that goes now, if it is a failover.
func mayWait(t *transition) bool {
	s := t.after
	if s.Plan.Kind == Failover {
		return backAgain(t)
	}
	moves := s.Split.Share > 0 || bound(t.p, s) != s.Serving
	return s.Plan.Kind == Reopen || s.Plan.plans() && moves
}

// backAgain reports whether nothing is lost, by now, where the traffic is that a failover has yet
// to lead away, and that nobody forced.
func backAgain(t *transition) bool {
	s, after := t.after, model.RegionSet(1)<<t.after.Plan.Target
	if t.p.ServesReads {
		after |= s.Serving &^ (1 << s.Plan.Subject)
	}
	for r := range model.RegionID(model.MaxRegions) {
		if s.Serving.Has(r) && !after.Has(r) && unreached(t, r) {
			return false
		}
	}
	return after != s.Serving && !wasForced(s)
}

// intoTheLost reports whether the traffic of the plan of after leaves a region by itself, or by
// order, that it reaches, and reaches none of those to which it is to go.
func intoTheLost(t *transition) bool {
	plan, to := &t.after.Plan, t.after.Serving
	if plan.Kind != Evacuation && plan.Kind != Reroute {
		return false
	}
	if plan.Kind == Reroute {
		to |= 1 << plan.Target
		if !t.p.ServesReads && !t.p.MultiWriter {
			to = 1 << plan.Target
		}
	}
	for r := range model.RegionID(model.MaxRegions) {
		if r != plan.Subject && to.Has(r) && !unreached(t, r) {
			return false
		}
	}
	return !unreached(t, plan.Subject)
}

// vain reports whether traffic would not reach the target of the plan, or find nothing there that
// carries any, as to scale it was given up, and reaches another region that serves, or finds some
// there.
func vain(t *transition) bool {
	target, served, carried := t.after.Plan.Target, false, false
	for r := range model.RegionID(model.MaxRegions) {
		if r != target && t.after.Serving.Has(r) && !unreached(t, r) {
			served, carried = true, carried || t.after.Ready[r] > 0
		}
	}
	hollow := false
	for _, step := range t.after.Plan.Steps[:t.after.Plan.Count] {
		given := step.Kind == Scale && step.Status == Spared
		hollow = hollow || given && target.Valid() && t.after.Ready[target] == 0
	}
	return served && unreached(t, target) || carried && hollow
}

// returnedInVain holds a return that goes on, and has yet to shift some of the traffic, against
// what is seen of its target.
func returnedInVain(t *transition) string {
	s, target := t.after, t.after.Plan.Target
	way := Scope{Region: target, Part: Routing}
	lost := down(t.p, s, RegionScope(target), t.p.HoldDown) || down(t.p, s, way, t.p.HoldDown)
	if s.Plan.Kind != Return || !mayWait(t) || !lost {
		return ""
	}
	for r := range model.RegionID(model.MaxRegions) {
		if r != target && s.Serving.Has(r) && !unreached(t, r) {
			return fmt.Sprintf("%d%% of the traffic is with region %d, which is lost, and more follows",
				s.Split.Share, target)
		}
	}
	return ""
}

// stepWas is how far a step of the plan of after was before.
func (t *transition) stepWas(i int) Status {
	if t.after.Plan.Epoch != t.before.Plan.Epoch {
		return Waiting
	}
	return t.before.Plan.Steps[i].Status
}

// unreached reports whether a majority sees a region down, or the way to it.
func unreached(t *transition, r model.RegionID) bool {
	way := Scope{Region: r, Part: Routing}
	return down(t.p, t.after, RegionScope(r), 0) || down(t.p, t.after, way, 0)
}

// midStages reports whether a plan has some of its traffic behind it and some before it, so that it
// gives way to whatever matters more.
func midStages(plan *Plan) bool {
	begun, rest := false, 0
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == Shift {
			begun = begun || step.Status != Waiting && step.Status != Spared
			if step.Status != Done && step.Status != Spared {
				rest++
			}
		}
	}
	return begun && rest > 0
}

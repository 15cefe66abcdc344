package failover

import "fmt"

// askedAgain holds a step that is asked for again against why it is: its agent says that it failed,
// or cannot say, or is lost, or has taken too long. Each time is a round of its own and, unless it
// is only known by now that it was not done, a try; a step that nobody is asked for again keeps
// both, and a claim lasts until then.
func askedAgain(t *transition, i int) string {
	was, is := &t.before.Plan.Steps[i], &t.after.Plan.Steps[i]
	if is.Status == Done || is.Status == Failed || is.Status == Spared {
		return "" // Nobody is asked for it any more.
	}
	claimed := was.Status == Claimed
	about := t.e.Epoch == t.before.Plan.Epoch && int(t.e.Step) == i && t.e.Round == was.Round
	word := claimed && about && t.e.Region == was.By
	failed, unknown := word && t.e.Kind == StepFailed, word && t.e.Kind == StepUnknown
	lost := claimed && t.e.Kind == AgentLost && t.e.Region == was.By && was.Kind != Fence
	most := t.p.StepTimeout
	if claimed && was.Kind == Rewind {
		most = max(most, t.p.RewindTimeout)
	}
	late := t.after.Now.Sub(was.Since) >= most
	if was.Status == Waiting { // It counts as tried while it waits for nothing but the way to be back.
		lost := was.Kind == Shift && (vain(t) || intoTheLost(t))
		late = lost && t.after.Now.Sub(readySince(&t.before.Plan, was.Since)) >= most
	}
	released := claimed && is.Status != Claimed
	again := released || is.Round != was.Round || is.Tries != was.Tries // Tries end at 254.
	switch {
	case again && !failed && !unknown && !lost && !late:
		return "is asked for again, and was neither given back nor too late"
	case !released && (failed || unknown || lost):
		return fmt.Sprintf("stays with region %d, which has given it back or is lost", was.By)
	case claimed && !released && is.Since != was.Since:
		return "counts as claimed at another time than it was"
	}
	round, tries := was.Round, was.Tries
	if again {
		round++
	}
	once := was.Kind == Notify || was.Kind == Rewind
	byTime := !failed && !unknown && !lost
	if again && (byTime || failed && !(once && was.Look) || unknown && !once) {
		tries = min(tries, 253) + 1
	}
	if is.Round != round || is.Tries != tries {
		return fmt.Sprintf("is in round %d after %d tries, and should be in round %d after %d", is.Round,
			is.Tries, round, tries)
	}
	return ""
}

// readySince is when the last step was over that a shift of traffic waits for. That of an
// evacuation waits for none, since what survivors carry is better than nothing: it is ready since
// it waits.
func readySince(plan *Plan, waits Instant) (since Instant) {
	if plan.Kind == Evacuation {
		return waits
	}
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == Promote || step.Kind == Scale || step.Kind == Validate {
			since = max(since, step.Since)
		}
	}
	return since
}

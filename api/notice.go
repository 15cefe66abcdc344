package api

import (
	"fmt"

	"redoubt/failover"
)

// Notice says in a sentence what an action asks people for, or tells them; it is empty of what is
// for executors.
func Notice(a *failover.Action, name failover.Names) string {
	scope := failover.Scope{Region: a.Subject, Part: a.Part, Store: a.Store}.Text(name)
	switch a.Kind {
	case failover.Ask:
		if a.Drill {
			return fmt.Sprintf("somebody else has to approve the drill to %s", name.Region(a.Target))
		}
		return "people are asked to approve leaving " + scope + toward(a, name) + atRisk(a)
	case failover.Tell:
		return scope + " would be left now" + toward(a, name) + atRisk(a) +
			", were the policy not one that only advises"
	case failover.Alarm:
		return alarm(a, name)
	case failover.Do:
	}
	return ""
}

// notice is that sentence, and what the gate found that an alarm names, as it is in a state.
func notice(p *failover.Policy, s *failover.State, a *failover.Action, name failover.Names) string {
	text := Notice(a, name)
	if why := p.Why(*s, *a, name); why != "" {
		text += " (" + why + ")"
	}
	return text
}

// toward is where what is left goes to, if that is one region.
func toward(a *failover.Action, name failover.Names) string {
	if !a.Target.Valid() {
		return ""
	}
	return " for " + name.Region(a.Target)
}

// atRisk is the data-loss bound of what is asked or told.
func atRisk(a *failover.Action) string {
	if a.Risk == 0 {
		return ""
	}
	return fmt.Sprintf(" (up to %s of writes are at risk)", a.Risk)
}

// alarm says what a person has to look at.
func alarm(a *failover.Action, name failover.Names) string {
	switch {
	case a.Step != 0:
		text := fmt.Sprintf("the step to %s of epoch %d needs a person", a.Step, a.Epoch)
		if a.Step == failover.Fence {
			text += ": nobody may ever record it; a force to " + name.Region(a.Target) + " ends the wait"
		}
		return text
	case a.Gate != 0:
		left := failover.Scope{Region: a.Subject, Part: a.Part, Store: a.Store}
		return fmt.Sprintf("%s is seen down, and not left, since the gate %s wants %s", left.Text(name),
			a.Gate, a.Gate.Wants())
	case a.Part == failover.OneStore:
		return fmt.Sprintf("nobody may write to %s in %s: its lease is over, or the region stays drained",
			name.Store(a.Store), name.Region(a.Subject))
	case a.GivenUp != failover.NoPlan:
		return fmt.Sprintf("the %s that people wanted (epoch %d) was given up before it was done",
			a.GivenUp, a.Epoch)
	case a.Subject.Valid():
		return "the brake is on, over " + name.Region(a.Subject) + ": a person has to lift it"
	}
	return "the brake is on: a person has to lift it"
}

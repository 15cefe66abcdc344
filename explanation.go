package redoubt

import (
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/sim"
)

// explanations put the states of a run into words.
func explanations(s *model.Scenario, moments []sim.Moment) []Explanation {
	var all []Explanation
	for i := range moments {
		x := explanationOf(s, &moments[i])
		if i == 0 {
			all = append(all, Explanation{})
		}
		for n := range x.Scopes {
			compare(&all[len(all)-1], &x.Scopes[n])
		}
		all = append(all, x)
	}
	return all[min(1, len(all)):]
}

// compare notes what is new in a scope since the explanation before.
func compare(before *Explanation, scope *ScopeExplanation) {
	at := slices.IndexFunc(before.Scopes, func(other ScopeExplanation) bool {
		return other.Scope == scope.Scope
	})
	if scope.New = at < 0; scope.New {
		return
	}
	for i := range scope.Gates {
		scope.Gates[i].Changed = scope.Gates[i].Verdict != before.Scopes[at].Gates[i].Verdict
	}
}

// explanationOf puts one state into words.
func explanationOf(s *model.Scenario, m *sim.Moment) Explanation {
	name := namesAt(s, m)
	state, account := &m.State, m.Policy.Account(m.State, name)
	x := Explanation{
		At: m.At, Leader: regionName(s, m.Leader), Epoch: uint32(state.Epoch),
		Primary: regionName(s, state.Primary), Plan: runningPlan(s, m),
	}
	for r := range s.Regions {
		if state.Serving.Has(model.RegionID(r)) {
			x.Serving = append(x.Serving, s.Regions[r].Name)
		}
	}
	for _, fact := range account.Facts {
		x.Facts = append(x.Facts, Fact(fact))
	}
	for i := range account.Scopes {
		x.Scopes = append(x.Scopes, scopeExplanation(s, m, &account.Scopes[i], name))
	}
	return x
}

// namesAt are a scenario's names, with times of the run for instants of the log. While nobody
// leads, the log's clock stands still and nobody knows when it will go on.
func namesAt(s *model.Scenario, m *sim.Moment) failover.Names {
	name := failover.NamesOf(s)
	name.Time = func(t failover.Instant) string {
		if now := m.State.Now; t > now && !m.Leader.Valid() {
			return t.Sub(now).Round(time.Millisecond).String() + " after a leader is elected"
		}
		return Clock(m.Time(t))
	}
	return name
}

func runningPlan(s *model.Scenario, m *sim.Moment) RunningPlan {
	plan := &m.State.Plan
	running := RunningPlan{
		Kind: plan.Kind.String(), Epoch: uint32(plan.Epoch), Region: regionName(s, plan.Subject),
		Target: regionName(s, plan.Target),
	}
	if plan.Kind == failover.NoPlan {
		return running
	}
	running.Began = m.Time(plan.Began)
	name := failover.NamesOf(s)
	for i := range plan.Count {
		step := &plan.Steps[i]
		told := PlanStep{
			Kind: step.Kind.String(), Status: step.Status.String(), Since: m.Time(step.Since),
			By: regionName(s, step.By), Tries: int(step.Tries),
		}
		if step.Kind.EachStore() {
			told.Store = name.Store(step.Store)
		}
		running.Steps = append(running.Steps, told)
	}
	return running
}

func scopeExplanation(
	s *model.Scenario, m *sim.Moment, account *failover.ScopeAccount, name failover.Names,
) ScopeExplanation {
	v := &account.Verdict
	x := ScopeExplanation{
		Scope: v.Scope.Text(name), Region: regionName(s, v.Scope.Region), Part: v.Scope.Part.String(),
		Action: v.Kind.String(), Target: regionName(s, v.Target), Conclusion: account.Conclusion,
		UnderWay: account.UnderWay,
	}
	if v.Scope.Part == failover.OneStore {
		x.Store = name.Store(v.Scope.Store)
	}
	for gate := range failover.GateCount {
		told := GateExplanation{
			Name: gate.String(), Verdict: v.Gates[gate].Ruling.String(),
			Reason: v.Reason(gate, m.State.Now, name),
		}
		var since, until failover.Instant
		if since, told.Began = v.Since(gate, m.State.Now); told.Began {
			told.Since = max(m.Time(since), time.Duration(0))
		}
		// Without a leader the log's clock stands still: nobody knows when a hold ends.
		until, told.Ends = v.Until(gate)
		if told.Ends = told.Ends && m.Leader.Valid(); told.Ends {
			told.Until = m.Time(until)
		}
		x.Gates = append(x.Gates, told)
	}
	for r, excuse := range v.Excuses {
		if excuse != failover.NoCandidate {
			x.Candidates = append(x.Candidates, Candidate{
				Region: regionName(s, model.RegionID(r)), Chosen: excuse == failover.Chosen,
				Reason: excuse.String(),
			})
		}
	}
	return x
}

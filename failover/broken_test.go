package failover_test

import (
	"slices"
	"strings"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// A mutant is the code under test with one thing broken, and the safety rule that has to notice.
type mutant struct {
	name, rule string
	// gate names the gate that the mutant lacks, if it is one that does.
	gate string
	// prelude brings the log to where the walk begins.
	prelude func(*log)
	// mortal, lateness, unsure and surplus are those of the configuration.
	mortal          model.RegionSet
	lateness        int
	unsure, surplus bool
	// before changes what the mutant sees of the state and of the event.
	before func(s *failover.State, e *failover.Event)
	// base is the configuration that the mutant is walked in, the smallest one without a name.
	base string
	// instead does what the mutant does in place of Apply, if it does; otherwise Apply follows.
	instead func(
		p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
	) bool
	// config changes the policy that Check holds the mutant against.
	config func(*failover.Policy)
	// orders are what people say beside what the walk has.
	orders []failover.Event
	// sees are what observers say of region 0 beside up and down.
	sees []verdict
	// blind copies what the mutant does not see from one state to another: from an empty one before
	// it steps, from the former one after.
	blind func(s, from *failover.State)
	// policy is how the mutant's own policy differs: a gate that it does not have.
	policy func(*failover.Policy)
	// after breaks what Apply did.
	after func(before, s *failover.State, e *failover.Event, did *failover.Actions)
}

// The rules by name, as Check gives them.
const (
	ruleTime     = "time and epoch never go back"
	ruleReports  = "only an observer changes what it said"
	ruleFences   = "only a guard's record fences"
	ruleMoves    = "a lease moves only from a region that cannot write"
	ruleGrows    = "a lease is never shortened, nor renewed against a plan"
	ruleBegins   = "a plan begins only on held evidence or an order"
	ruleApproved = "a person is asked and approves where the policy says so"
	ruleTooSoon  = "a transition keeps its distance from the last ones"
	ruleGivesWay = "a plan gives way for a reason, and only for one"
	ruleSteps    = "a step is claimed before it is done, stays done, and is not spared lightly"
	rulePrimary  = "the primary is who was promoted"
	ruleWriters  = "the writes to a store go to who was promoted"
	ruleServes   = "some region always serves"
	ruleFresh    = "no action is of a stale epoch"
	ruleSticks   = "the brake stays on until a person lifts it"
	ruleHolds    = "nothing moves by itself while the brake is on"
	ruleForbids  = "no plan goes against what people declared, or to where data may not be"
	ruleForced   = "what a person forced is on record, and no more than that"
	rulePolicy   = "a change of policy keeps what the old one promised"
	ruleCopies   = "what a copy holds alone is neither overlooked nor forgotten"
	ruleOpen     = "nothing is archived or rewound that may still be written to"
	ruleReplica  = "only a replica is promoted, and planned work owes nothing"
	ruleClaims   = "no promotion is claimed that loses more than is accepted"
	ruleLooks    = "what may have been done is looked at first, by who claims it"
	ruleReturns  = "every return of a region is counted, and nothing else"
	ruleRecord   = "only its own event changes what is on record"
	ruleLapses   = "people hear once of a closed store, and of an outage that is not answered"
	ruleStands   = "what people are to hear stands until it is over"
	ruleGivenUp  = "people hear once of what they ordered or approved and is given up"
	ruleStages   = "planned work shifts traffic stage by stage, and nothing else does"
)

// ruleHistory is no rule of Check: what happened to the copies has shown it.
const ruleHistory = "history: "

// step is what the mutant does in place of Apply.
func (m *mutant) step(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) {
	if m.instead != nil && m.instead(p, s, e, did) {
		return
	}
	broken, before := *p, *s
	if m.policy != nil {
		m.policy(&broken)
	}
	blind := m.blind != nil && e.Kind != failover.Ordered
	if blind {
		m.blind(s, &failover.State{})
	}
	seen := *e
	if m.before != nil {
		m.before(s, &seen)
	}
	broken.Apply(s, &seen, did)
	if blind {
		m.blind(s, &before)
	}
	if m.after != nil {
		m.after(&before, s, e, did)
	}
}

// TestCheckCatchesBrokenCode walks broken versions of the code until Check objects: the test that
// the checks can fail. Every rule has to catch at least one.
func TestCheckCatchesBrokenCode(t *testing.T) {
	const limit = 60_000
	caught, lacked := map[string]bool{}, map[string]bool{}
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			c := configurationOf(m.base)
			if m.config != nil {
				m.config(&c.policy)
			}
			c.orders, c.sees = append(c.orders, m.orders...), m.sees
			c.mortal, c.lateness = m.mortal, m.lateness
			if m.prelude != nil {
				c.prelude = m.prelude
			}
			c.unsure, c.surplus = m.unsure, m.surplus
			w := newWalk(t, &c)
			w.step = m.step
			err := w.run(limit)
			if err == nil {
				t.Fatalf("nothing was noticed in %d states", w.states())
			}
			if !strings.Contains(err.Error(), m.rule) {
				t.Fatalf("got %v, want the rule %q", err, m.rule)
			}
			caught[m.rule], lacked[m.gate] = true, true
			t.Logf("after %d states: %v", w.states(), err)
		})
	}
	for _, rule := range append(failover.SafetyRules(), ruleHistory) {
		if !caught[rule] {
			t.Errorf("no broken code was caught by the rule %q", rule)
		}
	}
	for gate := range failover.GateCount {
		if !lacked[gate.String()] {
			t.Errorf("no broken code lacked the gate %q", gate)
		}
	}
}

// configurationOf is the configuration with a name, the first one without.
func configurationOf(name string) configuration {
	all := configurations()
	for i := range all {
		if all[i].name == name {
			return all[i]
		}
	}
	return all[0]
}

// mutants are the broken versions of the code.
func mutants() []mutant {
	return slices.Concat(gateless(), twisted, disobedient(), forgetful(), usurping(), ungoverned,
		unremembering, impatient(), misremembering(), unheard, unrecorded, ungiven(), unyielding(),
		unstaged, undeterred(), unasked,
		straying(), nowhere(), repeating(), overzealous(), overwriting(), goneUntilSeen(), shutOut(),
		[]mutant{strayed})
}

package redoubt

import (
	"context"
	"fmt"
	"math"
	"time"

	"redoubt/deciders"
	"redoubt/model"
)

// PoliciesOptions say how to face the cuts.
type PoliciesOptions struct {
	// Strategy that redoubt's own policy runs; it must be one that the scenario has.
	Strategy model.StrategyKind
	// Runs of redoubt's own policy for each length of the cut, at least 1; each has phases of its
	// own.
	Runs int
	Seed uint64
	// Progress, if not nil, is called with the runs done so far and those of all cuts.
	Progress func(done, total int)
	// Cuts are the lengths of the cut, each above 0 and at most an hour; NamedCuts if empty.
	Cuts []time.Duration
}

// NamedCut is the cut that the test is named for: GitHub, 2018-10-21, 22:52 UTC.
const NamedCut = 43 * time.Second

// NamedCuts are the lengths that Policies looks at: shorter and longer ones around NamedCut.
func NamedCuts() []time.Duration {
	return []time.Duration{
		10 * time.Second, 20 * time.Second, NamedCut, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute,
	}
}

// Policies asks what each decider would do while all links between the primary region and the
// others are cut: other deciders by their timing rules over all phases, redoubt's own policy in the
// simulator, with the scenario's hold-down and without any. Everything else is whole, and users
// reach the region that they reached before. An error says that the strategy cannot be built in the
// scenario, or that under it not every store has one writer, which is what all of these deciders
// move; when the context ends, it is the context's, and the test of so many runs as are done of
// every cut comes with it, if there is any.
func Policies(ctx context.Context, s *model.Scenario, o PoliciesOptions) (*PolicyTest, error) {
	strategy, ok := s.Strategy(o.Strategy)
	if !ok {
		return nil, fmt.Errorf("scenario %s does not run %s", s.Name, o.Strategy)
	}
	if err := movesWriters(s, o.Strategy); err != nil {
		return nil, err
	}
	if len(o.Cuts) == 0 {
		o.Cuts = NamedCuts()
	}
	test := &PolicyTest{
		Scenario: s, Strategy: o.Strategy, Seed: o.Seed, Runs: o.Runs, Cuts: o.Cuts,
		Stakes: deciders.StakesOf(s, o.Strategy),
	}
	for _, decider := range deciders.All() {
		test.Policies = append(test.Policies, presetPolicy(decider, o.Cuts, test.Stakes))
	}
	own := ownPolicies(s)
	done, err := face(ctx, own, s, strategy, o)
	if done == 0 || err != nil && ctx.Err() == nil {
		return nil, err
	}
	test.Runs = done
	for i := range own {
		test.Policies = append(test.Policies, own[i].Policy)
	}
	return test, err
}

// movesWriters says why a cut cannot be held against what the others decide: they promote one copy
// in place of one writer, and what is at risk is what that copy lacks.
func movesWriters(s *model.Scenario, kind model.StrategyKind) error {
	if kind.MultiWriter() {
		return fmt.Errorf("every region writes under %s: the others here promote one writer in place "+
			"of another; name a strategy with one, such as %s", kind, model.HotStandby)
	}
	for i := range s.Stores {
		if store := &s.Stores[i]; store.Kind.Behaviour() != model.OneWriter {
			return fmt.Errorf("store %s is of kind %s, which nobody promotes: the others here promote "+
				"one writer in place of another; name a scenario whose stores have one", store.Name,
				store.Kind)
		}
	}
	return nil
}

// presetPolicy plays the cuts against a decider's timing rule.
func presetPolicy(d deciders.Decider, cuts []time.Duration, stakes deciders.Stakes) Policy {
	p := Policy{Decider: d}
	p.DecidesEarliest, p.DecidesLatest = d.Decides()
	earliest, latest := d.Stops()
	p.Stops, p.StopsEarliest, p.StopsLatest = earliest != deciders.Never, earliest, latest
	for _, r := range d.Facing(cuts, stakes) {
		result := CutResult{
			Cut: r.Cut, Begun: r.Share, Promoted: r.Share, Earliest: r.Earliest, Latest: r.Latest,
			PromotedEarliest: r.Earliest, PromotedLatest: r.Latest,
			AtRisk: r.AtRisk, WritesAtRisk: r.Writes,
		}
		if stakes.NoReplica && !d.TrafficOnly { // It decides, and has nothing to promote.
			result.Promoted, result.PromotedEarliest, result.PromotedLatest = 0, 0, 0
			result.AtRisk, result.WritesAtRisk = 0, math.NaN()
		}
		p.Results = append(p.Results, result)
	}
	return p
}

// ownPolicies are redoubt's own rows.
func ownPolicies(s *model.Scenario) []ownPolicy {
	const source = "docs/decisions.md"
	held := deciders.Decider{
		Name: "redoubt", Title: "redoubt, as the scenario sets it", Source: source,
		Rule: fmt.Sprintf("A majority of all regions, the isolated one left out, must see the primary "+
			"region down for %s without a break; then the gates of docs/decisions.md must pass. The "+
			"isolated primary's lease ends, and its guard stops the writes, whatever is decided. The "+
			"checks, the hold-down and the lease are the scenario's, not constants of redoubt.",
			s.Settings.HoldDown),
		LeftOut: "Nothing is left out of the decision: this is the decision code itself, in the " +
			"simulator. docs/fidelity.md says what the simulator leaves out.",
	}
	for _, check := range s.Checks {
		held.Constants = append(held.Constants, deciders.Constant{
			Name: "check " + check.Name,
			Value: fmt.Sprintf("%s x %d with a timeout of %s", check.Interval, check.Failures,
				check.Timeout),
			Source: fmt.Sprintf("the scenario, check[%s].interval, .failures and .timeout", check.Name),
		})
	}
	held.Constants = append(held.Constants,
		deciders.Constant{
			Name: "lease", Value: s.Settings.Lease.String(), Source: "the scenario, policy.lease",
		},
		deciders.Constant{
			Name: "hold_down", Value: s.Settings.HoldDown.String(),
			Source: "the scenario, policy.hold_down",
		})
	bare := held
	bare.Name, bare.Title = "redoubt-no-hold", "redoubt with a hold-down of 0 s"
	bare.Rule = "The same decision code, had nobody set a hold-down: the row above owes the " +
		"difference to it."
	bare.Constants = append([]deciders.Constant(nil), held.Constants...)
	bare.Constants[len(bare.Constants)-1].Value = "0s"
	return []ownPolicy{
		{Policy: Policy{Decider: held, Simulated: true}, holdDown: s.Settings.HoldDown},
		{Policy: Policy{Decider: bare, Simulated: true}, holdDown: 0},
	}
}

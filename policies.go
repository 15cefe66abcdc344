package redoubt

import (
	"context"
	"fmt"
	"math"
	"time"

	"redoubt/deciders"
	"redoubt/model"
	"redoubt/sim"
)

// PoliciesOptions say how to face the cuts.
type PoliciesOptions struct {
	// Strategy that redoubt's own policy runs; it must be one that the scenario has.
	Strategy model.StrategyKind
	// Runs of redoubt's own policy for each length of the cut, at least 1; each has phases of its
	// own.
	Runs int
	Seed uint64
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
// scenario; when the context ends, it is the context's.
func Policies(ctx context.Context, s *model.Scenario, o PoliciesOptions) (*PolicyTest, error) {
	strategy, ok := s.Strategy(o.Strategy)
	if !ok {
		return nil, fmt.Errorf("scenario %s does not run %s", s.Name, o.Strategy)
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
	for _, own := range ownPolicies(s) {
		changed := *s
		changed.Settings.HoldDown = own.holdDown
		if err := own.face(ctx, &changed, strategy, o); err != nil {
			return nil, err
		}
		test.Policies = append(test.Policies, own.Policy)
	}
	return test, nil
}

// presetPolicy plays the cuts against a decider's timing rule.
func presetPolicy(d deciders.Decider, cuts []time.Duration, stakes deciders.Stakes) Policy {
	p := Policy{Decider: d}
	p.DecidesEarliest, p.DecidesLatest = d.Decides()
	earliest, latest := d.Stops()
	p.Stops, p.StopsEarliest, p.StopsLatest = earliest != deciders.Never, earliest, latest
	for _, r := range d.Facing(cuts, stakes) {
		p.Results = append(p.Results, CutResult{
			Cut: r.Cut, Begun: r.Share, Promoted: r.Share, Earliest: r.Earliest, Latest: r.Latest,
			AtRisk: r.AtRisk, WritesAtRisk: r.Writes,
		})
	}
	return p
}

// ownPolicy is redoubt's own, with one hold-down.
type ownPolicy struct {
	Policy
	holdDown time.Duration
}

// ownPolicies are redoubt's own rows.
func ownPolicies(s *model.Scenario) []ownPolicy {
	const source = "docs/decisions.md"
	held := deciders.Decider{
		Name: "redoubt", Title: "redoubt, as the scenario sets it", Source: source,
		Rule: fmt.Sprintf("A majority of all regions, the isolated one left out, must see the primary "+
			"region down for %s without a break; then the gates of docs/decisions.md must pass. The "+
			"isolated primary's lease ends, and its guard stops the writes, whatever is decided.",
			s.Settings.HoldDown),
		LeftOut: "Nothing is left out of the decision: this is the decision code itself, in the " +
			"simulator. docs/fidelity.md says what the simulator leaves out.",
	}
	for _, check := range s.Checks {
		held.Constants = append(held.Constants, deciders.Constant{
			Name:   "check " + check.Name,
			Value:  fmt.Sprintf("%s x %d", check.Interval, check.Failures),
			Source: "the scenario",
		})
	}
	held.Constants = append(held.Constants,
		deciders.Constant{Name: "lease", Value: s.Settings.Lease.String(), Source: "the scenario"},
		deciders.Constant{
			Name: "hold_down", Value: s.Settings.HoldDown.String(), Source: "the scenario",
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

// face plays the cuts in the simulator.
func (p *ownPolicy) face(
	ctx context.Context, s *model.Scenario, strategy model.Strategy, o PoliciesOptions,
) error {
	for _, cut := range o.Cuts {
		if err := ctx.Err(); err != nil {
			return err
		}
		played, err := sim.Isolate(s, strategy, cut, o.Runs, o.Seed)
		if err != nil {
			return err
		}
		p.add(cut, played)
	}
	return nil
}

// add sums the runs of one cut up.
func (p *ownPolicy) add(cut time.Duration, played []sim.Isolation) {
	result := CutResult{Cut: cut, WritesAtRisk: math.NaN()}
	begun, promoted, writes, lost := 0, 0, int64(0), time.Duration(0)
	for _, run := range played {
		if run.Stopped {
			if !p.Stops || run.StoppedAt < p.StopsEarliest {
				p.StopsEarliest = run.StoppedAt
			}
			p.Stops, p.StopsLatest = true, max(p.StopsLatest, run.StoppedAt)
		}
		if run.Begun {
			if begun++; begun == 1 || run.Decided < result.Earliest {
				result.Earliest = run.Decided
			}
			result.Latest = max(result.Latest, run.Decided)
		}
		if run.Promoted {
			promoted++
			writes += run.LostWrites
			lost += run.Lost
		}
	}
	n := float64(len(played))
	result.Begun, result.Promoted = float64(begun)/n, float64(promoted)/n
	if promoted > 0 {
		result.AtRisk = lost / time.Duration(promoted)
		result.WritesAtRisk = float64(writes) / float64(promoted)
	}
	if begun > 0 && (p.DecidesLatest == 0 || result.Earliest < p.DecidesEarliest) {
		p.DecidesEarliest = result.Earliest
	}
	p.DecidesLatest = max(p.DecidesLatest, result.Latest)
	p.Results = append(p.Results, result)
}

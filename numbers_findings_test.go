package redoubt_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// fingerprint is all that comes out of a scenario.
func fingerprint(s *model.Scenario) []string { return slices.Collect(findings(s)) }

// findings are what comes out of a scenario, without the sentences that repeat what went in: what
// costs least to find out first, so that whoever looks for a difference can stop at it.
func findings(s *model.Scenario) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(billed(s)) {
			return
		}
		for _, strategy := range s.Strategies {
			run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
				Strategy: strategy.Kind, Seed: 1, Untraced: true,
			})
			told := ""
			if err == nil {
				told = fmt.Sprintln(run.Incidents, run.Stale, run.Outcome, run.Hash)
			}
			if !yield(told) {
				return
			}
		}
		_ = yield(compared(s)) && yield(expected(s))
	}
}

// billed is what comes out of the prices alone.
func billed(s *model.Scenario) string {
	var b strings.Builder
	if business, err := redoubt.BusinessCase(s); err == nil {
		business.Scenario, business.OutageBasis, business.DurationBasis = nil, "", ""
		for i := range business.Strategies {
			business.Strategies[i].Reasons = nil
		}
		fmt.Fprintln(&b, business)
	}
	bill := cost.AsBilled(s)
	fmt.Fprintln(&b, bill.Total(), bill.Unverified(), cost.CostPerMillionRequests(bill, s.Traffic))
	for _, reference := range s.Reference {
		fmt.Fprintln(&b, cost.Against(bill, reference, s.Traffic))
	}
	return b.String()
}

// compared is what a comparison says.
func compared(s *model.Scenario) string {
	c, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{})
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintln(&b, c.Recommended)
	for i := range c.Strategies {
		r := &c.Strategies[i]
		r.Case.Reasons = nil
		fmt.Fprintln(&b, r.Kind, r.Excuse, r.Outcome, r.Case, r.Availability, r.RequestAvailability)
		for _, o := range r.Objectives {
			fmt.Fprintln(&b, o.Probability, o.Low, o.High, o.Met)
		}
	}
	return b.String()
}

// expected is what comes of what the scenario expects.
func expected(s *model.Scenario) string {
	found, err := redoubt.Expect(context.Background(), s)
	var b strings.Builder
	fmt.Fprintln(&b, err)
	for _, f := range found {
		for _, v := range f.Values {
			fmt.Fprintln(&b, v.Low, v.High, v.Having, v.Off, v.Misses)
		}
		fmt.Fprintln(&b, f.Names)
	}
	return b.String()
}

// differs reports whether something else comes out than before, and stops at the first that does.
func differs(s *model.Scenario, before []string) bool {
	i := 0
	for found := range findings(s) {
		if found != before[i] {
			return true
		}
		i++
	}
	return false
}

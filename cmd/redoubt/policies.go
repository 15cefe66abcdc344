package main

import (
	"github.com/spf13/cobra"

	"redoubt"
)

// The runs of redoubt's own policy for each cut: the default and the most. One takes 30 µs to 100
// µs, and there are two rows of seven cuts.
const (
	policyRuns    = 200
	policyRunsMax = 100_000
)

func policiesCommand() *cobra.Command {
	strategy := strategyFlag()
	var runs int
	var seed uint64
	var rules bool
	cmd := &cobra.Command{
		Use:   "policies [SCENARIO]",
		Short: "What other deciders' defaults would do in a short cut: the 43-second test",
		Long: "policies cuts the primary region of a scenario off from all others for 10 s to 10 min\n" +
			"and says who would fail over, when, and at what price. In October 2018 a cut of 43 s began\n" +
			"an outage of 24 h 11 min at GitHub. Other deciders are reproduced from the timing rules of\n" +
			"their documented defaults, over all phases; redoubt's own policy runs in the simulator,\n" +
			"with the scenario's hold-down and without one. SCENARIO gives the rate of the writes, the\n" +
			"lag and redoubt's settings; it is " + defaultScenario + " by default.\n\n" +
			"An interrupted test keeps the runs that are done, as many of each cut.\n\n" +
			"With --rules it gives the rule of each decider instead, every constant with its source.",
		Args:              atMostOneScenario,
		ValidArgsFunction: completeScenarios,
	}
	addChoice(cmd, strategy, "strategy", "", "let redoubt run this one")
	cmd.Flags().IntVar(&runs, "runs", policyRuns, "runs of redoubt's own policy for each cut")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "seed of those runs (default: the scenario's)")
	cmd.Flags().BoolVar(&rules, "rules", false, "give the rules and their sources")
	changes, output := addChanges(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		name := defaultScenario
		if len(arguments) == 1 {
			name = arguments[0]
		}
		if runs < 1 || runs > policyRunsMax {
			return misused("", "--runs must be from 1 to %d, is %d", policyRunsMax, runs)
		}
		scenario, err := loadScenario(name, changes.edits...)
		if err != nil {
			return err
		}
		bar := newProgress(cmd.ErrOrStderr())
		options := redoubt.PoliciesOptions{Runs: runs, Progress: bar.update}
		if options.Seed, err = chosenSeed(cmd, seed, scenario); err != nil {
			return err
		}
		if options.Strategy, err = playable(scenario, strategy); err != nil {
			return err
		}
		test, err := redoubt.Policies(cmd.Context(), scenario, options)
		bar.clear()
		if test == nil {
			return err
		}
		view := policiesView{PolicyTest: test, asked: source{name, changes.edits}, partial: err != nil}
		var found result = view
		if rules {
			found = rulesView{view}
		}
		if failed := writeResult(cmd.OutOrStdout(), output.value, found); failed != nil {
			return failed
		}
		return err
	}
	return cmd
}

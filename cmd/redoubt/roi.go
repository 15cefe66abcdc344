package main

import (
	"strings"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

func roiCommand() *cobra.Command {
	strategy := strategyFlag()
	failOn := &choices{words: []string{failOnAbort}, what: "condition"}
	cmd := &cobra.Command{
		Use:   "roi SCENARIO",
		Short: "Do the arithmetic of the business case, without a simulation",
		Long: "roi multiplies expected outage hours by what an hour costs and sets that against what\n" +
			"each strategy adds to the bill: cost/benefit, breakeven hours and revenue, and a verdict.\n" +
			"It does so at full effectiveness, which flatters a strategy, and at what recoveries of a\n" +
			"known length really avoid. `redoubt compare` simulates instead.\n\n" +
			"With --fail-on abort the exit code is 3 when the verdict of any strategy shown is abort.",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
	}
	addChoice(cmd, strategy, "strategy", "", "show this one alone")
	addChoices(cmd, failOn, "fail-on", "exit with 3 on")
	changes, output := addChanges(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		scenario, err := loadScenario(arguments[0], changes.edits...)
		if err != nil {
			return err
		}
		business, err := redoubt.BusinessCase(scenario)
		if err != nil { // It is for what the scenario does not say.
			return &misuse{problem: err}
		}
		if kind, given := strategy.kind(); given {
			one := only(business.Strategies, kind)
			if one == nil {
				return misused(listed(kindsOf(business.Strategies)),
					"the business case of %s does not look at %s", scenario.Name, kind)
			}
			business.Strategies = one
		}
		if err := writeResult(cmd.OutOrStdout(), output.value, businessView{business}); err != nil {
			return err
		}
		if len(failOn.values) > 0 {
			return aborts(business)
		}
		return nil
	}
	return cmd
}

// only keeps the strategy of this kind.
func only(all []redoubt.BusinessStrategy, kind model.StrategyKind) []redoubt.BusinessStrategy {
	for i := range all {
		if all[i].Kind == kind {
			return all[i : i+1]
		}
	}
	return nil
}

// kindsOf names strategies.
func kindsOf(all []redoubt.BusinessStrategy) []string {
	var names []string
	for i := range all {
		names = append(names, all[i].Kind.String())
	}
	return names
}

// aborts reports the strategies whose verdict is abort.
func aborts(b redoubt.Business) error {
	var names []string
	for i := range b.Strategies {
		if s := &b.Strategies[i]; s.Excuse == "" && s.Verdict == cost.Abort {
			names = append(names, s.Kind.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &missedGate{"the verdict is abort for " + strings.Join(names, ", ")}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// What --fail-on can ask for.
const (
	failOnObjective = "objective"
	failOnAbort     = "abort"
)

// compareFlags are what a person can say about a comparison.
type compareFlags struct {
	strategies    *choices
	pair          *choices
	sensitivity   bool
	trials, years int
	maxTrials     int
	precision     share
	seed          uint64
	workers       int
	changes       *changes
	output        *choice
	gate          gateFlags
}

// gateFlags say what makes a comparison exit with 3.
type gateFlags struct {
	failOn  *choices
	enforce *choice
}

func compareCommand() *cobra.Command {
	flags := &compareFlags{strategies: strategiesFlag(), pair: strategiesFlag()}
	cmd := &cobra.Command{
		Use:   "compare [SCENARIO]",
		Short: "Run every strategy against the same outages, price it, recommend one",
		Long: "compare simulates every strategy of a scenario against the same outages, prices what\n" +
			"it costs and what it avoids, and recommends one, which can be to stay in a single\n" +
			"region. SCENARIO is a file or the name of an embedded scenario; it is\n" +
			defaultScenario + " unless given.\n\n" +
			"With --precision 5% it goes on past --trials, in whole batches of so many, until the 95 %\n" +
			"interval of the outage hours of every strategy reaches at most 5 % of their mean to\n" +
			"either side, or --max-trials are done. The trials that it took, given as --trials, give\n" +
			"the same figures. An interrupted comparison keeps what is done.\n\n" +
			"With --pair A,B it also shows two of them beside each other: their bills, what each loses,\n" +
			"how the losses of the trials are distributed, and from when on which is cheaper.\n" +
			"With --sensitivity too it halves and doubles what the answer can hang on, one value after\n" +
			"the other, and says what moves it most and what turns it.\n\n" +
			"With --fail-on the exit code is 3 when the strategy under judgement misses any of the\n" +
			"scenario's objectives (objective) or gets the verdict abort (abort). That strategy is the\n" +
			"recommended one, or the one that --enforce names; --enforce alone judges it by both.",
		Args:              atMostOneScenario,
		ValidArgsFunction: completeScenarios,
	}
	addChoices(cmd, flags.strategies, "strategies", "compare only these with the single region")
	addChoices(cmd, flags.pair, "pair", "show two beside each other")
	cmd.Flags().BoolVar(&flags.sensitivity, "sensitivity", false,
		"with --pair: say which values the answer hangs on")
	number := cmd.Flags().IntVar
	number(&flags.trials, "trials", 0, "trials of each strategy (default: the scenario's)")
	cmd.Flags().Var(&flags.precision, "precision",
		"go on until the outage hours are known to within this share of their mean")
	number(&flags.maxTrials, "max-trials", 0, fmt.Sprintf(
		"with --precision: stop here in any case (default: %d)", redoubt.DefaultMaxTrials))
	number(&flags.years, "years", 0, "years in a trial (default: the scenario's)")
	number(&flags.workers, "workers", 0, "trials at once (default: one for each processor)")
	cmd.Flags().Uint64Var(&flags.seed, "seed", 0, "seed of the outages (default: the scenario's)")
	flags.changes, flags.output = addChanges(cmd), addOutput(cmd)
	flags.gate.failOn = &choices{words: []string{failOnObjective, failOnAbort}, what: "condition"}
	addChoices(cmd, flags.gate.failOn, "fail-on", "exit with 3 on")
	flags.gate.enforce = strategyFlag()
	addChoice(cmd, flags.gate.enforce, "enforce", "", "judge this one, not the recommended one")
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		return runCompare(cmd, flags, arguments)
	}
	return cmd
}

func runCompare(cmd *cobra.Command, flags *compareFlags, arguments []string) error {
	name := defaultScenario
	if len(arguments) > 0 {
		name = arguments[0]
	}
	scenario, err := loadScenario(name, flags.changes.edits...)
	if err != nil {
		return err
	}
	options, err := flags.options(cmd, scenario)
	if err != nil {
		return err
	}
	pair, err := flags.sides(scenario, options.Strategies)
	if err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr())
	options.Progress = bar.update
	comparison, err := redoubt.Compare(cmd.Context(), scenario, options)
	bar.clear()
	if comparison == nil {
		return err
	}
	view := comparisonView{
		Comparison: comparison, asked: source{name, flags.changes.edits},
		partial: errors.Is(err, context.Canceled), pair: pair,
	}
	if len(flags.strategies.values) > 0 {
		view.chosen = options.Strategies
	}
	if flags.sensitivity && err == nil {
		view.sensitivity, err = weigh(cmd, view.asked, comparison, pair, flags.workers)
	}
	if failed := writeResult(cmd.OutOrStdout(), flags.output.value, view); failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	return flags.gate.judge(comparison)
}

// options checks the numbers and fills in the scenario's own where none was given.
func (f *compareFlags) options(
	cmd *cobra.Command, s *model.Scenario,
) (redoubt.CompareOptions, error) {
	options := redoubt.CompareOptions{
		Trials: s.Run.Trials, Years: s.Run.Years, Workers: f.workers, Precision: float64(f.precision),
	}
	if cmd.Flags().Changed("max-trials") && f.precision == 0 {
		return options, misused("add --precision 5%, or use --trials",
			"--max-trials says nothing without --precision")
	}
	for _, number := range []struct {
		name  string
		value int
		most  int
		into  *int
	}{
		// A million trials take some gigabytes. A century is the longest that a scenario may ask for
		// too.
		{"trials", f.trials, 1_000_000, &options.Trials},
		{"max-trials", f.maxTrials, 1_000_000, &options.MaxTrials},
		{"years", f.years, 100, &options.Years},
		{"workers", f.workers, 1024, &options.Workers},
	} {
		if !cmd.Flags().Changed(number.name) {
			continue
		}
		if number.value < 1 {
			return options, misused("", "--%s must be at least 1, is %d", number.name, number.value)
		}
		if number.value > number.most {
			return options, misused("", "--%s must be at most %d, is %d",
				number.name, number.most, number.value)
		}
		*number.into = number.value
	}
	if options.MaxTrials > 0 && options.MaxTrials < options.Trials {
		return options, misused("", "--max-trials must be at least the %d trials to begin with, is %d",
			options.Trials, options.MaxTrials)
	}
	var err error
	if options.Seed, err = chosenSeed(cmd, f.seed, s); err != nil {
		return options, err
	}
	options.Strategies, err = f.kinds(s)
	return options, err
}

// chosenSeed is the seed that was given, or the scenario's. Zero stands for "none given" in the
// packages below, so it is refused here rather than replaced in silence.
func chosenSeed(cmd *cobra.Command, seed uint64, s *model.Scenario) (uint64, error) {
	if !cmd.Flags().Changed("seed") {
		return s.Run.Seed, nil
	}
	if seed == 0 {
		return 0, misused("", "--seed must be at least 1, is 0")
	}
	return seed, nil
}

// kinds gives the strategies to compare in their own order, whichever way they were written.
func (f *compareFlags) kinds(s *model.Scenario) ([]model.StrategyKind, error) {
	var kinds []model.StrategyKind
	for _, kind := range model.StrategyKinds() {
		_, has := s.Strategy(kind)
		wanted := len(f.strategies.values) == 0 && has
		for _, word := range f.strategies.values {
			named, _ := model.ParseStrategy(word)
			wanted = wanted || named == kind
		}
		if wanted {
			kinds = append(kinds, kind)
		}
	}
	kind, given := f.gate.enforce.kind()
	if given && kind != model.SingleRegion && !slices.Contains(kinds, kind) {
		return nil, misused("add it to --strategies", "--enforce %s is not compared", kind)
	}
	return kinds, nil
}

// judge applies the gates that the caller asked for.
func (g gateFlags) judge(c *redoubt.Comparison) error {
	conditions := g.failOn.values
	kind, enforced := g.enforce.kind()
	switch {
	case enforced && len(conditions) == 0:
		conditions = g.failOn.words
	case len(conditions) == 0:
		return nil
	case !enforced:
		kind = c.Recommended
	}
	for i := range c.Strategies {
		if r := &c.Strategies[i]; r.Kind == kind {
			return judgeStrategy(r, conditions)
		}
	}
	return &missedGate{"no strategy is recommended: " + c.Why}
}

func judgeStrategy(r *redoubt.StrategyResult, conditions []string) error {
	if r.Excuse != "" {
		return &missedGate{fmt.Sprintf("%s has no result: %s", r.Kind, excuse(r))}
	}
	var missed []string
	for _, condition := range conditions {
		switch condition {
		case failOnAbort:
			if r.Case.Verdict == cost.Abort {
				missed = append(missed, "its verdict is abort")
			}
		case failOnObjective:
			for _, o := range r.Objectives {
				if !o.Met {
					missed = append(missed, fmt.Sprintf("%s is reached in %s %% of the cases, %s %% are "+
						"needed", target(o.Objective), percent(o.Probability, 1),
						percent(redoubt.RequiredProbability, 0)))
				}
			}
		}
	}
	if len(missed) == 0 {
		return nil
	}
	return &missedGate{fmt.Sprintf("%s misses what was asked for: %s", r.Kind,
		strings.Join(missed, "; "))}
}

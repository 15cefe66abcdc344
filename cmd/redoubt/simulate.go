package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/model"
)

// simulateLong is the help of simulate.
const simulateLong = "simulate plays one run of one strategy and tells it: what failed, who\n" +
	"noticed and when, what the failover policy decided and which gates that passed, and how\n" +
	"long the service was down, phase by phase. It plays the scenario's timeline of faults,\n" +
	"or a loss of the primary region where there is none. The strategy is the simplest that\n" +
	"fails over by itself, or the one that --strategy names. The timeline has a column for\n" +
	"each region where the lines are long enough for that, and is a list elsewhere.\n\n" +
	"With --explain it tells instead why the policy did, or did not, act: gate by gate, at the\n" +
	"times given (--explain 2m30s,1h), or at each change of what a gate says.\n\n" +
	"With --trace it also writes the run as a trace that Perfetto (ui.perfetto.dev) and\n" +
	"chrome://tracing open: each region, the log and the users are a process, and what\n" +
	"lasted (an outage, a term, an open store, a step of a plan) is a slice. A file that is\n" +
	"there is overwritten; --trace - writes the trace to standard output and nothing else.\n\n" +
	"With --fail-on objective the exit code is 3 when an incident of this run took longer, or\n" +
	"lost more, than an RTO or RPO objective of the scenario allows."

func simulateCommand() *cobra.Command {
	strategy := strategyFlag()
	failOn := &choices{words: []string{failOnObjective}, what: "condition"}
	explain := &moments{}
	var seed uint64
	var trace string
	var columns int
	cmd := &cobra.Command{
		Use:   "simulate SCENARIO",
		Short: "Tell one run as a story: T+0s, T+30s, ...",
		Long:  simulateLong,
		Args: func(cmd *cobra.Command, arguments []string) error {
			if err := explain.take(arguments); err != nil {
				return flagError(cmd, err)
			}
			return oneScenario(cmd, explain.others)
		},
		ValidArgsFunction: completeScenarios,
	}
	addChoice(cmd, strategy, "strategy", "", "play this one")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "seed of the run (default: the scenario's)")
	cmd.Flags().IntVar(&columns, "columns", 0,
		"characters in a line (default: the terminal's; elsewhere 100, in a table 120)")
	cmd.Flags().StringVar(&trace, "trace", "", "write the run as a trace for Perfetto to this file")
	addMoments(cmd, explain)
	addChoices(cmd, failOn, "fail-on", "exit with 3 on")
	changes, output := addChanges(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		scenario, err := loadScenario(explain.others[0], changes.edits...)
		if err != nil {
			return err
		}
		switch {
		case !cmd.Flags().Changed("columns"):
			columns = widthOf(cmd.OutOrStdout())
		case columns < narrowestLine || columns > widestLine:
			return misused("", "--columns must be %d to %d, is %d", narrowestLine, widestLine, columns)
		}
		if err := checkTrace(cmd, trace, explain.others[0]); err != nil {
			return err
		}
		options := redoubt.SimulateOptions{Explain: explain.wish(), Untraced: trace == ""}
		if options.Seed, err = chosenSeed(cmd, seed, scenario); err != nil {
			return err
		}
		if options.Strategy, err = playable(scenario, strategy); err != nil {
			return err
		}
		simulation, err := redoubt.Simulate(scenario, options)
		if err != nil {
			return outside(err, "--explain")
		}
		if trace != "" {
			if err := writeTrace(cmd.OutOrStdout(), trace, simulation); err != nil {
				return err
			}
		}
		if trace != toStdout {
			view := told(simulation, explain, columns)
			if err := writeResult(cmd.OutOrStdout(), output.value, view); err != nil {
				return err
			}
		}
		return failures(failOn, simulation)
	}
	return cmd
}

// playable finds the strategy to play, and says why it cannot be.
func playable(s *model.Scenario, flag *choice) (model.StrategyKind, error) {
	kind, given := flag.kind()
	if !given {
		for _, strategy := range s.Strategies {
			if strategy.Kind != model.SingleRegion && strategy.Mode == model.Automatic &&
				s.Excuse(strategy.Kind) == "" {
				return strategy.Kind, nil
			}
		}
		return 0, misused("name one with --strategy",
			"scenario %s has no strategy that fails over by itself", s.Name)
	}
	if _, has := s.Strategy(kind); !has {
		var names []string
		for _, strategy := range s.Strategies {
			names = append(names, strategy.Kind.String())
		}
		return 0, misused(listed(names), "scenario %s does not run %s", s.Name, kind)
	}
	if excuse := s.Excuse(kind); excuse != "" {
		return 0, misused("", "%s cannot be built in %s: %s", kind, s.Name, excuse)
	}
	return kind, nil
}

// The lines that a timeline can be told in: those of a small terminal, and more than any has.
const narrowestLine, widestLine = 40, 1000

// told is the run as it was asked for, its timeline in lines of this width.
func told(run *redoubt.Simulation, explain *moments, width int) result {
	if explain.given {
		return explanationView{simulationView{run, width}, explain.wish().Changes}
	}
	return simulationView{run, width}
}

// failures are what the caller asked to be told of by the exit code.
func failures(failOn *choices, run *redoubt.Simulation) error {
	if len(failOn.values) == 0 {
		return nil
	}
	return missedObjectives(run)
}

// missedObjectives reports the incidents of a run that miss an objective.
func missedObjectives(run *redoubt.Simulation) error {
	var missed []string
	for _, objective := range run.Scenario.Objectives {
		limit := secondsLong(objective.Seconds)
		for _, incident := range run.Incidents {
			what, came := "took %s", time.Duration(0)
			switch objective.Metric {
			case model.MetricRTO:
				came = incident.RTO
			case model.MetricRPO:
				what, came = "lost %s of writes", incident.RPO
			case model.MetricAvailability: // One run says nothing about a year.
			}
			if came > limit {
				missed = append(missed, fmt.Sprintf("the incident at %s "+what+", not %s",
					clock(incident.At), length(came), target(objective)))
			}
		}
	}
	if len(missed) == 0 {
		return nil
	}
	return &missedGate{strings.Join(missed, "; ")}
}

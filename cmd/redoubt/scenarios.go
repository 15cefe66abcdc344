package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

func scenariosCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scenarios",
		Short: "List, show and check scenarios",
		Args:  cobra.ArbitraryArgs,
		RunE:  runRoot,
	}
	cmd.AddCommand(listScenarios(), showScenario(), checkScenario())
	return cmd
}

func listScenarios() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the scenarios that are embedded in this binary",
		Args:  noArguments,
	}
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return writeResult(cmd.OutOrStdout(), output.value, library(scenarios.List()))
	}
	return cmd
}

func showScenario() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Print the file of an embedded scenario, comments and all",
		Long: "show prints the file of an embedded scenario. Save it, change it, compare the copy:\n\n" +
			"  redoubt scenarios show " + defaultScenario + " > mine.toml\n" +
			"  redoubt compare mine.toml",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
	}
	changes := addChanges(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		data, found := scenarios.Source(arguments[0])
		if !found {
			return misused(scenarioNear(arguments[0]), "no scenario is named %q", arguments[0])
		}
		if _, err := loadScenario(arguments[0], changes.edits...); err != nil {
			return err // What it prints can be read again.
		}
		edited, err := scenarios.Apply(data, changes.edits...)
		if err == nil {
			_, err = cmd.OutOrStdout().Write(edited)
		}
		return err
	}
	return cmd
}

func checkScenario() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say what is wrong with a scenario file, and whether what it expects comes true",
		Long: "check reads a scenario and prints every problem as file:line:column, or what it\n" +
			"describes when there is none. It exits with 2 when the scenario is invalid. With another\n" +
			"output than table the problems are the result, and go to standard output.\n\n" +
			"Where a scenario says what its timeline must show ([[expect]]), check plays it and prints\n" +
			"what was expected and what came. It exits with 3 when something else came.",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
	}
	changes, output := addChanges(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		scenario, err := loadScenario(arguments[0], changes.edits...)
		view := checkView{file: arguments[0], scenario: scenario}
		if err != nil && (!errors.As(err, &view.problems) || output.value == asTable) {
			return err
		}
		if err == nil {
			if view.found, err = redoubt.Expect(cmd.Context(), scenario); err != nil {
				return tooLate(err)
			}
		}
		if failed := writeResult(cmd.OutOrStdout(), output.value, view); failed != nil {
			return failed
		}
		if view.scenario == nil {
			return misused("", "%s", countProblems("the scenario", view.problems))
		}
		return missedExpectations(view.found)
	}
	return cmd
}

// checkView shows what is wrong with a scenario file, or what it describes.
type checkView struct {
	file     string
	scenario *model.Scenario // nil when there are problems
	problems scenarios.Problems
	// found is what its expectations came to.
	found []*redoubt.Finding
}

func (v checkView) document() *document {
	d := &document{}
	if v.scenario != nil {
		d.paragraph("%s: %s", v.file, describe(v.scenario))
		expected(d, v.found)
		return d
	}
	d.paragraph("%s: %s.", v.file, countProblems("the scenario", v.problems))
	t := newTable("line", "column", "<problem", "<hint")
	for _, p := range v.problems {
		t.row(strconv.Itoa(p.Line), strconv.Itoa(p.Column), p.Text, p.Hint)
	}
	d.table(t)
	return d
}

// checkData is the JSON of a check.
type checkData struct {
	SchemaVersion int           `json:"schema_version"`
	File          string        `json:"file"`
	Valid         bool          `json:"valid"`
	Scenario      *string       `json:"scenario"`
	Problems      []problemData `json:"problems"`
	// Met says that everything expected came true; Expected is empty where nothing was.
	Met      bool          `json:"met"`
	Expected []findingData `json:"expected"`
}

// problemData is one problem with its place: lines, and columns in characters, count from 1.
type problemData struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
	Hint   string `json:"hint"`
}

func (v checkView) structure() any {
	data := checkData{
		SchemaVersion: schemaVersion, File: v.file, Valid: v.scenario != nil,
		Problems: []problemData{},
	}
	if v.scenario != nil {
		data.Scenario = &v.scenario.Name
	}
	data.Met, data.Expected = v.scenario != nil, []findingData{}
	for _, f := range v.found {
		data.Met = data.Met && f.Met()
		data.Expected = append(data.Expected, findingOf(f))
	}
	for _, p := range v.problems {
		data.Problems = append(data.Problems, problemData{p.Line, p.Column, p.Text, p.Hint})
	}
	return data
}

// describe sums a scenario up in a line.
func describe(s *model.Scenario) string {
	workload := s.Workload().Count()
	return fmt.Sprintf("valid: %s has %s, %s, %s and %s", s.Name,
		plural(workload, "workload region"), plural(len(s.Regions)-workload, "witness"),
		plural(len(s.Stores), "store"), plural(len(s.Strategies), "strategy"))
}

// plural counts things whose name gets an s, an es or an ies.
func plural(count int, name string) string {
	if count == 1 {
		return "1 " + name
	}
	switch name[len(name)-1] {
	case 's':
		name += "es"
	case 'y':
		name = name[:len(name)-1] + "ies"
	default:
		name += "s"
	}
	return fmt.Sprintf("%d %s", count, name)
}

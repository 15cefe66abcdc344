package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Print the file of an embedded scenario, comments and all",
		Long: "show prints the file of an embedded scenario. Save it, change it, compare the copy:\n\n" +
			"  redoubt scenarios show " + defaultScenario + " > mine.toml\n" +
			"  redoubt compare mine.toml",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, arguments []string) error {
			source, found := scenarios.Source(arguments[0])
			if !found {
				return misused(suggest(arguments[0], scenarios.Names()),
					"no scenario is named %q", arguments[0])
			}
			_, err := cmd.OutOrStdout().Write(source)
			return err
		},
	}
}

func checkScenario() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say everything that is wrong with a scenario file",
		Long: "check reads a scenario and prints every problem as file:line:column, or what it\n" +
			"describes when there is none. It exits with 2 when the scenario is invalid.",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, arguments []string) error {
			scenario, err := loadScenario(arguments[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", arguments[0], describe(scenario))
			return err
		},
	}
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

// library shows the embedded scenarios.
type library []scenarios.Summary

func (l library) document() *document {
	d := &document{}
	var items []string
	for _, s := range l {
		items = append(items, fmt.Sprintf("%s: %s. %s", s.Name, strings.TrimRight(s.Title, ".?"),
			s.Description))
	}
	d.list(items...)
	d.paragraph("'redoubt scenarios show NAME' prints the file of one.")
	return d
}

type libraryData struct {
	SchemaVersion int           `json:"schema_version"`
	Scenarios     []summaryData `json:"scenarios"`
}

type summaryData struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (l library) structure() any {
	data := libraryData{SchemaVersion: schemaVersion, Scenarios: []summaryData{}}
	for _, s := range l {
		data.Scenarios = append(data.Scenarios, summaryData(s))
	}
	return data
}

func (l library) records() [][]string {
	records := [][]string{{"name", "title", "description"}}
	for _, s := range l {
		records = append(records, []string{s.Name, s.Title, s.Description})
	}
	return records
}

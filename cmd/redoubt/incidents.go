package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"redoubt"
)

func incidentsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "incidents [NAME]",
		Short: "Play published outages: what decided then, and what redoubt would have done",
		Long: "incidents plays outages whose course was published. Inputs are what was published;\n" +
			"what comes of them is held to what was published beside, and is no sum of them. What\n" +
			"decided then is its timing rule over all phases, as in 'redoubt policies'; beside it stands\n" +
			"redoubt's own policy in the simulator. Nothing is fitted: what cannot be played is said.\n\n" +
			"The scenario of an incident has its name: 'redoubt simulate github-2018-10-21' tells it.",
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(
			*cobra.Command, []string, string,
		) ([]string, cobra.ShellCompDirective) {
			return redoubt.IncidentNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		if len(arguments) == 1 && !slices.Contains(redoubt.IncidentNames(), arguments[0]) {
			return misused(suggest(arguments[0], redoubt.IncidentNames()),
				"no incident is named %q", arguments[0])
		}
		reports, err := redoubt.Incidents(cmd.Context(), arguments...)
		if err != nil {
			return err
		}
		return writeResult(cmd.OutOrStdout(), output.value, incidentsView(reports))
	}
	return cmd
}

// incidentsView shows published outages.
type incidentsView []*redoubt.IncidentReport

func (v incidentsView) document() *document {
	d := &document{}
	for _, r := range v {
		d.heading("%s", r.Title)
		t := newTable("<", "<what", "<figure")
		for _, p := range r.Published {
			part := "published"
			if p.Input {
				part = "published, played"
			}
			t.row(part, p.What, figureText(p.Figure))
		}
		t.rule()
		for _, f := range r.Simulated {
			t.row("simulated", f.What, figureText(f))
		}
		t.rule()
		for _, f := range r.WithRedoubt {
			t.row("with redoubt", f.What, figureText(f))
		}
		for i, other := range r.Others {
			t.rule()
			for _, f := range other.Figures {
				t.row(fmt.Sprintf("other %d", i+1), f.What, figureText(f))
			}
		}
		d.table(t)
		if r.SimulatedIs != "" {
			d.paragraph("Simulated: %s.", r.SimulatedIs)
		}
		for i, other := range r.Others {
			d.paragraph("Other %d: %s.", i+1, other.What)
		}
		var checks []string
		for _, check := range r.Checks {
			word := "holds"
			if !check.Holds {
				word = "DOES NOT HOLD"
			}
			checks = append(checks, word+": "+check.What)
		}
		d.list(checks...)
		d.paragraph("With redoubt: %s, %d runs, seeds from %d. Left out: %s", r.Strategy, r.Runs, r.Seed,
			r.LeftOut)
		d.list(sources(r)...)
		d.command("redoubt simulate %s --strategy %s", r.Name, r.Strategy)
	}
	return d
}

// sources are where the figures were published, each once.
func sources(r *redoubt.IncidentReport) (lines []string) {
	for _, p := range r.Published {
		line := p.Source
		if p.Secondary {
			line += " (secondary)"
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// figureText writes a figure with its unit.
func figureText(f redoubt.Figure) string {
	one := func(x float64) string {
		switch f.Unit {
		case redoubt.Truth:
			if x == 1 {
				return "yes"
			}
			return "no"
		case redoubt.Seconds:
			return outageLength(x)
		case redoubt.Part:
			return percent(x, 0) + " %"
		case redoubt.Count:
		}
		return fmt.Sprintf("%.0f", x)
	}
	low, high := one(f.Low), one(f.High)
	if low == high {
		return low
	}
	return low + " to " + high
}

// outageLength writes a length of time; one of more than a day in hours, as outages are told.
func outageLength(seconds float64) string {
	d := secondsLong(seconds)
	if d >= 24*time.Hour {
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return length(d)
}

// incidentsData is the JSON of the incidents. Its keys are a contract; others may be added.
type incidentsData struct {
	SchemaVersion int            `json:"schema_version"`
	Incidents     []incidentPlay `json:"incidents"`
}

// incidentPlay has a figure as one value, or as its extremes where runs differ.
type incidentPlay struct {
	Name            string            `json:"name"`
	Title           string            `json:"title"`
	Strategy        string            `json:"strategy"`
	Runs            int               `json:"runs"`
	Seed            uint64            `json:"seed"`
	Published       map[string]any    `json:"published"`
	Sources         map[string]string `json:"sources"`
	Simulated       map[string]any    `json:"simulated"`
	WithinTolerance bool              `json:"within_tolerance"`
	Checks          []checkResult     `json:"checks"`
	WithRedoubt     map[string]any    `json:"with_redoubt"`
	SimulatedIs     string            `json:"simulated_is,omitempty"`
	Others          []otherPlay       `json:"others"`
	LeftOut         string            `json:"left_out"`
}

// otherPlay is what comes where something is different from what was.
type otherPlay struct {
	What    string         `json:"what"`
	Figures map[string]any `json:"figures"`
}

type checkResult struct {
	What  string `json:"what"`
	Holds bool   `json:"holds"`
}

type extremes struct {
	Low  number `json:"low"`
	High number `json:"high"`
}

func (v incidentsView) structure() any {
	data := incidentsData{SchemaVersion: schemaVersion, Incidents: []incidentPlay{}}
	for _, r := range v {
		play := incidentPlay{
			Name: r.Name, Title: r.Title, Strategy: r.Strategy.String(), Runs: r.Runs, Seed: r.Seed,
			Published: map[string]any{}, Sources: map[string]string{}, Simulated: figuresData(r.Simulated),
			WithinTolerance: r.WithinTolerance(), WithRedoubt: figuresData(r.WithRedoubt),
			SimulatedIs: r.SimulatedIs, Others: []otherPlay{}, LeftOut: r.LeftOut,
		}
		for _, other := range r.Others {
			play.Others = append(play.Others, otherPlay{other.What, figuresData(other.Figures)})
		}
		for _, p := range r.Published {
			play.Published[p.Key], play.Sources[p.Key] = figureValue(p.Figure), p.Source
		}
		for _, check := range r.Checks {
			play.Checks = append(play.Checks, checkResult(check))
		}
		data.Incidents = append(data.Incidents, play)
	}
	return data
}

func figuresData(figures []redoubt.Figure) map[string]any {
	data := map[string]any{}
	for _, f := range figures {
		data[f.Key] = figureValue(f)
	}
	return data
}

func figureValue(f redoubt.Figure) any {
	switch {
	case f.Unit == redoubt.Truth:
		return f.Low == 1
	case f.Low == f.High:
		return number(f.Low)
	}
	return extremes{number(f.Low), number(f.High)}
}

func (v incidentsView) records() [][]string {
	records := [][]string{{"incident", "part", "figure", "low", "high", "source"}}
	for _, r := range v {
		for _, p := range r.Published {
			records = append(records, figureRecord(r.Name, "published", p.Figure, p.Source))
		}
		for _, f := range r.Simulated {
			records = append(records, figureRecord(r.Name, "simulated", f, ""))
		}
		for _, f := range r.WithRedoubt {
			records = append(records, figureRecord(r.Name, "with_redoubt", f, ""))
		}
		for i, other := range r.Others {
			for _, f := range other.Figures {
				records = append(records, figureRecord(r.Name, fmt.Sprintf("other_%d", i+1), f, ""))
			}
		}
		records = append(records, []string{
			r.Name, "within_tolerance", "", strconv.FormatBool(r.WithinTolerance()), "", "",
		})
	}
	return records
}

func figureRecord(incident, part string, f redoubt.Figure, source string) []string {
	return []string{
		incident, part, f.Key, number(f.Low).String(), number(f.High).String(), source,
	}
}

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt"
)

func incidentsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "incidents [NAME]",
		Short: "Play published outages: what decided then, and what redoubt would have done",
		Long: "incidents plays outages whose course was published. Inputs are what was published;\n" +
			"what comes of them is held to what was published beside, as a ratio with a tolerance or as\n" +
			"a yes or no, or it is said why not; what only echoes an input is marked, and a miss is told\n" +
			"as one. What decided then is its timing rule over all phases, as in 'redoubt policies';\n" +
			"beside it stands redoubt's own policy in the simulator. Nothing is fitted: what cannot be\n" +
			"played is said.\n" +
			"When it is interrupted it shows the outages that were played to their end.\n\n" +
			"The scenario of an incident has its name: 'redoubt simulate github-2018-10-21' tells it.",
		Args: func(cmd *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return misused("", "%s takes one incident, not %d", cmd.CommandPath(), len(arguments))
			}
			return nil
		},
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
		bar := newProgress(cmd.ErrOrStderr())
		reports, err := redoubt.PlayIncidents(cmd.Context(), redoubt.IncidentsOptions{
			Names: arguments, Progress: bar.update,
		})
		bar.clear()
		if len(reports) == 0 {
			return err
		}
		view := incidentsView{reports: reports, partial: err != nil}
		if failed := writeResult(cmd.OutOrStdout(), output.value, view); failed != nil {
			return failed
		}
		return err
	}
	return cmd
}

// incidentsView shows published outages.
type incidentsView struct {
	reports []*redoubt.IncidentReport
	// partial says that others were to be played too when it was interrupted.
	partial bool
}

func (v incidentsView) document() *document {
	d := &document{}
	if v.partial {
		d.paragraph("INTERRUPTED: what follows is %s, played to the end; the others are left out.",
			plural(len(v.reports), "outage"))
	}
	for _, r := range v.reports {
		d.heading("%s", r.Title)
		t := newTable("<", "<what", "<figure")
		for _, p := range r.Published {
			part := "published"
			switch {
			case p.Input:
				part = "published, played"
			case r.Compared(p.Key):
				part = "published, compared"
			}
			if p.Secondary {
				part += ", secondary"
			}
			t.row(part, p.What, figureText(p.Figure))
		}
		_, _, apart := simulated(r)
		label := "simulated"
		if apart {
			label = "counterfactual"
		}
		figureRows(t, label, r.Simulated)
		figureRows(t, "with redoubt", r.WithRedoubt)
		for i, other := range r.Others {
			figureRows(t, fmt.Sprintf("other %d", i+1), other.Figures)
		}
		d.table(t)
		if r.SimulatedIs != "" {
			d.paragraph("%s: %s.", strings.ToUpper(label[:1])+label[1:], r.SimulatedIs)
		}
		for i, other := range r.Others {
			d.paragraph("Other %d: %s%s.", i+1, other.What, ranText(&other))
		}
		if text := echoesText(r); text != "" {
			d.paragraph("%s", text)
		}
		checks := comparedText(r)
		for _, check := range r.Checks {
			word := "holds"
			if !check.Holds {
				word = "DOES NOT HOLD"
			}
			checks = append(checks, word+": "+check.What)
		}
		d.list(checks...)
		d.paragraph("With redoubt: %s, %d runs, seeds from %d.", r.Strategy, r.Runs, r.Seed)
		d.paragraph("Left out: %s", r.LeftOut)
		d.unverified("these runs rest", r.Assumed)
		d.list(sources(r)...)
		d.command("redoubt simulate %s --strategy %s", r.Name, r.Strategy)
	}
	return d
}

// ranText says what was run of an outage with something different, and how often.
func ranText(other *redoubt.Other) string {
	if other.Runs == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s, %s)", other.Strategy, plural(other.Runs, "run"))
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
	Interrupted   bool           `json:"interrupted"`
	Incidents     []incidentPlay `json:"incidents"`
}

// incidentPlay has every figure by its key, as its extremes: those of a figure in which no two runs
// differ are the same.
type incidentPlay struct {
	Name            string                   `json:"name"`
	Title           string                   `json:"title"`
	Strategy        string                   `json:"strategy"`
	Runs            int                      `json:"runs"`
	Seed            uint64                   `json:"seed"`
	Published       map[string]publishedData `json:"published"`
	Sources         map[string]sourceData    `json:"sources"`
	Simulated       map[string]extremes      `json:"simulated"`
	Compared        bool                     `json:"compared"`
	Comparisons     []comparedData           `json:"comparisons"`
	Incomparable    string                   `json:"nothing_to_compare_because,omitempty"`
	WithinTolerance *bool                    `json:"within_tolerance"`
	ChecksHold      bool                     `json:"checks_hold"`
	Checks          []checkResult            `json:"checks"`
	WithRedoubt     map[string]extremes      `json:"with_redoubt"`
	SimulatedIs     string                   `json:"simulated_is,omitempty"`
	// Counterfactual is what comes otherwise than it went, which nothing published is held to.
	Counterfactual   map[string]extremes `json:"counterfactual,omitempty"`
	CounterfactualIs string              `json:"counterfactual_is,omitempty"`
	Others           []otherPlay         `json:"others"`
	LeftOut          string              `json:"left_out"`
	Assumed          []assumedData       `json:"unverified"`
}

// sourceData is where a figure was published; a secondary source is not whoever had the outage.
type sourceData struct {
	Source    string `json:"source"`
	Secondary bool   `json:"secondary"`
}

// otherPlay is what comes where something is different from what was. Where a rule says what, no
// strategy was run.
type otherPlay struct {
	What     string              `json:"what"`
	Strategy string              `json:"strategy,omitempty"`
	Runs     int                 `json:"runs"`
	Figures  map[string]extremes `json:"figures"`
}

func otherOf(other *redoubt.Other) otherPlay {
	play := otherPlay{What: other.What, Runs: other.Runs, Figures: figuresData(other.Figures)}
	if other.Runs > 0 {
		play.Strategy = other.Strategy.String()
	}
	return play
}

type checkResult struct {
	What  string `json:"what"`
	Holds bool   `json:"holds"`
}

// extremes are numbers, or truths: false before true. Echoes is the key of what was published, and
// is played, where they only repeat that.
type extremes struct {
	Low    any    `json:"low"`
	High   any    `json:"high"`
	Echoes string `json:"echoes,omitempty"`
}

func (v incidentsView) structure() any {
	data := incidentsData{
		SchemaVersion: schemaVersion, Interrupted: v.partial, Incidents: []incidentPlay{},
	}
	for _, r := range v.reports {
		played, is, apart := simulated(r)
		play := incidentPlay{
			Name: r.Name, Title: r.Title, Strategy: r.Strategy.String(), Runs: r.Runs, Seed: r.Seed,
			Published: map[string]publishedData{}, Sources: map[string]sourceData{},
			Simulated: figuresData(played), Compared: len(r.Comparisons) > 0,
			Comparisons: comparisonsData(r), Incomparable: r.Incomparable,
			WithinTolerance: withinTolerance(r),
			ChecksHold:      r.ChecksHold(),
			WithRedoubt:     figuresData(r.WithRedoubt), SimulatedIs: is, Others: []otherPlay{},
			LeftOut: r.LeftOut, Assumed: assumedOf(r.Assumed),
		}
		if apart {
			play.Counterfactual, play.CounterfactualIs = figuresData(r.Simulated), r.SimulatedIs
		}
		for _, other := range r.Others {
			play.Others = append(play.Others, otherOf(&other))
		}
		for _, p := range r.Published {
			play.Published[p.Key] = publishedData{
				figureValue(p.Figure), p.Input, r.Compared(p.Key), p.Uncompared,
			}
			play.Sources[p.Key] = sourceData{p.Source, p.Secondary}
		}
		for _, check := range r.Checks {
			play.Checks = append(play.Checks, checkResult(check))
		}
		data.Incidents = append(data.Incidents, play)
	}
	return data
}

func figuresData(figures []redoubt.Figure) map[string]extremes {
	data := map[string]extremes{}
	for _, f := range figures {
		data[f.Key] = figureValue(f)
	}
	return data
}

func figureValue(f redoubt.Figure) extremes {
	if f.Unit == redoubt.Truth {
		return extremes{f.Low == 1, f.High == 1, f.Echoes}
	}
	return extremes{number(f.Low), number(f.High), f.Echoes}
}

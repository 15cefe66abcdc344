package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redoubt"
)

// How what was published is held to what came, in every output.

// figureRows adds the figures of a part, after a rule.
func figureRows(t *table, part string, figures []redoubt.Figure) {
	t.rule()
	for _, f := range figures {
		name := part
		if f.Echoes != "" {
			name += ", echo"
		}
		t.row(name, f.What, figureText(f))
	}
}

// echoesText says what the figures are that are told as echoes, and whether anything is compared.
func echoesText(r *redoubt.IncidentReport) string {
	var text []string
	echoes := func(f redoubt.Figure) bool { return f.Echoes != "" }
	found := slices.ContainsFunc(r.Simulated, echoes) || slices.ContainsFunc(r.WithRedoubt, echoes)
	for _, other := range r.Others {
		found = found || slices.ContainsFunc(other.Figures, echoes)
	}
	if found {
		text = append(text, "An echo repeats what is played, and is evidence of nothing.")
	}
	if r.Incomparable != "" {
		text = append(text, "Nothing published to compare: "+r.Incomparable+".")
	}
	return strings.Join(text, " ")
}

// comparedText has a line for each comparison, and for each figure that is held to nothing.
func comparedText(r *redoubt.IncidentReport) (lines []string) {
	for _, c := range r.Comparisons {
		what, word, why := c.Published, "within", ""
		came := ratioText(&c) + " times that"
		figure := figureOf(c.Figures(r), c.Simulated)
		for _, p := range r.Published {
			if p.Key != c.Published {
				continue
			}
			what = p.What + " (" + figureText(p.Figure) + ")"
			if p.Unit == redoubt.Truth {
				came = figureText(figure)
			}
		}
		if !c.Within {
			word, why = "NOT WITHIN", "; "+c.Why
		}
		tolerance := "none"
		if c.Tolerance > 0 {
			tolerance = outageLength(c.Tolerance)
		}
		lines = append(lines, fmt.Sprintf("%s tolerance: %s: %s %q is %s; tolerance %s: %s%s",
			word, what, strings.ReplaceAll(partOf(c), "_", " "), figure.What, came, tolerance, c.Because,
			why))
	}
	for _, p := range r.Published {
		if p.Uncompared != "" {
			lines = append(lines, fmt.Sprintf("not compared: %s (%s): %s", p.What,
				figureText(p.Figure), p.Uncompared))
		}
	}
	return lines
}

// figureOf finds a figure by its key.
func figureOf(figures []redoubt.Figure, key string) (found redoubt.Figure) {
	for _, f := range figures {
		if f.Key == key {
			return f
		}
	}
	return found
}

// ratioText is what was simulated over what was published.
func ratioText(c *redoubt.IncidentComparison) string {
	ratio := fmt.Sprintf("%.2f", c.Low)
	if high := fmt.Sprintf("%.2f", c.High); high != ratio {
		ratio += " to " + high
	}
	return ratio
}

// publishedData is what was published; played is an input, compared is held to what came. Of what
// is neither it says why.
type publishedData struct {
	extremes

	Played   bool   `json:"played"`
	Compared bool   `json:"compared"`
	WhyNot   string `json:"not_compared_because,omitempty"`
}

// comparedData holds a published figure to one of a part: the ratio is what was simulated over what
// was published, the tolerance how far beyond the extremes that may lie, in its own unit.
type comparedData struct {
	Published string   `json:"published"`
	Part      string   `json:"part"`
	Figure    string   `json:"figure"`
	Ratio     extremes `json:"ratio"`
	Tolerance number   `json:"tolerance"`
	Because   string   `json:"because"`
	Within    bool     `json:"within"`
	Why       string   `json:"why,omitempty"`
}

// partOf is the key of the part that a comparison is with.
func partOf(c redoubt.IncidentComparison) string {
	switch {
	case c.Other > 0:
		return fmt.Sprintf("other_%d", c.Other)
	case c.WithRedoubt:
		return "with_redoubt"
	}
	return "simulated"
}

// simulated is what the published figures of an incident are held to, and what that is: another
// part than its counterfactual, where what went is not what is played otherwise.
func simulated(r *redoubt.IncidentReport) (figures []redoubt.Figure, is string, apart bool) {
	if len(r.Comparisons) == 0 || partOf(r.Comparisons[0]) == "simulated" {
		return r.Simulated, r.SimulatedIs, false
	}
	held := r.Comparisons[0]
	if held.Other > 0 {
		is = r.Others[held.Other-1].What
	} else {
		is = "with redoubt"
	}
	return held.Figures(r), is, true
}

// withinTolerance is nil where there is nothing to compare.
func withinTolerance(r *redoubt.IncidentReport) *bool {
	if within, compared := r.WithinTolerance(); compared {
		return &within
	}
	return nil
}

func comparisonsData(r *redoubt.IncidentReport) []comparedData {
	data := []comparedData{}
	for _, c := range r.Comparisons {
		data = append(data, comparedData{
			Published: c.Published, Part: partOf(c), Figure: c.Simulated,
			Ratio:     extremes{Low: number(c.Low), High: number(c.High)},
			Tolerance: number(c.Tolerance), Because: c.Because, Within: c.Within, Why: c.Why,
		})
	}
	return data
}

func (v incidentsView) records() [][]string {
	records := [][]string{{
		"incident", "part", "figure", "low", "high", "source", "secondary", "played", "echoes",
		"compared", "held_to", "tolerance", "within",
	}}
	for _, r := range v.reports {
		add := func(part, figure string, low, high any, rest ...string) {
			row := append([]string{r.Name, part, figure, fmt.Sprint(low), fmt.Sprint(high)}, rest...)
			records = append(records, append(row, make([]string, len(records[0])-len(row))...))
		}
		for _, p := range r.Published {
			add("published", p.Key, number(p.Low), number(p.High), p.Source,
				strconv.FormatBool(p.Secondary), strconv.FormatBool(p.Input), "",
				strconv.FormatBool(r.Compared(p.Key)))
		}
		figures := func(part string, figures []redoubt.Figure) {
			for _, f := range figures {
				add(part, f.Key, number(f.Low), number(f.High), "", "", "", f.Echoes)
			}
		}
		played, _, apart := simulated(r)
		figures("simulated", played)
		if apart {
			figures("counterfactual", r.Simulated)
		}
		figures("with_redoubt", r.WithRedoubt)
		for i, other := range r.Others {
			figures(fmt.Sprintf("other_%d", i+1), other.Figures)
		}
		for _, c := range r.Comparisons {
			add("ratio", c.Published, number(c.Low), number(c.High), "", "", "", "", "",
				partOf(c)+"."+c.Simulated, number(c.Tolerance).String(), strconv.FormatBool(c.Within))
		}
		within := "" // Where there is nothing to compare.
		if w := withinTolerance(r); w != nil {
			within = strconv.FormatBool(*w)
		}
		add("within_tolerance", "", within, "")
		add("checks_hold", "", strconv.FormatBool(r.ChecksHold()), "")
	}
	return records
}

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/levers"
	"redoubt/model"
	"redoubt/scenarios"
)

// weigh finds out what the answer to "which of two" hangs on; nil where one of them has no price.
func weigh(
	cmd *cobra.Command, asked source, c *redoubt.Comparison, pair []model.StrategyKind, workers int,
) (*levers.Sensitivity, error) {
	text, err := scenarios.Text(asked.name)
	if err != nil {
		return nil, err
	}
	has := func(path string) bool { return scenarios.Has(text, path) }
	change := func(edits ...scenarios.Edit) (*model.Scenario, error) {
		return scenarios.Load(asked.name, append(asked.edits[:len(asked.edits):len(asked.edits)],
			edits...)...)
	}
	sides := [2]model.StrategyKind(pair)
	bar := newProgress(cmd.ErrOrStderr())
	found, err := levers.Weigh(cmd.Context(), c, levers.Of(c.Scenario, sides, has), sides, change,
		redoubt.CompareOptions{Workers: workers, Progress: bar.update})
	bar.clear()
	if errors.Is(err, levers.ErrUnpriced) {
		return nil, nil
	}
	return found, err
}

// hangsOn tells which assumptions move the answer most.
func (v comparisonView) hangsOn(d *document) {
	s := v.sensitivity
	if s == nil || len(s.Swings) == 0 {
		return
	}
	d.heading("What it hangs on")
	text := fmt.Sprintf("The net benefits a year of both where each value alone is half, and where "+
		"it is double, what moves them most first. As it is they are those of the %s above. Each "+
		"change was tried in %d of them, and what it moves there is added to all.",
		plural(s.Trials, "trial"), s.Tried)
	if open := s.Open(); len(open) > 0 {
		text += " As it is the trials do not tell " + strings.Join(open, ", nor ") + "."
	}
	d.paragraph("%s", text)
	const within = "<95 % interval\nlow .. high"
	t := newTable("<value", "half,\ndouble", s.Pair[0].String(), within, s.Pair[1].String(), within,
		"<turns")
	row := func(label, value string, w *levers.Worth, turns string) {
		cells := []string{label, value}
		for side := range s.Pair {
			cells = append(cells, usd(w.Net[side].Mean), interval(w.Net[side], usd))
		}
		t.row(append(cells, turns)...)
	}
	row("all as it is", "", &s.AsIs, "")
	t.rule()
	var limits []string
	for i := range s.Swings {
		swing := &s.Swings[i]
		l := &swing.Lever
		for _, variant := range []*levers.Variant{&swing.Half, &swing.Double} {
			if variant.Refused != "" {
				limits = append(limits, variant.Refused)
				continue
			}
			row(l.Label, l.Show(variant.Value), &variant.Worth, turns(s, variant))
			if variant.Limit != "" {
				limits = append(limits, variant.Limit)
			}
		}
	}
	d.table(t)
	d.list(limits...)
}

// turns says what is otherwise with a change, and what the trials do not tell of that.
func turns(s *levers.Sensitivity, v *levers.Variant) string {
	turned, untold := s.Turns(v)
	if len(untold) > 0 {
		turned = append(turned, "not told apart: "+strings.Join(untold, ", "))
	}
	return strings.Join(turned, "; ")
}

// sensitivityData is what an answer hangs on, what moves it most first; left out unless it was
// asked for. The net benefits are in the order of the two sides.
type sensitivityData struct {
	Trials int `json:"trials"`
	// Tried is how many of the trials each change was tried in.
	Tried int `json:"trials_tried"`
	worthData
	Untold []string    `json:"not_told"`
	Swings []swingData `json:"values"`
}

// worthData is what the two are worth, and by how much the second is worth more than the first.
type worthData struct {
	Net   [2]estimate `json:"net_benefits_per_year_usd"`
	Apart estimate    `json:"net_benefit_difference_per_year_usd"`
}

func worthOf(w *levers.Worth) worthData {
	return worthData{[2]estimate{estimated(w.Net[0]), estimated(w.Net[1])}, estimated(w.Apart)}
}

type swingData struct {
	Name string `json:"name"`
	// Path is where the value stands in the scenario's file, empty where that is several places.
	Path   string      `json:"path"`
	Value  number      `json:"value"`
	Half   variantData `json:"half"`
	Double variantData `json:"double"`
	Moves  number      `json:"moves_per_year_usd"`
}

// variantData has no net benefits where the scenario cannot have the value, as Refused then says.
// Limit says why the value is not half or double, null where it is.
type variantData struct {
	Value   number  `json:"value"`
	Limit   *string `json:"limit"`
	Refused *string `json:"refused"`
	*worthData
	Turned []string `json:"turned"`
	Untold []string `json:"not_told"`
}

func sensitivityOf(s *levers.Sensitivity) *sensitivityData {
	if s == nil {
		return nil
	}
	variant := func(v *levers.Variant) variantData {
		turned, untold := s.Turns(v)
		data := variantData{
			Value: number(v.Value), Turned: append([]string{}, turned...),
			Untold: append([]string{}, untold...),
		}
		if v.Limit != "" {
			data.Limit = &v.Limit
		}
		if v.Refused != "" {
			data.Refused = &v.Refused
		} else {
			data.worthData = pointer(worthOf(&v.Worth))
		}
		return data
	}
	data := &sensitivityData{
		Trials: s.Trials, Tried: s.Tried, worthData: worthOf(&s.AsIs),
		Untold: append([]string{}, s.Open()...), Swings: []swingData{},
	}
	for i := range s.Swings {
		swing := &s.Swings[i]
		data.Swings = append(data.Swings, swingData{
			swing.Lever.Label, swing.Lever.Path, number(swing.Lever.Value), variant(&swing.Half),
			variant(&swing.Double), number(s.Moves(swing)),
		})
	}
	return data
}

package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/levers"
	"redoubt/model"
	"redoubt/scenarios"
)

// weigh finds out what the answer to "which of two" hangs on; nil where one of them has no price.
func weigh(
	cmd *cobra.Command, asked source, s *model.Scenario, pair []model.StrategyKind,
	o redoubt.CompareOptions,
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
	o.Progress = bar.update
	found, err := levers.Weigh(cmd.Context(), s, levers.Of(s, sides, has), sides, change, o)
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
	d.paragraph("The net benefits a year of both where each value alone is half, and where it is "+
		"double, what moves them most first. As it is, by %s of %s each, they are %s and %s.",
		plural(s.Trials, "trial"), years(s.Years), usdWhole(s.Net[0]), usdWhole(s.Net[1]))
	one, other := strings.ReplaceAll(s.Pair[0].String(), "-", "-\n"),
		strings.ReplaceAll(s.Pair[1].String(), "-", "-\n")
	t := newTable("<value", "as it is", "half", one, other, "double", one, other, "<turns")
	for i := range s.Swings {
		swing := &s.Swings[i]
		l := &swing.Lever
		cells := []string{l.Label, l.Show(l.Value)}
		for _, variant := range []*levers.Variant{&swing.Half, &swing.Double} {
			if variant.Refused != "" {
				cells = append(cells, none, none, none)
				continue
			}
			cells = append(cells, l.Show(variant.Value), usd(variant.Net[0]), usd(variant.Net[1]))
		}
		t.row(append(cells, turns(s, swing))...)
	}
	d.table(t)
	var refused []string
	for i := range s.Swings {
		for _, variant := range []*levers.Variant{&s.Swings[i].Half, &s.Swings[i].Double} {
			if variant.Refused != "" {
				refused = append(refused, variant.Refused)
			}
		}
	}
	d.list(refused...)
}

// turns says what is otherwise where a value is half, and where it is double.
func turns(s *levers.Sensitivity, swing *levers.Swing) string {
	var all []string
	if turned := s.Turned(&swing.Half); len(turned) > 0 {
		all = append(all, "half: "+strings.Join(turned, ", "))
	}
	if turned := s.Turned(&swing.Double); len(turned) > 0 {
		all = append(all, "double: "+strings.Join(turned, ", "))
	}
	return strings.Join(all, "; ")
}

// sensitivityData is what an answer hangs on, what moves it most first; left out unless it was
// asked for. The net benefits are in the order of the two sides.
type sensitivityData struct {
	Trials int         `json:"trials"`
	Net    [2]number   `json:"net_benefits_per_year_usd"`
	Swings []swingData `json:"values"`
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

// variantData has no net benefits where the scenario cannot have the value.
type variantData struct {
	Value   number     `json:"value"`
	Refused *string    `json:"refused"`
	Net     *[2]number `json:"net_benefits_per_year_usd"`
	Turned  []string   `json:"turned"`
}

func sensitivityOf(s *levers.Sensitivity) *sensitivityData {
	if s == nil {
		return nil
	}
	both := func(net [2]float64) [2]number { return [2]number{number(net[0]), number(net[1])} }
	variant := func(v *levers.Variant) variantData {
		data := variantData{Value: number(v.Value), Turned: append([]string{}, s.Turned(v)...)}
		if v.Refused != "" {
			data.Refused = &v.Refused
		} else {
			data.Net = pointer(both(v.Net))
		}
		return data
	}
	data := &sensitivityData{Trials: s.Trials, Net: both(s.Net), Swings: []swingData{}}
	for i := range s.Swings {
		swing := &s.Swings[i]
		data.Swings = append(data.Swings, swingData{
			swing.Lever.Label, swing.Lever.Path, number(swing.Lever.Value), variant(&swing.Half),
			variant(&swing.Double), number(s.Moves(swing)),
		})
	}
	return data
}

package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"redoubt"
	"redoubt/contrast"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestLossesAreCountedByOneRule prints how the losses of two are distributed: every trial once, in
// the stretch that it lies in, and stretches of whole incidents, as wide as twice the interquartile
// range over the cube root of the count at least, as the terminal draws them.
func TestLossesAreCountedByOneRule(t *testing.T) {
	s, err := scenarios.Load(defaultScenario)
	if err != nil {
		t.Fatal(err)
	}
	pair := []model.StrategyKind{model.WarmStandby, model.ActiveActive}
	c, err := redoubt.Compare(t.Context(), s, redoubt.CompareOptions{
		Strategies: pair, Trials: 64, Years: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	v := comparisonView{Comparison: c, pair: pair}
	number := func(text string) float64 {
		x, err := strconv.ParseFloat(strings.NewReplacer("$", "", ",", "").Replace(text), 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, r := range v.sides() {
		losses := v.TrialLosses(r)
		slices.Sort(losses)
		spread := losses[48] - losses[15] // About the quarters of 64.
		least, step := losses[63]/20, contrast.LossStep(r, c.Years)
		rows := v.distribution(r, least).rows
		if len(rows) < 4 || len(rows) > 21 || step <= 0 {
			t.Errorf("%s: got %d rows, and %v between two losses", r.Kind, len(rows), step)
		}
		for _, row := range rows[1:] { // What lies below 0 is left out of the first.
			from, to, count := number(row[0]), number(row[1]), 0
			for _, loss := range losses {
				if loss >= from && loss < to {
					count++
				}
			}
			if steps := (to - from) / step; row[2] != strconv.Itoa(count) ||
				math.Abs(steps-math.Round(steps)) > 1.5/step || to-from < 0.9*2*spread/4 ||
				to-from < least || to-from > 2*spread/4*1.1+step {
				t.Errorf("%s: %q, %d lie there; the rule has stretches of some %.0f in steps of %.0f", r.Kind,
					row, count, 2*spread/4, step)
			}
		}
		if from := number(rows[0][0]); from < 0 || from > losses[0] {
			t.Errorf("%s: the first of %v is from %v on", r.Kind, losses[0], from)
		}
	}
}

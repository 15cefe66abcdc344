package contrast_test

import (
	"math"
	"testing"

	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/units"
)

// TestTheFlipSaysWhichRevenues writes the revenues at which it is not certain whether a strategy
// pays: with both ends, with one, and with none.
func TestTheFlipSaysWhichRevenues(t *testing.T) {
	endless, none := math.Inf(1), math.NaN()
	for want, within := range map[string]model.Estimate{
		"$40.0M to $57.4M": {Low: 40e6, High: 57.4e6},
		"$0 to $0":         {},
		"from $40.0M":      {Low: 40e6, High: endless},
		"any":              {High: endless},
		units.None:         {Low: none, High: none},
	} {
		c := &cost.Case{BreakevenWithin: within}
		if got := contrast.Flip(c, units.USD, " to "); got != want {
			t.Errorf("%v: got %q, want %q", within, got, want)
		}
	}
}

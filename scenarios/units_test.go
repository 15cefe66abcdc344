package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// unitTest is a text with the value that it must give exactly, or none.
type unitTest[T comparable] struct {
	text string
	want T
	ok   bool
}

func checkUnits[T comparable](t *testing.T, parse func(string) (T, bool), tests []unitTest[T]) {
	t.Helper()
	for _, test := range tests {
		if got, ok := parse(test.text); ok != test.ok || ok && got != test.want {
			t.Errorf("%q gives %v (%t), want %v (%t)", test.text, got, ok, test.want, test.ok)
		}
	}
}

func TestDurationsAreReadExactly(t *testing.T) {
	checkUnits(t, scenarios.ParseDuration, []unitTest[time.Duration]{
		{"0s", 0, true},
		{"0.1s", 100 * time.Millisecond, true},
		{"250us", 250 * time.Microsecond, true},
		{"1h30m", 90 * time.Minute, true},
		{"2d", 48 * time.Hour, true},
		{"1d12h", 36 * time.Hour, true},
		{"36500d", 100 * model.Year, true},
		{"36501d", 0, false},
		{"", 0, false},
		{"s", 0, false},
		{"5", 0, false},
		{"5 s", 0, false},
		{"5S", 0, false},
		{"5.s", 0, false},
		{"1e3s", 0, false},
		{"+5s", 0, false},
		{strings.Repeat("1s", 40), 0, false},
	})
}

func TestSharesAndFactorsAreReadExactly(t *testing.T) {
	checkUnits(t, scenarios.ParseShare, []unitTest[float64]{
		{"25%", 0.25, true},
		{"0%", 0, true},
		{"100%", 1, true},
		{"99.99%", 0.9999, true},
		{"200ppm", 200e-6, true},
		{"100.01%", 0, false},
		{"1000001ppm", 0, false},
		{"inf%", 0, false},
		{"0.25", 0, false},
	})
	checkUnits(t, scenarios.ParseRatio, []unitTest[float64]{
		{"6.67x", 6.67, true}, {"0x", 0, true}, {"1000x", 1000, true}, {"1001x", 0, false},
		{"5", 0, false}, {"x", 0, false},
	})
}

func TestMoneyIsReadExactly(t *testing.T) {
	checkUnits(t, scenarios.ParseMoney, []unitTest[model.Money]{
		{"$1.20", 1_200_000, true},
		{"$0.000001", 1, true},
		{"$0.0000001", 0, false},
		{"$23,900", 23_900 * model.Dollar, true},
		{"$5k", 5_000 * model.Dollar, true},
		{"$75M", 75_000_000 * model.Dollar, true},
		{"$0.0000005k", 500, true},
		{"$1000B", 1e12 * model.Dollar, true},
		{"$1000.01B", 0, false},
		{"$2,39", 0, false},
		{"$1,234,567.89", 1_234_567_890_000, true},
		{"$", 0, false},
		{"5", 0, false},
		{"$5K", 0, false},
		{"$5 k", 0, false},
	})
}

func TestRatesAreReadExactly(t *testing.T) {
	checkUnits(t, scenarios.ParsePerYear, []unitTest[float64]{
		{"0.80/year", 0.8, true}, {"0.025/year", 0.025, true}, {"1/month", 12, true},
		{"1/day", 365, true}, {"2/h", 17520, true}, {"1/week", 0, false}, {"1/", 0, false},
		{"1000000001/s", 0, false},
	})
	checkUnits(t, scenarios.ParsePerSecond, []unitTest[float64]{
		{"1000000/day", 1e6 / 86400, true}, {"60/min", 1, true}, {"250/s", 250, true},
	})
	checkUnits(t, scenarios.ParseYears, []unitTest[int]{
		{"1y", 1, true}, {"100y", 100, true}, {"101y", 0, false}, {"0y", 0, false}, {"1.5y", 0, false},
		{"99999999999999999999y", 0, false}, {"3", 0, false},
	})
}

// slowDistance is the optimal string alignment distance by its definition.
func slowDistance(a, b string) int {
	if a == "" || b == "" {
		return len(a) + len(b)
	}
	x, y := a[len(a)-1], b[len(b)-1]
	change := 1
	if x == y {
		change = 0
	}
	best := min(slowDistance(a[:len(a)-1], b)+1, slowDistance(a, b[:len(b)-1])+1,
		slowDistance(a[:len(a)-1], b[:len(b)-1])+change)
	if len(a) > 1 && len(b) > 1 && x == b[len(b)-2] && a[len(a)-2] == y {
		best = min(best, slowDistance(a[:len(a)-2], b[:len(b)-2])+1)
	}
	return best
}

func TestDistanceFollowsItsDefinition(t *testing.T) {
	words := []string{"", "a", "ab", "ba", "abc", "cab", "acb", "lease", "leaes", "elase", "release"}
	for _, a := range words {
		for _, b := range words {
			if got, want := scenarios.Distance(a, b), slowDistance(a, b); got != want {
				t.Errorf("the distance of %q and %q is %d, want %d", a, b, got, want)
			}
		}
	}
}

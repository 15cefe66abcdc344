package chart_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"redoubt/tui/chart"
)

// TestBinsOfADensity are as wide as the rule has them.
func TestBinsOfADensity(t *testing.T) {
	var values []float64
	for i := range 1000 {
		values = append(values, float64(i)) // Half of them lie within 499.5.
	}
	for _, test := range []struct {
		name        string
		values      []float64
		step, least float64
		want        float64
	}{
		{"by the rule", values, 0, 1, 2 * 499.5 / 10},
		{"no less than the least", values, 0, 150, 150},
		{"whole steps", values, 30, 1, 120},
		{"one step", values, 400, 1, 400},
		{"all alike", []float64{5, 5, 5}, 0, 2, 2},
		{"none", nil, 7, 2, 7},
	} {
		got := chart.BinsOf(test.values, test.step, test.least)
		if math.Abs(got.Width-test.want) > 1e-9 {
			t.Errorf("%s: %v wide, want %v", test.name, got.Width, test.want)
		}
	}
}

// TestBinsAreNoComb counts sums of a few amounts of about one size, beside a small one that each
// value has: every bin in the middle of them has some, and none far more than the next. Bins as
// narrow as columns have gaps there.
func TestBinsAreNoComb(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const step, beside, columns = 550.0, 1200.0, 60
	var values []float64
	most := 0.0
	for range 1000 {
		count := 0
		for range 40 { // Eight of forty on the average, a few more or less.
			if random.IntN(5) == 0 {
				count++
			}
		}
		loss := beside + step*float64(count)*(1+0.002*random.NormFloat64())
		values, most = append(values, loss), max(most, loss)
	}
	scale := chart.Scale{High: most}
	gaps := func(b chart.Bins) (count int) {
		all := b.Density(values, scale, columns)
		for x := range all {
			at := most * (float64(x) + 0.5) / columns
			if all[x] == 0 && at > beside+5*step && at < beside+11*step {
				count++
			}
		}
		return count
	}
	bins := chart.BinsOf(values, step, most/columns)
	if got := gaps(bins); got != 0 {
		t.Errorf("%d columns in the middle are empty", got)
	}
	if got := gaps(chart.Bins{From: 0, Width: most / columns}); got == 0 {
		t.Error("bins as narrow as columns have no gaps: this shows nothing")
	}
	for k := 5; k <= 11; k++ { // All that has one count of amounts is in one bin.
		low, high := beside+step*(float64(k)-0.2), beside+step*(float64(k)+0.2)
		if bins.Of(low) != bins.Of(high) {
			t.Errorf("%d amounts are parted: bins %d and %d", k, bins.Of(low), bins.Of(high))
		}
	}
}

// TestDensitiesAreHeldAgainstEachOther has the area below all columns be the count, however wide
// the bins are.
func TestDensitiesAreHeldAgainstEachOther(t *testing.T) {
	values := []float64{1, 2, 3, 4, 5, 6, 7, 15}
	for _, width := range []float64{1, 2, 4} {
		b := chart.Bins{From: 0, Width: width}
		sum := 0.0
		for _, d := range b.Density(values, chart.Scale{High: 16}, 16) {
			sum += d
		}
		if math.Abs(sum-float64(len(values))) > 1e-9 {
			t.Errorf("bins of %v: %v below all columns, want %d", width, sum, len(values))
		}
	}
}

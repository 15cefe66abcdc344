package cost_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"redoubt/cost"
)

// slowValue is the net present value the obvious way: year by year.
func slowValue(oneTime, net, rate float64, years int) float64 {
	value, discount := -oneTime, 1.0
	for range years {
		discount /= 1 + rate
		value += net * discount
	}
	return value
}

func TestNetPresentValueIsTheSumOfDiscountedYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oneTime := rapid.Float64Range(0, 1e8).Draw(t, "one-time")
		net := rapid.Float64Range(-1e7, 1e7).Draw(t, "net")
		rate := rapid.OneOf(rapid.Just(0.0), rapid.Just(1e-12), rapid.Float64Range(0, 2)).Draw(t, "rate")
		years := rapid.IntRange(0, 40).Draw(t, "years")
		got, want := cost.NetPresentValue(oneTime, net, rate, years), slowValue(oneTime, net, rate, years)
		if !near(got, want, 1e-6*(oneTime+math.Abs(net)*40+1)) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestNetPresentValueOfATextbookCase(t *testing.T) {
	// 1,000 down, 400 a year for 3 years at 10 %: 400 x 2.486852 - 1,000.
	if got, want := cost.NetPresentValue(1000, 400, 0.10, 3), -5.2592; !near(got, want, 1e-4) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestInternalRateMakesTheValueZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oneTime := rapid.Float64Range(1, 1e8).Draw(t, "one-time")
		net := oneTime * rapid.Float64Range(0.02, 20).Draw(t, "net")
		years := rapid.IntRange(1, 30).Draw(t, "years")
		rate := cost.InternalRate(oneTime, net, years)
		if got := slowValue(oneTime, net, rate, years); !near(got, 0, 1e-6*oneTime) {
			t.Fatalf("value at the rate %v: got %v, want 0", rate, got)
		}
	})
}

func TestInternalRateHasNoValueWithoutAnInvestment(t *testing.T) {
	rows := []struct {
		name         string
		oneTime, net float64
		years        int
	}{
		{"nothing invested", 0, 100, 5},
		{"nothing earned", 100, 0, 5},
		{"a loss each year", 100, -1, 5},
		{"no years", 100, 100, 0},
	}
	for _, row := range rows {
		if got := cost.InternalRate(row.oneTime, row.net, row.years); !math.IsNaN(got) {
			t.Errorf("%s: got %v, want NaN", row.name, got)
		}
	}
}

func TestPaybackMonths(t *testing.T) {
	rows := []struct {
		name               string
		oneTime, net, want float64
	}{
		{"half a year", 60, 120, 6},
		{"nothing to earn back", 0, 120, 0},
		{"a refund", -60, 120, 0},
		{"no net", 60, 0, math.Inf(1)},
		{"a loss each year", 0, -1, math.Inf(1)},
	}
	for _, row := range rows {
		if got := cost.PaybackMonths(row.oneTime, row.net); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

package cost_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"redoubt/cost"
	"redoubt/model"
)

// student is Student's interval, which EstimateOf is measured against.
func student(values []float64) model.Estimate {
	mean, deviation := stat.MeanStdDev(values, nil)
	n := float64(len(values))
	reach := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * deviation / math.Sqrt(n)
	return model.Estimate{Mean: mean, Low: mean - reach, High: mean + reach}
}

func TestSymmetricSampleHasStudentsInterval(t *testing.T) {
	values := []float64{-3, -1, 0, 1, 3, 8, 10, 11, 12, 14, 5.5} // Symmetric around 5.5.
	got, want := cost.EstimateOf(values), student(values)
	if !near(got.Mean, want.Mean, 1e-12) || !near(got.Low, want.Low, 1e-6) ||
		!near(got.High, want.High, 1e-6) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestIntervalInvertsHallsTransformation checks the ends of the interval against the transformation
// itself, the cubic that the code has only the inverse of.
func TestIntervalInvertsHallsTransformation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e6), 3, 60).Draw(t, "values")
		n := float64(len(values))
		mean, deviation := stat.MeanStdDev(values, nil)
		skewness := stat.Skew(values, nil) * (n - 2) / math.Sqrt(n*(n-1)) // From unbiased to plain.
		if deviation < 1 || math.Abs(skewness) < 1e-3 {
			t.Skip("no spread or no skewness to invert")
		}
		estimate := cost.EstimateOf(values)
		reach := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) / math.Sqrt(n)
		for _, end := range []struct{ at, want float64 }{{estimate.Low, reach}, {estimate.High, -reach}} {
			x := (mean - end.at) / deviation
			got := x + skewness*x*x/3 + skewness*skewness*x*x*x/27 + skewness/(6*n)
			if !near(got, end.want, 1e-6*(1+math.Abs(x*x*x))) {
				t.Fatalf("transformed end: got %v, want %v", got, end.want)
			}
		}
	})
}

func TestIntervalHoldsTheMeanAndFollowsShiftAndScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 2, 50).Draw(t, "values")
		shift := rapid.Float64Range(-1e6, 1e6).Draw(t, "shift")
		moved := make([]float64, len(values))
		for i, value := range values {
			moved[i] = shift - 2*value
		}
		a, b := cost.EstimateOf(values), cost.EstimateOf(moved)
		if a.Low > a.High {
			t.Fatalf("the ends of %+v are crossed", a)
		}
		tolerance := 1e-6 * (1 + math.Abs(shift) + 2*(a.High-a.Low) + 2*math.Abs(a.Mean))
		if !near(b.Mean, shift-2*a.Mean, tolerance) || !near(b.Low, shift-2*a.High, tolerance) ||
			!near(b.High, shift-2*a.Low, tolerance) {
			t.Fatalf("got %+v for %g - 2 x values of %+v", b, shift, a)
		}
	})
}

func TestEstimateAtTheEdges(t *testing.T) {
	if got := cost.EstimateOf(nil); !math.IsNaN(got.Mean) || !math.IsNaN(got.Low) ||
		!math.IsNaN(got.High) {
		t.Errorf("no value: got %+v, want NaN", got)
	}
	if got := cost.EstimateOf([]float64{7}); got.Mean != 7 || !math.IsInf(got.Low, -1) ||
		!math.IsInf(got.High, 1) {
		t.Errorf("one value: got %+v, want 7 from -Inf to +Inf", got)
	}
	if got := cost.EstimateOf([]float64{0.1, 0.1, 0.1}); got.Low != got.Mean || got.High != got.Mean {
		t.Errorf("equal values: got %+v, want no width", got)
	}
}

func TestWithinCutsTheIntervalAlone(t *testing.T) {
	rows := []struct {
		name      string
		got, want model.Estimate
	}{
		{"both ends", cost.Within(model.Estimate{Mean: 5, Low: -3, High: 12}, 0, 10),
			model.Estimate{Mean: 5, Low: 0, High: 10}},
		{"nothing to cut", cost.Within(model.Estimate{Mean: 5, Low: 3, High: 7}, 0, 10),
			model.Estimate{Mean: 5, Low: 3, High: 7}},
		{"no interval", cost.Within(cost.EstimateOf([]float64{5}), 0, 10), cost.EstimateOf([]float64{5})},
	}
	for _, row := range rows {
		if row.got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, row.got, row.want)
		}
	}
}

func TestOnlySeveralValuesHaveAnInterval(t *testing.T) {
	for _, values := range [][]float64{nil, {7}} {
		if cost.HasInterval(cost.EstimateOf(values)) {
			t.Errorf("%v: got an interval, want none", values)
		}
	}
	if !cost.HasInterval(cost.EstimateOf([]float64{7, 7})) {
		t.Error("two equal values: got no interval, want one of no width")
	}
}

func TestWilsonAgainstPublishedValues(t *testing.T) {
	// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
	// 17, 1998, table I, method 3.
	rows := []struct {
		hits, tries int64
		low, high   float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	}
	for _, row := range rows {
		low, high := cost.Wilson(row.hits, row.tries)
		if !near(low, row.low, 5e-5) || !near(high, row.high, 5e-5) {
			t.Errorf("%d of %d: got %.4f to %.4f, want %.4f to %.4f",
				row.hits, row.tries, low, high, row.low, row.high)
		}
	}
}

func TestWilsonStaysWithinZeroAndOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tries := rapid.Int64Range(0, 1e6).Draw(t, "tries")
		hits := rapid.Int64Range(0, tries).Draw(t, "hits")
		low, high := cost.Wilson(hits, tries)
		share := 0.5
		if tries > 0 {
			share = float64(hits) / float64(tries)
		}
		if low < 0 || high > 1 || low > share || high < share {
			t.Fatalf("%d of %d: got %v to %v", hits, tries, low, high)
		}
		mirrorLow, mirrorHigh := cost.Wilson(tries-hits, tries)
		if !near(low, 1-mirrorHigh, 1e-9) || !near(high, 1-mirrorLow, 1e-9) {
			t.Fatalf("%d of %d: %v to %v is not the mirror of %v to %v",
				hits, tries, low, high, mirrorLow, mirrorHigh)
		}
	})
}

// The documents say how well a rate of 12 events in 15 years is known: the exact interval of a
// Poisson rate (F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936).
func TestDocumentsKnowTheRateAsWellAsTheRecord(t *testing.T) {
	const events, years = 12, 15.0
	low := distuv.ChiSquared{K: 2 * events}.Quantile(0.025) / 2 / years
	high := distuv.ChiSquared{K: 2*events + 2}.Quantile(0.975) / 2 / years
	want := fmt.Sprintf("%.2f to %.2f", low, high)
	for _, path := range []string{"../README.md", "../docs/cost.md"} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), want) {
			t.Errorf("%s: got no %q, which is what %d events in %g years say", path, want, events, years)
		}
	}
}

package cost_test

import (
	"flag"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"redoubt/cost"
	"redoubt/model"
)

// replicates is how many samples a coverage is measured with. The documented figures are those of
//
//	go test ./cost -run TestIntervalCoversSkewedLosses -replicates 40000 -v
var replicates = flag.Int("replicates", 1000, "samples for each measured coverage")

// documentedReplicates is how many samples the documented figures were measured with.
const documentedReplicates = 40000

// yearlyLosses describes trials of some years each, with a Poisson number of outages and lognormal
// hours.
type yearlyLosses struct {
	name          string
	rate          float64 // outages a year
	mu, sigma     float64 // of ln(hours)
	years, trials int
	// hall and student are the shares of samples whose interval held the true mean, as documented
	// in docs/cost.md: of EstimateOf, and of Student's interval.
	hall, student float64
}

var coverages = []yearlyLosses{
	{"big events, us-east-1, 10 years, 100 trials", 0.80, 1.680, 0.896, 10, 100, 0.949, 0.948},
	{"big events, us-east-1, 1 year, 100 trials", 0.80, 1.680, 0.896, 1, 100, 0.945, 0.930},
	{"big events, us-east-1, 1 year, 1000 trials", 0.80, 1.680, 0.896, 1, 1000, 0.949, 0.948},
	{"heaviest tail (GCP reports), 1 year, 100 trials", 0.80, 0.626, 1.4556, 1, 100, 0.924, 0.863},
	{"heaviest tail (GCP reports), 1 year, 1000 trials", 0.80, 0.626, 1.4556, 1, 1000, 0.935, 0.925},
	{"big events elsewhere, 10 years, 100 trials", 0.025, 1.680, 0.896, 10, 100, 0.949, 0.903},
	{"big events elsewhere, 1 year, 1000 trials", 0.025, 1.680, 0.896, 1, 1000, 0.947, 0.900},
	{"big events elsewhere, 1 year, 400 trials", 0.025, 1.680, 0.896, 1, 400, 0.966, 0.853},
	{"big events elsewhere, 1 year, 200 trials", 0.025, 1.680, 0.896, 1, 200, 0.947, 0.801},
	{"big events elsewhere, 1 year, 100 trials", 0.025, 1.680, 0.896, 1, 100, 0.860, 0.716},
}

// seeded is a generator of a seed that follows from the test's name.
func seeded(t *testing.T) *rand.Rand {
	hash := fnv.New64a()
	hash.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(hash.Sum64(), 0))
}

func (y yearlyLosses) sample(source *rand.Rand) []float64 {
	outages := distuv.Poisson{Lambda: y.rate * float64(y.years), Src: source}
	values := make([]float64, y.trials)
	for i := range values {
		for range int(outages.Rand()) {
			values[i] += math.Exp(y.mu+y.sigma*source.NormFloat64()) / float64(y.years)
		}
	}
	return values
}

func (y yearlyLosses) mean() float64 { return y.rate * math.Exp(y.mu+y.sigma*y.sigma/2) }

// TestIntervalCoversSkewedLosses holds the documented coverage of the interval, and of Student's,
// which is the reason for not using that.
func TestIntervalCoversSkewedLosses(t *testing.T) {
	for _, row := range coverages {
		t.Run(row.name, func(t *testing.T) {
			source, truth := seeded(t), row.mean()
			holds := func(e model.Estimate) int {
				if e.Low <= truth && truth <= e.High {
					return 1
				}
				return 0
			}
			hall, students := 0, 0
			for range *replicates {
				values := row.sample(source)
				hall += holds(cost.EstimateOf(values))
				students += holds(student(values))
			}
			checkCoverage(t, "EstimateOf", hall, row.hall)
			checkCoverage(t, "Student", students, row.student)
		})
	}
}

// checkCoverage compares a measured share with the documented one: 4.5 standard errors of both.
func checkCoverage(t *testing.T, name string, hits int, want float64) {
	t.Helper()
	got := float64(hits) / float64(*replicates)
	t.Logf("%s covers %.1f %%", name, 100*got)
	variance := want * (1 - want) * (1/float64(*replicates) + 1.0/documentedReplicates)
	if math.Abs(got-want) > 4.5*math.Sqrt(variance)+0.0005 { // Documented to 0.1 %.
		t.Errorf("%s covers %.4f of the samples, want %.3f", name, got, want)
	}
}

package cost_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/cost"
	"redoubt/model"
)

const (
	usEast model.RegionID = iota
	euWest
	apSoutheast
)

// monthly is a bill line of so many dollars a month.
func monthly(r model.RegionID, c model.Category, what string, usd int64) model.BillLine {
	return model.BillLine{
		Region: r, Category: c, What: what, PerYear: model.Money(12*usd) * model.Dollar,
		Source: "deployment-strategy, Regional Cost Allocation",
	}
}

// ecommerce is the bill of deployment-strategy, Regional Cost Allocation, with its traffic of 50,
// 30 and 20 %. The business figures are made up for the tests.
func ecommerce() *model.Scenario {
	s := &model.Scenario{
		Name:    "ecommerce",
		Regions: []model.Region{{Name: "us-east-1"}, {Name: "eu-west-1"}, {Name: "ap-southeast-1"}},
		Populations: []model.Population{
			{Name: "americas", Share: 0.5, Nearest: usEast},
			{Name: "europe", Share: 0.3, Nearest: euWest},
			{Name: "asia", Share: 0.2, Nearest: apSoutheast},
		},
		Business: model.Business{
			RevenuePerYear: 876_000_000 * model.Dollar, DiscountRate: 0.08, HorizonYears: 5,
		},
	}
	amounts := [...][5]int64{
		usEast:      {5000, 3000, 1000, 500, 1500},
		euWest:      {3000, 1500, 600, 300, 1000},
		apSoutheast: {2000, 1000, 400, 200, 800},
	}
	categories := [...]model.Category{
		model.Compute, model.Database, model.Cache, model.Storage, model.Network,
	}
	for r, row := range amounts {
		for i, usd := range row {
			line := monthly(model.RegionID(r), categories[i], categories[i].String(), usd)
			s.Bill = append(s.Bill, line)
		}
	}
	s.Bill = append(s.Bill,
		monthly(model.Global, model.Edge, "CloudFront CDN", 2000),
		monthly(model.Global, model.Network, "Route 53", 100))
	for _, kind := range model.StrategyKinds() {
		s.Strategies = append(s.Strategies, model.DefaultStrategy(kind))
	}
	return s
}

// edit changes the scenario's strategy of a kind in place.
func edit(s *model.Scenario, kind model.StrategyKind, change func(*model.Strategy)) {
	for i := range s.Strategies {
		if s.Strategies[i].Kind == kind {
			change(&s.Strategies[i])
		}
	}
}

// randomScenario draws an estate of one to five workload regions, perhaps a witness, and any bill.
func randomScenario(t *rapid.T) *model.Scenario {
	s := &model.Scenario{Name: "random"}
	workload := rapid.IntRange(1, 5).Draw(t, "workload regions")
	for r := range workload {
		s.Regions = append(s.Regions, model.Region{Name: fmt.Sprintf("region-%d", r)})
	}
	if rapid.Bool().Draw(t, "witness") {
		at := rapid.IntRange(0, workload).Draw(t, "witness at")
		witness := model.Region{Name: "witness", Witness: true}
		s.Regions = append(s.Regions[:at], append([]model.Region{witness}, s.Regions[at:]...)...)
	}
	weights, sum := make([]int, workload), 0
	for i := range weights {
		weights[i] = rapid.IntRange(0, 9).Draw(t, "weight")
		sum += weights[i]
	}
	next := 0
	for r := range s.Regions {
		if s.Regions[r].Witness {
			continue
		}
		if sum > 0 {
			s.Populations = append(s.Populations, model.Population{
				Name: s.Regions[r].Name, Share: float64(weights[next]) / float64(sum),
				Nearest: model.RegionID(r),
			})
		}
		next++
	}
	for range rapid.IntRange(0, 12).Draw(t, "lines") {
		s.Bill = append(s.Bill, randomLine(t, len(s.Regions)))
	}
	for _, kind := range model.StrategyKinds() {
		s.Strategies = append(s.Strategies, randomStrategy(t, kind))
	}
	return s
}

func randomLine(t *rapid.T, regions int) model.BillLine {
	region := model.RegionID(rapid.IntRange(0, regions).Draw(t, "region"))
	if int(region) == regions {
		region = model.Global
	}
	category := model.Category(rapid.IntRange(0, int(model.CategoryCount)-1).Draw(t, "category"))
	return model.BillLine{
		Region: region, Category: category, What: "line",
		PerYear:    model.Money(rapid.Int64Range(0, 1e14).Draw(t, "micro-dollars")),
		Unverified: rapid.Bool().Draw(t, "unverified"),
	}
}

func randomStrategy(t *rapid.T, kind model.StrategyKind) model.Strategy {
	strategy := model.DefaultStrategy(kind)
	for c := range model.CategoryCount {
		if kind.HasStandby() {
			strategy.Standby[c] = rapid.Float64Range(0, 1).Draw(t, "standby")
		}
		if kind.ServesReads() {
			strategy.Serving[c] = rapid.Float64Range(0, 3).Draw(t, "serving")
		}
	}
	if kind != model.SingleRegion {
		strategy.ExtraPerYear = model.Money(rapid.Int64Range(0, 1e12).Draw(t, "extra"))
	}
	return strategy
}

// outcome makes an outcome of one-year trials that lose these hours, all of them fully down.
func outcome(kind model.StrategyKind, hours ...float64) model.Outcome {
	result := model.Outcome{Strategy: kind, Horizon: model.Year}
	for _, lost := range hours {
		length := time.Duration(lost * float64(time.Hour))
		result.Trials = append(result.Trials, model.Trial{Down: length, Lost: length})
	}
	return result
}

// assess is cost.Assess where it must not fail.
func assess(
	t testing.TB, s *model.Scenario, kind model.StrategyKind, baseline, strategy model.Outcome,
) cost.Case {
	t.Helper()
	c, err := cost.Assess(s, kind, baseline, strategy)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func near(got, want, tolerance float64) bool {
	return got == want || got-want <= tolerance && want-got <= tolerance
}

package cost_test

import (
	"testing"

	"redoubt/cost"
	"redoubt/model"
)

const million = 1_000_000 * model.Dollar

// budget is the estate of budget-active-active: $8,000 a year for a million requests a day, after
// an estate of $50,000 (The Enterprise Price Tag: 18 + 15 + 8 + 4 + 5 thousand).
func budget() *model.Scenario {
	line := func(c model.Category, usd int64) model.BillLine {
		return model.BillLine{Region: model.Global, Category: c, PerYear: model.Money(usd) * model.Dollar}
	}
	return &model.Scenario{
		Regions: []model.Region{{Name: "us-east-1"}},
		Traffic: model.Traffic{RequestsPerSecond: 1e6 / 86400},
		Bill:    []model.BillLine{line(model.Compute, 792), line(model.Network, 7208)},
		Reference: []model.ReferenceBill{{Name: "enterprise", Lines: []model.BillLine{
			line(model.Compute, 18000), line(model.Database, 15000), line(model.Network, 8000),
			line(model.Observability, 4000), line(model.Network, 5000),
		}}},
	}
}

func TestEcommerceBillIsThePublishedOne(t *testing.T) {
	s := ecommerce()
	rows := []struct {
		name      string
		got, want model.Money
	}{
		{"as billed, a month", cost.AsBilled(s).PerMonth(), 23_900 * model.Dollar},
		{"as billed, a year", cost.AsBilled(s).Total(), 286_800 * model.Dollar},
		{"us-east-1", cost.AsBilled(s).InRegion(usEast) / 12, 11_000 * model.Dollar},
		{"eu-west-1", cost.AsBilled(s).InRegion(euWest) / 12, 6_400 * model.Dollar},
		{"ap-southeast-1", cost.AsBilled(s).InRegion(apSoutheast) / 12, 4_400 * model.Dollar},
		{"global", cost.AsBilled(s).InRegion(model.Global) / 12, 2_100 * model.Dollar},
		{"compute", cost.AsBilled(s).InCategory(model.Compute) / 12, 10_000 * model.Dollar},
		{"unscaled", cost.Unscaled(s).PerMonth(), 13_100 * model.Dollar},
	}
	for _, row := range rows {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, row.got, row.want)
		}
	}
	ratio := cost.AsBilled(s).Total().USD() / cost.Unscaled(s).Total().USD()
	if !near(ratio, 1.82, 0.005) {
		t.Errorf("ratio to the unscaled single region: got %.3f, want 1.82", ratio)
	}
}

func TestCostPerMillionRequestsOfTheBudgetEstate(t *testing.T) {
	s := budget()
	bill := cost.AsBilled(s)
	if got := cost.CostPerMillionRequests(bill, s.Traffic); !near(got, 21.92, 0.005) {
		t.Errorf("cost per million: got %.3f, want 21.92", got)
	}
	contrast := cost.Against(bill, s.Reference[0], s.Traffic)
	if contrast.Name != "enterprise" || contrast.Total != 50_000*model.Dollar {
		t.Errorf("reference: got %s %s, want enterprise $50,000", contrast.Name, contrast.Total)
	}
	if !near(contrast.Saving, 0.84, 1e-12) {
		t.Errorf("saving: got %v, want 0.84", contrast.Saving)
	}
	if !near(contrast.PerMillion, 136.99, 0.005) {
		t.Errorf("reference per million: got %.3f, want 136.99", contrast.PerMillion)
	}
}

func TestNoTrafficAndFreeReferencesAreNotDividedBy(t *testing.T) {
	s := budget()
	if got := cost.CostPerMillionRequests(cost.AsBilled(s), model.Traffic{}); got != 0 {
		t.Errorf("no traffic: got %v, want 0", got)
	}
	if got := cost.Against(cost.AsBilled(s), model.ReferenceBill{}, s.Traffic); got.Saving != 0 {
		t.Errorf("free reference: got a saving of %v, want 0", got.Saving)
	}
}

func TestRegionsAreSortedWithGlobalLast(t *testing.T) {
	bill := cost.Bill{Lines: []cost.Line{
		{Region: model.Global}, {Region: 2}, {Region: 0}, {Region: 2},
	}}
	got, want := bill.Regions(), []model.RegionID{0, 2, model.Global}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnverifiedIsWhatNobodyChecked(t *testing.T) {
	bill := cost.Bill{Lines: []cost.Line{
		{PerYear: 3 * million}, {PerYear: 2 * million, Unverified: true}, {PerYear: million},
	}}
	if got, want := bill.Unverified(), 2*million; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

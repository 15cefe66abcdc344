package cost_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redoubt/cost"
	"redoubt/model"
)

// perMonth is the total in whole dollars a month, rounded down.
func perMonth(b cost.Bill) int64 { return int64(b.PerMonth() / model.Dollar) }

func TestEcommerceStrategiesByHand(t *testing.T) {
	// us-east-1 sized for all traffic: (5,000 + 3,000 + 1,000 + 1,500) / 0.5 + 500 = 21,500; with
	// the global 2,100 that is the baseline of 23,600. eu-west-1 at full size: compute 10,000,
	// database 5,000, cache 2,000, network 3,333.33, storage 300.
	const baseline = 23_600
	rows := []struct {
		kind model.StrategyKind
		want int64
	}{
		{model.SingleRegion, baseline},
		{model.BackupRestore, baseline + 300 + 166},                   // 5 % of the network
		{model.PilotLight, baseline + 2500 + 300 + 333},               // 50 %, all, 10 %
		{model.WarmStandby, baseline + 2500 + 2500 + 500 + 300 + 833}, // 25 %, 50 %, 25 %, all, 25 %
		{model.HotStandby, baseline + 10000 + 5000 + 2000 + 300 + 833},
		{model.ReadLocal, 23_900},
		{model.ActiveActive, 23_900 + 1500 + 1000}, // every database outside the primary twice
	}
	s := ecommerce()
	for _, row := range rows {
		if got := perMonth(cost.Itemise(s, row.kind)); got != row.want {
			t.Errorf("%s: got $%d a month, want $%d", row.kind, got, row.want)
		}
	}
}

func TestReadLocalAsBilledIsTheBill(t *testing.T) {
	s := ecommerce()
	got, want := cost.Itemise(s, model.ReadLocal), cost.AsBilled(s)
	if got.Total() != want.Total() || len(got.Lines) != len(want.Lines) {
		t.Fatalf("got %d lines of %s, want %d of %s",
			len(got.Lines), got.Total(), len(want.Lines), want.Total())
	}
	for i := range want.Lines {
		a, b := got.Lines[i], want.Lines[i]
		if a.Region != b.Region || a.What != b.What || a.PerYear != b.PerYear || a.Source != b.Source {
			t.Errorf("line %d: got %+v, want %+v", i, a, b)
		}
	}
}

func TestBasisExplainsTheAmount(t *testing.T) {
	s := ecommerce()
	rows := []struct {
		kind     model.StrategyKind
		region   model.RegionID
		category model.Category
		want     string
	}{
		{model.SingleRegion, usEast, model.Compute,
			"$60,000 for 50 % of the traffic, sized for all of it"},
		{model.SingleRegion, usEast, model.Storage, "as billed: storage does not grow with traffic"},
		{model.WarmStandby, euWest, model.Compute, "25 % of $120,000, eu-west-1 sized for all traffic"},
		{model.WarmStandby, euWest, model.Storage, "100 % of $3,600, eu-west-1"},
		{model.ReadLocal, euWest, model.Compute, "as billed, for the region's own traffic"},
		{model.ActiveActive, euWest, model.Database,
			"$18,000 as billed x 2, the factor of active-active on database outside the primary"},
		{model.ActiveActive, usEast, model.Database, "as billed, for the region's own traffic"},
	}
	for _, row := range rows {
		got := findLine(t, cost.Itemise(s, row.kind), row.region, row.category).Basis
		if got != row.want {
			t.Errorf("%s %s: got %q, want %q", row.kind, row.category, got, row.want)
		}
	}
}

func findLine(t *testing.T, b cost.Bill, r model.RegionID, c model.Category) cost.Line {
	t.Helper()
	for _, line := range b.Lines {
		if line.Region == r && line.Category == c {
			return line
		}
	}
	t.Fatalf("%s has no %s line in region %d", b.Strategy, c, r)
	return cost.Line{}
}

func TestSecondaryWithoutALineTakesThePrimarys(t *testing.T) {
	s := ecommerce()
	s.Bill = append(s.Bill, monthly(usEast, model.Messaging, "MSK", 460))
	line := findLine(t, cost.Itemise(s, model.WarmStandby), euWest, model.Messaging)
	if want := 12 * 460 * model.Dollar; line.PerYear != want { // Half of twice as much.
		t.Errorf("amount: got %s, want %s", line.PerYear, want)
	}
	want := "50 % of $11,040, us-east-1 sized for all traffic " +
		"(eu-west-1 has no messaging line of its own)"
	if line.Basis != want {
		t.Errorf("basis: got %q, want %q", line.Basis, want)
	}
}

func TestCategoriesThatNobodyBillsAreNamed(t *testing.T) {
	s := ecommerce() // Without a line of messaging or observability.
	rows := []struct {
		kind model.StrategyKind
		want string
	}{
		{model.SingleRegion, ""},
		{model.PilotLight, ""},
		{model.WarmStandby, "the bill has no line of messaging, observability to size the standby's " +
			"from: its cost leaves them out"},
		{model.ActiveActive, ""},
	}
	for _, row := range rows {
		if got := cost.UnbilledRemark(s, row.kind); got != row.want {
			t.Errorf("%s: got %q, want %q", row.kind, got, row.want)
		}
	}
	s.Bill = append(s.Bill, monthly(usEast, model.Messaging, "MSK", 460))
	got := cost.Unbilled(s, model.WarmStandby)
	if len(got) != 1 || got[0] != model.Observability {
		t.Errorf("messaging in the primary alone: got %v, want observability", got)
	}
	s.Bill = nil
	if got := cost.Unbilled(s, model.WarmStandby); got != nil {
		t.Errorf("no bill: got %v, want nothing", got)
	}
}

func TestRegionWithoutTrafficIsNotScaled(t *testing.T) {
	s := ecommerce()
	s.Populations = []model.Population{{Name: "all", Share: 1, Nearest: usEast}}
	line := findLine(t, cost.Itemise(s, model.HotStandby), euWest, model.Compute)
	if want := 36_000 * model.Dollar; line.PerYear != want {
		t.Errorf("got %s, want %s", line.PerYear, want)
	}
	if got := cost.Itemise(s, model.SingleRegion).PerMonth(); got != cost.Unscaled(s).PerMonth() {
		t.Errorf("primary with all the traffic: got %s, want the unscaled bill", got)
	}
}

func TestAssumedSharesAreMarked(t *testing.T) {
	s := ecommerce()
	rows := []struct {
		name     string
		kind     model.StrategyKind
		region   model.RegionID
		category model.Category
		want     bool
	}{
		{"a quarter of compute is roadmap-90-day's", model.WarmStandby, euWest, model.Compute, false},
		{"a whole copy of storage is needed", model.PilotLight, euWest, model.Storage, false},
		{"half a database is assumed", model.WarmStandby, euWest, model.Database, true},
		{"all of compute is assumed for hot", model.HotStandby, euWest, model.Compute, true},
		{"the primary is billed", model.WarmStandby, usEast, model.Compute, false},
		{"serving as billed", model.ReadLocal, euWest, model.Database, false},
		{"a factor of two is assumed", model.ActiveActive, euWest, model.Database, true},
	}
	for _, row := range rows {
		line := findLine(t, cost.Itemise(s, row.kind), row.region, row.category)
		if line.Unverified != row.want {
			t.Errorf("%s: got unverified %t, want %t", row.name, line.Unverified, row.want)
		}
	}
	for i := range s.Bill {
		s.Bill[i].Unverified = true
	}
	for _, kind := range model.StrategyKinds() {
		bill := cost.Itemise(s, kind)
		if got, want := bill.Unverified(), bill.Total(); got != want {
			t.Errorf("%s of an unverified bill: got %s unverified, want all of %s", kind, got, want)
		}
	}
}

func TestWitnessIsPaidByWhoeverNeedsItsVote(t *testing.T) {
	s := ecommerce()
	s.Regions = append(s.Regions, model.Region{Name: "ca-central-1", Witness: true})
	s.Bill = append(s.Bill, monthly(3, model.Compute, "agent", 30))
	for _, kind := range model.StrategyKinds() {
		want := 360 * model.Dollar
		if kind == model.SingleRegion {
			want = 0
		}
		if got := cost.Itemise(s, kind).InRegion(3); got != want {
			t.Errorf("%s: got %s for the witness, want %s", kind, got, want)
		}
	}
}

func TestExtraPerYearIsALineOfItsOwn(t *testing.T) {
	s := &model.Scenario{Regions: []model.Region{{Name: "a"}, {Name: "b"}}}
	s.Strategies = []model.Strategy{{Kind: model.WarmStandby, ExtraPerYear: 300_000 * model.Dollar}}
	bill := cost.Itemise(s, model.WarmStandby)
	if len(bill.Lines) != 1 || bill.Total() != 300_000*model.Dollar {
		t.Fatalf("got %+v, want one line of $300,000", bill.Lines)
	}
	if got := bill.Lines[0].What; !strings.Contains(got, "warm-standby") {
		t.Errorf("the line is called %q, want the strategy's name in it", got)
	}
}

func TestLinesLeadToTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		bills := []cost.Bill{cost.AsBilled(s), cost.Unscaled(s)}
		for _, kind := range model.StrategyKinds() {
			bills = append(bills, cost.Itemise(s, kind))
		}
		for _, bill := range bills {
			var lines, regions, categories model.Money
			for _, line := range bill.Lines {
				lines += line.PerYear
				if line.Basis == "" {
					t.Fatalf("%s: line %+v does not say how it came about", bill.Strategy, line)
				}
			}
			for _, r := range bill.Regions() {
				regions += bill.InRegion(r)
			}
			for c := range model.CategoryCount {
				categories += bill.InCategory(c)
			}
			total := bill.Total()
			if lines != total || regions != total || categories != total {
				t.Fatalf("%s: total %d, lines %d, regions %d, categories %d",
					bill.Strategy, total, lines, regions, categories)
			}
		}
	})
}

func TestEveryStrategyButServingCostsAtLeastTheBaseline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		baseline := cost.Itemise(s, model.SingleRegion).Total()
		for _, kind := range model.StrategyKinds() {
			if got := cost.Itemise(s, kind).Total(); kind.HasStandby() && got < baseline {
				t.Fatalf("%s costs %s, less than the %s of a region it contains", kind, got, baseline)
			}
		}
	})
}

func TestMoreStandbyNeverCostsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		kind := rapid.SampledFrom(model.StrategyKinds()).Draw(t, "kind")
		category := rapid.IntRange(0, int(model.CategoryCount)-1).Draw(t, "category")
		before := cost.Itemise(s, kind).Total()
		edit(s, kind, func(strategy *model.Strategy) {
			strategy.Standby[category] += rapid.Float64Range(0, 1).Draw(t, "more")
			strategy.Serving[category] += rapid.Float64Range(0, 1).Draw(t, "more serving")
		})
		if after := cost.Itemise(s, kind).Total(); after < before {
			t.Fatalf("%s with more %s: got %d, want at least %d",
				kind, model.Category(category), after, before)
		}
	})
}

func TestTwiceTheBillIsTwiceTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		kind := rapid.SampledFrom(model.StrategyKinds()).Draw(t, "kind")
		before := cost.Itemise(s, kind)
		for i := range s.Bill {
			s.Bill[i].PerYear *= 2
		}
		edit(s, kind, func(strategy *model.Strategy) { strategy.ExtraPerYear *= 2 })
		// A line is rounded to a micro-dollar at most twice on its way.
		slack := model.Money(3 * len(before.Lines))
		off := cost.Itemise(s, kind).Total() - 2*before.Total()
		if off > slack || off < -slack {
			t.Fatalf("%s: off by %d micro-dollars, want at most %d", kind, off, slack)
		}
	})
}

func TestOrderOfLinesDoesNotChangeTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		kind := rapid.SampledFrom(model.StrategyKinds()).Draw(t, "kind")
		before := cost.Itemise(s, kind).Total()
		s.Bill = rapid.Permutation(s.Bill).Draw(t, "bill")
		if after := cost.Itemise(s, kind).Total(); after != before {
			t.Fatalf("%s: got %d, want %d", kind, after, before)
		}
	})
}

package redoubt_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// roadmap is the business case of roadmap-90-day, example calculation: $50M of revenue, eight
// outage hours a year, and a programme of $300,000 a year.
func roadmap() *model.Scenario {
	return &model.Scenario{
		Name:    "roadmap",
		Regions: []model.Region{{Name: "us-east-1"}, {Name: "us-west-2"}},
		Business: model.Business{
			RevenuePerYear: 50_000_000 * model.Dollar, OutageHours: 8, DiscountRate: 0.08, HorizonYears: 3,
		},
		Strategies: []model.Strategy{{
			Kind: model.WarmStandby, Mode: model.Automatic, ExtraPerYear: 300_000 * model.Dollar,
			Scale: model.Fixed(4 * time.Minute),
		}},
	}
}

// priced returns the answer for the one strategy of the roadmap that has a price.
func priced(t interface{ Fatalf(string, ...any) }, s *model.Scenario) (
	redoubt.Business, redoubt.BusinessStrategy,
) {
	b, err := redoubt.BusinessCase(s)
	if err != nil {
		t.Fatalf("business case: %v", err)
	}
	for _, strategy := range b.Strategies {
		if strategy.Kind == model.WarmStandby {
			return b, strategy
		}
	}
	t.Fatalf("no warm standby in %+v", b)
	return b, redoubt.BusinessStrategy{}
}

func roughly(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func TestBusinessCaseOfTheRoadmap(t *testing.T) {
	b, warm := priced(t, roadmap())
	rows := []struct {
		name                 string
		got, want, tolerance float64
	}{
		{"revenue an hour", b.RevenuePerHour, 5707.76, 0.005},
		{"loss a year", b.LossPerYear, 45_662, 0.5},
		{"extra", warm.Extra.USD(), 300_000, 0},
		{"breakeven, all avoided", warm.Effects[0].BreakevenHours, 52.6, 0.05},
		{"breakeven at 98 %", warm.Effects[1].BreakevenHours, 53.6, 0.05},
		{"breakeven at 74 %", warm.Effects[2].BreakevenHours, 71.0, 0.05},
		{"cost/benefit", warm.Effects[0].CostBenefit, 6.57, 0.005},
		{"revenue where the abort ends", warm.AbortEndsAt, 65.7e6, 1},
		{"revenue at breakeven", warm.BreakevenAt, 328.5e6, 1},
		{"the same, as an effect", warm.Effects[0].BreakevenRevenue, 328.5e6, 1},
	}
	for _, row := range rows {
		if !roughly(row.got, row.want, row.tolerance) {
			t.Errorf("%s: got %v, want %v", row.name, row.got, row.want)
		}
	}
	want := "costs 6.57 times what it avoids ($300,000 against $45,662 a year); 5 or more means abort"
	if warm.Verdict != cost.Abort || warm.Reasons[0] != want {
		t.Errorf("got %s because %q, want abort because %q", warm.Verdict, warm.Reasons, want)
	}
	if !strings.Contains(warm.Reasons[1], "breaks even at 52.6 outage hours a year") {
		t.Errorf("got %q, want the breakeven hours", warm.Reasons[1])
	}
}

func TestVerdictFollowsTheRevenue(t *testing.T) {
	rows := []struct {
		name    string
		revenue int64
		want    cost.Verdict
	}{
		{"as published", 50_000_000, cost.Abort},
		{"just before the abort ends", 65_699_999, cost.Abort},
		{"just after it ended", 65_700_001, cost.Reconsider},
		{"just before breakeven", 328_499_999, cost.Reconsider},
		{"just after breakeven", 328_500_001, cost.Proceed},
	}
	for _, row := range rows {
		s := roadmap()
		s.Business.RevenuePerYear = model.Money(row.revenue) * model.Dollar
		if _, warm := priced(t, s); warm.Verdict != row.want {
			t.Errorf("%s: got %s, want %s", row.name, warm.Verdict, row.want)
		}
	}
}

func TestQuestionThreeOfTheRoadmap(t *testing.T) {
	// roadmap-90-day, question three: $5,000 a year of outages against $60,000, "twelve times".
	s := roadmap()
	s.Business.RevenuePerYear, s.Business.OutageHours = 43_800_000*model.Dollar, 1
	s.Strategies[0].ExtraPerYear = 60_000 * model.Dollar
	_, warm := priced(t, s)
	if warm.Verdict != cost.Abort || !roughly(warm.Effects[0].CostBenefit, 12, 1e-9) {
		t.Errorf("got %s at %v, want abort at 12", warm.Verdict, warm.Effects[0].CostBenefit)
	}
}

func TestPublishedBreakevenNeedsOtherInputs(t *testing.T) {
	// The 65 h that roadmap-90-day prints would need a $370.5k programme at its $5,700 an hour:
	// 65 x 5,700 is 370,500.
	if got := cost.BreakevenHours(370_500, 5_700, 1); !roughly(got, 65, 1e-9) {
		t.Errorf("got %v, want 65", got)
	}
}

func TestOutageHoursFollowFromHazards(t *testing.T) {
	s := roadmap()
	s.Business.OutageHours = 0
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: 0, PerYear: 0.5, Duration: model.Fixed(16 * time.Hour),
	}}
	b, warm := priced(t, s)
	if !roughly(b.OutageHours, 8, 1e-9) || !roughly(warm.Effects[0].CostBenefit, 6.57, 0.005) {
		t.Errorf("got %v h and %v, want 8 h and 6.57", b.OutageHours, warm.Effects[0].CostBenefit)
	}
	if want := "rate x mean duration of the losses of us-east-1"; b.OutageBasis != want {
		t.Errorf("basis: got %q, want %q", b.OutageBasis, want)
	}
	// Each outage lasts 16 h, of which a recovery in one hour leaves 15.
	if got := b.Recoveries[2]; got.Recovery != time.Hour || !roughly(got.Avoided, 15.0/16, 1e-3) {
		t.Errorf("recovery in 1 h: got %+v, want 15/16 avoided", got)
	}
}

func TestPublishedDurationsWhereTheScenarioHasNone(t *testing.T) {
	// data/README, item 3: all incidents 98 / 93 / 74 % at 5 min, 15 min and 1 h.
	b, _ := priced(t, roadmap())
	for i, want := range []float64{0.98, 0.93, 0.74} {
		if got := b.Recoveries[i]; !roughly(got.Avoided, want, 0.005) {
			t.Errorf("recovery in %s: got %.4f, want %.2f", got.Recovery, got.Avoided, want)
		}
	}
	_, warm := priced(t, roadmap())
	for i, want := range []float64{math.NaN(), 0.9757, 0.7368} {
		got := warm.Effects[i].Computed
		if !roughly(got, want, 0.00005) && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s: got %v computed, want %v", warm.Effects[i].Name, got, want)
		}
		if published := strings.Contains(warm.Effects[i].Name, "published"); published != (i > 0) {
			t.Errorf("%s: got published %t", warm.Effects[i].Name, published)
		}
	}
	if !strings.Contains(b.DurationBasis, "AWS region incidents") {
		t.Errorf("basis: got %q, want it to name the published fit", b.DurationBasis)
	}
}

func TestExpectedRecoveryHasItsOwnEffect(t *testing.T) {
	s := roadmap()
	if _, warm := priced(t, s); warm.Recovery != 0 || len(warm.Effects) != 3 {
		t.Errorf("no checks: got %s and %d effects, want none of its own",
			warm.Recovery, len(warm.Effects))
	}
	s.Checks = []model.Check{{
		Interval: 10 * time.Second, Timeout: 5 * time.Second, Failures: 3, Aligned: true,
	}}
	s.Settings.HoldDown, s.Routing.TTL = 25*time.Second, time.Minute
	_, warm := priced(t, s)
	if warm.Recovery != 330*time.Second { // 35 + 25 + 240 + 30
		t.Errorf("recovery: got %s, want 5m30s", warm.Recovery)
	}
	text := strings.Join(warm.Reasons, "; ")
	if !strings.Contains(text, "expected recovery in 5m30s") {
		t.Errorf("reasons: got %q, want the expected recovery among them", text)
	}
	last := warm.Effects[len(warm.Effects)-1]
	want := model.LognormalHours(0.7066, 1.0256).AvoidedShare(330)
	if last.Effectiveness != want || last.Name != "expected recovery in 5m30s" {
		t.Errorf("got %q at %v, want %v", last.Name, last.Effectiveness, want)
	}
}

func TestLowerEffectivenessThatChangesTheVerdictIsSaid(t *testing.T) {
	s := roadmap()
	s.Business.RevenuePerYear = 340_000_000 * model.Dollar // Pays at 100 %, not at 74 %.
	_, warm := priced(t, s)
	text := strings.Join(warm.Reasons, "; ")
	if warm.Verdict != cost.Proceed ||
		!strings.Contains(text, "(74.0 % of the outage hours avoided): cost/benefit 1.31, reconsider") {
		t.Errorf("got %s because %q, want the doubt at 74 %%", warm.Verdict, warm.Reasons)
	}
}

func TestOneTimeCostCountsInTheBusinessCase(t *testing.T) {
	s := roadmap()
	s.Business.RevenuePerYear = 340_000_000 * model.Dollar // A net of $10,502 a year.
	if _, warm := priced(t, s); !math.IsNaN(warm.IRR) || warm.PaybackMonths != 0 {
		t.Errorf("nothing to build: got an IRR of %v, %v months, want none", warm.IRR, warm.PaybackMonths)
	}
	s.Strategies[0].OneTime = 20_000 * model.Dollar
	_, warm := priced(t, s)
	if warm.Verdict != cost.Proceed {
		t.Errorf("$20,000 to build: got %s, want proceed", warm.Verdict)
	}
	net := warm.Effects[0].AvoidedPerYear - warm.Extra.USD()
	if got := cost.NetPresentValue(20_000, net, warm.IRR, 3); !roughly(got, 0, 0.01) ||
		!roughly(warm.PaybackMonths, 20_000/net*12, 1e-9) || warm.NPV <= 0 {
		t.Errorf("got a value of %v at the IRR of %v, want 0; %v months, NPV %v",
			got, warm.IRR, warm.PaybackMonths, warm.NPV)
	}
	if text := strings.Join(warm.Reasons, "; "); !strings.Contains(text, "(IRR ") {
		t.Errorf("got %q, want the IRR in it", text)
	}
	s.Strategies[0].OneTime = 30_000 * model.Dollar
	if _, warm := priced(t, s); warm.Verdict != cost.Reconsider {
		t.Errorf("$30,000 to build: got %s, want reconsider", warm.Verdict)
	}
}

func TestStrategiesWithoutAPriceAreExcused(t *testing.T) {
	s := roadmap()
	s.Strategies = append(s.Strategies,
		model.DefaultStrategy(model.SingleRegion), model.DefaultStrategy(model.PilotLight))
	b, _ := priced(t, s)
	if len(b.Strategies) != 2 || b.Strategies[0].Kind != model.PilotLight {
		t.Fatalf("got %+v, want the two that have a standby, in their order", b.Strategies)
	}
	for _, strategy := range b.Strategies {
		excused := strategy.Excuse == "nothing says what it costs"
		if excused == (strategy.Kind == model.WarmStandby) {
			t.Errorf("%s: got excuse %q", strategy.Kind, strategy.Excuse)
		}
	}
}

func TestEveryStrategyIsTakenWhereNoneIsListed(t *testing.T) {
	s := roadmap()
	s.Strategies = nil
	b, err := redoubt.BusinessCase(s)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(b.Strategies), len(model.StrategyKinds())-1; got != want {
		t.Errorf("got %d strategies, want %d", got, want)
	}
}

func TestBusinessCaseThatCannotBeMade(t *testing.T) {
	hopeless := roadmap()
	hopeless.Business.OutageHours = 0
	witness := roadmap()
	witness.Regions = []model.Region{{Name: "w", Witness: true}}
	for want, s := range map[string]*model.Scenario{
		"no expected outage hours": hopeless, "no region has a workload": witness,
	} {
		if _, err := redoubt.BusinessCase(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

// TestBusinessCaseIsMonotone raises revenue, hours or cost alone and looks at which way the answer
// goes.
func TestBusinessCaseIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := roadmap()
		dollars := func(name string, low, high int64) model.Money {
			return model.Money(rapid.Int64Range(low, high).Draw(t, name)) * model.Dollar
		}
		s.Business.RevenuePerYear = dollars("revenue", 1, 1e9)
		s.Business.ReputationPerHour = dollars("reputation", 0, 1e4)
		s.Business.Deferred = rapid.Float64Range(0, 0.99).Draw(t, "deferred")
		s.Business.OutageHours = rapid.Float64Range(0.01, 100).Draw(t, "hours")
		s.Strategies[0].ExtraPerYear = dollars("extra", 1, 1e7)
		before, a := priced(t, s)
		sign := 1.0
		switch rapid.SampledFrom([]string{"revenue", "hours", "cost"}).Draw(t, "what grows") {
		case "revenue":
			s.Business.RevenuePerYear += dollars("more revenue", 1, 1e9)
		case "hours":
			s.Business.OutageHours += rapid.Float64Range(0.01, 100).Draw(t, "more hours")
		case "cost":
			s.Strategies[0].ExtraPerYear += dollars("more cost", 1, 1e7)
			sign = -1
		}
		after, z := priced(t, s)
		for i := range a.Effects {
			x, y := a.Effects[i], z.Effects[i]
			if sign*(x.CostBenefit-y.CostBenefit) <= 0 {
				t.Fatalf("%s: cost/benefit went from %v to %v", x.Name, x.CostBenefit, y.CostBenefit)
			}
			if sign*float64(int(x.Verdict)-int(y.Verdict)) < 0 {
				t.Fatalf("%s: the verdict went from %s to %s", x.Name, x.Verdict, y.Verdict)
			}
			if sign*(x.BreakevenHours-y.BreakevenHours) < 0 {
				t.Fatalf("%s: breakeven went from %v to %v", x.Name, x.BreakevenHours, y.BreakevenHours)
			}
		}
		if sign > 0 && after.LossPerYear <= before.LossPerYear {
			t.Fatalf("the loss went from %v to %v", before.LossPerYear, after.LossPerYear)
		}
	})
}

// TestAbortEndsWhereItSays goes to the revenue at which the abort ends and a little to each side.
func TestAbortEndsWhereItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := roadmap()
		s.Business.OutageHours = rapid.Float64Range(0.1, 100).Draw(t, "hours")
		extra := rapid.Int64Range(1e3, 1e7).Draw(t, "extra")
		s.Strategies[0].ExtraPerYear = model.Money(extra) * model.Dollar
		_, warm := priced(t, s)
		for _, end := range []struct {
			name         string
			at           float64
			below, above cost.Verdict
		}{
			{"abort", warm.AbortEndsAt, cost.Abort, cost.Reconsider},
			{"breakeven", warm.BreakevenAt, cost.Reconsider, cost.Proceed},
		} {
			s.Business.RevenuePerYear = model.Dollars(end.at * (1 - 1e-6))
			_, below := priced(t, s)
			s.Business.RevenuePerYear = model.Dollars(end.at * (1 + 1e-6))
			_, above := priced(t, s)
			if below.Verdict != end.below || above.Verdict != end.above {
				t.Fatalf("%s at %v: got %s below and %s above, want %s and %s",
					end.name, end.at, below.Verdict, above.Verdict, end.below, end.above)
			}
		}
	})
}

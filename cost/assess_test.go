package cost_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/cost"
	"redoubt/model"
)

// programme is an estate without a bill whose warm standby costs $300,000 a year, as roadmap-90-day
// has it, and which earns $50M.
func programme() *model.Scenario {
	return &model.Scenario{
		Regions:  []model.Region{{Name: "a"}, {Name: "b"}},
		Business: model.Business{RevenuePerYear: 50 * million, DiscountRate: 0.1, HorizonYears: 3},
		Strategies: []model.Strategy{
			{Kind: model.WarmStandby, ExtraPerYear: 300_000 * model.Dollar},
		},
	}
}

func reasonsOf(c cost.Case) string { return strings.Join(c.Reasons, "; ") }

func TestAssessOfTheRoadmap(t *testing.T) {
	// Eight hours every year, all avoided: the document's arithmetic.
	c := assess(t, programme(), model.WarmStandby,
		outcome(model.SingleRegion, 8, 8), outcome(model.WarmStandby, 0, 0))
	rows := []struct {
		name                 string
		got, want, tolerance float64
	}{
		{"extra", c.Extra.USD(), 300_000, 0},
		{"avoided", c.AvoidedPerYear.Mean, 45_662, 0.5},
		{"net", c.NetPerYear.Mean, 45_662 - 300_000, 0.5},
		{"effectiveness", c.Effectiveness, 1, 0},
		{"cost/benefit", c.CostBenefit, 6.57, 0.005},
		{"breakeven hours", c.BreakevenHours, 52.56, 0.005},
		{"breakeven revenue", c.BreakevenRevenue, 328.5e6, 1},
		{"ROI", c.ROI, -0.848, 0.0005},
		{"pays back", c.ProbabilityPaysBack, 0, 0},
		{"payback", c.PaybackMonths, math.Inf(1), 0},
		{"hours of the baseline", c.BaselineHours, 8, 1e-9},
	}
	for _, row := range rows {
		if !near(row.got, row.want, row.tolerance) {
			t.Errorf("%s: got %v, want %v", row.name, row.got, row.want)
		}
	}
	if c.Verdict != cost.Abort || !strings.Contains(c.Reasons[0], "costs 6.57 times what it avoids") {
		t.Errorf("got %s because %q, want an abort at 6.57 times", c.Verdict, c.Reasons)
	}
}

func TestAssessOfPartlyAvoidedOutages(t *testing.T) {
	// 74 % of the hours avoided: breakeven at 71.0 h instead of 52.6.
	c := assess(t, programme(), model.WarmStandby,
		outcome(model.SingleRegion, 16, 0), outcome(model.WarmStandby, 4.16, 0))
	if !near(c.Effectiveness, 0.74, 1e-9) || !near(c.BreakevenHours, 71.0, 0.05) {
		t.Errorf("got %v and %.2f h, want 0.74 and 71.0 h", c.Effectiveness, c.BreakevenHours)
	}
}

func TestAssessByHand(t *testing.T) {
	s := ecommerce() // $100,000 an hour.
	edit(s, model.WarmStandby, func(strategy *model.Strategy) { strategy.OneTime = million })
	s.Business.Incident = 10_000 * model.Dollar
	baseline := outcome(model.SingleRegion, 0, 10, 2)
	strategy := outcome(model.WarmStandby, 0, 1, 2)
	baseline.Trials[1].Incidents, strategy.Trials[1].Incidents = 1, 1
	strategy.Trials[2].Incidents = 1
	c := assess(t, s, model.WarmStandby, baseline, strategy)
	// Avoided: 0, 900,000 and -10,000. Extra: 2,500 + 2,500 + 500 + 300 + 833.33 a month.
	const extra = 12 * (2500 + 2500 + 500 + 300 + 2500.0/3)
	const avoided = 890_000 / 3.0
	net := avoided - extra
	rows := []struct {
		name                 string
		got, want, tolerance float64
	}{
		{"cost", c.CostPerYear.USD(), 12*23_600 + extra, 1e-3},
		{"extra", c.Extra.USD(), extra, 1e-3},
		{"extra, unscaled", c.ExtraUnscaled.USD(), 12*(23_600-13_100) + extra, 1e-3},
		{"loss", c.LossPerYear.Mean, (300_000 + 20_000) / 3.0, 1e-3},
		{"loss of revenue", c.LossLines.Revenue.USD(), 100_000, 1e-3},
		{"loss of people", c.LossLines.People.USD(), 20_000 / 3.0, 1e-3},
		{"avoided", c.AvoidedPerYear.Mean, avoided, 1e-3},
		{"net", c.NetPerYear.Mean, net, 1e-3},
		{"effectiveness", c.Effectiveness, 0.75, 1e-9},
		{"ROI", c.ROI, net / extra, 1e-9},
		{"cost/benefit", c.CostBenefit, extra / avoided, 1e-9},
		{"breakeven hours", c.BreakevenHours, extra / (100_000 * 0.75), 1e-9},
		// 3 of 12 hours remain: 3 h/year avoided, less 10,000 / 3 of people.
		{"breakeven revenue", c.BreakevenRevenue, (extra + 10_000/3.0) / 3 * 8760, 1},
		{"NPV", c.NPV, slowValue(1e6, net, 0.08, 5), 1e-2},
		{"payback", c.PaybackMonths, 1e6 / net * 12, 1e-9},
		{"pays back", c.ProbabilityPaysBack, 1.0 / 3, 1e-9},
		{"value at the IRR", slowValue(1e6, net, c.IRR, 5), 0, 1e-2},
	}
	for _, row := range rows {
		if !near(row.got, row.want, row.tolerance) {
			t.Errorf("%s: got %v, want %v", row.name, row.got, row.want)
		}
	}
	if c.InformativeTrials != 2 {
		t.Errorf("informative trials: got %d, want 2", c.InformativeTrials)
	}
	if !strings.Contains(reasonsOf(c), "the sign is not certain: 95 % interval of the net -$") {
		t.Errorf("got %q, want it to doubt the sign", c.Reasons)
	}
}

func TestPairedIntervalIsThatOfTheDifferences(t *testing.T) {
	s := ecommerce()
	// The strategy always avoids exactly one hour of a loss that varies a lot.
	baseline := outcome(model.SingleRegion, 1, 5, 90, 2)
	strategy := outcome(model.HotStandby, 0, 4, 89, 1)
	c := assess(t, s, model.HotStandby, baseline, strategy)
	want := model.Estimate{Mean: 100_000, Low: 100_000, High: 100_000}
	if c.AvoidedPerYear != want {
		t.Errorf("avoided: got %+v, want exactly $100,000", c.AvoidedPerYear)
	}
	if c.LossPerYear.High-c.LossPerYear.Low < 1e6 {
		t.Errorf("loss: got %+v, want a wide interval", c.LossPerYear)
	}
}

func TestOneTimeCostCanTurnAProceed(t *testing.T) {
	s := programme()
	s.Strategies[0].ExtraPerYear = 10_000 * model.Dollar
	run := func() cost.Case {
		return assess(t, s, model.WarmStandby,
			outcome(model.SingleRegion, 8, 8), outcome(model.WarmStandby, 0, 0))
	}
	if c := run(); c.Verdict != cost.Proceed || c.PaybackMonths != 0 || !math.IsNaN(c.IRR) {
		t.Errorf("nothing to build: got %s, %v months, IRR %v", c.Verdict, c.PaybackMonths, c.IRR)
	}
	s.Strategies[0].OneTime = 80_000 * model.Dollar // 35,662 x 2.4869 = $88,687 over 3 years.
	if c := run(); c.Verdict != cost.Proceed || c.NPV <= 0 || c.ProbabilityPaysBack != 1 {
		t.Errorf("$80,000 to build: got %s, NPV %.0f", c.Verdict, c.NPV)
	}
	s.Strategies[0].OneTime = 90_000 * model.Dollar
	c := run()
	if c.Verdict != cost.Reconsider || c.NPV >= 0 || c.ProbabilityPaysBack != 0 {
		t.Errorf("$90,000 to build: got %s, NPV %.0f", c.Verdict, c.NPV)
	}
	if want := "$90,000 to build: NPV -$1,3"; !strings.Contains(reasonsOf(c), want) {
		t.Errorf("got %q, want %q in it", c.Reasons, want)
	}
}

func TestAssessAtTheEdges(t *testing.T) {
	good, bad := outcome(model.WarmStandby, 0, 0), outcome(model.WarmStandby, 9, 9)
	cheap := programme()
	cheap.Strategies[0].ExtraPerYear = -1000 * model.Dollar
	poor := programme()
	poor.Business.RevenuePerYear = 0
	unpriced := programme()
	unpriced.Strategies = nil
	rows := []struct {
		name               string
		s                  *model.Scenario
		baseline, strategy model.Outcome
		verdict            cost.Verdict
		costBenefit, roi   float64
		reason             string
	}{
		{"cheaper than the baseline", cheap, outcome(0, 8, 8), good, cost.Proceed,
			-1000 / (400e6 / 8760), math.NaN(), "saves $1,000 a year"},
		{"avoids nothing", programme(), outcome(0, 9, 9), bad, cost.Abort,
			math.Inf(1), -1, "avoids nothing"},
		{"worse than the baseline", programme(), outcome(0, 3, 3), bad, cost.Abort,
			math.Inf(1), -1 - 300e6/8760/300_000,
			"loses 9 hours of sales a year where the single region loses 3"},
		{"no revenue", poor, outcome(0, 8, 8), good, cost.Abort,
			math.Inf(1), -1, "no revenue is stated"},
		{"no price", unpriced, outcome(0, 8, 8), good, cost.Unpriced,
			math.NaN(), math.NaN(), "does not say what it costs"},
		{"no outage", programme(), outcome(0, 0, 0), good, cost.Abort,
			math.Inf(1), -1, "the single region had no outage in any trial"},
		{"one trial", programme(), outcome(0, 8), outcome(0, 0), cost.Abort,
			6.57, 45_662/300_000.0 - 1, "one trial has no interval"},
	}
	for _, row := range rows {
		c := assess(t, row.s, model.WarmStandby, row.baseline, row.strategy)
		if c.Verdict != row.verdict || !strings.Contains(reasonsOf(c), row.reason) {
			t.Errorf("%s: got %s because %q, want %s and %q",
				row.name, c.Verdict, c.Reasons, row.verdict, row.reason)
		}
		bothNaN := math.IsNaN(c.CostBenefit) && math.IsNaN(row.costBenefit)
		if !near(c.CostBenefit, row.costBenefit, 0.005) && !bothNaN {
			t.Errorf("%s: cost/benefit: got %v, want %v", row.name, c.CostBenefit, row.costBenefit)
		}
		if !near(c.ROI, row.roi, 1e-5) && !(math.IsNaN(c.ROI) && math.IsNaN(row.roi)) {
			t.Errorf("%s: ROI: got %v, want %v", row.name, c.ROI, row.roi)
		}
	}
}

// What is lost beside the hours can outweigh all hours that are avoided: no number of outage hours
// then pays, not even for a strategy that is cheaper.
func TestStrategyThatAvoidsNothingNeverBreaksEven(t *testing.T) {
	for name, extra := range map[string]int64{"dearer": 300_000, "cheaper": -1_000_000} {
		s := programme()
		s.Strategies[0].ExtraPerYear = model.Money(extra) * model.Dollar
		s.Business.LostWrite = 1000 * model.Dollar
		after := outcome(model.WarmStandby, 0, 0)
		after.Trials[0].LostWrites, after.Trials[1].LostWrites = 60, 80
		c := assess(t, s, model.WarmStandby, outcome(model.SingleRegion, 8, 8), after)
		if c.AvoidedPerYear.Mean >= 0 || !math.IsInf(c.BreakevenHours, 1) {
			t.Errorf("%s: got breakeven at %v h with %v avoided, want never",
				name, c.BreakevenHours, c.AvoidedPerYear.Mean)
		}
		if strings.Contains(reasonsOf(c), "breaks even") {
			t.Errorf("%s: got %q, want no breakeven", name, c.Reasons)
		}
	}
}

func TestBreakevenInWords(t *testing.T) {
	s := programme()
	for extra, want := range map[int64]string{
		60_000_000: "would not break even if it were out all year",
		100:        "breaks even at 0.02 outage hours", 570: "breaks even at 0.1 outage hours",
		5: "breaks even at 0.0009 outage hours", 9_000: "breaks even at 1.6 outage hours",
	} {
		s.Strategies[0].ExtraPerYear = model.Money(extra) * model.Dollar
		c := assess(t, s, model.WarmStandby, outcome(0, 8, 8), outcome(0, 0, 0))
		if !strings.Contains(reasonsOf(c), want) {
			t.Errorf("$%d extra: got %q, want %q in it", extra, c.Reasons, want)
		}
	}
}

// Two numbers that are said to differ are written so that they do.
func TestHoursAreWrittenApart(t *testing.T) {
	for _, row := range []struct {
		name         string
		before, left float64
		want         string
	}{
		{"a hair more", 3.99, 3.9913,
			"loses 3.991 hours of sales a year where the single region loses 3.99"},
		{"more", 3.99, 4.5, "loses 4.5 hours of sales a year where the single region loses 3.99"},
		{"none avoided", 3.99, 3.99, "avoids none of the sales lost in 3.99 outage hours"},
		{"hardly any avoided", 3.99, 3.98999,
			"avoids less than 0.01 % of the sales lost in 3.99 outage hours"},
		{"hardly any left", 3.99, 0.00001,
			"avoids more than 99.99 % of the sales lost in 3.99 outage hours"},
		{"all avoided", 3.99, 0, "avoids 100 % of the sales lost in 3.99 outage hours"},
	} {
		c := assess(t, programme(), model.WarmStandby,
			outcome(0, row.before, row.before), outcome(0, row.left, row.left))
		if !strings.Contains(reasonsOf(c), row.want) {
			t.Errorf("%s: got %q, want %q in it", row.name, c.Reasons, row.want)
		}
	}
}

// Nobody said what it costs: what is avoided is known, and nothing that rests on a price is.
func TestUnpricedStrategyHasNoVerdictOnMoney(t *testing.T) {
	s := programme()
	s.Strategies = nil
	baseline := outcome(model.SingleRegion, 8, 4, 9)
	c := assess(t, s, model.WarmStandby, baseline, outcome(model.WarmStandby, 1, 0, 2))
	if c.Priced || c.Verdict != cost.Unpriced {
		t.Errorf("got priced %t and the verdict %s, want unpriced", c.Priced, c.Verdict)
	}
	if want := 18 * 50e6 / 8760 / 3; !near(c.AvoidedPerYear.Mean, want, 0.01) ||
		!near(c.Effectiveness, 6.0/7, 1e-9) {
		t.Errorf("got %v avoided and %v of the hours, want %v and 6/7",
			c.AvoidedPerYear.Mean, c.Effectiveness, want)
	}
	for name, value := range map[string]float64{
		"net": c.NetPerYear.Mean, "net, low": c.NetPerYear.Low, "ROI": c.ROI, "NPV": c.NPV,
		"cost/benefit": c.CostBenefit, "breakeven hours": c.BreakevenHours, "IRR": c.IRR,
		"breakeven revenue": c.BreakevenRevenue, "payback": c.PaybackMonths,
		"pays back": c.ProbabilityPaysBack,
	} {
		if !math.IsNaN(value) {
			t.Errorf("%s: got %v, want no value", name, value)
		}
	}
	single := assess(t, s, model.SingleRegion, baseline, baseline)
	if single.Priced || single.Verdict != cost.Baseline ||
		!strings.Contains(reasonsOf(single), "costs what nobody says") {
		t.Errorf("got %s, priced %t because %q, want an unpriced baseline",
			single.Verdict, single.Priced, single.Reasons)
	}
}

func TestBaselineAgainstItself(t *testing.T) {
	baseline := outcome(model.SingleRegion, 1, 2, 9)
	c := assess(t, ecommerce(), model.SingleRegion, baseline, baseline)
	if c.Verdict != cost.Baseline || c.Extra != 0 || c.NetPerYear.Mean != 0 || c.Effectiveness != 0 {
		t.Errorf("got %s, extra %s, net %+v", c.Verdict, c.Extra, c.NetPerYear)
	}
	if !math.IsNaN(c.ROI) || !math.IsNaN(c.CostBenefit) || !math.IsNaN(c.IRR) {
		t.Errorf("ratios: got %v, %v, %v, want NaN", c.ROI, c.CostBenefit, c.IRR)
	}
	if want := 12 * (23_600 - 13_100) * model.Dollar; c.ExtraUnscaled != want {
		t.Errorf("unscaled: got %s, want %s", c.ExtraUnscaled, want)
	}
}

func TestOutcomesThatCannotBePairedAreErrors(t *testing.T) {
	longer := outcome(0, 1)
	longer.Horizon = 2 * model.Year
	instant := outcome(0, 1)
	instant.Horizon = 0
	rows := []struct {
		name               string
		baseline, strategy model.Outcome
		want               string
	}{
		{"no trials", outcome(0), outcome(0), "no trials"},
		{"more trials", outcome(0, 1), outcome(0, 1, 2), "has 1 trials and the strategy 2"},
		{"other horizon", outcome(0, 1), longer, "last 8760h0m0s and the strategy's 17520h0m0s"},
		{"no horizon", instant, instant, "must be above 0"},
	}
	for _, row := range rows {
		_, err := cost.Assess(ecommerce(), model.WarmStandby, row.baseline, row.strategy)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q in it", row.name, err, row.want)
		}
	}
}

// TestBreakevenHoldsOnTheTrialsThemselves stretches the outages, or the revenue, to what the case
// calls breakeven, and assesses again: the net must be zero.
func TestBreakevenHoldsOnTheTrialsThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ecommerce()
		s.Business.RevenuePerYear = model.Money(rapid.Int64Range(1, 1000).Draw(t, "revenue")) * million
		s.Business.Deferred = rapid.Float64Range(0, 0.9).Draw(t, "deferred")
		s.Business.ReputationPerHour = model.Money(rapid.Int64Range(0, 1e9).Draw(t, "reputation"))
		lost := rapid.SliceOfN(rapid.Float64Range(0.1, 100), 1, 8).Draw(t, "hours")
		left := make([]float64, len(lost))
		for i := range lost {
			left[i] = lost[i] * rapid.Float64Range(0, 0.9).Draw(t, "left")
		}
		kind := rapid.SampledFrom(model.StrategyKinds()[1:5]).Draw(t, "kind")
		c, err := cost.Assess(s, kind, outcome(0, lost...), outcome(kind, left...))
		if err != nil {
			t.Fatal(err)
		}
		stretch := c.BreakevenHours / c.BaselineHours
		for i := range lost {
			lost[i], left[i] = lost[i]*stretch, left[i]*stretch
		}
		stretched, _ := cost.Assess(s, kind, outcome(0, lost...), outcome(kind, left...))
		if net := stretched.NetPerYear.Mean; !near(net, 0, 1e-6*c.Extra.USD()+0.01) {
			t.Fatalf("net at %v outage hours: got %v, want 0", c.BreakevenHours, net)
		}
	})
}

func TestBreakevenRevenueMakesTheNetZero(t *testing.T) {
	s := ecommerce()
	s.Business.Incident, s.Business.ReputationPerHour = 700*model.Dollar, 30*model.Dollar
	baseline, strategy := outcome(0, 3, 1, 12), outcome(0, 0.5, 0.5, 0.1)
	for i := range baseline.Trials {
		baseline.Trials[i].Incidents = int64(i)
		baseline.Trials[i].Down /= time.Duration(i + 1)
	}
	for _, kind := range model.StrategyKinds()[1:] {
		c := assess(t, s, kind, baseline, strategy)
		changed := *s
		changed.Business.RevenuePerYear = model.Dollars(c.BreakevenRevenue)
		again := assess(t, &changed, kind, baseline, strategy)
		if net := again.NetPerYear.Mean; !near(net, 0, 0.01) {
			t.Errorf("%s: net at a revenue of %.0f: got %v, want 0", kind, c.BreakevenRevenue, net)
		}
	}
}

func TestTrialThatJustCoversTheCostPaysBack(t *testing.T) {
	s := programme()
	s.Business.RevenuePerYear = 8760 * 100_000 * model.Dollar // $100,000 an hour: 3 h cover it.
	c := assess(t, s, model.WarmStandby,
		outcome(0, 3, 2.9999, 3.0001, 0), outcome(model.WarmStandby, 0, 0, 0, 0))
	if c.ProbabilityPaysBack != 0.5 {
		t.Errorf("got %v, want the two trials of four with 3 h or more", c.ProbabilityPaysBack)
	}
}

func TestFewInformativeTrialsAreRemarkedOn(t *testing.T) {
	for _, row := range []struct {
		name    string
		outages int
		words   string
	}{
		{"none of a hundred", 0, "no trial differs from the baseline"},
		{"one of a hundred", 1, "only 1 trial differs from the baseline"},
		{"nine of a hundred", 9, "only 9 trials differ from the baseline"},
		{"ten of a hundred", 10, ""},
	} {
		hours := make([]float64, 100)
		for i := range row.outages {
			hours[7*i] = float64(5 + i)
		}
		c := assess(t, programme(), model.WarmStandby,
			outcome(0, hours...), outcome(0, make([]float64, 100)...))
		got := strings.Contains(reasonsOf(c), "from the baseline; below 10")
		if c.InformativeTrials != row.outages || got != (row.words != "") ||
			!strings.Contains(reasonsOf(c), row.words) {
			t.Errorf("%s: got %d trials and %q, want %q",
				row.name, c.InformativeTrials, c.Reasons, row.words)
		}
	}
}

func TestUnbilledCategoriesAreRemarkedOn(t *testing.T) {
	c := assess(t, ecommerce(), model.WarmStandby, outcome(0, 8), outcome(0, 0))
	if want := "the bill has no line of messaging"; !strings.Contains(reasonsOf(c), want) {
		t.Errorf("got %q, want %q in it", c.Reasons, want)
	}
}

func TestAssessIsTheSameTwice(t *testing.T) {
	baseline, strategy := outcome(0, 3, 1, 12, 0.7), outcome(0, 0.5, 0.5, 0.1, 0)
	for _, kind := range model.StrategyKinds()[1:] {
		a := assess(t, ecommerce(), kind, baseline, strategy)
		b := assess(t, ecommerce(), kind, baseline, strategy)
		if a.NetPerYear != b.NetPerYear || a.NPV != b.NPV || reasonsOf(a) != reasonsOf(b) {
			t.Errorf("%s: got %+v and then %+v", kind, a, b)
		}
	}
}

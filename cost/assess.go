package cost

import (
	"fmt"
	"math"

	"redoubt/model"
)

// informativeMin is how many trials must differ from the baseline's before the interval of the net
// can be trusted. Measured coverage is 95 % where 5 are expected and 86 % where 2.5 are
// (docs/cost.md, Intervals); 10 leaves a factor of two between what was drawn and what was to be
// expected.
const informativeMin = 10

// Assess sets a strategy against the single-region baseline: the two outcomes are of the same
// scenario, horizon and number of trials, and trial i of both had the same outages. Outcomes that
// cannot be paired are an error. For model.SingleRegion the strategy's outcome is the baseline's.
func Assess(
	s *model.Scenario, kind model.StrategyKind, baseline, strategy model.Outcome,
) (Case, error) {
	if err := pairable(baseline, strategy); err != nil {
		return Case{}, fmt.Errorf("assessing %s: %w", kind, err)
	}
	before, after := sampleOf(s.Business, baseline), sampleOf(s.Business, strategy)
	avoided := make([]float64, len(after.losses))
	for i := range avoided {
		avoided[i] = before.losses[i] - after.losses[i]
	}
	c := Case{
		Kind:              kind,
		LossPerYear:       Within(EstimateOf(after.losses), 0, math.Inf(1)),
		LossLines:         after.lines,
		AvoidedPerYear:    EstimateOf(avoided),
		BaselineHours:     before.hours,
		LostHours:         after.hours,
		InformativeTrials: countNonZero(avoided),
	}
	c.Incidents = incidentCost(s.Business, strategy)
	c.StandbyHours, c.WastePerYear = standbyWaste(s, kind, strategy)
	c.price(s)
	c.NetPerYear = shifted(c.AvoidedPerYear, -c.Extra.USD())
	if before.hours > 0 {
		c.Effectiveness = 1 - after.hours/before.hours
	}
	switch {
	case kind == model.SingleRegion:
		c.asBaseline()
	case !c.Priced:
		c.asUnpriced(s)
	default:
		c.appraise(s, before, after)
		c.BreakevenWithin = c.revenueWithin(s.Business, before, after)
		c.ProbabilityPaysBack = paysBack(s.Business, avoided, c.Extra.USD(), c.OneTime.USD())
		c.judge(s)
	}
	return c, nil
}

// pairable says why two outcomes cannot be compared trial by trial, if so.
func pairable(baseline, strategy model.Outcome) error {
	switch {
	case len(baseline.Trials) == 0:
		return fmt.Errorf("the baseline has no trials")
	case len(baseline.Trials) != len(strategy.Trials):
		return fmt.Errorf("the baseline has %d trials and the strategy %d",
			len(baseline.Trials), len(strategy.Trials))
	case baseline.Horizon != strategy.Horizon:
		return fmt.Errorf("the baseline's trials last %s and the strategy's %s",
			baseline.Horizon, strategy.Horizon)
	case baseline.Horizon <= 0:
		return fmt.Errorf("the horizon must be above 0, is %s", baseline.Horizon)
	}
	return nil
}

// price fills in what the strategy costs and how much of it is extra.
func (c *Case) price(s *model.Scenario) {
	c.Priced = Priced(s, c.Kind)
	bill := Itemise(s, c.Kind)
	c.CostPerYear, c.Unverified = bill.Total(), bill.Unverified()
	c.Extra = c.CostPerYear - Itemise(s, model.SingleRegion).Total()
	c.ExtraUnscaled = c.CostPerYear - Unscaled(s).Total()
	c.OneTime = overlay(s, c.Kind).OneTime - overlay(s, model.SingleRegion).OneTime
}

// asBaseline fills in the case of the baseline against itself.
func (c *Case) asBaseline() {
	c.ROI, c.CostBenefit, c.IRR = math.NaN(), math.NaN(), math.NaN()
	c.Verdict = Baseline
	costs := "costs what nobody says"
	if c.Priced {
		costs = fmt.Sprintf("costs %s a year", c.CostPerYear)
	}
	c.Reasons = []string{fmt.Sprintf("one region for all the traffic %s and loses %s a year to %s "+
		"outage hours", costs, usd(c.LossPerYear.Mean), Figures(c.LostHours))}
}

// asUnpriced leaves open what cannot be said without a price, and says what is lost and avoided.
func (c *Case) asUnpriced(s *model.Scenario) {
	unknown := math.NaN()
	c.NetPerYear = model.Estimate{Mean: unknown, Low: unknown, High: unknown}
	c.ROI, c.CostBenefit, c.IRR, c.NPV = unknown, unknown, unknown, unknown
	c.BreakevenHours, c.BreakevenRevenue, c.PaybackMonths = unknown, unknown, unknown
	c.ProbabilityPaysBack = unknown
	c.NPVWithin, c.BreakevenWithin = c.NetPerYear, c.NetPerYear
	c.Verdict = Unpriced
	c.Reasons = []string{"the scenario does not say what it costs: no bill, and no cost of its own"}
	c.addAvoided()
	c.addHours(s.Business)
	c.addCertainty(c.AvoidedPerYear, "what is avoided")
}

// appraise fills in the ratios, the breakevens and the value of the investment.
func (c *Case) appraise(s *model.Scenario, before, after sample) {
	business := s.Business
	extra, net, oneTime := c.Extra.USD(), c.NetPerYear.Mean, c.OneTime.USD()
	c.ROI = math.NaN()
	if extra > 0 {
		c.ROI = net / extra
	}
	c.CostBenefit = CostBenefit(extra, c.AvoidedPerYear.Mean)
	c.BreakevenHours = math.Inf(1)
	if c.AvoidedPerYear.Mean > 0 {
		c.BreakevenHours = BreakevenHours(extra, LossPerHour(business), c.Effectiveness)
	}
	other := c.AvoidedPerYear.Mean - (before.lines.Revenue - after.lines.Revenue).USD()
	c.BreakevenRevenue = RevenueAt(1, extra, before.hours-after.hours, business.Deferred, other)
	c.NPV = NetPresentValue(oneTime, net, business.DiscountRate, business.HorizonYears)
	c.NPVWithin = WorthToday(business, oneTime, c.NetPerYear)
	c.PaybackMonths = PaybackMonths(oneTime, net)
	c.IRR = InternalRate(oneTime, net, business.HorizonYears)
}

// paysBack returns the share of trials whose average year, if every year were like it, would give
// an NPV that is not negative. Without a one-time cost that is: in which the avoided loss covers
// the extra cost.
func paysBack(business model.Business, avoided []float64, extra, oneTime float64) float64 {
	needed := extra
	if oneTime != 0 {
		needed += oneTime / Annuity(business.DiscountRate, business.HorizonYears)
	}
	count := 0
	for _, each := range avoided {
		if each >= needed {
			count++
		}
	}
	return float64(count) / float64(len(avoided))
}

func shifted(e model.Estimate, by float64) model.Estimate {
	return model.Estimate{Mean: e.Mean + by, Low: e.Low + by, High: e.High + by}
}

func countNonZero(values []float64) int {
	count := 0
	for _, value := range values {
		if value != 0 {
			count++
		}
	}
	return count
}

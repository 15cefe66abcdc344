package cost

import (
	"fmt"
	"math"

	"redoubt/model"
)

// judge fills in the verdict and its reasons. A yearly net alone does not make it Proceed: what it
// costs to build must come back within the horizon.
func (c *Case) judge(s *model.Scenario) {
	verdict, sentence := Judge(c.Extra.USD(), c.AvoidedPerYear.Mean)
	c.Verdict, c.Reasons = verdict, []string{sentence}
	if c.Verdict == Proceed && c.NPV < 0 {
		c.Verdict = Reconsider
	}
	if sentence := InvestmentReason(s.Business, c.OneTime, c.NetPerYear.Mean); sentence != "" {
		c.Reasons = append(c.Reasons, sentence)
	}
	c.addHours(s.Business)
	c.addCertainty(c.NetPerYear, "the net")
	if remark := UnbilledRemark(s, c.Kind); remark != "" {
		c.Reasons = append(c.Reasons, remark)
	}
}

// InvestmentReason says in a sentence what becomes of a one-time cost that has to be earned back by
// a yearly net in USD, or nothing where there is none.
func InvestmentReason(business model.Business, oneTime model.Money, net float64) string {
	if oneTime <= 0 {
		return ""
	}
	value := NetPresentValue(oneTime.USD(), net, business.DiscountRate, business.HorizonYears)
	sentence := fmt.Sprintf("%s to build: NPV %s over %d years at %s",
		oneTime, usd(value), business.HorizonYears, percent(business.DiscountRate))
	months := PaybackMonths(oneTime.USD(), net)
	if math.IsInf(months, 1) {
		return sentence + ", never paid back"
	}
	sentence += fmt.Sprintf(", paid back after %s months", Figures(months))
	if rate := InternalRate(oneTime.USD(), net, business.HorizonYears); !math.IsNaN(rate) {
		sentence += fmt.Sprintf(" (IRR %s %%)", Figures(100*rate))
	}
	return sentence
}

// addHours says what share of the sales that the outage hours lose is avoided, and how many hours
// would be needed. Sales are lost as requests are, so that both have the same share.
func (c *Case) addHours(business model.Business) {
	if c.BaselineHours <= 0 {
		c.Reasons = append(c.Reasons, "the single region had no outage in any trial")
		return
	}
	sentence := fmt.Sprintf("avoids %s of the sales lost in %s outage hours a year",
		avoidedShare(c.Effectiveness), Figures(c.BaselineHours))
	if c.Effectiveness < 0 {
		lost, baseline := apart(c.LostHours, c.BaselineHours)
		sentence = fmt.Sprintf("loses %s hours of sales a year where the single region loses %s",
			lost, baseline)
	}
	if c.Priced && c.Extra > 0 && !math.IsInf(c.BreakevenHours, 1) {
		sentence += fmt.Sprintf("; at %s an hour it %s", usd(LossPerHour(business)),
			BreakevenReason(c.BreakevenHours))
	}
	c.Reasons = append(c.Reasons, sentence)
	if business.RevenuePerYear == 0 {
		c.Reasons = append(c.Reasons, "no revenue is stated, so lost sales count for nothing")
	}
}

// addAvoided says what is avoided where no verdict says it.
func (c *Case) addAvoided() {
	switch avoided := c.AvoidedPerYear.Mean; {
	case avoided > 0:
		c.Reasons = append(c.Reasons, fmt.Sprintf("avoids %s a year", usd(avoided)))
	case avoided < 0:
		c.Reasons = append(c.Reasons, fmt.Sprintf("loses %s a year more", usd(-avoided)))
	}
}

// BreakevenReason words finite breakeven hours as half a sentence: more of them than a year has
// never come.
func BreakevenReason(hours float64) string {
	if hours > model.HoursPerYear {
		return "would not break even if it were out all year"
	}
	return fmt.Sprintf("breaks even at %s outage hours a year", Hours(hours))
}

// addCertainty says when the sign of what a verdict rests on, or its interval, is in doubt.
func (c *Case) addCertainty(e model.Estimate, what string) {
	if !HasInterval(e) {
		c.Reasons = append(c.Reasons, "the sign is not certain: one trial has no interval")
		return
	}
	if unsure(e) {
		c.Reasons = append(c.Reasons, fmt.Sprintf(
			"the sign is not certain: 95 %% interval of %s %s to %s a year",
			what, usd(e.Low), usd(e.High)))
	}
	if c.InformativeTrials < informativeMin {
		c.Reasons = append(c.Reasons, fmt.Sprintf("%s from the baseline; below %d the interval is too "+
			"narrow: simulate more trials or years", differing(c.InformativeTrials), informativeMin))
	}
}

// unsure reports whether an amount may lie on either side of 0: its interval holds that and more.
// One of a single trial does, as its ends are infinite.
func unsure(e model.Estimate) bool { return e.Low <= 0 && e.High >= 0 && e.Low < e.High }

// Unsure reports whether the verdict rests on a net benefit of which it is not certain that it is a
// gain or a loss, as its reasons then say.
func (c *Case) Unsure() bool {
	judged := c.Verdict == Proceed || c.Verdict == Reconsider || c.Verdict == Abort
	return judged && unsure(c.NetPerYear)
}

// differing says how few trials differ.
func differing(trials int) string {
	switch trials {
	case 0:
		return "no trial differs"
	case 1:
		return "only 1 trial differs"
	}
	return fmt.Sprintf("only %d trials differ", trials)
}

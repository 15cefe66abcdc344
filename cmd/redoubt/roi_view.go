package main

import (
	"fmt"
	"math"
	"strconv"

	"redoubt"
	"redoubt/model"
)

// businessView shows a business case.
type businessView struct{ redoubt.Business }

func (v businessView) document() *document {
	d := &document{}
	d.heading("%s: business case by arithmetic", title(v.Scenario))
	t := newTable("<what", "amount", "<how")
	business := v.Scenario.Business
	t.row("revenue", cents(business.RevenuePerYear), "a year")
	t.row("revenue per hour", cents(model.Dollars(v.RevenuePerHour)),
		fmt.Sprintf("a year's / %d", model.HoursPerYear))
	t.row("loss per outage hour", cents(model.Dollars(v.LossPerHour)), lossBasis(business))
	t.row("outage hours per year", figures(v.OutageHours, 3), v.OutageBasis)
	t.row("loss per year", usdWhole(v.LossPerYear), "without a second region")
	d.table(t)
	v.shares(d)
	v.events(d)
	d.heading("If every outage hour were avoided")
	d.table(v.full())
	v.excuses(d)
	v.effects(d)
	v.investments(d)
	d.paragraph("%s", v.scope())
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			continue
		}
		d.heading("%s: %s", s.Kind, s.Verdict)
		d.list(s.Reasons...)
	}
	if len(v.Findings) > 0 {
		d.heading("Remarks on the scenario")
		d.list(v.Findings...)
	}
	return d
}

// lossBasis says what an hour of outage costs beside its revenue.
func lossBasis(business model.Business) string {
	text := "the revenue of the hour"
	if business.Deferred > 0 {
		text += fmt.Sprintf(", less the %s %% that is bought later", percent(business.Deferred, 0))
	}
	if business.ReputationPerHour > 0 {
		text += fmt.Sprintf(", plus %s of reputation", business.ReputationPerHour)
	}
	return text
}

// usdWhole writes an amount to the dollar.
func usdWhole(x float64) string { return wholeDollars(model.Dollars(x)) }

// usdMillions writes a revenue, to four digits where it is large.
func usdMillions(x float64) string {
	switch {
	case math.IsInf(x, 0) || math.Abs(x) < 1e6:
		return usd(x)
	case x < 999.95e6:
		return "$" + figures(x/1e6, 4) + "M"
	}
	return "$" + figures(x/1e9, 4) + "B"
}

// shares has what recoveries of some lengths avoid.
func (v businessView) shares(d *document) {
	t := newTable("recovery in", "outage hours avoided %")
	for _, share := range v.Recoveries {
		t.row(length(share.Recovery), percent(share.Avoided, 1))
	}
	d.heading("What a recovery avoids")
	d.paragraph("Durations: %s. In an outage hour no request is served, so that the share of the "+
		"hours that is avoided is the share of the lost sales too.", v.DurationBasis)
	d.table(t)
}

// full has the answer that credits a strategy with every hour.
func (v businessView) full() *table {
	t := newTable("<strategy", "cost/yr", "extra/yr", "avoided/yr", "cost/benefit",
		"breakeven\nh/yr", "abort ends at", "breakeven at", "<verdict")
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			t.row(s.Kind.String(), none, none, none, none, none, none, none, "none")
			continue
		}
		effect := s.Effects[0]
		t.row(s.Kind.String(), wholeDollars(s.CostPerYear), wholeDollars(s.Extra),
			usdWhole(effect.AvoidedPerYear), ratio(effect.CostBenefit),
			hours(effect.BreakevenHours), usdMillions(s.AbortEndsAt), usdMillions(s.BreakevenAt),
			s.Verdict.String())
	}
	return t
}

// excuses says why a strategy has no answer.
func (v businessView) excuses(d *document) {
	var items []string
	for i := range v.Strategies {
		if s := &v.Strategies[i]; s.Excuse != "" {
			items = append(items, fmt.Sprintf("%s has no verdict: %s", s.Kind, s.Excuse))
		}
	}
	d.list(items...)
}

// effects has the answers at what a strategy really avoids.
func (v businessView) effects(d *document) {
	t := newTable("<strategy", "<recovery", "hours\navoided %", "computed\n%", "cost/benefit",
		"breakeven\nh/yr", "breakeven at", "<verdict")
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			continue
		}
		for _, e := range s.Effects[min(1, len(s.Effects)):] {
			t.row(s.Kind.String(), e.Name, percent(e.Effectiveness, 1), percent(e.Computed, 2),
				ratio(e.CostBenefit), hours(e.BreakevenHours), usdMillions(e.BreakevenRevenue),
				e.Verdict.String())
		}
	}
	if len(t.rows) > 0 {
		d.heading("At what is really avoided")
		d.paragraph("Breakeven hours rise as less is avoided; \"at\" is a yearly revenue, with the " +
			"same outage hours. Published is what was published of AWS region incidents of 2018-2020, " +
			"computed what the lognormal fitted to them gives.")
		d.table(t)
	}
}

// events has what strategies lose beside the hours, unless none of them loses anything.
func (v businessView) events(d *document) {
	t := newTable("<strategy", "lost writes/yr", "$/yr", "conflicts/yr", "$/yr")
	business := v.Scenario.Business
	lost := false
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			continue
		}
		lost = lost || s.LostWrites > 0 || s.Conflicts > 0
		t.row(s.Kind.String(), count(s.LostWrites), usdWhole(s.LostWrites*business.LostWrite.USD()),
			count(s.Conflicts), usdWhole(s.EventLoss-s.LostWrites*business.LostWrite.USD()))
	}
	if lost {
		d.heading("What is lost beside the hours")
		d.paragraph("By arithmetic: failovers a year x writes a second x the age of the data that " +
			"takes over, and writes of two regions that meet within the lag. It is taken off what is " +
			"avoided.")
		d.table(t)
	}
}

// investments has what becomes of one-time costs, unless nothing costs anything to build.
func (v businessView) investments(d *document) {
	t := newTable("<strategy", "to build", "NPV", "paid back\nmonths", "IRR %")
	for i := range v.Strategies {
		if s := &v.Strategies[i]; s.Excuse == "" && s.OneTime != 0 {
			t.row(s.Kind.String(), s.OneTime.String(), model.Dollars(s.NPV).String(),
				figures(s.PaybackMonths, 3), percent(s.IRR, 1))
		}
	}
	if len(t.rows) > 0 {
		business := v.Scenario.Business
		d.heading("What becomes of what is paid to build it")
		d.paragraph("If every outage hour is avoided, over %s at %s %% a year.",
			years(business.HorizonYears), percent(business.DiscountRate, 1))
		d.table(t)
	}
}

// scope says what the verdicts rest on and what they leave out.
func (v businessView) scope() string {
	text := "The verdicts count lost sales and reputation by the hour, lost writes by failover and " +
		"conflicts by the year. They leave out the people of an incident, which every strategy has, " +
		"failovers that a gate withholds, and overload: redoubt compare simulates all of these, and " +
		"its verdict is the one to go by."
	if v.Scenario.Business.LostSession > 0 {
		text += " They leave out lost sessions too, which it counts."
	}
	if len(v.Scenario.Hazards) == 0 {
		text += " The scenario states no hazard to count failovers by, so that no write is lost here."
	}
	return text
}

// ratio writes cost over benefit, where both are something.
func ratio(x float64) string {
	switch {
	case math.IsInf(x, 0):
		return "no benefit"
	case x <= 0:
		return "no cost"
	}
	return figures(x, 3)
}

// hours writes breakeven hours to a tenth, and what is less than that to one digit. More of them
// than a year has never come.
func hours(x float64) string {
	text := figures(x, 1)
	if x > model.HoursPerYear {
		return "never"
	}
	if text == "never" || text == none || x == 0 || math.Abs(x) < 0.1 {
		return text
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

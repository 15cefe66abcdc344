package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

func roiCommand() *cobra.Command {
	strategy := strategyFlag()
	failOn := &choices{words: []string{failOnAbort}, what: "condition"}
	cmd := &cobra.Command{
		Use:   "roi SCENARIO",
		Short: "Do the arithmetic of the business case, without a simulation",
		Long: "roi multiplies expected outage hours by what an hour costs and sets that against what\n" +
			"each strategy adds to the bill: cost/benefit, breakeven hours and revenue, and a verdict.\n" +
			"It does so at full effectiveness, which flatters a strategy, and at what recoveries of a\n" +
			"known length really avoid. `redoubt compare` simulates instead.\n\n" +
			"With --fail-on abort the exit code is 3 when the verdict of any strategy shown is abort.",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
	}
	addChoice(cmd, strategy, "strategy", "", "show this one alone")
	addChoices(cmd, failOn, "fail-on", "exit with 3 on")
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		scenario, err := loadScenario(arguments[0])
		if err != nil {
			return err
		}
		business, err := redoubt.BusinessCase(scenario)
		if err != nil {
			return err
		}
		if kind, given := strategy.kind(); given {
			if business.Strategies = only(business.Strategies, kind); business.Strategies == nil {
				return misused("", "the business case of %s does not look at %s", scenario.Name, kind)
			}
		}
		if err := writeResult(cmd.OutOrStdout(), output.value, businessView{business}); err != nil {
			return err
		}
		if len(failOn.values) > 0 {
			return aborts(business)
		}
		return nil
	}
	return cmd
}

// only keeps the strategy of this kind.
func only(all []redoubt.BusinessStrategy, kind model.StrategyKind) []redoubt.BusinessStrategy {
	for i := range all {
		if all[i].Kind == kind {
			return all[i : i+1]
		}
	}
	return nil
}

// aborts reports the strategies whose verdict is abort.
func aborts(b redoubt.Business) error {
	var names []string
	for i := range b.Strategies {
		if s := &b.Strategies[i]; s.Excuse == "" && s.Verdict == cost.Abort {
			names = append(names, s.Kind.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &missedGate{"the verdict is abort for " + strings.Join(names, ", ")}
}

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
	d.heading("If every outage hour were avoided")
	d.table(v.full())
	v.effects(d)
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			continue
		}
		d.heading("%s: %s", s.Kind, s.Verdict)
		d.list(s.Reasons...)
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
	if math.IsInf(x, 0) || math.Abs(x) < 1e6 {
		return usd(x)
	}
	return "$" + figures(x/1e6, 4) + "M"
}

// shares has what recoveries of some lengths avoid.
func (v businessView) shares(d *document) {
	t := newTable("recovery in", "outage hours avoided %")
	for _, share := range v.Recoveries {
		t.row(length(share.Recovery), percent(share.Avoided, 1))
	}
	d.heading("What a recovery avoids")
	d.paragraph("Durations: %s.", v.DurationBasis)
	d.table(t)
}

// full has the answer that credits a strategy with every hour.
func (v businessView) full() *table {
	t := newTable("<strategy", "cost/yr", "extra/yr", "avoided/yr", "cost/benefit",
		"breakeven\nh/yr", "abort ends at", "breakeven at", "<verdict")
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			t.row(s.Kind.String(), none, none, none, none, none, none, none, s.Excuse)
			continue
		}
		effect := s.Effects[0]
		t.row(s.Kind.String(), s.CostPerYear.String(), s.Extra.String(),
			usdWhole(effect.AvoidedPerYear), ratio(effect.CostBenefit),
			hours(effect.BreakevenHours), usdMillions(s.AbortEndsAt), usdMillions(s.BreakevenAt),
			s.Verdict.String())
	}
	return t
}

// effects has the answers at what a strategy really avoids.
func (v businessView) effects(d *document) {
	t := newTable("<strategy", "<recovery", "avoids %", "cost/benefit", "breakeven\nh/yr",
		"breakeven at", "<verdict")
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			continue
		}
		for _, e := range s.Effects[min(1, len(s.Effects)):] {
			t.row(s.Kind.String(), e.Name, percent(e.Effectiveness, 1), ratio(e.CostBenefit),
				hours(e.BreakevenHours), usdMillions(e.BreakevenRevenue), e.Verdict.String())
		}
	}
	if len(t.rows) > 0 {
		d.heading("At what is really avoided")
		d.paragraph("Breakeven hours rise as less is avoided; \"at\" is a yearly revenue, with the " +
			"same outage hours.")
		d.table(t)
	}
}

// ratio writes cost over benefit.
func ratio(x float64) string {
	if text := figures(x, 3); text != "never" {
		return text
	}
	return "no benefit"
}

// hours writes breakeven hours to a tenth, and what is less than that to one digit.
func hours(x float64) string {
	text := figures(x, 1)
	if text == "never" || text == none || x == 0 || math.Abs(x) < 0.1 {
		return text
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

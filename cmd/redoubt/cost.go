package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"redoubt/cost"
	"redoubt/model"
)

func costCommand() *cobra.Command {
	strategy := strategyFlag()
	cmd := &cobra.Command{
		Use:   "cost SCENARIO",
		Short: "Itemise the bill, as it is paid today or as a strategy would have it",
		Long: "cost itemises the bill of a scenario by region and category: the estate as it is\n" +
			"billed today, or with --strategy what that strategy would cost and how each line\n" +
			"follows. It compares all strategies, and the bills of other estates that the scenario\n" +
			"names.",
		Args:              oneScenario,
		ValidArgsFunction: completeScenarios,
	}
	addChoice(cmd, strategy, "strategy", "", "itemise this one instead of the estate as billed")
	changes, output := addChanges(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		scenario, err := loadScenario(arguments[0], changes.edits...)
		if err != nil {
			return err
		}
		view := billView{scenario: scenario, bill: cost.AsBilled(scenario)}
		if kind, given := strategy.kind(); given {
			if excuse := scenario.Excuse(kind); excuse != "" {
				return misused("", "%s cannot be built in %s: %s", kind, scenario.Name, excuse)
			}
			view.strategy, view.bill = kind, cost.Itemise(scenario, kind)
		}
		return writeResult(cmd.OutOrStdout(), output.value, view)
	}
	return cmd
}

// billView shows a bill. Without a strategy it is the estate as billed.
type billView struct {
	scenario *model.Scenario
	strategy model.StrategyKind
	bill     cost.Bill
}

func (v billView) document() *document {
	d := &document{}
	what := "the bill as it is paid today"
	if v.strategy != 0 {
		what = "the bill of " + v.strategy.String()
	}
	d.heading("%s: %s", title(v.scenario), what)
	switch {
	case len(v.bill.Lines) > 0:
	case v.strategy != 0:
		d.paragraph("Unpriced: the scenario does not say what %s costs.", v.strategy)
	default:
		d.paragraph("Unpriced: the scenario has no bill.")
	}
	d.table(v.lines())
	if len(v.bill.Lines) > 0 {
		d.heading("By category")
		d.table(v.categories())
		d.paragraph("%s", v.unverified())
	}
	v.perRequest(d)
	d.heading("What each strategy costs")
	d.table(v.strategies())
	if len(v.scenario.Bill) == 0 {
		d.paragraph("Without a bill, a strategy costs what the scenario states for it beside the bill, " +
			"and extra is the same, whatever a single region costs.")
		return d
	}
	d.paragraph("Extra is against a single region that is sized for all the traffic; unscaled, that "+
		"region would be billed for its own share alone: %s a year.",
		cost.Unscaled(v.scenario).Total())
	return d
}

// lines itemises the bill by region, with a subtotal for each and the total at the end.
func (v billView) lines() *table {
	t := newTable("<region", "<category", "<line", "$/month", "$/yr", "<how")
	for _, region := range v.bill.Regions() {
		for category := range model.CategoryCount {
			for _, line := range v.bill.Lines {
				if line.Region != region || line.Category != category {
					continue
				}
				t.row(regionName(v.scenario, region), category.String(), line.What,
					cents(monthly(line.PerYear)), cents(line.PerYear), how(line))
			}
		}
		subtotal := v.bill.InRegion(region)
		t.rule()
		t.row(regionName(v.scenario, region), "", "subtotal",
			cents(monthly(subtotal)), cents(subtotal), "")
		t.rule()
	}
	if total := v.bill.Total(); len(t.rows) > 0 {
		t.row("total", "", "", cents(monthly(total)), cents(total), "")
	}
	return t
}

// how says where a line comes from, with a mark where nobody checked it.
func how(line cost.Line) string {
	if line.Unverified {
		return line.Basis + " *"
	}
	return line.Basis
}

// monthly is a twelfth of a year's amount.
func monthly(perYear model.Money) model.Money { return perYear.Scale(1.0 / 12) }

// wholeDollars writes an amount to the dollar.
func wholeDollars(m model.Money) string {
	return cents(model.Dollars(math.Round(m.USD())))
}

// cents writes an amount to the cent, without the cents where they are zero.
func cents(m model.Money) string {
	hundredth := model.Dollar / 100
	if m < 0 {
		return "-" + cents(-max(m, -math.MaxInt64)) // The least amount has no opposite.
	}
	rounded := (min(m, math.MaxInt64-hundredth) + hundredth/2) / hundredth * hundredth
	dollars, rest := rounded/model.Dollar, rounded%model.Dollar/hundredth
	text := (dollars * model.Dollar).String()
	if rest != 0 {
		text += fmt.Sprintf(".%02d", rest)
	}
	return text
}

func (v billView) categories() *table {
	t := newTable("<category", "$/month", "$/yr", "share %")
	total := v.bill.Total()
	for category := range model.CategoryCount {
		amount := v.bill.InCategory(category)
		if amount == 0 {
			continue
		}
		t.row(category.String(), cents(monthly(amount)), cents(amount),
			percent(amount.USD()/total.USD(), 1))
	}
	t.rule()
	t.row("total", cents(monthly(total)), cents(total), "100.0")
	return t
}

// unverified says how much of the bill nobody checked.
func (v billView) unverified() string {
	total, open := v.bill.Total(), v.bill.Unverified()
	if open == 0 {
		return "Every line has a published source."
	}
	return fmt.Sprintf("* unverified: %s a year, %s %% of the total, rests on amounts that nobody "+
		"checked or on shares that are assumed.", open, percent(open.USD()/total.USD(), 1))
}

// perRequest relates the bill to the traffic, and sets it beside other estates.
func (v billView) perRequest(d *document) {
	traffic := v.scenario.Traffic
	if traffic.RequestsPerSecond <= 0 || len(v.bill.Lines) == 0 {
		return
	}
	d.heading("Per million requests")
	t := newTable("<estate", "$/yr", "$ per million", "this saves %")
	t.row("this bill", cents(v.bill.Total()),
		strconv.FormatFloat(cost.CostPerMillionRequests(v.bill, traffic), 'f', 2, 64), none)
	for _, reference := range v.scenario.Reference {
		other := cost.Against(v.bill, reference, traffic)
		t.row(other.Name, cents(other.Total), strconv.FormatFloat(other.PerMillion, 'f', 2, 64),
			percent(other.Saving, 1))
	}
	d.table(t)
	d.paragraph("At %s requests a second, %s million a day.",
		shortest(traffic.RequestsPerSecond, 4), shortest(traffic.RequestsPerSecond*86400/1e6, 3))
}

func (v billView) strategies() *table {
	t := newTable("<strategy", "$/month", "$/yr", "extra $/yr", "$ per million", "unverified %")
	baseline := cost.Itemise(v.scenario, model.SingleRegion).Total()
	for _, kind := range model.StrategyKinds() {
		if _, has := v.scenario.Strategy(kind); !has {
			continue
		}
		if v.scenario.Excuse(kind) != "" {
			t.row(kind.String(), none, none, none, none, none)
			continue
		}
		if !cost.Priced(v.scenario, kind) {
			t.row(kind.String(), none, unpriced, none, none, none)
			continue
		}
		bill := cost.Itemise(v.scenario, kind)
		total := bill.Total()
		share := none
		if total > 0 {
			share = percent(bill.Unverified().USD()/total.USD(), 0)
		}
		t.row(kind.String(), wholeDollars(monthly(total)), wholeDollars(total),
			wholeDollars(total-baseline),
			strconv.FormatFloat(cost.CostPerMillionRequests(bill, v.scenario.Traffic), 'f', 2, 64),
			share)
	}
	return t
}

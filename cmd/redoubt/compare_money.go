package main

import (
	"math"
	"strconv"
	"strings"

	"redoubt/cost"
	"redoubt/model"
)

// moneyUnit is the unit of a table of amounts, chosen for all of it so that columns line up.
type moneyUnit struct {
	name     string
	dollars  float64
	decimals int
}

func (u moneyUnit) write(usd float64) string {
	const cent = 0.01
	text := grouped(usd)
	if u.decimals > 0 {
		text = strconv.FormatFloat(usd/u.dollars, 'f', u.decimals, 64)
	}
	text = unsigned(text)
	if strings.Trim(text, "0.") == "" && math.Abs(usd) >= cent && u.decimals > 0 {
		return figures(usd/u.dollars, 1) // An amount that there is is not written as none.
	}
	return text
}

// unsigned takes the sign off a number that is written with zeros alone.
func unsigned(text string) string {
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}

// unit chooses dollars, thousands or millions: the coarsest that leaves the smallest amount two
// digits, or that is needed for the largest to fit.
func (v comparisonView) unit() moneyUnit {
	smallest, largest := math.Inf(1), 0.0
	for i := range v.Strategies {
		c := &v.Strategies[i].Case
		for _, amount := range []float64{c.CostPerYear.USD(), c.LossPerYear.Mean, c.NetPerYear.Mean} {
			if math.IsNaN(amount) {
				continue
			}
			if amount != 0 {
				smallest = math.Min(smallest, math.Abs(amount))
			}
			largest = math.Max(largest, math.Abs(amount))
		}
	}
	fits := func(size float64) bool {
		return largest >= 1000*size || largest >= 50*size && smallest >= size
	}
	switch {
	case fits(1e6):
		return moneyUnit{"$M", 1e6, 2}
	case fits(1e3):
		return moneyUnit{"$k", 1e3, 1}
	}
	return moneyUnit{"$", 1, 0}
}

// grouped writes a number without decimals, its thousands separated.
func grouped(x float64) string {
	return strings.Replace(model.Dollars(math.Round(x)).String(), "$", "", 1)
}

// worth has what each strategy costs and avoids.
func (v comparisonView) worth() *table {
	u := v.unit()
	perYear := "\n" + u.name + "/yr"
	t := newTable("<strategy", "cost"+perYear, "loss"+perYear, "avoided"+perYear,
		"net benefit"+perYear, "<95 % interval\nlow .. high", "breakeven\nh/yr",
		"pays\nback %", "<verdict")
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse != "" {
			verdict := "cannot be built"
			if r.Skipped {
				verdict = "not simulated"
			}
			t.row(r.Kind.String(), none, none, none, none, none, none, none, verdict)
			continue
		}
		c := &r.Case
		price, avoided := unpriced, none
		if c.Priced {
			price = u.write(c.CostPerYear.USD())
		}
		if r.Kind != model.SingleRegion {
			avoided = u.write(c.AvoidedPerYear.Mean)
		}
		cells := []string{r.Kind.String(), price, u.write(c.LossPerYear.Mean), avoided}
		if r.Kind == model.SingleRegion || !c.Priced {
			cells = append(cells, none, none, none, none)
		} else {
			cells = append(cells, u.write(c.NetPerYear.Mean), interval(c.NetPerYear, u.write),
				hours(c.BreakevenHours), percent(c.ProbabilityPaysBack, 0))
		}
		t.row(append(cells, c.Verdict.String())...)
	}
	return t
}

// unverified says how much of the costs nobody checked, where that is any of them.
func (v comparisonView) unverified() string {
	least, most := 1.0, 0.0
	for i := range v.Strategies {
		c := &v.Strategies[i].Case
		if v.Strategies[i].Excuse != "" || !c.Priced || c.CostPerYear <= 0 {
			continue
		}
		share := c.Unverified.USD() / c.CostPerYear.USD()
		least, most = min(least, share), max(most, share)
	}
	if most == 0 {
		return ""
	}
	part := percent(least, 0) + " % to " + percent(most, 0)
	if percent(least, 0) == percent(most, 0) {
		part = percent(most, 0)
	}
	return "Unverified: " + part + " % of each cost rests on amounts that nobody checked or on " +
		"shares that are assumed, and so do the net benefit and the breakeven; redoubt cost says " +
		"which lines."
}

// lossLine is a part of what a strategy loses.
type lossLine struct {
	name string
	of   func(*cost.Loss) model.Money
}

// lossLines are the parts of a loss, in the order in which they are shown.
func lossLines() []lossLine {
	return []lossLine{
		{"sales", func(l *cost.Loss) model.Money { return l.Revenue }},
		{"writes", func(l *cost.Loss) model.Money { return l.LostData }},
		{"repairs", func(l *cost.Loss) model.Money { return l.Conflicts }},
		{"people", func(l *cost.Loss) model.Money { return l.People }},
		{"reputation", func(l *cost.Loss) model.Money { return l.Reputation }},
		{"sessions", func(l *cost.Loss) model.Money { return l.Sessions }},
	}
}

// losses has what each strategy loses, and what that costs. A part that costs no strategy anything
// is left out.
func (v comparisonView) losses() *table {
	u := v.unit()
	perYear := "\n" + u.name + "/yr"
	headers := []string{"<strategy", "lost\nwrites/yr", "conflicts\n/yr"}
	effects := v.effects()
	for _, effect := range effects {
		headers = append(headers, effect.name+"\n/yr")
	}
	var shown []lossLine
	for _, line := range lossLines() {
		for i := range v.Strategies {
			if line.of(&v.Strategies[i].Case.LossLines) != 0 {
				shown, headers = append(shown, line), append(headers, line.name+perYear)
				break
			}
		}
	}
	t := newTable(append(headers, "loss"+perYear, "<95 % interval\nlow .. high")...)
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse != "" {
			continue
		}
		c := &r.Case
		cells := []string{r.Kind.String(), count(r.LostWrites), count(r.Conflicts)}
		for _, effect := range effects {
			cells = append(cells, count(effect.of(r)))
		}
		for _, line := range shown {
			cells = append(cells, u.write(line.of(&c.LossLines).USD()))
		}
		t.row(append(cells, u.write(c.LossPerYear.Mean), interval(c.LossPerYear, u.write))...)
	}
	return t
}

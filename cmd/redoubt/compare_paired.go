package main

import (
	"fmt"
	"math"
	"strconv"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// paired has how each strategy differs from the recommended one, trial by trial.
func (v comparisonView) paired(d *document) {
	u := v.unit()
	perYear := "\n" + u.name + "/yr"
	t := newTable("<strategy", "down\nh/yr", "<95 % interval\nlow .. high", "net benefit"+perYear,
		"<95 % interval\nlow .. high", "<so that")
	hours := func(x float64) string { return signed(strconv.FormatFloat(x, 'f', 3, 64)) }
	dollars := func(x float64) string { return signed(u.write(x)) }
	for i := range v.Strategies {
		r := &v.Strategies[i]
		p := r.VersusRecommended
		if p == nil {
			continue
		}
		net, netInterval := none, none
		if p.Priced {
			net, netInterval = dollars(p.Net.Mean), interval(p.Net, dollars)
		}
		t.row(r.Kind.String(), hours(p.DownHours.Mean), interval(p.DownHours, hours), net, netInterval,
			v.verdictOf(p))
	}
	if len(t.rows) > 0 {
		d.heading("Every other strategy less %s", v.Recommended)
		d.paragraph("Trial by trial, over the same outages: what both suffer cancels, so that these " +
			"differences are known far better than either figure.")
		d.table(t)
	}
}

// verdictOf says what a difference shows.
func (v comparisonView) verdictOf(p *redoubt.Difference) string {
	if !cost.HasInterval(p.DownHours) {
		return "one trial shows nothing"
	}
	const same = "cannot be told apart"
	word := func(e model.Estimate, below, above string) string {
		switch {
		case !redoubt.Apart(e):
			return same
		case e.Mean > 0:
			return above
		}
		return below
	}
	down := word(p.DownHours, "down shorter", "down longer")
	worth := word(p.Net, "worth less", "worth more")
	switch {
	case !p.Priced, down == same && worth == same:
		return down
	case down == same:
		return worth + "; downtime " + same
	case worth == same:
		return down + "; worth " + same
	}
	return down + ", " + worth
}

// signed puts a plus before a difference that is above 0.
func signed(number string) string {
	if number == "" || number[0] == '-' || unsigned("-"+number) == number {
		return number
	}
	return "+" + number
}

// precise says how far a comparison with a precision went, and why no further.
func (v comparisonView) precise() string {
	p := v.Precision
	if p == nil {
		return ""
	}
	within := func(x float64) string { return trimZeros(percent(x, 2)) + " %" }
	switch {
	case p.Reached:
		return fmt.Sprintf("It stopped after %s, when the outage hours of every strategy were known to "+
			"within %s of their mean, as was asked for (%s worst, to within %s). ",
			plural(v.Trials, "trial"), within(p.Target), p.Widest, within(p.HalfWidth))
	case v.partial:
		return fmt.Sprintf("It was interrupted before the outage hours were known to within %s. ",
			within(p.Target))
	case math.IsInf(p.HalfWidth, 1):
		return fmt.Sprintf("%s was never down in %s, the most that were allowed: a precision of %s has "+
			"nothing to be a share of. ", capital(p.Widest.String()), plural(v.Trials, "trial"),
			within(p.Target))
	}
	return fmt.Sprintf("THE PRECISION WAS NOT REACHED: after %s, the most that were allowed, the "+
		"outage hours of %s are known to within %s of their mean, not %s. ", plural(v.Trials, "trial"),
		p.Widest, within(p.HalfWidth), within(p.Target))
}

package scenarios

import (
	"reflect"
	"time"

	"redoubt/model"
)

// distribution is a random duration. A string is a fixed one; a table has the one key of its
// family.
type distribution struct{ model.Distribution }

// distributionTable is the table form of a distribution.
type distributionTable struct {
	Fixed       *duration  `toml:"fixed" optional:"true"`
	Uniform     []duration `toml:"uniform" optional:"true"`
	Triangular  []duration `toml:"triangular" optional:"true"`
	Exponential *duration  `toml:"exponential" optional:"true"`
	Lognormal   *lognormal `toml:"lognormal" optional:"true"`
	Weibull     *weibull   `toml:"weibull" optional:"true"`
	Fit         *text      `toml:"fit" optional:"true"`
}

// lognormal is given by its median and one high quantile, or by the parameters of a fit to hours.
type lognormal struct {
	Median  *duration `toml:"median" optional:"true"`
	P95     *duration `toml:"p95" optional:"true"`
	P99     *duration `toml:"p99" optional:"true"`
	MuHours *signed   `toml:"mu_hours" optional:"true"`
	Sigma   *signed   `toml:"sigma" optional:"true"`
}

// weibull is given by its shape and scale.
type weibull struct {
	Shape amount   `toml:"shape"`
	Scale duration `toml:"scale"`
}

func (v *distribution) read(d *decoder, n *node, path string) {
	switch n.kind {
	case stringNode:
		length := withUnit(d, n, path, "a duration", "90s", parseDuration)
		v.Distribution = model.Fixed(length)
	case tableNode:
		before := len(d.problems)
		var table distributionTable
		d.table(n, reflect.ValueOf(&table).Elem(), path)
		if len(d.problems) > before {
			return
		}
		if len(n.entries) != 1 {
			d.problem(path, n.at, `for instance { uniform = ["1m", "5m"] }`,
				"%s must have the one key of its family, has %d", path, len(n.entries))
			return
		}
		v.fromTable(d, n, &table, path)
	default:
		withUnit(d, n, path, "a duration or a table", "90s", parseDuration)
	}
}

// fromTable converts a table that has exactly one key.
func (v *distribution) fromTable(d *decoder, n *node, table *distributionTable, path string) {
	only := n.entries[0]
	inner := join(path, only.key)
	switch {
	case table.Fixed != nil:
		v.Distribution = model.Fixed(time.Duration(*table.Fixed))
	case only.key == "uniform":
		v.points(d, only, model.Uniform, table.Uniform, 2, inner)
	case only.key == "triangular":
		v.points(d, only, model.Triangular, table.Triangular, 3, inner)
	case table.Exponential != nil:
		v.Distribution = model.Distribution{
			Family: model.Exponential, A: time.Duration(*table.Exponential).Seconds(),
		}
	case table.Lognormal != nil:
		v.lognormal(d, only, table.Lognormal, inner)
	case table.Weibull != nil:
		v.Distribution = model.Distribution{
			Family: model.Weibull, A: float64(table.Weibull.Shape),
			B: time.Duration(table.Weibull.Scale).Seconds(),
		}
	case table.Fit != nil:
		fitted, ok := Fit(string(*table.Fit))
		if !ok {
			d.problem(inner, only.value.at, didYouMean(string(*table.Fit), FitNames()),
				"there is no fit named %s", clip(string(*table.Fit)))
		}
		v.Distribution = fitted
	}
}

// points reads the two or three durations of a uniform or triangular distribution.
func (v *distribution) points(
	d *decoder, e entry, family model.Family, list []duration, want int, path string,
) {
	if len(list) != want {
		d.problem(path, e.value.at, "", "%s must list %d durations, lists %d", path, want, len(list))
		return
	}
	v.Family, v.A, v.B = family, time.Duration(list[0]).Seconds(), time.Duration(list[1]).Seconds()
	if want == 3 {
		v.C = time.Duration(list[2]).Seconds()
	}
}

func (v *distribution) lognormal(d *decoder, e entry, l *lognormal, path string) {
	const usage = `{ median = "90s", p95 = "300s" } or { mu_hours = 1.68, sigma = 0.896 }`
	given := len(e.value.entries)
	high, quantile := l.P95, 0.95
	if l.P99 != nil {
		high, quantile = l.P99, 0.99
	}
	switch {
	case given == 2 && l.Median != nil && high != nil:
		median, top := time.Duration(*l.Median), time.Duration(*high)
		if median <= 0 || top <= median {
			d.problem(path, e.value.at, "",
				"%s: the median must be above 0s and below the high quantile", path)
			return
		}
		v.Distribution = model.LognormalMedian(median, top, quantile)
	case given == 2 && l.MuHours != nil && l.Sigma != nil:
		v.Distribution = model.LognormalHours(float64(*l.MuHours), float64(*l.Sigma))
	default:
		d.problem(path, e.value.at, "write "+usage, "%s is not fully given", path)
	}
}

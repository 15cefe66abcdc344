package tui

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/units"
)

// A lever is a value of the scenario that a person moves to see what follows.
type lever struct {
	label string
	// path is where it stands in the scenario's file.
	path string
	// value is what it is; low and high bound what a slider gives it, which what is typed may pass.
	value, low, high float64
	// write gives a value as the file has it, show as a person reads it.
	write, show func(float64) string
	// edits are those that give it a value, where one alone does not.
	edits func(value float64) []scenarios.Edit
	// straight says that a slider's steps add, where else they multiply.
	straight bool
	// usd says that it is an amount: what is typed may leave the dollar out.
	usd bool
}

// steps are how far one key moves a slider, as shares of its length.
const (
	fineSteps   = 60
	coarseSteps = 10
)

// at is where the lever stands on its slider, from 0 to 1.
func (l *lever) at() float64 {
	value := min(max(l.value, l.low), l.high)
	if l.straight {
		return (value - l.low) / (l.high - l.low)
	}
	return math.Log(value/l.low) / math.Log(l.high/l.low)
}

// moved is its value some steps further.
func (l *lever) moved(steps float64) float64 {
	at := min(max(l.at()+steps, 0), 1)
	if l.straight {
		return l.low + at*(l.high-l.low)
	}
	return l.low * math.Pow(l.high/l.low, at)
}

// to are the edits that give it a value.
func (l *lever) to(value float64) []scenarios.Edit {
	if l.edits != nil {
		return l.edits(value)
	}
	return []scenarios.Edit{{Path: l.path, Value: l.write(value)}}
}

// paths are what it changes.
func (l *lever) paths() (paths []string) {
	for _, edit := range l.to(l.value) {
		paths = append(paths, edit.Path)
	}
	return paths
}

// leversOf are those that a scenario has, for a strategy with an idle standby among those compared.
// has says what stands in the file itself.
func leversOf(
	s *model.Scenario, pair [2]model.StrategyKind, has func(path string) bool,
) (all []lever) {
	all = append(all, lever{
		label: "revenue", path: "business.revenue_per_year",
		value: s.Business.RevenuePerYear.USD(), low: 100_000, high: 10e9, write: writeUSD, usd: true,
		show: func(x float64) string { return units.USD(x) + "/yr" },
	})
	all = append(all, hazardLevers(s, has)...)
	all = append(all, storeLevers(s, has)...)
	if s.Routing.Choice.Policy != model.AnycastRouting { // With it no client waits for DNS.
		all = append(all, timeLever("DNS TTL", "routing.ttl", s.Routing.TTL, time.Second, time.Hour))
	}
	// A hold-down is longer than a report counts and the next one takes; 1 % for what is rounded.
	least := (s.Settings.StaleAfter + s.Settings.ReportEvery) / 100 * 101
	all = append(all, timeLever("hold-down", "policy.hold_down", s.Settings.HoldDown, least,
		max(time.Hour, 2*least)))
	if len(s.Checks) > 0 {
		least := s.Checks[0].Timeout / 100 * 101 // The next one begins once this one has ended.
		all = append(all, timeLever("check interval", "check[0].interval", s.Checks[0].Interval,
			max(least, time.Second), max(10*time.Minute, 2*least)))
	}
	for _, kind := range pair {
		if strategy, ok := s.Strategy(kind); ok && kind.HasStandby() {
			all = append(all, standbyLever(strategy))
			break
		}
	}
	return append(all, priceLever(s, has)...)
}

// hazardLevers are how often the primary region is lost, and for how long.
func hazardLevers(s *model.Scenario, has func(path string) bool) (all []lever) {
	for i := range s.Hazards {
		h := &s.Hazards[i]
		if h.Region != s.Primary() || h.PerYear <= 0 {
			continue
		}
		path := fmt.Sprintf("hazard[%d].", i)
		if median := h.Duration.Quantile(0.5); median > 0 {
			all = append(all, lever{
				label: "outage length", path: path + "duration", value: median, low: 60, high: 7 * 86_400,
				write: func(x float64) string { return writeLength(h.Duration, x) },
				show:  func(x float64) string { return "~" + units.Length(units.Seconds(x)) },
			})
		}
		often := lever{
			label: "outage rate", path: path + "rate", value: h.PerYear, low: 0.01, high: 50,
			write: func(x float64) string { return plain(x, 3) + "/year" },
			show:  func(x float64) string { return units.Shortest(x, 3) + "/yr" },
		}
		if has(path + "outage") { // The hours are stated, and the rate follows.
			often.label, often.path = "outage hours", path+"outage"
			often.value, often.high = h.PerYear*h.Duration.Mean()/3600, 2000
			often.write = func(x float64) string { return plain(x, 3) + "h/year" }
			often.show = func(x float64) string { return units.Shortest(x, 3) + " h/yr" }
		}
		return append([]lever{often}, all...)
	}
	return all
}

// storeLevers are how far the copy of the first store is behind that would take over.
func storeLevers(s *model.Scenario, has func(path string) bool) []lever {
	for i := range s.Stores {
		store := &s.Stores[i]
		lag := store.Lag[s.Secondary()]
		median := lag.Quantile(0.5)
		if median <= 0 || store.LagTrace != nil {
			continue // What a record says has no value to move.
		}
		path := fmt.Sprintf("store[%d].lag", i)
		if own := path + "_in." + s.Regions[s.Secondary()].Name; has(own) {
			path = own
		}
		return []lever{{
			label: "lag of " + store.Name, path: path, value: median, low: 0.01, high: 600,
			write: func(x float64) string { return writeLength(lag, x) },
			show:  func(x float64) string { return "~" + units.Length(units.Seconds(x)) },
		}}
	}
	return nil
}

// unmoved says which values that others have no lever of the scenario gives, and why.
func unmoved(s *model.Scenario) (why []string) {
	for i := range s.Stores {
		if s.Stores[i].LagTrace != nil {
			why = append(why, "no lag of "+s.Stores[i].Name+": a record of it is played")
		}
	}
	if s.Routing.Choice.Policy == model.AnycastRouting {
		why = append(why, "no DNS TTL: with anycast no client waits for DNS")
	}
	if len(s.Hazards) == 0 {
		why = append(why, "no outage rate: the faults of the file are played")
	}
	if len(s.Bill) == 0 {
		why = append(why, "no prices: the file has no bill")
	}
	return why
}

func timeLever(label, path string, value, low, high time.Duration) lever {
	return lever{
		label: label, path: path, value: value.Seconds(), low: low.Seconds(), high: high.Seconds(),
		write: writeTime, show: func(x float64) string { return units.Length(units.Seconds(x)) },
	}
}

// standbyLever is how much of the compute a standby keeps running.
func standbyLever(strategy model.Strategy) lever {
	return lever{
		label:    "standby share",
		path:     fmt.Sprintf("strategy.%s.standby.%s", strategy.Kind, model.Compute),
		value:    strategy.Standby[model.Compute],
		low:      0.01,
		high:     1,
		straight: true,
		write:    func(x float64) string { return plain(100*x, 3) + "%" },
		show:     func(x float64) string { return units.TrimZeros(units.Percent(x, 1)) + " %" },
	}
}

// priceLever moves all amounts that the file's own bill has alike.
func priceLever(s *model.Scenario, has func(path string) bool) []lever {
	type amount struct {
		path string
		usd  float64
	}
	var lines []amount
	total := 0.0
	for i := range s.Bill {
		year := s.Bill[i].PerYear.USD()
		path := fmt.Sprintf("bill[%d].", i)
		switch {
		case has(path + "per_month"):
			lines = append(lines, amount{path + "per_month", year / 12})
		case has(path + "per_year"):
			lines = append(lines, amount{path + "per_year", year})
		default:
			continue // It is made of resources, which have no price of their own.
		}
		total += year
	}
	if total <= 0 {
		return nil
	}
	return []lever{{
		label: "all prices", value: total, low: total / 20, high: total * 20,
		show: func(x float64) string { return units.USD(x) + "/yr" }, write: writeUSD, usd: true,
		edits: func(x float64) (edits []scenarios.Edit) {
			for _, line := range lines {
				edits = append(edits, scenarios.Edit{
					Path: line.path, Value: writeUSD(line.usd * x / total),
				})
			}
			return edits
		},
	}}
}

// plain writes a number with so many digits that mean something, as a file has it.
func plain(x float64, digits int) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	if err != nil {
		return "0" // A finite number always parses.
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// writeUSD writes an amount of three digits, which is as fine as a slider is.
func writeUSD(x float64) string {
	switch {
	case x >= 1e9:
		return "$" + plain(x/1e9, 3) + "B"
	case x >= 1e6:
		return "$" + plain(x/1e6, 3) + "M"
	case x >= 10_000:
		return "$" + plain(x/1e3, 3) + "k"
	}
	return "$" + strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

// writeTime writes a duration in seconds, of three digits.
func writeTime(seconds float64) string {
	if seconds < 1 {
		return plain(1000*seconds, 3) + "ms"
	}
	return plain(seconds, 3) + "s"
}

// writeLength writes a random duration of the same family with another median, in seconds: all of
// it is longer or shorter by one factor.
func writeLength(d model.Distribution, median float64) string {
	by := median / d.Quantile(0.5)
	at := func(x float64) string { return strconv.Quote(writeTime(x * by)) }
	switch d.Family {
	case model.Uniform:
		return fmt.Sprintf("{ uniform = [%s, %s] }", at(d.A), at(d.B))
	case model.Triangular:
		return fmt.Sprintf("{ triangular = [%s, %s, %s] }", at(d.A), at(d.B), at(d.C))
	case model.Exponential:
		return fmt.Sprintf("{ exponential = %s }", at(d.A))
	case model.Lognormal:
		return fmt.Sprintf("{ lognormal = { median = %s, p95 = %s } }", at(d.Quantile(0.5)),
			at(d.Quantile(0.95)))
	case model.Weibull:
		return fmt.Sprintf("{ weibull = { shape = %s, scale = %s } }",
			strconv.FormatFloat(d.A, 'f', -1, 64), at(d.B))
	}
	return writeTime(median)
}

package levers

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/units"
)

// Lever is a value of the scenario that a person moves to see what follows.
type Lever struct {
	Label string
	// Path is where it stands in the scenario's file, "" where that is several places.
	Path string
	// Value is what it is; Low and High bound what a slider gives it, which what is typed may pass.
	Value, Low, High float64
	// Write gives a value as the file has it, Show as a person reads it.
	Write, Show func(float64) string
	// USD says that it is an amount: what is typed may leave the dollar out.
	USD bool
	// edits are those that give it a value, where one alone does not.
	edits func(value float64) []scenarios.Edit
	// straight says that a slider's steps add, where else they multiply.
	straight bool
}

// FineSteps and CoarseSteps are how far one key moves a slider, as shares of its length.
const (
	FineSteps   = 60
	CoarseSteps = 10
)

// At is where the lever stands on its slider, from 0 to 1.
func (l *Lever) At() float64 {
	value := min(max(l.Value, l.Low), l.High)
	if l.straight {
		return (value - l.Low) / (l.High - l.Low)
	}
	return math.Log(value/l.Low) / math.Log(l.High/l.Low)
}

// Moved is its value some steps further.
func (l *Lever) Moved(steps float64) float64 {
	at := min(max(l.At()+steps, 0), 1)
	if l.straight {
		return l.Low + at*(l.High-l.Low)
	}
	return l.Low * math.Pow(l.High/l.Low, at)
}

// To are the edits that give it a value.
func (l *Lever) To(value float64) []scenarios.Edit {
	if l.edits != nil {
		return l.edits(value)
	}
	return []scenarios.Edit{{Path: l.Path, Value: l.Write(value)}}
}

// Paths are what it changes.
func (l *Lever) Paths() (paths []string) {
	for _, edit := range l.To(l.Value) {
		paths = append(paths, edit.Path)
	}
	return paths
}

// Of are those that a scenario has, for a strategy with an idle standby among those compared. has
// says what stands in the file itself.
func Of(
	s *model.Scenario, pair [2]model.StrategyKind, has func(path string) bool,
) (all []Lever) {
	all = append(all, Lever{
		Label: "revenue", Path: "business.revenue_per_year",
		Value: s.Business.RevenuePerYear.USD(), Low: 100_000, High: 10e9, Write: writeUSD, USD: true,
		Show: func(x float64) string { return units.USD(x) + "/yr" },
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
func hazardLevers(s *model.Scenario, has func(path string) bool) (all []Lever) {
	for i := range s.Hazards {
		h := &s.Hazards[i]
		if h.Region != s.Primary() || h.PerYear <= 0 {
			continue
		}
		path := fmt.Sprintf("hazard[%d].", i)
		if median := h.Duration.Quantile(0.5); median > 0 {
			all = append(all, Lever{
				Label: "outage length", Path: path + "duration", Value: median, Low: 60, High: 7 * 86_400,
				Write: func(x float64) string { return writeLength(h.Duration, x) },
				Show:  func(x float64) string { return "~" + units.Length(units.Seconds(x)) },
			})
		}
		often := Lever{
			Label: "outage rate", Path: path + "rate", Value: h.PerYear, Low: 0.01, High: 50,
			Write: func(x float64) string { return plain(x, 3) + "/year" },
			Show:  func(x float64) string { return units.Shortest(x, 3) + "/yr" },
		}
		if has(path + "outage") { // The hours are stated, and the rate follows.
			often.Label, often.Path = "outage hours", path+"outage"
			often.Value, often.High = h.PerYear*h.Duration.Mean()/3600, 2000
			often.Write = func(x float64) string { return plain(x, 3) + "h/year" }
			often.Show = func(x float64) string { return units.Shortest(x, 3) + " h/yr" }
		}
		return append([]Lever{often}, all...)
	}
	return all
}

// storeLevers are how far the copy of the first store is behind that would take over.
func storeLevers(s *model.Scenario, has func(path string) bool) []Lever {
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
		return []Lever{{
			Label: "lag of " + store.Name, Path: path, Value: median, Low: 0.01, High: 600,
			Write: func(x float64) string { return writeLength(lag, x) },
			Show:  func(x float64) string { return "~" + units.Length(units.Seconds(x)) },
		}}
	}
	return nil
}

// Unmoved says which levers that others have the scenario does not, and why.
func Unmoved(s *model.Scenario) (why []string) {
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

func timeLever(Label, path string, value, low, high time.Duration) Lever {
	return Lever{
		Label: Label, Path: path, Value: value.Seconds(), Low: low.Seconds(), High: high.Seconds(),
		Write: writeTime, Show: func(x float64) string { return units.Length(units.Seconds(x)) },
	}
}

// standbyLever is how much of the compute a standby keeps running.
func standbyLever(strategy model.Strategy) Lever {
	return Lever{
		Label:    "standby share",
		Path:     fmt.Sprintf("strategy.%s.standby.%s", strategy.Kind, model.Compute),
		Value:    strategy.Standby[model.Compute],
		Low:      0.01,
		High:     1,
		straight: true,
		Write:    func(x float64) string { return plain(100*x, 3) + "%" },
		Show:     func(x float64) string { return units.TrimZeros(units.Percent(x, 1)) + " %" },
	}
}

// priceLever moves all amounts that the file's own bill has alike.
func priceLever(s *model.Scenario, has func(path string) bool) []Lever {
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
	return []Lever{{
		Label: "all prices", Value: total, Low: total / 20, High: total * 20,
		Show: func(x float64) string { return units.USD(x) + "/yr" }, Write: writeUSD, USD: true,
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

package redoubt

import (
	"context"
	"fmt"
	"math"
	"time"

	"redoubt/deciders"
	"redoubt/model"
	"redoubt/scenarios"
)

// IncidentRuns is how many runs of redoubt's own policy meet an incident.
const IncidentRuns = 100

// IncidentNames are the published outages that can be played, the oldest first.
func IncidentNames() []string {
	var names []string
	for _, k := range knownIncidents() {
		names = append(names, k.name)
	}
	return names
}

// Incidents plays the published outages of these names, or all of them where there are none, in
// the order in which they happened: what decided then by its timing rule over all phases, where
// that was published, and redoubt's own policy in the simulator. An error says that a name is
// unknown; when the context ends, it is the context's.
func Incidents(ctx context.Context, names ...string) ([]*IncidentReport, error) {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	var reports []*IncidentReport
	for _, k := range knownIncidents() {
		if len(names) > 0 && !wanted[k.name] {
			continue
		}
		delete(wanted, k.name)
		report, err := k.play(ctx)
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	for _, name := range names {
		if wanted[name] {
			return nil, fmt.Errorf("no incident is named %q", name)
		}
	}
	return reports, nil
}

func (k *known) play(ctx context.Context) (*IncidentReport, error) {
	s, err := scenarios.Load(k.name)
	if err != nil {
		return nil, err
	}
	r := &IncidentReport{
		Name: k.name, Title: k.title, Published: k.published, LeftOut: k.leftOut,
		Strategy: k.strategy, Runs: IncidentRuns, Seed: s.Run.Seed,
	}
	for _, d := range deciders.All() {
		if d.Name == k.decider {
			r.Simulated = decided(&d, k, s)
		}
	}
	if r.WithRedoubt, err = k.withRedoubt(ctx, s, k.strategy, IncidentRuns); err != nil {
		return nil, err
	}
	if k.decider == "" { // Nothing decides in a single region; what comes of that hangs on no seed.
		if r.Simulated, err = k.withRedoubt(ctx, s, model.SingleRegion, 1); err != nil {
			return nil, err
		}
	}
	r.Checks = k.checks(r)
	return r, nil
}

// decided is what a decider's rule makes of the cut.
func decided(d *deciders.Decider, k *known, s *model.Scenario) []Figure {
	faced := d.Facing([]time.Duration{k.cut}, deciders.StakesOf(s, k.strategy))[0]
	stops, _ := d.Stops()
	diverged := 0.0
	if faced.Share > 0 && stops > faced.Earliest {
		diverged = 1
	}
	return []Figure{
		{"promoted_share", "phases in which it promotes", Part, faced.Share, faced.Share},
		{
			"decided_seconds", "it decides after", Seconds, faced.Earliest.Seconds(),
			faced.Latest.Seconds(),
		},
		{"diverged", "each side has writes of its own", Truth, diverged, diverged},
		lasting("stranded_seconds", "writes that the promoted side lacks", faced.AtRisk),
	}
}

// withRedoubt is what a strategy makes of the timeline.
func (k *known) withRedoubt(
	ctx context.Context, s *model.Scenario, kind model.StrategyKind, runs int,
) ([]Figure, error) {
	figures := []Figure{
		{"failovers", "failovers", Count, math.NaN(), math.NaN()},
		{"failovers_cancelled", "failovers begun and given up", Count, math.NaN(), math.NaN()},
		{"down_seconds", "the service is down", Seconds, math.NaN(), math.NaN()},
		{"split_brain_seconds", "two regions write at once", Seconds, math.NaN(), math.NaN()},
		{"lost_writes", "acknowledged writes lost", Count, math.NaN(), math.NaN()},
		{"requests_failed", "requests that fail", Count, math.NaN(), math.NaN()},
	}
	for run := range runs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		told, err := Simulate(s, SimulateOptions{Strategy: kind, Seed: s.Run.Seed + uint64(run)})
		if err != nil {
			return nil, err
		}
		o := &told.Outcome
		for i, x := range []float64{
			float64(o.Failovers), float64(o.Cancelled), o.Down.Seconds(), o.SplitBrain.Seconds(),
			float64(o.LostWrites), math.Round(o.Lost.Seconds() * s.Traffic.RequestsPerSecond),
		} {
			figures[i].widen(x)
		}
	}
	return figures, nil
}

// widen takes one more value.
func (f *Figure) widen(x float64) {
	if math.IsNaN(f.Low) {
		f.Low, f.High = x, x
	}
	f.Low, f.High = min(f.Low, x), max(f.High, x)
}

// figureOf finds a figure by its key; one that is not there is of no value.
func figureOf(figures []Figure, key string) Figure {
	for _, f := range figures {
		if f.Key == key {
			return f
		}
	}
	return Figure{Low: math.NaN(), High: math.NaN()}
}

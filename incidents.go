package redoubt

import (
	"context"
	"fmt"
	"math"
	"slices"
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

// IncidentStrategy is the strategy that meets the published outage of a name; false where there is
// none of that name.
func IncidentStrategy(name string) (kind model.StrategyKind, is bool) {
	for _, k := range knownIncidents() {
		if k.name == name {
			return k.strategy, true
		}
	}
	return 0, false
}

// IncidentsOptions say which outages to play.
type IncidentsOptions struct {
	// Names of the outages; all that are known if empty.
	Names []string
	// Progress, if not nil, is called with the runs done so far and those of all of them.
	Progress func(done, total int)
}

// Incidents plays the published outages of these names, or all of them where there are none.
func Incidents(ctx context.Context, names ...string) ([]*IncidentReport, error) {
	return PlayIncidents(ctx, IncidentsOptions{Names: names})
}

// PlayIncidents plays published outages in the order in which they happened: what decided then by
// its timing rule over all phases, where that was published, and redoubt's own policy in the
// simulator. An error says that a name is unknown; when the context ends, it is the context's, and
// those that were played to their end come with it.
func PlayIncidents(ctx context.Context, o IncidentsOptions) ([]*IncidentReport, error) {
	for _, name := range o.Names {
		if !slices.Contains(IncidentNames(), name) {
			return nil, fmt.Errorf("no incident is named %q", name)
		}
	}
	var wanted []known
	done, total := 0, 0
	for _, k := range knownIncidents() {
		if len(o.Names) > 0 && !slices.Contains(o.Names, k.name) {
			continue
		}
		if o.Progress != nil {
			plays, err := k.plays()
			if err != nil {
				return nil, err
			}
			total += plays
			k.played = func() { done++; o.Progress(done, total) }
		}
		wanted = append(wanted, k)
	}
	var reports []*IncidentReport
	for i := range wanted {
		report, err := wanted[i].play(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return reports, ctx.Err()
		case err != nil:
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// plays is how many runs an incident takes.
func (k *known) plays() (int, error) {
	s, err := scenarios.Load(k.name)
	if err != nil {
		return 0, err
	}
	total := IncidentRuns
	variants := k.others
	switch {
	case k.then != nil:
		variants = append([]variant{*k.then}, variants...)
	case k.decider == "":
		total++
	}
	for i := range variants {
		if variants[i].ruled != nil {
			continue
		}
		altered, runs, err := variants[i].altered(s)
		if err != nil {
			return 0, err
		}
		total += len(altered) * runs
	}
	return total, nil
}

func (k *known) play(ctx context.Context) (*IncidentReport, error) {
	s, err := scenarios.Load(k.name)
	if err != nil {
		return nil, err
	}
	return k.playOn(ctx, s)
}

// playOn plays an incident on its scenario, or on one that was changed.
func (k *known) playOn(ctx context.Context, s *model.Scenario) (*IncidentReport, error) {
	var err error
	r := &IncidentReport{
		Name: k.name, Title: k.title, Published: k.published, LeftOut: k.leftOut,
		Incomparable: k.incomparable, SimulatedIs: k.simulatedIs,
		Strategy: k.strategy, Runs: IncidentRuns, Seed: s.Run.Seed,
		Assumed: s.AssumedBy(k.kinds()...),
	}
	r.Simulated = decidedBy(k.decider, k, s)
	if r.WithRedoubt, err = (&variant{}).play(ctx, k, s); err != nil {
		return nil, err
	}
	switch {
	case k.then != nil:
		r.SimulatedIs = k.then.what
		r.Simulated, err = k.then.play(ctx, k, s)
	case k.decider == "": // Nothing decides in a single region; what comes of that hangs on no seed.
		r.SimulatedIs = "what stays in one region, where nothing decides: how long it lasts, and what " +
			"fails, are the faults that are played, times the rates"
		r.Simulated, err = k.runs(ctx, []*model.Scenario{s}, model.SingleRegion, 1)
	}
	if err != nil {
		return nil, err
	}
	for i := range k.others {
		other, err := k.others[i].other(ctx, k, s)
		if err != nil {
			return nil, err
		}
		r.Others = append(r.Others, other)
	}
	r.judge(k)
	return r, nil
}

// judge holds what came to what was published.
func (r *IncidentReport) judge(k *known) {
	for _, c := range k.compared {
		r.Comparisons = append(r.Comparisons, c.compare(r))
	}
	r.Checks = k.checks(r)
	markEchoes(r.Published, r.Simulated)
	markEchoes(r.Published, r.WithRedoubt)
	for _, other := range r.Others {
		markEchoes(r.Published, other.Figures)
	}
}

// decidedBy is what the rule of a name makes of the cut, nothing where no rule has it.
func decidedBy(name string, k *known, s *model.Scenario) []Figure {
	for _, d := range deciders.All() {
		if d.Name == name {
			return decided(&d, k, s)
		}
	}
	return nil
}

// decided is what a decider's rule makes of the cut. One that promotes at no phase decides at none.
func decided(d *deciders.Decider, k *known, s *model.Scenario) []Figure {
	faced := d.Facing([]time.Duration{k.cut}, deciders.StakesOf(s, k.strategy))[0]
	stops, _ := d.Stops()
	earliest, latest, diverged := math.NaN(), math.NaN(), 0.0
	if faced.Share > 0 {
		earliest, latest = faced.Earliest.Seconds(), faced.Latest.Seconds()
	}
	if faced.Share > 0 && stops > faced.Earliest {
		diverged = 1
	}
	figures := []Figure{
		{
			Key: "promoted_share", What: "phases in which it promotes", Unit: Part, Low: faced.Share,
			High: faced.Share,
		},
		{
			Key: "decided_seconds", What: "it decides after", Unit: Seconds, Low: earliest, High: latest,
		},
		{
			Key: "diverged", What: "each side has writes of its own", Unit: Truth, Low: diverged,
			High: diverged,
		},
		lasting("stranded_seconds", "writes that the promoted side lacks", faced.AtRisk),
	}
	return slices.DeleteFunc(figures, func(f Figure) bool { return math.IsNaN(f.Low) })
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

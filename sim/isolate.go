package sim

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Isolation is what one cut of all links of the primary region came to. Its users reach it all the
// time, as a LinkCut has it.
type Isolation struct {
	// Begun says that a failover away from the isolated primary was begun, Decided how long after the
	// cut began, Promoted that it took effect, and PromotedAt how long after the cut began it first
	// moved something, which can be after the cut's end.
	Begun      bool
	Decided    time.Duration
	Promoted   bool
	PromotedAt time.Duration
	// Lost is the stretch of acknowledged writes that the promoted side lacks, LostWrites how many
	// they are.
	Lost       time.Duration
	LostWrites int64
	// Stopped says that the isolated primary stopped accepting writes, StoppedAt how long after the
	// cut.
	Stopped   bool
	StoppedAt time.Duration
}

// Isolator cuts the primary region off from every other one, witnesses included, for the same time
// in each run, and nothing else happens in them. All phases differ between the runs: those of
// checks that the scenario aligns with the fault too. It is for one goroutine.
type Isolator struct {
	world *world
	lasts time.Duration
	seed  uint64
}

// NewIsolator prepares cuts of a length. An error says that the strategy cannot be simulated in the
// scenario.
func NewIsolator(
	s *model.Scenario, strategy model.Strategy, lasts time.Duration, seed uint64,
) (*Isolator, error) {
	w, err := newWorld(isolated(s, lasts), strategy, lasts+24*time.Hour)
	if err != nil {
		return nil, err
	}
	return &Isolator{w, lasts, seed}, nil
}

// Run plays the run of a number, which is the same whatever was played before.
func (i *Isolator) Run(run int) (Isolation, error) {
	played, err := i.world.isolation(i.seed, run)
	if err != nil {
		return played, fmt.Errorf("run %d of a cut of %s with seed %d: %w", run, i.lasts, i.seed, err)
	}
	return played, nil
}

// isolated is the scenario with nothing but the cut.
func isolated(s *model.Scenario, lasts time.Duration) *model.Scenario {
	changed := *s
	changed.Hazards, changed.Timeline = nil, nil
	for r := range model.RegionID(len(s.Regions)) {
		if r != s.Primary() {
			changed.Timeline = append(changed.Timeline, model.Fault{
				Kind: model.LinkCut, Region: s.Primary(), Peer: r, Duration: lasts,
			})
		}
	}
	changed.Checks = append([]model.Check(nil), s.Checks...)
	for i := range changed.Checks {
		changed.Checks[i].Aligned = false
	}
	return &changed
}

// isolation plays one run.
func (w *world) isolation(seed uint64, run int) (Isolation, error) {
	w.begin(newSource(seed, run), timelineOutages(w.outages[:0], w.scenario))
	home, cut := w.policy.Home, Isolation{}
	w.load()
	for w.step() {
		if !cut.Stopped && !w.writable(home) {
			cut.Stopped, cut.StoppedAt = true, time.Duration(w.now-warmup)
		}
		if !cut.Promoted && w.trial.Failovers > 0 {
			cut.Promoted, cut.PromotedAt = true, time.Duration(w.now-warmup)
		}
	}
	if w.events > MaxEvents {
		return cut, fmt.Errorf("more than %d events", MaxEvents)
	}
	w.finale()
	for i := range w.decisions {
		d := &w.decisions[i]
		left := d.Action == failover.Failover.String() || d.Action == failover.Evacuation.String()
		if left && d.Subject == home && !cut.Begun {
			cut.Begun, cut.Decided = true, d.At
		}
	}
	cut.LostWrites = w.trial.LostWrites
	for _, lost := range w.rpos {
		cut.Lost = max(cut.Lost, lost)
	}
	return cut, nil
}

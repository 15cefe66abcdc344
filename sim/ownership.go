package sim

import (
	"time"

	"redoubt/model"
)

// handsOver takes down the writes of a cell that changes its owner, where keys have one and both of
// its regions run and reach each other: the new owner takes none until it has what the old one
// accepted last, for the mean lag of its copy. A region that is lost, or cut off, hands nothing
// over, and nobody waits for it.
func (w *world) handsOver(f *flow) {
	if !w.policy.MultiWriter || !f.old.Valid() || !f.target.Valid() {
		return
	}
	pause := time.Duration(0)
	for store := range w.scenario.Stores {
		spec := &w.scenario.Stores[store]
		if spec.Conflicts == model.RegionalOwnership && w.net.follows(store, f.old, f.target) {
			lag := time.Duration(spec.Lag[f.target].Mean() * float64(time.Second))
			pause = max(pause, lag+w.scenario.MeanWay(f.old, f.target))
		}
	}
	share := f.share * w.scenario.Traffic.WriteShare * w.accepts[f.target]
	if w.week.varies {
		share *= w.week.of[f.population].At(w.now - warmup)
	}
	w.lost += share * float64(pause)
}

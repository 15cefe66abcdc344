package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"redoubt/model"
)

// randomStores gives the stores of a random system what they may do: wait for a majority, queue
// what a copy misses, have their lag from a record. Its generator is its own, as that of the
// stages.
func randomStores(rng *rand.Rand, s *model.Scenario) {
	for i := range s.Stores {
		store := &s.Stores[i]
		switch rng.IntN(4) {
		case 0:
			if s.Voters().Count() >= 3 && !s.Stalls(model.StoreID(i)) {
				store.Kind, store.Guarded = model.Quorum, true
				store.Lag = [model.MaxRegions]model.Distribution{}
			}
		case 1:
			store.Queues, store.CatchUp = true, 1.1+2*rng.Float64()
		case 2:
			store.LagTrace = model.LagTrace{{}, {At: between(rng, time.Minute, 6*time.Hour)}}
			for range 1 + rng.IntN(4) {
				last := store.LagTrace[len(store.LagTrace)-1]
				store.LagTrace = append(store.LagTrace, model.LagPoint{
					At: last.At + between(rng, time.Second, time.Hour), Lag: between(rng, 0, 2*time.Minute),
				})
			}
		}
	}
}

// randomWrites draws how large the writes of each store are, so that a link that loses packets lets
// all of them through, or some, or next to none.
func randomWrites(rng *rand.Rand, s *model.Scenario) {
	for i := range s.Stores {
		s.Stores[i].WriteBytes = math.Pow(10, 5*rng.Float64())
	}
}

package sim

import (
	"slices"
	"time"

	"redoubt/model"
)

// firstQuorums works out which regions have to agree on the writes of each store.
func (w *world) firstQuorums() {
	for store := range w.scenario.Stores {
		w.quorums[store] = w.scenario.QuorumOf(model.StoreID(store), w.strategy)
	}
}

// agrees reports whether a write that comes to a store in a region is acknowledged: at once, or as
// soon as a majority of the store's regions, which are in reach and run it, holds it.
func (w *world) agrees(store int, r model.RegionID) bool {
	voters := w.quorums[store]
	if voters == 0 {
		return true
	}
	return (w.net.followers(store, r) & voters).Count() > voters.Count()/2
}

// agreesAll reports whether a write that comes to a region is acknowledged by every store.
func (w *world) agreesAll(r model.RegionID) bool {
	for store := range w.scenario.Stores {
		if !w.agrees(store, r) {
			return false
		}
	}
	return true
}

// majorityRTT is how long a write that comes to a region waits for the majority of the regions that
// have to hold it, while only some are there, of which enough make one: the round trip to the
// nearest regions that do, the longest of all stores. It is 0 where none of them is synchronous.
func majorityRTT(
	s *model.Scenario, strategy model.Strategy, from model.RegionID, there model.RegionSet,
) time.Duration {
	longest := time.Duration(0)
	for store := range s.Stores {
		voters := s.QuorumOf(model.StoreID(store), strategy)
		if voters == 0 {
			continue
		}
		var trips []time.Duration // The region's own vote takes no time.
		for r := range model.RegionID(len(s.Regions)) {
			if voters.Has(r) && there.Has(r) {
				trips = append(trips, s.Latency[from][r])
			}
		}
		slices.Sort(trips)
		longest = max(longest, trips[min(voters.Count()/2, len(trips)-1)])
	}
	return longest
}

// keepsAll reports whether leaving a region loses no write to a store that counts: a majority holds
// every one, or what it holds can be had again from elsewhere.
func (w *world) keepsAll(store int) bool {
	return w.quorums[store] != 0 || w.scenario.Stores[store].Kind.Disposable()
}

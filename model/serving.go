package model

// Servers returns the regions that users are sent to under a kind of strategy while all is well,
// and no others ever are in one in which several serve. These are the primary and every region that
// some users are sent to: another one has no capacity, and one that may not hold all of the data
// has none of it to serve from, whoever is near.
func (s *Scenario) Servers(kind StrategyKind) RegionSet {
	set := RegionSet(0).With(s.Primary())
	if !kind.ServesReads() {
		return set
	}
	for r := range RegionID(len(s.Regions)) {
		if s.TrafficShare(r) > 0 {
			set = set.With(r)
		}
	}
	return set
}

// Holders returns the regions with a workload that may hold the data of a store.
func (s *Scenario) Holders(store StoreID) RegionSet {
	if allowed := s.Stores[store].Allowed; allowed != 0 {
		return s.Workload() & allowed
	}
	return s.Workload()
}

// lawful are the regions with a workload that may hold the data of every store.
func (s *Scenario) lawful() RegionSet {
	set := s.Workload()
	for i := range s.Stores {
		set &= s.Holders(StoreID(i))
	}
	return set
}

// firstFor is the region that a population is sent to by the length of the way, while every one
// serves that may hold the data.
func (s *Scenario) firstFor(p *Population) RegionID {
	if lawful := s.lawful(); !lawful.Has(p.Nearest) {
		return s.NearestAmong(p.Nearest, lawful)
	}
	return p.Nearest
}

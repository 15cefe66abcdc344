package model

// quorum demands of a store that a majority has to agree on that there is one after the loss of a
// region, and that no copy of it is said to stall: one that receives nothing does not vote, which
// is what the loss of the store in its region says.
func (v *validator) quorum(path string, store StoreID) {
	st := &v.s.Stores[store]
	if !st.Kind.Synchronous() {
		return
	}
	voters := v.s.Voters()
	if st.Allowed != 0 {
		voters = st.Allowed
	}
	count := voters.Count()
	switch {
	case count < 3:
		v.add(path+".kind", "add a region, or a witness", "%s has %d regions for a quorum: the loss of "+
			"either stops all writes", path, count)
		v.relate("region", path+".allowed")
	case st.Kind == DynamoDBStrong && count != 3:
		v.add(path+".kind", "allowed names those that hold it", "%s is in three regions, not in %d",
			path, count)
		v.relate("region", path+".allowed")
	}
	if v.s.Stalls(store) {
		v.add(path+".kind", "a store-loss takes its vote away", "a copy of %s does not stall: it is "+
			"a quorum", st.Name)
	}
}

// Stalls reports whether a hazard or a fault stalls the replication of a store.
func (s *Scenario) Stalls(store StoreID) bool {
	return s.strikes(func(f *Fault) bool { return f.Kind == ReplicationStall && f.Store == store })
}

// FallsBehind reports whether a hazard or a fault keeps a copy of a store from receiving what is
// written: it stalls, or is parted from it.
func (s *Scenario) FallsBehind(store StoreID) bool {
	return s.strikes(func(f *Fault) bool {
		switch f.Kind {
		case RegionLoss, LinkCut, PacketLoss:
			return true
		case StoreLoss, ReplicationStall:
			return f.Store == store
		}
		return false
	})
}

// Slows reports whether a hazard or a fault loses packets on the way to a copy of a store, which
// then receives less than it might. What a majority holds has no copy that is behind.
func (s *Scenario) Slows(store StoreID) bool {
	loses := s.strikes(func(f *Fault) bool { return f.Kind == PacketLoss })
	return loses && !s.Stores[store].Kind.Synchronous()
}

// strikes reports whether a fault of the timeline, or of a hazard, is of some sort.
func (s *Scenario) strikes(is func(*Fault) bool) bool {
	for i := range s.Hazards {
		if f := s.Hazards[i].Fault(); is(&f) {
			return true
		}
	}
	for i := range s.Timeline {
		if is(&s.Timeline[i]) {
			return true
		}
	}
	return false
}

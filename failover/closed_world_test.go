package failover_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// writing says which checks write, and so fail for as long as a store is closed where its writes
// belong: none, those of its region, those of the store where it has any, or both.
type writing uint8

// The checks that may write; each is a bit.
const (
	regionWrites writing = 1 << iota
	storeWrites
)

// checksThatWrite has checks write in half of the worlds. What is drawn for that shifts nothing
// else that is.
func (w *troubled) checksThatWrite(p *failover.Policy) {
	r := rand.New(rand.NewPCG(w.seed, 79))
	if r.IntN(2) == 0 {
		return
	}
	w.writing = [...]writing{
		regionWrites, regionWrites, storeWrites, regionWrites | storeWrites,
	}[r.IntN(4)]
	if r.IntN(2) == 0 {
		p.Deep = 1<<p.Checks - 1
	}
	if w.writing&regionWrites != 0 {
		p.Deep |= 1 // What writes goes down to the store, and is said to.
	}
}

// calmed is the world without its faults: what is closed stays so.
func (w *troubled) calmed() troubled {
	return troubled{
		log: w.log, r: w.r, seed: w.seed, writing: w.writing, opened: w.opened,
		written: w.written,
	}
}

// staysSick is a region that neither leads nor writes, and that stays lost in some of these worlds
// when all else is well: what it was to take over stays where it is, or comes back.
func (w *troubled) staysSick() (lost model.RegionSet) {
	s, p := &w.state, &w.policy
	idle := p.Workload.Without(s.Primary)
	for _, writer := range s.Writers[:p.Stores] {
		idle = idle.Without(writer)
	}
	guarded := p.Stores > 0 && p.Guarded == 1<<p.Stores-1
	if w.writing == 0 || !guarded || w.seed%2 == 0 || idle == 0 {
		return 0
	}
	return lost.With(idle.First())
}

// fails are the checks of the region where a store's writes belong that fail as it is closed there.
func (w *troubled) fails(store model.StoreID) (checks uint8) {
	if !w.shut(store) {
		return 0
	}
	if w.writing&regionWrites != 0 {
		checks = 1 // The first check is of no part of a region.
	}
	if w.writing&storeWrites != 0 {
		checks |= w.policy.StoreChecks[store]
	}
	return checks
}

// shut reports whether a store takes no writes where they belong: its region was drained, another
// one holds its lease, that was fenced, or is over, or nobody has opened the store by it yet.
func (w *troubled) shut(store model.StoreID) bool {
	s := &w.state
	lease := &s.Leases[store]
	over := w.policy.Guarded>>store&1 == 1 && s.Now >= lease.End
	drained := func(step failover.Step) bool {
		here := step.Kind == failover.Drain && step.Region == s.Writers[store]
		return here && step.Status == failover.Done && s.Plan.Stores>>store&1 == 1
	}
	if s.Left.Stores>>store&1 == 1 || slices.ContainsFunc(s.Plan.Steps[:s.Plan.Count], drained) {
		return true
	}
	return lease.Holder != s.Writers[store] || lease.Fenced >= lease.Epoch || over ||
		w.opened[store] != lease.Epoch
}

// guardOpens has the guard of a store open it by the lease that its region holds, if no plan runs
// any more that was to promote it.
func (w *troubled) guardOpens(store model.StoreID) {
	s := &w.state
	lease := &s.Leases[store]
	left := s.Plan.Kind == failover.NoPlan || s.Plan.Epoch != lease.Epoch
	guarded := w.policy.Guarded>>store&1 == 1
	if left && guarded && w.policy.MayRenew(s, store, lease.Holder) {
		w.opened[store] = lease.Epoch
	}
}

// tally is for how long each store has taken writes, wherever that was, and how much of that each
// copy had when it was last measured.
type tally struct {
	all    [model.MaxStores]time.Duration
	copied [model.MaxStores][model.MaxRegions]time.Duration
}

// leasesOpen are the epochs by which the stores take writes, 0 for each that is closed.
func (w *troubled) leasesOpen() (open [model.MaxStores]failover.Epoch) {
	for i := range w.policy.Stores {
		lease := &w.state.Leases[i]
		over := w.policy.Guarded>>i&1 == 1 && w.state.Now >= lease.End
		if lease.Fenced < lease.Epoch && !over && w.opened[i] == lease.Epoch {
			open[i] = lease.Epoch
		}
	}
	return open
}

// copies notes what a copy has that was just measured: all but its lag, if that grows.
func (w *troubled) copies(store model.StoreID, r model.RegionID) {
	has := &w.written.copied[store][r]
	if *has = w.written.all[store]; w.leasesOpen()[store] != 0 {
		*has -= unit
	}
}

// write has the stores that have been open for a round take writes, and holds what is said to be at
// risk of each copy against what it cannot have.
func (w *troubled) write(before [model.MaxStores]failover.Epoch) {
	for i, epoch := range w.leasesOpen() {
		if epoch != 0 && epoch == before[i] {
			w.written.all[i] += unit
		}
		store := model.StoreID(i)
		for r := range model.RegionID(model.MaxRegions) {
			sampled := w.state.Lags[i][r].Epoch != 0 && w.state.Leases[i].Holder != r
			risk, known := w.policy.DataAtRisk(&w.state, store, r)
			lost := w.written.all[i] - w.written.copied[i][r]
			if known && sampled && risk < lost {
				w.t.Fatalf("world %d at %s: %s are said to be at risk of store %d in region %d, and %s are",
					w.seed, clock(w.state.Now), risk, i, r, lost)
			}
		}
	}
}

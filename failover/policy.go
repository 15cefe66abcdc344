package failover

import (
	"fmt"
	"math"
	"slices"
	"time"

	"redoubt/model"
)

// Policy is a scenario's failover policy under one strategy, compiled into a comparable value.
type Policy struct {
	// Voters have an agent and a vote; Workload run the service; Candidates may take over.
	Voters, Workload, Candidates model.RegionSet
	// Unlawful are the regions that may not hold each store's data.
	Unlawful [model.MaxStores]model.RegionSet
	// Home is the primary when all is well.
	Home model.RegionID
	// Stores is how many single-writer stores a failover promotes; 0 where every region writes.
	Stores uint8
	// Guarded says, one bit for each store, that a guard ends its writes with the lease.
	Guarded uint8
	// ServesReads says that every candidate serves traffic, MultiWriter that each also writes.
	ServesReads, MultiWriter bool
	// Restores says that a promotion restores a backup, so that the state of the copy does not matter.
	Restores bool
	Mode     model.PolicyMode
	// Approvals is how many people have to approve in manual mode, at least 1.
	Approvals uint8
	// Checks is how many checks there are, ChecksDown how many of them must say down.
	Checks, ChecksDown uint8
	// Deep says, one bit for each check, which go through everything that serving needs.
	Deep uint8
	// StoreChecks and RoutingChecks say, one bit for each check, which are about one store or about
	// the way that traffic takes to a region, and not about the region as a whole.
	StoreChecks   [model.MaxStores]uint8
	RoutingChecks uint8
	// Items says, one bit for each, what a region must have ready to take over.
	Items          uint8
	MinimumServing uint8
	StepTries      uint8
	// Optional are the optional steps that the plans have.
	Optional StepSet
	// Stages are the shares, in percent and rising, of which the traffic of planned work shifts before
	// all of it does; unused places are 0. StageHold is how long each share is held.
	Stages    [model.MaxStages - 1]uint8
	StageHold time.Duration
	// FlapLimit is from how many returns on a region is unsteady, each counting half after every
	// FlapHalfLife: so many that count for half a return less in all suffice. 0 means never.
	FlapLimit    uint8
	FlapHalfLife time.Duration
	// StableFor is how long a region must have been back before something returns to it.
	StableFor time.Duration
	// BrakeAfter and BrakeRegions are how many transitions within BrakeWindow, and how many regions
	// failing together, trip the brake; 0 means that none do.
	BrakeAfter, BrakeRegions uint8
	// CapacityMin and Ceiling are in thousandths of all traffic: what must be carried after a
	// failover, and what each region can be scaled to.
	CapacityMin uint16
	Ceiling     [model.MaxRegions]uint16

	HoldDown, Cooldown, StaleAfter, DataAtRiskMax, Lease, Drift, StepTimeout time.Duration
	// RewindTimeout is StepTimeout for the rewinding of a copy, which takes longer than all else.
	RewindTimeout time.Duration
	// BrakeWindow is within which time transitions trip the brake, ReadinessStaleAfter the age at
	// which a report of readiness counts for nothing.
	BrakeWindow, ReadinessStaleAfter time.Duration
	// EquallyFresh is by how much the data at risk of two candidates may differ without making one
	// of them the better: the time between two samples of the lag, within which their order is luck.
	EquallyFresh time.Duration
}

// NewPolicy compiles a scenario's policy for one strategy. The scenario is taken to be valid; an
// error says that the strategy cannot be built in it.
func NewPolicy(s *model.Scenario, strategy model.Strategy) (Policy, error) {
	if excuse := s.Excuse(strategy.Kind); excuse != "" {
		return Policy{}, fmt.Errorf("%s cannot be built: %s", strategy.Kind, excuse)
	}
	set := s.Settings
	p := Policy{
		Voters: s.Voters(), Workload: s.Workload(), Home: s.Primary(),
		ServesReads: strategy.Kind.ServesReads(), MultiWriter: strategy.Kind.MultiWriter(),
		Restores: strategy.FromBackup,
		Mode:     strategy.Mode, Approvals: uint8(set.Approvals),
		Checks: uint8(len(s.Checks)), ChecksDown: uint8(set.ChecksDown),
		MinimumServing: uint8(set.MinimumServing), StepTries: uint8(set.StepTries),
		CapacityMin: permille(set.CapacityMin),
		HoldDown:    set.HoldDown, Cooldown: set.Cooldown, StaleAfter: set.StaleAfter,
		BrakeAfter: uint8(set.BrakeAfter), BrakeRegions: uint8(set.BrakeRegions),
		BrakeWindow: set.BrakeWindow, ReadinessStaleAfter: set.ReadinessStaleAfter,
		Items:     uint8(1<<len(set.Readiness) - 1),
		FlapLimit: uint8(set.FlapLimit), FlapHalfLife: set.FlapHalfLife,
		StableFor:     s.People.StableFor,
		DataAtRiskMax: set.DataAtRiskMax, Lease: set.Lease,
		Drift: DriftMargin(set.Lease, set.ClockDrift), StepTimeout: set.StepTimeout,
	}
	switch {
	case strategy.Kind == model.SingleRegion:
		p.Candidates = p.Candidates.With(p.Home)
	case strategy.Kind.HasStandby():
		p.Candidates = p.Candidates.With(p.Home).With(s.Secondary())
	default:
		p.Candidates = s.Servers(strategy.Kind)
	}
	for i := range s.Regions {
		p.Ceiling[i] = permille(s.CapacityCeiling(strategy, model.RegionID(i)))
	}
	for i, check := range s.Checks {
		if check.Deep {
			p.Deep |= 1 << i
		}
		switch check.Scope {
		case model.OfRegion:
		case model.OfStore:
			p.StoreChecks[check.Store] |= 1 << i
		case model.OfRouting:
			p.RoutingChecks |= 1 << i
		}
	}
	for i, share := range set.Stages[:max(0, len(set.Stages)-1)] {
		p.Stages[i], p.StageHold = uint8(share), set.StageHold
	}
	for kind, name := range stepNames {
		if step := StepKind(kind); OptionalSteps.Has(step) && slices.Contains(set.Steps, name) {
			p.Optional |= Steps(step)
		}
	}
	if !p.MultiWriter {
		p.compileStores(s, strategy)
	}
	p.StepTimeout = max(p.StepTimeout, slowest(s, strategy)+p.StaleAfter)
	p.RewindTimeout = max(p.StepTimeout, s.People.Resync.Duration(nearlyAlways)+p.StaleAfter)
	return p, nil
}

// nearlyAlways is the share of cases in which a step is done before it is given up.
const nearlyAlways = 0.999

// slowest is how long the slowest step takes in all but one of a thousand cases. A step timeout
// below that would give up what only needs its time, a restore from backup for instance; and so
// would one of just that, since the claim and the answer are under way too: they have as long as a
// report counts.
func slowest(s *model.Scenario, strategy model.Strategy) time.Duration {
	longest := strategy.Scale.Duration(nearlyAlways) + s.Scaling.Growth
	for _, store := range s.Stores {
		promotion := store.Promotion
		if strategy.FromBackup {
			promotion = store.Restore
		}
		longest = max(longest, promotion.Duration(nearlyAlways), store.Switchover.Duration(nearlyAlways))
	}
	return longest
}

// compileStores sets what concerns single-writer stores. Choosing a strategy that recovers from
// backups accepts the loss of what came after the last one, so its bound grows by that.
func (p *Policy) compileStores(s *model.Scenario, strategy model.Strategy) {
	p.Stores = uint8(len(s.Stores))
	for i, store := range s.Stores {
		if store.Guarded {
			p.Guarded |= 1 << i
		}
		if store.Allowed != 0 {
			p.Unlawful[i] = p.Workload &^ store.Allowed
		}
		p.EquallyFresh = max(p.EquallyFresh, store.LagSampleEvery)
		if strategy.FromBackup {
			p.DataAtRiskMax = max(p.DataAtRiskMax, s.Settings.DataAtRiskMax+store.BackupEvery)
		}
	}
}

// DriftMargin is how long after a lease's end its expiry may be relied on, for clocks whose rates
// are off by at most rho: 2 rho lease / (1 - rho), rounded up.
func DriftMargin(lease time.Duration, rho float64) time.Duration {
	return time.Duration(math.Ceil(2 * rho * float64(lease) / (1 - rho)))
}

func permille(share float64) uint16 {
	return uint16(math.Min(math.Max(math.Round(share*1000), 0), math.MaxUint16))
}

// Start returns the first state: the home region is primary and holds every lease, in epoch 1, from
// which it has to renew within one lease.
func (p Policy) Start() State {
	s := State{Under: p.governance(), Epoch: 1, Primary: p.Home, Asked: nothing}
	s.Approved.Question = nothing
	s.Serving = s.Serving.With(p.Home)
	if p.ServesReads {
		s.Serving |= p.Candidates
	}
	if p.MultiWriter {
		s.Primary = model.NoRegion
	}
	for i := range s.Leases {
		s.Leases[i].Holder, s.Writers[i] = model.NoRegion, model.NoRegion
	}
	for i := range p.Stores {
		s.Writers[i] = p.Home
		s.Leases[i] = Lease{Holder: p.Home, Epoch: 1, End: Instant(p.Lease)}
	}
	s.Plan.Subject, s.Plan.Target = model.NoRegion, model.NoRegion
	return s
}

func (p *Policy) checkMask() uint8 { return uint8(1<<p.Checks - 1) }

func (p *Policy) guarded(store model.StoreID) bool { return p.Guarded&(1<<store) != 0 }

// clampAge keeps an age within the log's own time.
func clampAge(age time.Duration, now Instant) time.Duration {
	return min(max(age, 0), time.Duration(now))
}

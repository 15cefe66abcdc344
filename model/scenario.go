package model

import (
	"math"
	"time"
)

// Scenario is a system, what threatens it, what it costs and what it earns. It is read once and not
// changed; a variation is a copy.
type Scenario struct {
	Name, Title, Description string
	// Base is the name of the embedded scenario that this one is laid over, or empty.
	Base string

	Regions     []Region
	Latency     Latency
	Links       []Link
	Curves      []Curve
	Populations []Population
	Traffic     Traffic
	Stores      []Store
	Checks      []Check
	Anchors     []Probe
	Routing     Routing
	Scaling     Scaling
	Cache       ReadCache
	People      People
	Settings    Settings
	Consensus   Consensus
	Hazards     []Hazard
	Timeline    []Fault
	Rollouts    []Rollout
	Alerts      []Alert
	Backlogs    []Backlog
	Executors   []Executor
	Hooks       []Hook
	Expected    []Expectation
	Business    Business
	Bill        []BillLine
	Reference   []ReferenceBill
	Objectives  []Objective
	Strategies  []Strategy
	Run         Run

	// Assumed is what the file leaves to defaults that nobody verified.
	Assumed []Assumption
	// Sources say where its distances are from.
	Sources Sources
}

// Traffic is the load of the whole system.
type Traffic struct {
	// RequestsPerSecond is the mean rate of all requests over a week, above 0.
	RequestsPerSecond float64
	// Starts is when a run starts, since Monday 00:00 UTC, within a week.
	Starts time.Duration
	// WriteShare is the part of them that write, in [0, 1].
	WriteShare float64
	// Retried is the share of the failed attempts that are made again, at once and at the same region,
	// from 0 to MaxRetried.
	Retried float64
	// Sessions is how many users are logged in at the mean load, with a session that is kept in the
	// region which serves them, and in no other; 0 where sessions survive the loss of a region.
	Sessions float64
	// Answer is how long the answer to a write takes to reach its user once the write has had its
	// effect, from 0 to an hour. Repeated is the share of the writes whose answer a fault cut off that
	// their users make again when they can, in [0, 1].
	Answer   time.Duration
	Repeated float64
	// ServiceTime is how long a request keeps a server busy on average, beside its ways; with 0 how
	// long requests wait is not worked out.
	ServiceTime time.Duration
	// DownBelow is the share of requests served under which the service counts as down, in (0, 1]. It
	// is down too while there are writers and none of their writes is accepted.
	DownBelow float64
}

// MaxRetried bounds Traffic.Retried: at most a hundred attempts are made for a request.
const MaxRetried = 0.99

// ClientModel says how clients follow a change of a DNS answer.
type ClientModel uint8

// The client models.
const (
	// Idealised clients keep an answer for what is left of its TTL, then for ClientCache at most.
	Idealised ClientModel = iota + 1
	// Measured clients have the tail that Flavel et al. (LANMAN 2014) measured.
	Measured
)

// String gives the model's name as scenario files write it.
func (m ClientModel) String() string {
	switch m {
	case Idealised:
		return "idealised"
	case Measured:
		return "measured"
	}
	return "unknown"
}

// Routing is how clients find a region.
type Routing struct {
	// TTL of the DNS answers, above 0.
	TTL time.Duration
	// Clients says how they follow a change.
	Clients ClientModel
	// ClientCache is how long a client keeps an answer beyond its resolver's TTL, for idealised
	// clients.
	ClientCache time.Duration
	// Flip is how long a change of routing takes until the authoritative servers answer with it.
	Flip Distribution
	// Choice says which of the regions that serve a client is sent to.
	Choice Choice
}

// People is what humans do, and how long they take.
type People struct {
	// Approve is the time from being asked to saying yes, for strategies that wait for a person.
	Approve Distribution
	// StableFor is how long a region must have been back before the service returns to it.
	StableFor time.Duration
	// Resync is how long the data of a recovered region takes to be copied anew.
	Resync Distribution
	// Duty is when those are at work who look after each region.
	Duty [MaxRegions]Duty
}

// Business is what the system earns, and what going without it costs.
type Business struct {
	// RevenuePerYear flows through the system; an hour of it is a year's / 8760.
	RevenuePerYear Money
	// Deferred is the share of lost sales that customers make up later, in [0, 1].
	Deferred float64
	// LostWrite, Conflict and Incident are the cost of one lost write, of one conflict or duplicate
	// that somebody has to repair, and of the people in one incident.
	LostWrite, Conflict, Incident Money
	// LostSession is what one user costs who has to log in again.
	LostSession Money
	// ReputationPerHour is what an hour of downtime costs beyond the revenue of that hour.
	ReputationPerHour Money
	// DiscountRate is the yearly rate that future money is discounted at, at least 0.
	DiscountRate float64
	// HorizonYears is how many years an investment is judged over, above 0.
	HorizonYears int
	// OutageHours is the expected outage in a year without a second region, where a document states
	// one; 0 means that it follows from the hazards.
	OutageHours float64
}

// Global is the RegionID of a bill line that belongs to no region.
const Global = NoRegion

// BillLine is one cost of the estate as it runs today.
type BillLine struct {
	// Region it belongs to, or Global.
	Region   RegionID
	Category Category
	// What names the line, for instance "EKS".
	What    string
	PerYear Money
	// Source says where the amount was published; Unverified that nobody checked it.
	Source     string
	Unverified bool
}

// ReferenceBill is another estate to compare the bill with, for instance one that was replaced.
type ReferenceBill struct {
	Name  string
	Lines []BillLine
}

// Objective is a target that the service is meant to reach.
type Objective struct {
	// Metric is what the target bounds.
	Metric Metric
	// Seconds bounds RTO and RPO; Share bounds availability from below.
	Seconds float64
	Share   float64
	// Required excludes a strategy that misses the objective from being recommended.
	Required bool
}

// Metric names what an Objective bounds.
type Metric uint8

// The metrics that an objective can bound.
const (
	MetricRTO Metric = iota + 1
	MetricRPO
	MetricAvailability
)

// String gives the metric's name as scenario files write it.
func (m Metric) String() string {
	switch m {
	case MetricRTO:
		return "rto"
	case MetricRPO:
		return "rpo"
	case MetricAvailability:
		return "availability"
	}
	return "unknown"
}

// Run is how much to simulate unless the caller says otherwise.
type Run struct {
	// Years is the horizon of a trial; Trials their number.
	Years, Trials int
	Seed          uint64
}

// Primary returns the region that takes the writes when all is well: the first one with a workload.
func (s *Scenario) Primary() RegionID {
	for i := range s.Regions {
		if !s.Regions[i].Witness {
			return RegionID(i)
		}
	}
	return NoRegion
}

// Secondary returns the region that stands by for the primary: the second one with a workload, or
// NoRegion.
func (s *Scenario) Secondary() RegionID {
	for i := int(s.Primary()) + 1; i < len(s.Regions); i++ {
		if !s.Regions[i].Witness {
			return RegionID(i)
		}
	}
	return NoRegion
}

// Workload returns the regions that run a workload.
func (s *Scenario) Workload() RegionSet {
	var set RegionSet
	for i := range s.Regions {
		if !s.Regions[i].Witness {
			set = set.With(RegionID(i))
		}
	}
	return set
}

// Voters returns all regions, witnesses included: each has one vote.
func (s *Scenario) Voters() RegionSet {
	var set RegionSet
	for i := range s.Regions {
		set = set.With(RegionID(i))
	}
	return set
}

// NearestAmong returns the region of a set with the shortest way from a region, the first of those
// that are equally near, or NoRegion where the set is empty. It is where a population with that
// nearest region is served while the set serves.
func (s *Scenario) NearestAmong(from RegionID, set RegionSet) RegionID {
	best := NoRegion
	for r := range RegionID(len(s.Regions)) {
		if set.Has(r) && (best == NoRegion || s.Latency[from][r] < s.Latency[from][best]) {
			best = r
		}
	}
	return best
}

// Strategy returns the scenario's overlay of this kind.
func (s *Scenario) Strategy(kind StrategyKind) (Strategy, bool) {
	for _, strategy := range s.Strategies {
		if strategy.Kind == kind {
			return strategy, true
		}
	}
	return Strategy{}, false
}

// Excuse says why a strategy cannot be built in this scenario, or is empty when it can.
func (s *Scenario) Excuse(kind StrategyKind) string {
	if kind == SingleRegion {
		return ""
	}
	if s.Secondary() == NoRegion {
		return "only one region has a workload"
	}
	if only := s.alone(); kind.ServesReads() && only != NoRegion {
		is := "nearest"
		if s.Routing.Choice.Policy != LatencyRouting {
			is = "sent"
		}
		return "every user is " + is + " to " + s.Regions[only].Name +
			", so that no other region would serve any"
	}
	if !kind.MultiWriter() {
		return ""
	}
	strategy, _ := s.Strategy(kind)
	for _, store := range s.Stores {
		switch {
		case store.Conflicts == OneWriterOnly:
			return "the conflicts of store " + store.Name + " are avoided by a single writer, as in " +
				ReadLocal.String()
		case store.Conflicts == RegionalOwnership && s.Routing.Choice.Policy == WeightedRouting:
			return "no region owns the keys of store " + store.Name +
				": their users are drawn to one by weight, at each look-up anew"
		case store.Kind.Behaviour() == OneWriter && !strategy.ReplaceStores:
			return "store " + store.Name + " takes writes in one region at a time"
		}
	}
	return ""
}

// Capacity returns what a region can carry in normal times under a strategy, as a share of all
// traffic. A region is sized for its load at its Utilisation: all the traffic for the primary of a
// strategy in which it serves alone, the region's own share where every region serves, the standby
// share of the former for the secondary.
func (s *Scenario) Capacity(strategy Strategy, r RegionID) float64 {
	if s.Regions[r].Witness {
		return 0
	}
	switch {
	case strategy.Kind.ServesReads():
		return s.TrafficShare(r) / s.Regions[r].Utilisation
	case r == s.Primary():
		return 1 / s.Regions[r].Utilisation
	case strategy.Kind.HasStandby() && r == s.Secondary():
		return strategy.Standby[Compute] / s.Regions[r].Utilisation
	}
	return 0
}

// CapacityCeiling returns what a region can be scaled to: its burst ceiling times its normal
// capacity where it serves, and the size of a whole primary for a standby, which is built to take
// over; within its quota, but never less than its normal capacity.
func (s *Scenario) CapacityCeiling(strategy Strategy, r RegionID) float64 {
	normal := s.Capacity(strategy, r)
	ceiling := normal * math.Max(s.Regions[r].BurstCeiling, 1)
	if strategy.Kind.HasStandby() && r == s.Secondary() {
		ceiling = math.Max(normal, 1/s.Regions[r].Utilisation)
	}
	if quota := s.Regions[r].Quota; quota > 0 {
		ceiling = math.Max(normal, math.Min(ceiling, quota/s.Regions[r].Utilisation))
	}
	return ceiling
}

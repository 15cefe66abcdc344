package model

// StrategyKind names one of the seven ways to use more than one region.
type StrategyKind uint8

// The strategies, from the simplest to the richest.
const (
	SingleRegion StrategyKind = iota + 1
	BackupRestore
	PilotLight
	WarmStandby
	HotStandby
	ReadLocal
	ActiveActive
)

var strategyNames = [...]string{
	SingleRegion: "single-region", BackupRestore: "backup-restore", PilotLight: "pilot-light",
	WarmStandby: "warm-standby", HotStandby: "hot-standby", ReadLocal: "read-local",
	ActiveActive: "active-active",
}

// StrategyKinds returns all seven kinds, from the simplest to the richest.
func StrategyKinds() []StrategyKind {
	return []StrategyKind{
		SingleRegion, BackupRestore, PilotLight, WarmStandby, HotStandby, ReadLocal, ActiveActive,
	}
}

// String gives the kind's name as scenario files and command lines write it.
func (k StrategyKind) String() string {
	if k > 0 && int(k) < len(strategyNames) {
		return strategyNames[k]
	}
	return "unknown"
}

// ParseStrategy finds a kind by its name, or by "hot-warm", the other name of warm-standby.
func ParseStrategy(name string) (StrategyKind, bool) {
	if name == "hot-warm" {
		return WarmStandby, true
	}
	for _, kind := range StrategyKinds() {
		if kind.String() == name {
			return kind, true
		}
	}
	return 0, false
}

// Category groups the lines of a bill.
type Category uint8

// The categories of a bill.
const (
	Compute Category = iota
	Database
	Cache
	Messaging
	Storage
	Network
	Edge
	Observability
	Operations
	// CategoryCount is the number of categories, not one of them.
	CategoryCount
)

var categoryNames = [CategoryCount]string{
	"compute", "database", "cache", "messaging", "storage", "network", "edge", "observability",
	"operations",
}

// String gives the category's name as scenario files write it.
func (c Category) String() string {
	if c < CategoryCount {
		return categoryNames[c]
	}
	return "unknown"
}

// ScalesWithTraffic reports whether a region that carries twice the traffic needs twice as much of
// it. Storage holds a full copy wherever it is; edge, observability and operations serve the whole
// estate.
func (c Category) ScalesWithTraffic() bool {
	switch c {
	case Compute, Database, Cache, Messaging, Network:
		return true
	case Storage, Edge, Observability, Operations, CategoryCount:
		return false
	}
	return false
}

// Strategy is an overlay on a scenario: what runs outside the primary region, and how it takes
// over.
type Strategy struct {
	Kind StrategyKind
	// Standby is, for each category, what the secondary region keeps running in normal times, as a
	// share of a region sized for all the traffic. It is read for the strategies with an idle
	// secondary.
	Standby [CategoryCount]float64
	// Serving is, for each category, the factor on the bill's own lines of the regions other than
	// the primary. It is read for read-local and active-active, where every region has its share of
	// traffic.
	Serving [CategoryCount]float64
	// Mode says whether a failover is automatic or waits for a person.
	Mode PolicyMode
	// FromBackup says that the secondary has no replica: its data is restored from the last backup.
	FromBackup bool
	// Scale is how long compute in the secondary takes to grow to what the traffic needs.
	Scale Distribution
	// ReplaceStores says that stores which take one writer are replaced by a technology that takes
	// several; without it such a store excuses active-active.
	ReplaceStores bool
	// ExtraPerYear is a cost of the strategy beside the bill, for instance a programme's.
	ExtraPerYear Money
	// OneTime is what it costs to build.
	OneTime Money
}

// ServesReads reports whether every workload region serves its own population's reads.
func (k StrategyKind) ServesReads() bool { return k == ReadLocal || k == ActiveActive }

// MultiWriter reports whether every workload region takes writes.
func (k StrategyKind) MultiWriter() bool { return k == ActiveActive }

// HasStandby reports whether an idle secondary region waits to take over.
func (k StrategyKind) HasStandby() bool { return k >= BackupRestore && k <= HotStandby }

// DefaultStrategy returns the overlay of a kind, for a scenario that does not say otherwise. The
// shares are assumptions, unverified, but for warm standby's 25 % of compute (roadmap-90-day, week
// nine) and the whole copy of storage that every recovery from another region needs.
func DefaultStrategy(kind StrategyKind) Strategy {
	strategy := Strategy{Kind: kind, Mode: Automatic}
	switch kind {
	case BackupRestore:
		strategy.Mode, strategy.FromBackup = Manual, true
		strategy.Standby = [CategoryCount]float64{Storage: 1, Network: 0.05}
		// From nothing: "hours" in aws-multi-region-dr, section 6; the figures are an assumption.
		strategy.Scale = Distribution{Family: Triangular, A: 3600, B: 7200, C: 14400}
	case PilotLight:
		strategy.Mode = Manual
		strategy.Standby = [CategoryCount]float64{Database: 0.5, Storage: 1, Network: 0.1}
		// "Tens of minutes to hours" in aws-multi-region-dr, section 6; the figures are an
		// assumption.
		strategy.Scale = Distribution{Family: Uniform, A: 600, B: 3600}
	case WarmStandby:
		strategy.Standby = [CategoryCount]float64{
			Compute: 0.25, Database: 0.5, Cache: 0.25, Messaging: 0.5, Storage: 1, Network: 0.25,
			Observability: 0.5,
		}
		strategy.Scale = Distribution{Family: Uniform, A: 180, B: 300}
	case HotStandby:
		strategy.Standby = [CategoryCount]float64{
			Compute: 1, Database: 1, Cache: 1, Messaging: 1, Storage: 1, Network: 0.25,
			Observability: 1,
		}
	case ReadLocal:
		strategy.Serving = servingAsBilled()
		strategy.Scale = Distribution{Family: Uniform, A: 180, B: 300}
	case ActiveActive:
		strategy.Serving = servingAsBilled()
		// Every region applies every write: its database is sized for the whole write load.
		strategy.Serving[Database] = 2
		strategy.ReplaceStores = true
		strategy.Scale = Distribution{Family: Uniform, A: 180, B: 300}
	case SingleRegion:
	}
	return strategy
}

func servingAsBilled() [CategoryCount]float64 {
	var shares [CategoryCount]float64
	for c := range shares {
		shares[c] = 1
	}
	return shares
}

package model

import "time"

// StoreKind says by which technology a store holds data in more than one region. A kind is one of a
// few behaviours with figures that were published of it; what a scenario says itself comes first.
type StoreKind uint8

// The kinds of stores. The first three are behaviours without a technology. A strategy may run a
// store more simply than its kind allows, never the reverse: a store takes writes in several
// regions only under a strategy that asks for it, and one region alone needs nobody's consent.
const (
	// SingleWriter has one writable region and asynchronous replicas.
	SingleWriter StoreKind = iota + 1
	// MultiActive can take writes in every region and resolves conflicts afterwards.
	MultiActive
	// Quorum acknowledges a write once a majority of its regions holds it.
	Quorum
	// AuroraGlobal is a database with replicas in other regions that the provider promotes.
	AuroraGlobal
	// RDSReplica is a read replica in another region that has to be promoted by hand and rebooted.
	RDSReplica
	// DynamoDBGlobal is a table that every region writes to, where the last writer wins.
	DynamoDBGlobal
	// DynamoDBStrong is a table with a majority of three regions behind every write.
	DynamoDBStrong
	// S3Replication copies objects to another region some time, S3TimeControl under an agreement about
	// when.
	S3Replication
	S3TimeControl
	// ElastiCacheGlobal is a cache with a replica that is promoted: what it lacks is read anew.
	ElastiCacheGlobal
	// MirroredStream is a log of events that is copied to another region.
	MirroredStream
	storeKindCount
)

// StoreBehaviour is what a store does with a write.
type StoreBehaviour uint8

// The behaviours.
const (
	// OneWriter takes writes in one region and copies them afterwards.
	OneWriter StoreBehaviour = iota + 1
	// EveryWriter takes writes in every region and copies them afterwards.
	EveryWriter
	// MajorityWriter takes a write, in any region, once a majority of the regions holds it.
	MajorityWriter
)

// storeKind is what a kind is called, what it does, and what was published of it.
type storeKind struct {
	name      string
	behaviour StoreBehaviour
	// conflicts is what it does about two writes to one key, unless the author says otherwise.
	conflicts ConflictStrategy
	// disposable says that what it holds can be had again from elsewhere.
	disposable bool
	// lag and promotion are known of technologies, and else the author's to say.
	lag, promotion *Distribution
	// lagSource says where the lag was published, "" where it rests on an assumption or is none.
	lagSource string
	// lagAssumed and promotionAssumed say that these rest on an assumption.
	lagAssumed, promotionAssumed bool
	// switchover is nil where a planned one takes as long as any other.
	switchover *Distribution
	what       string
}

// The figures of the kinds are those of scenarios/data/recovery_times.csv, which has their sources,
// by the row that is named. What is an assumption there is one here.
var storeKinds = [storeKindCount]storeKind{
	SingleWriter: {
		name: "single-writer", behaviour: OneWriter,
		what: "one region writes, the others follow after the lag",
	},
	MultiActive: {
		name: "multi-active", behaviour: EveryWriter,
		what: "every region can write, conflicts are resolved afterwards",
	},
	Quorum: {
		name: "quorum", behaviour: MajorityWriter, lag: fixed(0), promotion: fixed(0),
		switchover: fixed(0),
		what:       "a write counts once a majority of the regions holds it",
	},
	// aurora_global: the example of 0.483 s (secondary) and "typically under a second", taken as a
	// 99th percentile; unplanned failover; planned switchover (secondary).
	AuroraGlobal: {
		name: "aurora-global", behaviour: OneWriter,
		lag:        lognormal(483*time.Millisecond, time.Second, 0.99),
		lagSource:  "aurora-global-database.html of docs.aws.amazon.com, and a secondary example",
		promotion:  lognormal(90*time.Second, 300*time.Second, 0.95),
		switchover: &Distribution{Family: Triangular, A: 30, B: 60, C: 180},
		what:       "as single-writer; the provider promotes a replica",
	},
	// rds_read_replica: a median of 600 s, an assumption, and twice that as a 95th percentile,
	// another. Nobody published a lag.
	RDSReplica: {
		name: "rds-replica", behaviour: OneWriter,
		promotion: lognormal(600*time.Second, 1200*time.Second, 0.95), promotionAssumed: true,
		what: "as single-writer; a replica is promoted by hand, and restarts",
	},
	// dynamodb_global_mrec: exponential with a mean of 0.5 to 1 s, of which this is the middle;
	// clients are routed elsewhere, and nothing is promoted.
	DynamoDBGlobal: {
		name: "dynamodb-global", behaviour: EveryWriter, conflicts: LastWriterWins,
		lag:       &Distribution{Family: Exponential, A: 0.75},
		lagSource: "V2globaltables_HowItWorks.html of docs.aws.amazon.com",
		promotion: fixed(0), switchover: fixed(0),
		what: "as multi-active; the last writer wins, nothing is promoted",
	},
	// dynamodb_global_mrsc: RPO 0, three regions, of which one may be a witness.
	DynamoDBStrong: {
		name: "dynamodb-strong", behaviour: MajorityWriter, lag: fixed(0), promotion: fixed(0),
		switchover: fixed(0),
		what:       "as quorum, of three regions",
	},
	// s3_crr: no agreement; a median of 30 s and 900 s as a 99th percentile, an assumption.
	S3Replication: {
		name: "s3-replication", behaviour: OneWriter,
		lag: lognormal(30*time.Second, 900*time.Second, 0.99), lagAssumed: true,
		promotion: fixed(0), switchover: fixed(0),
		what: "as single-writer; objects are copied without a time guarantee, nothing is promoted",
	},
	// s3_rtc: 99.9 % within 900 s is the agreement (unverified; built for 99.99 %); the median is that
	// of s3_crr.
	S3TimeControl: {
		name: "s3-time-control", behaviour: OneWriter,
		lag: lognormal(30*time.Second, 900*time.Second, 0.999), lagAssumed: true,
		promotion: fixed(0), switchover: fixed(0),
		what: "as s3-replication; 99.9% of the objects within 15 minutes",
	},
	// elasticache_global: below a second, and a minute to promote, both taken whole: harsh.
	ElastiCacheGlobal: {
		name: "elasticache-global", behaviour: OneWriter, disposable: true,
		lag: fixed(time.Second), promotion: fixed(time.Minute),
		lagSource: "elasticache/global-datastore.html of disaster-recovery.workshop.aws",
		what:      "as single-writer; a cache: what it lacks is read anew, and is no lost write",
	},
	// msk_mirrormaker2: 5 s is a claim of deployment-strategy, unverified. Consumers and producers
	// turn to the copy, and nothing is promoted.
	MirroredStream: {
		name: "mirrored-stream", behaviour: OneWriter, lag: fixed(5 * time.Second), lagAssumed: true,
		promotion: fixed(0), switchover: fixed(0),
		what: "as single-writer; a log of events is copied, nothing is promoted",
	},
}

func fixed(d time.Duration) *Distribution {
	made := Fixed(d)
	return &made
}

func lognormal(median, high time.Duration, q float64) *Distribution {
	made := LognormalMedian(median, high, q)
	return &made
}

// StoreKinds returns all kinds, in the order of their values.
func StoreKinds() []StoreKind {
	var all []StoreKind
	for k := SingleWriter; k < storeKindCount; k++ {
		all = append(all, k)
	}
	return all
}

// rule is what is known of a kind, or nothing.
func (k StoreKind) rule() storeKind {
	if k < storeKindCount {
		return storeKinds[k]
	}
	return storeKind{}
}

// String gives the kind's name as scenario files write it.
func (k StoreKind) String() string {
	if name := k.rule().name; name != "" {
		return name
	}
	return "unknown"
}

// What says in half a sentence what a store of this kind does.
func (k StoreKind) What() string { return k.rule().what }

// Behaviour is what a store of this kind does with a write.
func (k StoreKind) Behaviour() StoreBehaviour { return k.rule().behaviour }

// Synchronous reports whether a write is acknowledged only once a majority of the regions holds it,
// so that none is ever lost with a region.
func (k StoreKind) Synchronous() bool { return k.Behaviour() == MajorityWriter }

// Conflicts is what a store of this kind does about conflicting writes, unless its file says
// otherwise.
func (k StoreKind) Conflicts() ConflictStrategy { return k.rule().conflicts }

// Disposable reports whether what a store of this kind loses can be had again from elsewhere, and
// counts for no lost write.
func (k StoreKind) Disposable() bool { return k.rule().disposable }

// Lag returns how far replicas are behind, beyond the network's delay, where that was published of
// the kind.
func (k StoreKind) Lag() (Distribution, bool) { return known(k.rule().lag) }

// LagSource says where the lag of the kind is from; "" where it has none.
func (k StoreKind) LagSource() string {
	switch rule := k.rule(); {
	case rule.lag == nil:
		return ""
	case rule.lagAssumed:
		return "unverified: an assumption of the kind " + rule.name
	case rule.behaviour == MajorityWriter:
		return "a majority holds every write"
	default:
		return rule.lagSource + " (recovery_times.csv, kind " + rule.name + ")"
	}
}

// Promotion returns how long an unplanned promotion takes, where that was published of the kind.
func (k StoreKind) Promotion() (Distribution, bool) { return known(k.rule().promotion) }

// Switchover returns how long a planned promotion takes, where that was published of the kind.
func (k StoreKind) Switchover() (Distribution, bool) { return known(k.rule().switchover) }

// Assumed reports whether the lag and the promotion of the kind rest on an assumption.
func (k StoreKind) Assumed() (lag, promotion bool) {
	return k.rule().lagAssumed, k.rule().promotionAssumed
}

func known(d *Distribution) (Distribution, bool) {
	if d == nil {
		return Distribution{}, false
	}
	return *d, true
}

// QuorumOf returns the regions whose majority has to hold a write to a store before it is
// acknowledged, under a strategy that keeps copies of the data: those that may hold it, witnesses
// among them unless the store names who may. It is empty where a write is acknowledged at once.
func (s *Scenario) QuorumOf(store StoreID, strategy Strategy) RegionSet {
	spec := &s.Stores[store]
	if !spec.Kind.Synchronous() || strategy.Kind == SingleRegion || strategy.FromBackup {
		return 0
	}
	if spec.Allowed != 0 {
		return spec.Allowed
	}
	return s.Voters()
}

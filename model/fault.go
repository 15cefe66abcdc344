package model

import "time"

// FaultKind names what a fault breaks.
type FaultKind uint8

// The kinds of faults. Each breaks one thing alone; a total loss is the first, and anything in
// between is several of the others at once.
const (
	// RegionLoss stops everything in a region: workload, stores, agent and guard.
	RegionLoss FaultKind = iota + 1
	// LinkCut stops all traffic between two regions, or what one of them sends; clients still reach
	// both.
	LinkCut
	// PacketLoss loses a share of what two regions send each other, or of what one of them sends.
	PacketLoss
	// ServiceLoss stops the application of a region; its stores and its agent go on.
	ServiceLoss
	// GreyFailure makes a share of the requests to a region fail, whoever asks; with a Fault.Latency
	// they are answered well, but so much later.
	GreyFailure
	// StoreLoss stops one store in a region; what it holds is not lost.
	StoreLoss
	// PathLoss keeps users, and checks of the way that they take, from reaching a region; the
	// regions reach each other.
	PathLoss
	// BlindAgent keeps the agent of a region from learning how its checks go.
	BlindAgent
	// AgentLoss stops the agent of a region; workload, stores and guards go on without it.
	AgentLoss
	// ControlPlaneLoss keeps all that runs in a region as it is: its stores cannot be promoted or
	// copied anew, and its capacity cannot grow.
	ControlPlaneLoss
	// RoutingControlLoss keeps traffic where it is sent: answers stay, and none can be changed.
	RoutingControlLoss
	// CapacityRefused keeps the capacity of a region from growing.
	CapacityRefused
	// MissingItem takes something from a region that it needs to serve, such as a secret: it fails
	// every request while it is in use, and nothing shows before, but for what the policy asks to be
	// ready.
	MissingItem
	// ReplicationStall keeps the copy of one store in a region from receiving what is written
	// elsewhere, while the network is whole. Afterwards it catches up.
	ReplicationStall
	// Corruption makes the data of a store bad, which replicates: a share of the requests that read it
	// fail wherever it has come to. Its end is when the data was mended by hand.
	Corruption
	// BadRelease makes a share of the requests to a region fail, though its health page is fine: only
	// checks that go deep see it. With a Fault.Latency they are answered well, but so much later.
	BadRelease
	// Quota keeps the capacity of a region from growing beyond a share of what all the traffic takes.
	// The policy does not know of it; it knows a Region.Quota.
	Quota
	// SpotReclaim takes a share of the capacity that a region has, and gives it back at its end.
	SpotReclaim
	// CapacityScarce gives a region a share of what it asks for beyond what it has when that begins,
	// however often it asks, as a provider that is out of machines of some sizes, in some zones.
	CapacityScarce
	// RoutingLoss keeps clients from learning where to go, from any region: those who know go on until
	// their answer runs out. Where an address is announced it no longer is.
	RoutingLoss
	// CacheLoss stops the cache of a region, and empties it: the stores behind it get all its reads.
	CacheLoss
	faultKindCount
)

// faultKind is what a kind is called, and what a fault of it names.
type faultKind struct {
	name                       string
	region, link, store, share bool
	// item is what is missing; several says that more than one region can be struck at once.
	item, several bool
	// workload says that the region must run a workload: a witness has nothing of what it breaks.
	workload bool
	// latency says that it may have one.
	latency bool
	// controls says that it breaks what changes things, and nothing that serves.
	controls bool
	what     string
}

var faultKinds = [faultKindCount]faultKind{
	RegionLoss: {
		name: "region-loss", region: true, several: true, what: "everything in a region stops",
	},
	LinkCut: {name: "link-cut", link: true, what: "nothing passes between two regions"},
	PacketLoss: {
		name: "packet-loss", link: true, share: true, what: "a share of the packets is lost",
	},
	ServiceLoss: {
		name: "service-loss", region: true, workload: true,
		what: "the application of a region stops",
	},
	GreyFailure: {
		name: "grey-failure", region: true, workload: true, share: true, latency: true,
		what: "a share of a region's requests fails, or is answered late",
	},
	StoreLoss: {
		name: "store-loss", region: true, workload: true, store: true,
		what: "one store in a region stops",
	},
	PathLoss: {
		name: "path-loss", region: true, workload: true, what: "users cannot reach a region",
	},
	BlindAgent: {
		name: "blind-agent", region: true, what: "a region's agent cannot see how others are",
	},
	AgentLoss: {name: "agent-loss", region: true, what: "a region's agent stops"},
	ControlPlaneLoss: {
		name: "control-plane-loss", region: true, workload: true, controls: true,
		what: "nothing in a region can be changed",
	},
	RoutingControlLoss: {
		name: "routing-control-loss", controls: true, what: "the routing cannot be changed",
	},
	CapacityRefused: {
		name: "capacity-refused", region: true, workload: true, controls: true,
		what: "a region cannot grow",
	},
	MissingItem: {
		name: "missing-item", region: true, workload: true, item: true,
		what: "a region lacks what it needs to serve",
	},
	ReplicationStall: {
		name: "replication-stall", region: true, workload: true, store: true,
		what: "the copy of one store in a region receives nothing",
	},
	Corruption: {
		name: "corruption", store: true, share: true,
		what: "the data of one store is bad, which replicates",
	},
	BadRelease: {
		name: "bad-release", region: true, workload: true, share: true, latency: true,
		what: "a share of a region's requests fails, or is late, and only deep checks see it",
	},
	Quota: {
		name: "quota", region: true, workload: true, share: true, controls: true,
		what: "a region cannot grow beyond a share of what all the traffic takes",
	},
	SpotReclaim: {
		name: "spot-reclaim", region: true, workload: true, share: true,
		what: "a share of a region's capacity is taken away",
	},
	CapacityScarce: {
		name: "capacity-scarce", region: true, workload: true, share: true, controls: true,
		what: "a region gets only a share of the capacity that it asks for",
	},
	RoutingLoss: {name: "routing-loss", what: "nobody new learns where to go"},
	CacheLoss: {
		name: "cache-loss", region: true, workload: true,
		what: "the cache of a region stops, and is empty afterwards",
	},
}

// FaultKinds returns all kinds, in the order of their values.
func FaultKinds() []FaultKind {
	var all []FaultKind
	for k := RegionLoss; k < faultKindCount; k++ {
		all = append(all, k)
	}
	return all
}

// String gives the kind's name as scenario files write it.
func (k FaultKind) String() string {
	if k > 0 && k < faultKindCount {
		return faultKinds[k].name
	}
	return "unknown"
}

// What says in half a sentence what a fault of this kind breaks.
func (k FaultKind) What() string { return faultKinds[k].what }

// HasRegion reports whether a fault of this kind names a region that fails.
func (k FaultKind) HasRegion() bool { return k < faultKindCount && faultKinds[k].region }

// HasLink reports whether a fault of this kind names two regions, and perhaps a direction.
func (k FaultKind) HasLink() bool { return k < faultKindCount && faultKinds[k].link }

// HasStore reports whether a fault of this kind names a store.
func (k FaultKind) HasStore() bool { return k < faultKindCount && faultKinds[k].store }

// HasItem reports whether a fault of this kind names what is missing.
func (k FaultKind) HasItem() bool { return k < faultKindCount && faultKinds[k].item }

// HasRegions reports whether a fault of this kind can strike several regions at once.
func (k FaultKind) HasRegions() bool { return k < faultKindCount && faultKinds[k].several }

// HasWorkload reports whether the region of a fault of this kind has to run a workload.
func (k FaultKind) HasWorkload() bool { return k < faultKindCount && faultKinds[k].workload }

// Controls reports whether a fault of this kind breaks only what changes things: all that serves
// goes on, and nobody notices until something has to be changed.
func (k FaultKind) Controls() bool { return k < faultKindCount && faultKinds[k].controls }

// HasShare reports whether a fault of this kind has a share.
func (k FaultKind) HasShare() bool { return k < faultKindCount && faultKinds[k].share }

// HasLatency reports whether a fault of this kind may have a latency.
func (k FaultKind) HasLatency() bool { return k < faultKindCount && faultKinds[k].latency }

// Fault is one injected failure.
type Fault struct {
	Kind FaultKind
	// Region is what fails, or one end of the link that does, else NoRegion.
	Region RegionID
	// Also are the other regions that fail with it: those of a shared site.
	Also RegionSet
	// Peer is the other end of a link, else NoRegion.
	Peer RegionID
	// OneWay says that only what Region sends to Peer is meant.
	OneWay bool
	// Store is which one, of kinds that have one.
	Store StoreID
	// Share is how much of it fails, in (0, 1], of kinds that have one.
	Share float64
	// Latency is by how much later the share is answered, of kinds that may have one, up to an hour;
	// with 0 it fails.
	Latency time.Duration
	// Item is what is missing, of kinds that have one: any text, and known to the check of readiness
	// when it is one of Settings.Readiness.
	Item string
	// At is when it starts, from the start of the run.
	At time.Duration
	// Duration is how long it lasts; 0 means to the end of the run.
	Duration time.Duration
	// Place is where a file says so, for messages.
	Place Place
}

// Place is a place in a file. It is zero for what no file says.
type Place struct {
	File string
	// Line and Column count from 1; a column is a character, not a byte.
	Line, Column int
}

// Hazard is a random source of faults: Poisson arrivals, independent durations.
type Hazard struct {
	// Kind, Region, Also, Peer, OneWay, Store, Share and Item are as in a Fault.
	Kind         FaultKind
	Region, Peer RegionID
	Also         RegionSet
	OneWay       bool
	Store        StoreID
	Share        float64
	Item         string
	// PerYear is the expected number of faults a year (of 8,760 hours), at least 0.
	PerYear float64
	// Duration is how long each lasts.
	Duration Distribution
	// Source says where the rate and the durations were published.
	Source string
}

// Fault is one fault of the hazard, without its times.
func (h *Hazard) Fault() Fault {
	return Fault{
		Kind: h.Kind, Region: h.Region, Also: h.Also, Peer: h.Peer, OneWay: h.OneWay, Store: h.Store,
		Share: h.Share, Item: h.Item,
	}
}

// Strikes are the regions that the fault strikes; of a link, its ends.
func (f *Fault) Strikes() RegionSet {
	set := f.Also
	if f.Kind.HasRegion() || f.Kind.HasLink() {
		set = set.With(f.Region)
	}
	if f.Kind.HasLink() {
		set = set.With(f.Peer)
	}
	return set
}

// HoursPerYear is the year that all rates refer to.
const HoursPerYear = 8760

// Year is HoursPerYear as a duration.
const Year = HoursPerYear * time.Hour

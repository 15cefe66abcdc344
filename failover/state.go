package failover

import (
	"math"
	"time"

	"redoubt/model"
)

// Instant is a point in the log's time, in nanoseconds since the log began. It is elapsed time that
// a leader measured, so it stands still while there is no leader: a gap can delay a decision, never
// hasten it.
type Instant int64

// InstantMax is later than any instant of a log, some 146 years after its beginning: what is never
// to be is then. An entry of that time or a later one counts as one of the nanosecond before, so
// that no sum of an instant and a policy's duration overflows.
const InstantMax Instant = 1 << 62

// Add returns the instant d later.
func (t Instant) Add(d time.Duration) Instant { return t + Instant(d) }

// Sub returns the time from u to t.
func (t Instant) Sub(u Instant) time.Duration { return time.Duration(t - u) }

// Second is an instant in whole seconds, rounded up: it takes half the place. The last one is 136
// years after the log's beginning, and stands for all later ones too.
type Second uint32

// secondOf rounds an instant up.
func secondOf(t Instant) Second {
	return Second(min((max(t, 0)+Instant(time.Second)-1)/Instant(time.Second), math.MaxUint32))
}

// Instant is when the second begins.
func (s Second) Instant() Instant { return Instant(s) * Instant(time.Second) }

// Epoch numbers plans and leases. A higher one supersedes every lower one; 0 is before the first.
type Epoch uint32

// State is everything a decision depends on. It is a comparable value without pointers: == compares
// it, assignment copies it, and it can be walked exhaustively by a test. Its zero value is not a
// state of any policy: Policy.Start makes the first one.
type State struct {
	// Under is the policy and the rules that the state is decided under.
	Under Governance
	// Now is the time of the last event.
	Now Instant
	// Epoch is the highest one handed out.
	Epoch Epoch
	// Primary is the region that leads: it takes the writes, but for those to a store that was
	// promoted elsewhere on its own. It is NoRegion where several regions write.
	Primary model.RegionID
	// Writers are the regions that each store's writes belong in; NoRegion without such a store.
	Writers [model.MaxStores]model.RegionID
	// Serving are the regions that traffic is sent to.
	Serving model.RegionSet
	// Split is how the traffic is divided while it shifts in stages.
	Split Split
	// Left is what plans have left that is still to be put right.
	Left Leftover
	// Asked is what people were last asked (or told, in advise mode); its region is NoRegion when
	// nobody was.
	Asked Question
	// AskedAt is when they were.
	AskedAt Instant
	// Approved is what people have approved, and who did.
	Approved Consent
	// Ready is each region's capacity now, in thousandths of all traffic.
	Ready [model.MaxRegions]uint16
	// Leases are the write leases, one for each store.
	Leases [model.MaxStores]Lease
	// Lapses are how near people are to hearing of each store that its lease is over.
	Lapses [model.MaxStores]Lapse
	// Notices are the last alarms over steps of plans and over outages, the newest first.
	Notices [MaxNotices]Notice
	// Lags are the last lag samples, by store and region.
	Lags [model.MaxStores][model.MaxRegions]LagSample
	// Reports are the last verdicts, by observer and subject.
	Reports [model.MaxRegions][model.MaxRegions]Report
	// Marks are what people have declared about each region.
	Marks [model.MaxRegions]Mark
	// Readiness is what each region last reported of the items that the policy asks for.
	Readiness [model.MaxRegions]Readiness
	// Silent are the voters whose agent is not heard of.
	Silent model.RegionSet
	// Flaps is how often each region has come and gone.
	Flaps [model.MaxRegions]Flap
	// Diverged is what each copy of a store holds that its primary does not.
	Diverged [model.MaxStores][model.MaxRegions]Divergence
	// Drill is a full drill that waits for approval.
	Drill PendingDrill
	// Orders are the last that were judged, by when they were said: a copy of one counts for nothing.
	Orders [MaxOrders]Said
	// Turned is when a plan last began or ended, the writes moved, a copy's surplus was counted, the
	// brake came on, people stopped something, or the policy became another one: who gave an order
	// before that had another state before them.
	Turned Instant
	// Paused says that a person paused the policy: nothing begins but what people order.
	Paused bool
	// PausedAt is when they did, 0 while the policy is not paused.
	PausedAt Instant
	// Brake says whether anything may move that nobody ordered.
	Brake Brake
	// Force is the last failover that a person forced; its Epoch is 0 when none ever was.
	Force Force
	// Recent are the last transitions, the newest first.
	Recent [MaxRecent]Transition
	// Plan is what is being done; its Kind is NoPlan when nothing is.
	Plan Plan
}

// MaxRecent bounds how many transitions are remembered for the cooldown.
const MaxRecent = 4

// Report is what one observer last said about one region.
type Report struct {
	// Sequence numbers an observer's reports from 1; 0 means that there was none. It must grow for as
	// long as the log lives, and by less than 2^32 at once: an agent that restarts goes on from the
	// one in its applied state.
	Sequence uint64
	// At is when it was observed.
	At Instant
	// Since is when the observer began to say down of each scope without a break; it is read only
	// while it does.
	Since [scopeCount]Instant
	// Known and Down are sets of checks, one bit each: up is known and not down, unknown is not known.
	Known, Down uint8
	// filler is always zero. It leaves no gap in a report, so that all of them are compared at once.
	filler [6]uint8
}

// LagSample is how far a replica was behind when it was last measured.
type LagSample struct {
	Lag time.Duration
	At  Instant
	// Epoch is that of the lease under which the region wrote that the replica followed; 0 when it was
	// not measured, or not since a failover. An older one than the store's says that nobody knows what
	// it follows now, but not that it has lost what it held: the sample goes on to age.
	Epoch Epoch
	// CaughtUp is when the replica was first no more than DataAtRiskMax behind again while its writer
	// was said to be down and could write; else 0.
	CaughtUp Second
}

// Lease is the right to write to one store.
type Lease struct {
	// Holder may have the store open until End, or until a fence of Epoch is recorded.
	Holder model.RegionID
	Epoch  Epoch
	// Ticket is the last one granted; the guard opens the store against no other.
	Ticket uint64
	End    Instant
	// Open says that a person forced the grant while the holder before could still write, as it may to
	// this day: the holder is not all that there is to lose.
	Open bool
	// Fenced is Epoch when the holder's guard durably recorded that it will not open it again, at
	// FencedAt; a lower one was recorded by an earlier holder's guard and means nothing any more.
	Fenced   Epoch
	FencedAt Instant
}

// Transition is one change of the primary, or one evacuation: a plan that is under way, or that
// moved something, or that failed.
type Transition struct {
	At Instant
	// From is what was left, To the region that took over, or NoRegion in an evacuation.
	From Scope
	To   model.RegionID
	// Took says that To did take over, in part at least. It is set when the plan has ended.
	Took bool
	// Staged says that it was planned work whose traffic was to shift in stages, Ordered that people
	// ordered the traffic to leave, in an evacuation or a reroute: no cooldown follows from that.
	Staged, Ordered bool
	// Valid tells an entry from an empty place.
	Valid bool
}

// concerns reports whether a region was part of the transition.
func (t *Transition) concerns(r model.RegionID) bool { return t.From.Region == r || t.To == r }

// led reports whether a region had, in the transition, what was moved: it was left, or took over.
func (t *Transition) led(r model.RegionID) bool { return t.From.Region == r || t.To == r && t.Took }

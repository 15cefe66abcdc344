package agent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/execute"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
)

// Config is what an agent is made of. Whatever touches the world is handed over.
type Config struct {
	// Region is whose agent it is, and Names are the regions' names by number: raft's servers are
	// called that. Regions keep their numbers for as long as a log lives.
	Region model.RegionID
	Names  []string
	// Stores are the stores' names by number, which they keep as long. An agent that has another name
	// for a number, of a region or a store, is refused.
	Stores []string
	// Policies are those that the agent acts under. The first is its scenario's, with which a new log
	// begins; the others are former ones, for as long as the log is still under them.
	Policies []failover.Policy
	// Moved says of which numbers the agent does not speak under a former policy.
	Moved Numbers
	// Parts are what the agent does by its scenario beside deciding, in the order in which people are
	// told where agents differ; without any it compares nothing with the others.
	Parts []Part
	Times Times
	// Logs, Stable, Snapshots and Transport are raft's. The transport has pre-vote, and a server's
	// address is its name.
	Logs      raft.LogStore
	Stable    raft.StableStore
	Snapshots raft.SnapshotStore
	Transport raft.Transport
	// SnapshotAfter is how many entries are applied before raft cuts its log off; 0 is raft's default.
	SnapshotAfter uint64
	// CommitEvery is after how long without an entry raft has its followers hear again up to where
	// all is committed, and one to whom the way was lost is tried again; twice that at the most, and 0
	// is raft's default, 50 ms. Over a Transport with pipelines they hear of each entry at once, and
	// this is for what was lost on the way.
	CommitEvery time.Duration
	// Archive keeps what was applied; it may be nil.
	Archive *Archive
	Peers   Peers
	// Guards are those of the stores in the region; a store without one here is fenced by the
	// Executor, and its lease is not renewed.
	Guards   [model.MaxStores]Guard
	Executor Executor
	Senses   Senses
	// Members says whose agents are not heard of; it may be nil.
	Members Members
	// Told hears of every entry that is applied, in order; it may be nil.
	Told func(*Applied)
	// Notify has people hear all that stands that they are to know, each thing once, and that what
	// stands no more is over; it may be nil.
	Notify func(ctx context.Context, standing iter.Seq[failover.Action]) error
	Log    *slog.Logger
	// prepare is what a test has done to the replica before raft begins.
	prepare func(*Replica)
}

// Numbers says, one bit for each, which of a scenario's checks and of the items that a region must
// have ready mean something else under a former policy.
type Numbers struct{ Checks, Items uint8 }

// Times are how often an agent does what it repeats. All are above 0.
type Times struct {
	// Heartbeat is raft's, and its election timeout too.
	Heartbeat time.Duration
	// ReportEvery, RenewEvery and LagEvery are how often it repeats a verdict, renews a lease, and
	// measures the lag of its replicas.
	ReportEvery, RenewEvery, LagEvery time.Duration
	// CensusEvery is how often a leader compares whose agents are heard of with the log.
	CensusEvery time.Duration
	// ApplyMax is after how long without an answer to what it proposed a leader gives up the lead.
	ApplyMax time.Duration
	// ClockDrift is the largest error of a clock's rate, as a share.
	ClockDrift float64
}

// Verdict is what an agent's probes say of a region: which checks they know what to think of, and
// which of those are down, one bit each.
type Verdict struct {
	Subject     model.RegionID
	Known, Down uint8
	// At is when that was last observed.
	At time.Time
}

// Lag is how far the region's replica of a store is behind.
type Lag struct {
	Store model.StoreID
	Lag   time.Duration
	// Epoch is that of the lease under which the region writes that the replica follows.
	Epoch failover.Epoch
	// At is when that was measured.
	At time.Time
}

// Readiness is which items the region has ready to take over, one bit each.
type Readiness struct {
	Known, Down uint8
	// At is when that was last looked at.
	At time.Time
}

// Senses are what an agent observes. A field may be nil where there is nothing to observe.
type Senses struct {
	// Verdicts are all current ones.
	Verdicts func() []Verdict
	// Lags measures the region's replicas.
	Lags func(context.Context) []Lag
	// Readiness is what the region has ready; it is false when nobody knows.
	Readiness func(context.Context) (Readiness, bool)
	// Capacity is what the region can carry now, in thousandths of all traffic; false when unknown.
	Capacity func(context.Context) (uint16, bool)
}

// Peers carries questions to other agents.
type Peers interface {
	// Ask asks the agent of a region, which answers with its Node.Answer.
	Ask(ctx context.Context, to model.RegionID, request []byte) ([]byte, error)
}

// Members knows, as a hint, whose agents are not heard of.
type Members interface{ Lost() model.RegionSet }

// Guard runs one store of the region; guard.Client asks one.
type Guard interface {
	Ticket(ctx context.Context) (guard.Ticket, error)
	Show(ctx context.Context, g guard.Grant) (guard.Word, error)
	Fence(ctx context.Context, epoch failover.Epoch) (guard.Word, error)
	Standing(ctx context.Context) (guard.Word, error)
}

// Executor does the steps of plans; an execute.Roster is one. Do is idempotent by epoch, index and
// round: it observes, acts and observes, and of an action that is to be looked at it only looks
// where the step is done Once. It returns soon after its context is over.
type Executor interface {
	Do(ctx context.Context, a failover.Action) execute.Result
}

// validate reports everything that is wrong with a configuration.
func (c *Config) validate() error {
	var wrong []error
	must := func(holds bool, format string, values ...any) {
		if !holds {
			wrong = append(wrong, fmt.Errorf(format, values...))
		}
	}
	must(len(c.Names) > 0 && len(c.Names) <= model.MaxRegions, "there must be 1 to %d regions, not %d",
		model.MaxRegions, len(c.Names))
	must(int(c.Region) < len(c.Names), "region %d is none of the %d", c.Region, len(c.Names))
	must(len(c.Policies) > 0, "there must be a policy")
	for i := range c.Policies {
		if err := c.Policies[i].Validate(); err != nil {
			wrong = append(wrong, fmt.Errorf("policy %d: %w", i, err))
		}
		known := model.RegionSet(1<<len(c.Names) - 1)
		must((c.Policies[i].Voters|c.Policies[i].Workload)&^known == 0,
			"policy %d knows regions that have no name", i)
	}
	for _, named := range []struct {
		name string
		is   time.Duration
	}{
		{"heartbeat", c.Times.Heartbeat}, {"report every", c.Times.ReportEvery},
		{"renew every", c.Times.RenewEvery}, {"lag every", c.Times.LagEvery},
		{"census every", c.Times.CensusEvery}, {"apply max", c.Times.ApplyMax},
	} {
		must(named.is > 0, "%s must be more than 0s, is %v", named.name, named.is)
	}
	must(c.Logs != nil && c.Stable != nil && c.Snapshots != nil && c.Transport != nil,
		"raft's stores and transport must be there")
	if err := validParts(c.Parts); err != nil {
		wrong = append(wrong, err)
	}
	must(c.Peers != nil && c.Executor != nil && c.Log != nil,
		"the peers, the executor and the logger must be there")
	return errors.Join(wrong...)
}

// accepts reports whether the agent acts under a policy.
func (c *Config) accepts(digest failover.Digest) bool {
	for i := range c.Policies {
		if c.Policies[i].Digest() == digest {
			return true
		}
	}
	return false
}

// moved are the numbers that mean something else under a policy than in the agent's scenario.
func (c *Config) moved(p *failover.Policy) Numbers {
	if c.Moved == (Numbers{}) || p.Digest() == c.Policies[0].Digest() {
		return Numbers{}
	}
	return c.Moved
}

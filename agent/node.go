package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// Node is one region's agent.
type Node struct {
	config  Config
	replica *Replica
	raft    *raft.Raft
	votes   *votes
	said    seldom
	// ready says that raft is set: it applies entries before that.
	ready atomic.Bool
	// seats is held while the group is changed.
	seats sync.Mutex
	// outcast says that a leader does not know this agent, and no other was heard of since.
	outcast atomic.Bool
	// parts is by what the other agents act.
	parts partsHeard
	// stepping says that the lead is being handed over, and led that raft has last said that it leads.
	stepping, led atomic.Bool
	notices       chan bool
	looks         chan raft.Observation
	pace          pace
	warm          time.Time
	hint          kick
	// stop ends everything that Run has begun, and running waits for it.
	running sync.WaitGroup

	mu sync.Mutex
	// term is the one that this agent leads, nil while it does not.
	term *term
	// kicks are of all that is said again once there is another leader, and link is closed when that
	// may be: what was said to the one before waits no longer.
	kicks []kick
	link  chan struct{}
	// verdicts are the last that were handed over, and spoken has who is to say them.
	verdicts map[model.RegionID]Verdict
	// numbers are the last that reports on a region have had.
	numbers [model.MaxRegions]uint64
	spoken  map[model.RegionID]kick
	// working are the actions that are being carried out.
	working map[task]bool
	// tried is how often each step of the plan of an epoch was begun with, and came to nothing.
	tried   [failover.MaxSteps]attempts
	triedIn failover.Epoch
	// wedged is why the agent has to be started anew.
	wedged chan error
}

// kick has somebody who waits go on at once. Many are one until they are taken.
type kick chan struct{}

func newKick() kick { return make(kick, 1) }

func (k kick) now() {
	select {
	case k <- struct{}{}:
	default: // It has one to take.
	}
}

// noticesMax bounds how many changes of the lead wait to be taken: raft itself waits beyond that.
const noticesMax = 64

// New makes an agent, and has its raft begin. Run does the rest.
func New(config Config) (*Node, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("the agent cannot be made: %w", err)
	}
	n := &Node{
		config: config, replica: NewReplica(config.Archive),
		notices: make(chan bool, noticesMax), looks: make(chan raft.Observation, noticesMax),
		hint: newKick(), verdicts: map[model.RegionID]Verdict{}, spoken: map[model.RegionID]kick{},
		working: map[task]bool{},
		wedged:  make(chan error, 1), link: make(chan struct{}),
	}
	n.pace.drift = config.Times.ClockDrift
	n.warm = time.Now().Add(4 * config.Times.Heartbeat)
	n.replica.seen, n.replica.told = n.watchPace, config.Told
	if config.prepare != nil {
		config.prepare(n.replica)
	}
	for i := range config.Policies { // They may be what the log's first entries are under.
		if _, err := n.replica.library.Add(config.Policies[i]); err != nil {
			return nil, err
		}
	}
	if err := n.beginRaft(); err != nil {
		return nil, err
	}
	n.ready.Store(true)
	n.raft.RegisterObserver(raft.NewObserver(n.looks, false, func(o *raft.Observation) bool {
		_, ok := o.Data.(raft.LeaderObservation)
		return ok
	}))
	return n, nil
}

// beginRaft has raft begin.
func (n *Node) beginRaft() error {
	var err error
	if n.votes, err = openVotes(&n.config); err != nil {
		return err
	}
	n.raft, err = raft.NewRaft(n.raftConfig(), n.replica, n.config.Logs, n.config.Stable,
		n.config.Snapshots, n.votes)
	if err != nil {
		return errors.Join(fmt.Errorf("begin raft: %w", err), n.votes.Close())
	}
	return nil
}

// raftConfig is raft's own, with a lease of half a heartbeat.
func (n *Node) raftConfig() *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = n.server(n.config.Region)
	c.HeartbeatTimeout, c.ElectionTimeout = n.config.Times.Heartbeat, n.config.Times.Heartbeat
	c.LeaderLeaseTimeout = n.config.Times.Heartbeat / 2
	if every := n.config.CommitEvery; every > 0 {
		c.CommitTimeout = every
	}
	c.NotifyCh = n.notices
	c.ShutdownOnRemove = false // It says what has become of it, and can be added again.
	c.LogOutput, c.LogLevel = RaftLog(n.config.Log), "INFO"
	if after := n.config.SnapshotAfter; after > 0 {
		c.SnapshotThreshold, c.TrailingLogs = after, after
		c.SnapshotInterval = 30 * time.Second
	}
	return c
}

// server is what raft calls a region's agent, and region who that is.
func (n *Node) server(r model.RegionID) raft.ServerID { return raft.ServerID(n.config.Names[r]) }

func (n *Node) region(id raft.ServerID) model.RegionID {
	if i := slices.Index(n.config.Names, string(id)); i >= 0 {
		return model.RegionID(i)
	}
	return model.NoRegion
}

// name is what people call a region.
func (n *Node) name(r model.RegionID) string {
	if int(r) < len(n.config.Names) {
		return n.config.Names[r]
	}
	return "nobody"
}

// Run does what the agent is for, until the context is over. It returns nil then, or why the agent
// has to be started anew. The agent cannot be run again.
func (n *Node) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, part := range []func(context.Context){
		n.regainVote, n.watchLead, n.watchLeader, n.observe, n.keepLeases, n.act, n.tellPeople,
		n.compareStates, n.compareParts, n.watchSeat, n.tellCommitted,
	} {
		n.running.Go(func() { part(ctx) })
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-n.wedged:
		n.votes.silent.Store(true)
	}
	cancel()
	limit := endMax * n.config.Times.Heartbeat
	if failed == nil {
		n.handOver(n.config.Times.Heartbeat * 2)
	} else { // For as long as it is there it sends heartbeats, and keeps the others from leading.
		limit = n.config.Times.Heartbeat
	}
	ended := make(chan error, 1)
	go func() {
		err := n.raft.Shutdown().Error()
		n.running.Wait()
		ended <- err
	}()
	select {
	case err := <-ended:
		return errors.Join(failed, err)
	case <-time.After(limit):
		return errors.Join(failed, errors.New("the agent does not end: something in it hangs"))
	}
}

// endMax is how many heartbeats an agent has to end: one whose disk stands still never does.
const endMax = 45

// View is what the agent's own applied state looks like now.
func (n *Node) View() View {
	v := n.replica.View()
	v.Own, v.Mismatch = n.config.Policies[0].Digest(), n.mismatch()
	return v
}

// Watch is Replica.Watch.
func (n *Node) Watch() (changed <-chan struct{}, stop func()) { return n.replica.Watch() }

// Leads reports whether the agent leads, and has applied all that was committed before it did.
func (n *Node) Leads() bool { return n.leading() != nil }

func (n *Node) leading() *term {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.term
}

// Leader is whose agent leads, as far as this one knows, or model.NoRegion.
func (n *Node) Leader() model.RegionID {
	_, id := n.raft.LeaderWithID()
	return n.region(id)
}

// Hint has a leader look at once whose agents are heard of.
func (n *Node) Hint() { n.hint.now() }

// acts reports whether the agent may act on a view: it goes on applying, no safety rule has failed,
// the log is under a policy that the agent's own files have, and it belongs to the group.
func (n *Node) acts(v *View) bool {
	return v.Policy != nil && v.Halted == nil && v.Broken == nil &&
		n.config.accepts(v.State.Under.Policy) && n.removed() == nil
}

// watchLead drains what raft says of this agent's lead, and does what a leader does meanwhile.
func (n *Node) watchLead(ctx context.Context) {
	end := func() {}
	defer func() { end() }()
	for {
		select {
		case <-ctx.Done():
			return
		case leads := <-n.notices:
			n.led.Store(leads)
			end() // Whatever it was about is over.
			end = func() {}
			if !leads {
				continue
			}
			leading, cancel := context.WithCancel(ctx)
			done := make(chan struct{})
			go func() {
				defer close(done)
				n.lead(leading)
			}()
			end = func() { cancel(); <-done }
		}
	}
}

// watchLeader has everybody say again what they say, once there is a leader.
func (n *Node) watchLeader(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-n.looks:
			n.mu.Lock()
			close(n.link)
			n.link = make(chan struct{})
			n.mu.Unlock()
			if leader, ok := o.Data.(raft.LeaderObservation); ok && leader.LeaderID != "" {
				n.kickAll()
			}
		}
	}
}

func (n *Node) kickAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, k := range n.kicks {
		k.now()
	}
}

// kicked returns a kick of one who says things again.
func (n *Node) kicked() kick {
	k := newKick()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kicks = append(n.kicks, k)
	return k
}

// watchPace holds the log's time against this agent's own clock. What has leapt is believed, as it
// is committed, and people hear of it.
func (n *Node) watchPace(entry *Entry, s *failover.State) {
	if !n.ready.Load() || time.Now().Before(n.warm) {
		return // It may be catching up.
	}
	if n.raft.CommitIndex() <= n.raft.AppliedIndex()+1 {
		if err := n.pace.check(s.Now); err != nil {
			n.config.Log.Warn("an entry's time is ahead of this agent's clock",
				"proposed_by", n.name(entry.Region), "error", err)
		}
		n.pace.trust(s.Now)
	}
}

// sleep waits, and reports whether the context is not over.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

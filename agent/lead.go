package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// term is what an agent has while it leads.
type term struct {
	clock clock
	queue chan *proposed
	over  <-chan struct{}
}

// proposed is something on its way into the log.
type proposed struct {
	entry Entry
	since time.Time
	// answer gets what came of it, once.
	answer chan answer
}

// answer is what came of a proposal.
type answer struct {
	index uint64
	err   error
}

// queueMax bounds how much waits to be stamped, and how much to be committed.
const queueMax = 256

// lead does what a leader does, until the context is over.
func (n *Node) lead(ctx context.Context) {
	if !n.catchUp(ctx) || !n.mayLead(ctx) {
		return
	}
	v := n.replica.View()
	t := &term{clock: startClock(v.State.Now), queue: make(chan *proposed, queueMax), over: ctx.Done()}
	n.mu.Lock()
	n.term = t
	n.mu.Unlock()
	n.config.Log.Info("this agent leads", "log_time", time.Duration(v.State.Now), "entry", v.Index)
	parts := []func(context.Context, *term){
		n.stamp, n.tick, n.takeCensus, n.fillSeats, n.begin,
	}
	done := make(chan struct{}, len(parts))
	for _, part := range parts {
		go func() {
			part(ctx, t)
			done <- struct{}{}
		}()
	}
	n.kickAll() // What falls to the leader may be outstanding.
	n.replica.touch()
	for range parts {
		<-done
	}
	n.mu.Lock()
	n.term = nil
	n.mu.Unlock()
	t.refuse()
	n.config.Log.Info("this agent leads no more")
}

// catchUpTries is how often a new leader waits for the entries of earlier terms while none is
// applied: its disk stands still then, and it goes on sending heartbeats.
const catchUpTries = 3

// catchUp returns once every entry of earlier terms is applied here, or the lead is given up.
func (n *Node) catchUp(ctx context.Context) bool {
	applied := n.raft.AppliedIndex()
	for tries := 1; ctx.Err() == nil; tries++ {
		err := n.raftBarrier(ctx)
		if err == nil {
			return true
		}
		if now := n.raft.AppliedIndex(); now > applied {
			applied, tries = now, 0
		}
		if ctx.Err() != nil {
			return false
		}
		n.often(slog.LevelWarn, "the entries of earlier terms are not applied yet", "error", err)
		if tries >= catchUpTries {
			n.config.Log.Error("this new leader does not get on: it gives up the lead")
			n.stepDown()
			return false
		}
		if !sleep(ctx, n.config.Times.Heartbeat/4) {
			return false
		}
	}
	return false
}

// refuse answers all that was not stamped.
func (t *term) refuse() {
	for {
		select {
		case p := <-t.queue:
			p.answer <- answer{err: ErrNoLeader}
		default:
			return
		}
	}
}

// begin begins the log, if nobody has: under the policy of this agent's scenario.
func (n *Node) begin(ctx context.Context, t *term) {
	if v := n.replica.View(); v.State.Under.Rules != 0 || v.Halted != nil {
		return
	}
	p := &n.config.Policies[0]
	_, err := n.enqueue(ctx, t, Entry{
		Region: n.config.Region, Event: n.policyEvent(p),
		Policy: failover.AppendPolicy(nil, p), Why: "the log begins",
	})
	if err != nil && ctx.Err() == nil {
		n.config.Log.Warn("the log could not be begun", "error", err)
	}
}

// enqueue has an entry stamped and proposed, and waits until it was applied here.
func (n *Node) enqueue(ctx context.Context, t *term, e Entry) (uint64, error) {
	p := &proposed{entry: e, since: time.Now(), answer: make(chan answer, 1)}
	select {
	case t.queue <- p:
	case <-t.over:
		return 0, ErrNoLeader
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: it was not proposed: %w", ErrNoLeader, ctx.Err())
	}
	select {
	case a := <-p.answer:
		return a.index, a.err
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	case <-t.over:
		select { // What is on its way is answered, but for what was taken as the term ended.
		case a := <-p.answer:
			return a.index, a.err
		case <-time.After(n.config.Times.ApplyMax):
			return 0, ErrUnknown
		}
	}
}

// pending is an entry that raft has, and has not answered for.
type pending struct {
	future raft.ApplyFuture
	answer chan answer
	since  time.Time
}

// stamp stamps what is proposed, one after the other, so that stamps never fall.
func (n *Node) stamp(ctx context.Context, t *term) {
	waiting := make(chan pending, queueMax)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.await(waiting)
	}()
	defer func() {
		close(waiting)
		<-done
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-t.queue:
			p.entry.Event.Age += waited(p.entry.Event.Kind, p.since)
			future, err := n.propose(t, &p.entry)
			if err != nil {
				p.answer <- answer{err: err}
				continue
			}
			waiting <- pending{future: future, answer: p.answer, since: time.Now()}
		}
	}
}

// waited is by how much an observation has aged here before it is stamped.
func waited(kind failover.EventKind, since time.Time) time.Duration {
	switch kind {
	case failover.Reported, failover.LagMeasured, failover.ReadinessChanged:
		return time.Since(since)
	default: // Age means something else, or nothing.
		return 0
	}
}

// propose stamps an entry and hands it to raft. A stamp that this agent's own clock contradicts is
// not proposed: it would move the log's time for good.
func (n *Node) propose(t *term, e *Entry) (raft.ApplyFuture, error) {
	e.Event.At, e.Wall = t.clock.now(), time.Now()
	if err := n.pace.check(e.Event.At); err != nil {
		n.config.Log.Error("this leader's stamp contradicts its clock: it gives up the lead",
			"error", err)
		go n.stepDown()
		return nil, fmt.Errorf("%w: %w", ErrNoLeader, err)
	}
	data, err := AppendEntry(nil, e)
	if err != nil {
		return nil, err
	}
	return n.raft.Apply(data, n.config.Times.ApplyMax), nil
}

// await answers for what raft has, in its order, and gives up the lead where that takes too long: a
// leader whose disk stands still goes on sending heartbeats.
func (n *Node) await(waiting <-chan pending) {
	for p := range waiting {
		late := time.AfterFunc(time.Until(p.since.Add(n.config.Times.ApplyMax)), func() {
			n.config.Log.Error("an entry is not applied in time: this agent gives up the lead",
				"limit", n.config.Times.ApplyMax)
			n.stepDown()
		})
		err := p.future.Error()
		late.Stop()
		if err == nil {
			if err, _ = p.future.Response().(error); err != nil {
				go n.stepDown() // The replica has stopped applying: somebody else may go on.
			}
		}
		if errors.Is(err, raft.ErrEnqueueTimeout) { // Its disk stands still over something else.
			n.config.Log.Error("raft takes no entry in time: this agent gives up the lead",
				"limit", n.config.Times.ApplyMax)
			go n.stepDown()
		}
		switch {
		case err == nil:
			p.answer <- answer{index: p.future.Index()}
		case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrEnqueueTimeout),
			errors.Is(err, raft.ErrLeadershipTransferInProgress):
			p.answer <- answer{err: fmt.Errorf("%w: %w", ErrNoLeader, err)}
		default:
			p.answer <- answer{err: fmt.Errorf("%w: %w", ErrUnknown, err)}
		}
	}
}

// stepDown hands the lead over. Where that cannot be done in time, the agent falls silent: a leader
// whose disk stands still has no ear for it and goes on sending heartbeats, and a transfer is on
// public record to have wedged one for good (hashicorp/raft #696). The others elect another one
// then, as of one that is cut off, and a raft that does not hang gives up the lead by itself. One
// that goes on hanging has the agent be started anew.
func (n *Node) stepDown() {
	if !n.stepping.CompareAndSwap(false, true) {
		return // Somebody is at it.
	}
	defer n.stepping.Store(false)
	end := time.Now().Add(10 * n.config.Times.Heartbeat)
	for time.Now().Before(end) {
		n.handOver(n.config.Times.Heartbeat * 2)
		leads := n.raft.State() == raft.Leader
		if !leads && !n.led.Load() {
			n.votes.silent.Store(false)
			return
		}
		// One that hangs learns from others that it leads no more, and goes on hanging.
		if leads && !n.votes.silent.Swap(true) {
			n.config.Log.Error("the lead cannot be handed over: this leader is silent from now on")
		}
		time.Sleep(retryMin)
	}
	select {
	case n.wedged <- errors.New("the lead cannot be handed over: this leader hangs"):
	default: // It is known.
	}
}

// handOver hands the lead over, if this agent has it, and waits for that. It does not ask raft what
// came of it, which may never answer.
func (n *Node) handOver(within time.Duration) {
	if n.raft.State() != raft.Leader {
		return
	}
	n.raft.LeadershipTransfer()
	n.awaitHandOver(within)
}

// awaitHandOver returns once this agent's raft leads no more, or it has waited for too long.
func (n *Node) awaitHandOver(within time.Duration) {
	for end := time.Now().Add(within); time.Now().Before(end); {
		if n.raft.State() != raft.Leader {
			return
		}
		time.Sleep(retryMin / 10)
	}
	n.config.Log.Warn("the lead is not handed over in time", "limit", within)
}

// tick proposes a Tick whenever the policy needs one, by one timer, and one at a time.
func (n *Node) tick(ctx context.Context, t *term) {
	changed, stop := n.replica.Watch()
	defer stop()
	for ctx.Err() == nil {
		v := n.replica.View()
		var due <-chan time.Time
		if v.Policy != nil && v.Halted == nil {
			if at, ok := v.Policy.NextTick(&v.State); ok {
				due = time.After(t.clock.until(at))
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-due:
			e := Entry{Region: n.config.Region, Event: failover.Event{Kind: failover.Tick}}
			if _, err := n.enqueue(ctx, t, e); err != nil && ctx.Err() == nil {
				n.often(slog.LevelWarn, "a tick was not proposed", "error", err)
				sleep(ctx, n.config.Times.Heartbeat/4)
			}
		}
	}
}

// takeCensus tells the log whose agents are not heard of, and whose are again.
func (n *Node) takeCensus(ctx context.Context, t *term) {
	if n.config.Members == nil {
		return
	}
	for {
		v := n.replica.View()
		if v.Policy != nil && v.Halted == nil {
			for r := range model.RegionID(len(n.config.Names)) {
				kind, due := n.counts(&v, r)
				if !due || ctx.Err() != nil {
					continue
				}
				e := Entry{Region: n.config.Region, Event: failover.Event{Kind: kind, Region: r}}
				if _, err := n.enqueue(ctx, t, e); err != nil && ctx.Err() == nil {
					n.often(slog.LevelWarn, "the census was not proposed", "error", err)
				}
			}
		}
		timer := time.NewTimer(n.config.Times.CensusEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-n.hint:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// counts says what the log has to hear of a region's agent, if something. That it is lost is said
// again while it has a claim, which may have come in late.
func (n *Node) counts(v *View, r model.RegionID) (failover.EventKind, bool) {
	if !v.Policy.Voters.Has(r) {
		return 0, false
	}
	members, _ := n.Members()
	lost := !members.Has(r) || n.config.Members.Lost().Has(r) && r != n.config.Region
	silent := v.State.Silent.Has(r)
	if !lost {
		return failover.AgentSeen, silent
	}
	claims := false
	for i := range v.State.Plan.Count {
		step := &v.State.Plan.Steps[i]
		claims = claims || step.Status == failover.Claimed && step.By == r
	}
	return failover.AgentLost, !silent || claims
}

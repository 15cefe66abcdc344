package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// Members are whose agents raft's group has, and which of them vote in it, as this agent has it.
// Both are empty before the group has begun.
func (n *Node) Members() (members, voters model.RegionSet) {
	for _, server := range n.raft.GetConfiguration().Configuration().Servers {
		r := n.region(server.ID)
		if !r.Valid() {
			continue // Its region is in no scenario of this agent's any more.
		}
		members = members.With(r)
		if server.Suffrage == raft.Voter {
			voters = voters.With(r)
		}
	}
	return members, voters
}

// removed says that this agent was removed from the group.
func (n *Node) removed() error {
	members, _ := n.Members()
	if members == 0 || members.Has(n.config.Region) && !n.outcast.Load() {
		return nil
	}
	return fmt.Errorf("the agent of %s was removed from the group: it applies nothing any more, and "+
		"does nothing; end it, or have it added again", n.name(n.config.Region))
}

// watchSeat finds out whether an agent that hears of no leader was removed from the group: whoever
// is removed may never get the entry that says so. A leader alone can tell.
func (n *Node) watchSeat(ctx context.Context) {
	for sleep(ctx, seatBeats*n.config.Times.Heartbeat) {
		if n.Leader().Valid() {
			n.outcast.Store(false)
			continue
		}
		for r := range model.RegionID(len(n.config.Names)) {
			if r == n.config.Region {
				continue
			}
			asking, cancel := context.WithTimeout(ctx, 2*n.config.Times.Heartbeat)
			answer, err := n.ask(asking, r, askSeated, nil)
			cancel()
			if err == nil && len(answer) == 1 && answer[0] == refused {
				if n.outcast.Store(true); ctx.Err() == nil {
					n.often(slog.LevelWarn, "this agent was removed from the group", "by", n.name(r))
				}
			}
		}
	}
}

// seatBeats is how many heartbeats are between two looks whether an agent belongs to the group.
const seatBeats = 5

// answerSeated tells a region's agent whether it belongs to the group, if this one leads it.
func (n *Node) answerSeated(from model.RegionID) []byte {
	members, _ := n.Members()
	switch {
	case n.leading() == nil:
		return []byte{leadless}
	case members.Has(from):
		return []byte{said}
	}
	return []byte{refused}
}

// What a seat's change does.
const (
	addSeat byte = iota + 1
	removeSeat
)

// seat is an order to change who belongs to the group.
type seat struct {
	does byte
	// name is of the region, which has to have the same one in the leader's scenario.
	name     string
	who, why string
}

// AddMember has a region's agent belong to the group, as a person orders. It gets the log, and
// votes as soon as it has all of it and the policy that the log is under counts its vote. The index
// is that of the entry that keeps the order, 0 where the agent belongs to the group already. The
// error is, or wraps, ErrNoLeader, ErrUnknown or a RefusedError with the reason.
func (n *Node) AddMember(
	ctx context.Context, r model.RegionID, who, why string,
) (index uint64, err error) {
	return n.orderSeat(ctx, seat{addSeat, n.name(r), who, why})
}

// RemoveMember has a region's agent belong to the group no more: it has no vote, and nothing that
// it says counts. It is refused where the region holds something, or where too few would be left.
// What it returns is as of AddMember.
func (n *Node) RemoveMember(
	ctx context.Context, r model.RegionID, who, why string,
) (index uint64, err error) {
	return n.orderSeat(ctx, seat{removeSeat, n.name(r), who, why})
}

// orderSeat has the leader change who belongs to the group, whoever that comes to be.
func (n *Node) orderSeat(ctx context.Context, s seat) (index uint64, err error) {
	if err := n.mismatch(); err != nil {
		return 0, &RefusedError{Why: err.Error()}
	}
	body, err := appendSeat(nil, &s)
	if err != nil {
		return 0, &RefusedError{Why: err.Error()}
	}
	unsure := false
	for range changeTries {
		if t := n.leading(); t != nil {
			index, err = n.reseat(ctx, t, &s)
		} else {
			index, err = n.askLeader(ctx, askSeat, body)
		}
		var no *RefusedError
		switch {
		case err == nil && index == 0 && unsure: // Then it was this order that has done it.
			return n.replica.View().Index, nil
		case err == nil, errors.As(err, &no) && !(unsure && no.Why == underWay):
			return index, err
		}
		unsure = unsure || errors.Is(err, ErrUnknown)
		if !sleep(ctx, n.config.Times.Heartbeat/2) {
			break
		}
	}
	if unsure && !errors.Is(err, ErrUnknown) { // One of them may have come through.
		err = fmt.Errorf("%w: then %s", ErrUnknown, err)
	}
	return 0, err
}

// underWay is why a change of the group has to wait for another one.
const underWay = "another change of the group is under way"

// appendSeat appends an order: what it does and the length of the name (1 byte each), the name, and
// an entry with who and why.
func appendSeat(b []byte, s *seat) ([]byte, error) {
	const most = 255
	if len(s.name) > most {
		return b, tooLong("a region's name", len(s.name), most)
	}
	b = append(append(b, s.does, byte(len(s.name))), s.name...)
	return AppendEntry(b, &Entry{Who: s.who, Why: s.why, Event: failover.Event{Kind: failover.Tick}})
}

// decodeSeat reads what appendSeat wrote.
func decodeSeat(b []byte) (s seat, err error) {
	if len(b) < 2 || len(b) < 2+int(b[1]) || b[0] != addSeat && b[0] != removeSeat {
		return s, errors.New("this is no order about the group that this agent knows")
	}
	s.does, s.name = b[0], string(b[2:2+b[1]])
	e, err := DecodeEntry(b[2+b[1]:])
	s.who, s.why = e.Who, e.Why
	return s, err
}

// answerSeat changes the group for another agent, if this one leads.
func (n *Node) answerSeat(from model.RegionID, body []byte) []byte {
	s, err := decodeSeat(body)
	if err != nil {
		return append([]byte{refused}, err.Error()...)
	}
	t := n.leading()
	if t == nil {
		return []byte{leadless}
	}
	if members, _ := n.Members(); !members.Has(from) {
		return append([]byte{refused}, "ask an agent that belongs to the group"...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*n.config.Times.ApplyMax)
	defer cancel()
	index, err := n.reseat(ctx, t, &s)
	var no *RefusedError
	switch {
	case err == nil:
		return binary.LittleEndian.AppendUint64([]byte{said}, index)
	case errors.As(err, &no):
		return append([]byte{refused}, no.Why...)
	case errors.Is(err, ErrNoLeader):
		return []byte{leadless}
	}
	return []byte{unsure}
}

// reseat changes the group, as its leader. The order comes into the log before, with who gave it
// and why: raft's own entries have no room for that.
func (n *Node) reseat(ctx context.Context, t *term, s *seat) (uint64, error) {
	if !n.seats.TryLock() {
		return 0, &RefusedError{Why: underWay}
	}
	defer n.seats.Unlock()
	r := n.region(raft.ServerID(s.name))
	if !r.Valid() {
		return 0, &RefusedError{Why: fmt.Sprintf("the scenario of the agent of %s has no region %q: the "+
			"agents are started with one that has it first", n.name(n.config.Region), s.name)}
	}
	members, _ := n.Members()
	if members.Has(r) == (s.does == addSeat) {
		return 0, nil
	}
	why, what := "", "has the agent of "+s.name+" added"
	if s.does == removeSeat {
		why, what = n.refusesRemoval(ctx, r), "has the agent of "+s.name+" removed"
	} else if !n.answers(ctx, r) {
		why = fmt.Sprintf("the agent of %s does not answer: it is started first", s.name)
	}
	switch {
	case why != "":
		return 0, &RefusedError{Why: why}
	case s.does == removeSeat && r == n.config.Region:
		n.handOver(2 * n.config.Times.Heartbeat)
		return 0, fmt.Errorf("%w: it hands the lead over before it is removed", ErrNoLeader)
	}
	index, err := n.enqueue(ctx, t, Entry{
		Region: n.config.Region, Event: failover.Event{Kind: failover.Tick}, Who: s.who,
		Why: what + ": " + s.why,
	})
	if err != nil {
		return 0, err
	}
	n.config.Log.Info("the group is changed", "region", s.name, "added", s.does == addSeat,
		"who", s.who, "why", s.why)
	if s.does == addSeat {
		return index, n.settled(ctx, n.raft.AddNonvoter(n.server(r), raft.ServerAddress(s.name), 0,
			n.config.Times.ApplyMax))
	}
	return index, n.settled(ctx, n.raft.RemoveServer(n.server(r), 0, n.config.Times.ApplyMax))
}

// settled is what came of a change of raft's group, within the time that an entry may take.
func (n *Node) settled(ctx context.Context, change raft.IndexFuture) error {
	done := make(chan error, 1)
	go func() { done <- change.Error() }()
	ctx, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
	defer cancel()
	select {
	case err := <-done:
		switch {
		case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrEnqueueTimeout):
			return fmt.Errorf("%w: %w", ErrNoLeader, err)
		case err != nil:
			return fmt.Errorf("%w: %w", ErrUnknown, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	}
}

// refusesRemoval says why a region's agent stays in the group, or nothing.
func (n *Node) refusesRemoval(ctx context.Context, r model.RegionID) string {
	v := n.replica.View()
	s, name := &v.State, n.name(r)
	switch {
	case v.Policy == nil:
		return "the log has not begun"
	case s.Plan.Kind != failover.NoPlan:
		return "a plan is running: it ends first"
	case s.Primary == r, s.Serving.Has(r):
		return fmt.Sprintf("traffic goes to %s, or it is the primary: have both leave it first", name)
	}
	for i := range model.StoreID(v.Policy.Stores) {
		switch {
		case s.Leases[i].Holder == r, s.Writers[i] == r:
			return fmt.Sprintf("%s may write: have the writes leave it first", name)
		case s.Diverged[i][r].Open != 0:
			return fmt.Sprintf("a copy in %s may still be open to writes: its fence has to be recorded "+
				"first", name)
		}
	}
	members, voters := n.Members()
	need := v.Policy.Voters.Count()/2 + 1
	if left := (members & v.Policy.Voters).Without(r).Count(); left < need {
		return fmt.Sprintf("%d of the policy's %d voters would be left, and it takes %d to decide",
			left, v.Policy.Voters.Count(), need)
	}
	return n.losesQuorum(ctx, voters.Without(r))
}

// losesQuorum says that too few of those who are to vote are heard of, or nothing.
func (n *Node) losesQuorum(ctx context.Context, voters model.RegionSet) string {
	var asked sync.WaitGroup
	var heard [model.MaxRegions]bool
	for r := range model.RegionID(len(n.config.Names)) {
		if voters.Has(r) {
			asked.Go(func() { heard[r] = r == n.config.Region || n.answers(ctx, r) })
		}
	}
	asked.Wait()
	count := 0
	var silent []string
	for r := range model.RegionID(len(n.config.Names)) {
		switch {
		case heard[r]:
			count++
		case voters.Has(r):
			silent = append(silent, n.name(r))
		}
	}
	if need := voters.Count()/2 + 1; count < need {
		return fmt.Sprintf("%d of the %d agents that would vote are heard of, and it takes %d: %s not",
			count, voters.Count(), need, strings.Join(silent, " and "))
	}
	return ""
}

// answers reports whether a region's agent is there.
func (n *Node) answers(ctx context.Context, r model.RegionID) bool {
	asking, cancel := context.WithTimeout(ctx, 2*n.config.Times.Heartbeat)
	defer cancel()
	_, err := n.ask(asking, r, askPolicies, nil)
	return err == nil
}

// fillSeats has those members vote whose votes the policy counts, once they have the whole log: one
// after the other, while this agent leads.
func (n *Node) fillSeats(ctx context.Context, _ *term) {
	for sleep(ctx, n.config.Times.Heartbeat) {
		v := n.replica.View()
		members, voters := n.Members()
		if v.Policy == nil || members&v.Policy.Voters&^voters == 0 || !n.seats.TryLock() {
			continue
		}
		if err := n.fillSeat(ctx, members&v.Policy.Voters&^voters); err != nil && ctx.Err() == nil {
			n.often(slog.LevelWarn, "who votes could not be changed", "error", err)
		}
		n.seats.Unlock()
	}
}

// fillSeat has the first one of some members vote that may.
func (n *Node) fillSeat(ctx context.Context, missing model.RegionSet) error {
	for left := missing; left != 0; left = left.Without(left.First()) {
		r := left.First()
		if !n.hasAll(ctx, r) {
			n.often(slog.LevelInfo, "an agent votes once it has the whole log", "region", n.name(r))
			continue
		}
		n.config.Log.Info("an agent votes from now on", "region", n.name(r))
		return n.settled(ctx, n.raft.AddVoter(n.server(r), raft.ServerAddress(n.name(r)), 0,
			n.config.Times.ApplyMax))
	}
	return nil
}

// behindMost is by how many entries one who is to vote may be behind the leader.
const behindMost = 64

// hasAll reports whether a region's agent has applied what its leader has, and has not lost it
// again.
func (n *Node) hasAll(ctx context.Context, r model.RegionID) bool {
	asking, cancel := context.WithTimeout(ctx, 2*n.config.Times.Heartbeat)
	defer cancel()
	answer, err := n.ask(asking, r, askApplied, nil)
	index, problem := readAnswer(answer)
	return err == nil && problem == nil && index+behindMost >= n.replica.View().Index
}

// answerApplied tells the last entry that this agent has applied, unless it may not vote yet.
func (n *Node) answerApplied() []byte {
	if n.votes.lost.Load() {
		return []byte{leadless}
	}
	return binary.LittleEndian.AppendUint64([]byte{said}, n.replica.View().Index)
}

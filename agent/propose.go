package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/peer"
)

// ErrNoLeader says that something was not proposed, and will not be: nobody leads, or the one who
// was asked does not.
var ErrNoLeader = errors.New("nobody leads who could be asked")

// ErrUnknown says that something may have been proposed, and may be in the log, or come to be. It
// is to be said again where that matters: events count once, by their sequence, epoch or name.
var ErrUnknown = errors.New("nobody knows whether it is in the log")

// RefusedError says why a leader, or the agent itself, refuses what it was asked.
type RefusedError struct {
	// Why is the leader's reason.
	Why string
}

// Error gives the reason.
func (e *RefusedError) Error() string { return "the leader refuses it: " + e.Why }

// Proposal is what is to go into the log. The leader stamps it.
type Proposal struct {
	Event failover.Event
	// Who ordered it, and why.
	Who, Why string
	// Policy is the one that a PolicyChanged names, encoded.
	Policy []byte
}

// Propose has the leader put something into the log, and returns the index at which the leader has
// applied it. The error is, or wraps, ErrNoLeader, ErrUnknown or a RefusedError.
func (n *Node) Propose(ctx context.Context, p Proposal) (uint64, error) {
	e := Entry{
		Wall: time.Now(), Region: n.config.Region, Who: p.Who, Why: p.Why, Policy: p.Policy,
		Event: p.Event,
	}
	if err := n.mismatch(); err != nil {
		return 0, &RefusedError{Why: err.Error()}
	}
	if t := n.leading(); t != nil {
		why := n.refuses(n.config.Region, &e)
		if why == "" && e.Event.Kind == failover.PolicyChanged {
			why = n.refusesChange(ctx, &e)
		}
		if why != "" {
			return 0, &RefusedError{Why: why}
		}
		return n.enqueue(ctx, t, e)
	}
	body, err := AppendEntry(nil, &e)
	if err != nil {
		return 0, &RefusedError{Why: err.Error()}
	}
	return n.askLeader(ctx, askPropose, body)
}

// askLeader asks whoever leads, until there may be another leader.
func (n *Node) askLeader(ctx context.Context, kind byte, body []byte) (uint64, error) {
	n.mu.Lock()
	link := n.link
	n.mu.Unlock()
	leader := n.Leader()
	if !leader.Valid() || leader == n.config.Region {
		return 0, ErrNoLeader
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-link:
			cancel()
		case <-ctx.Done():
		}
	}()
	answer, err := n.ask(ctx, leader, kind, body)
	var no peer.Refusal
	switch {
	case err == nil:
		return readAnswer(answer)
	case errors.As(err, &no):
		return 0, &RefusedError{Why: no.Error()}
	case errors.Is(err, peer.ErrUnsent):
		return 0, fmt.Errorf("%w: %w", ErrNoLeader, err)
	}
	return 0, fmt.Errorf("%w: %w", ErrUnknown, err)
}

// committed is the index of the last entry of those that were committed before it was asked for, at
// the leader, who has applied it then.
func (n *Node) committed(ctx context.Context) (uint64, error) {
	if n.leading() == nil {
		return 0, ErrNoLeader
	}
	if err := n.raftBarrier(ctx); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoLeader, err)
	}
	return n.replica.View().Index, nil
}

// raftBarrier is raft's, within the time that an entry may take: raft waits for as long as its disk
// stands still.
func (n *Node) raftBarrier(ctx context.Context) error {
	within := n.config.Times.ApplyMax
	done := make(chan error, 1)
	go func() { done <- n.raft.Barrier(within).Error() }()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("what was committed is not applied: %w", ctx.Err())
	}
}

// Confirm returns once this agent has applied all that was committed before it was asked, whoever
// led then: an answer that is read after it is no older than the question. The error is, or wraps,
// ErrNoLeader, ErrUnknown, a RefusedError or the context's.
func (n *Node) Confirm(ctx context.Context) error { return n.barrier(ctx) }

// barrier returns once this agent has applied all that was committed before. An agent that is
// catching up sees what was once outstanding, and must not act on that.
func (n *Node) barrier(ctx context.Context) error {
	if n.leading() != nil {
		_, err := n.committed(ctx)
		return err
	}
	index, err := n.askLeader(ctx, askBarrier, nil)
	if err != nil {
		return err
	}
	return n.applied(ctx, index)
}

// Order has the leader put a person's order into the log, under the Sequence that names it. It is
// said of the state that this agent has applied.
func (n *Node) Order(ctx context.Context, e failover.Event, who, why string) (uint64, error) {
	e.Kind = failover.Ordered
	if e.Said == 0 {
		e.Said = n.replica.View().State.Now
	}
	if e.Sequence == 0 {
		return 0, &RefusedError{Why: "an order has a number of its own, which a copy of it has too"}
	}
	return n.Propose(ctx, Proposal{Event: e, Who: who, Why: why})
}

// refuses says why a region's agent may not propose something, or nothing. An agent speaks for its
// own region alone; what a leader finds is for the leader; people may be anywhere.
func (n *Node) refuses(from model.RegionID, e *Entry) string {
	switch e.Event.Kind {
	case failover.Reported, failover.LagMeasured, failover.CapacityChanged, failover.LeaseRenewed,
		failover.Fenced, failover.StepClaimed, failover.StepDone, failover.StepFailed,
		failover.StepUnknown, failover.ReadinessChanged:
		if e.Event.Region != from {
			return fmt.Sprintf("the agent of %s speaks for %s", n.name(from), n.name(e.Event.Region))
		}
		return ""
	case failover.Ordered:
		if e.Event.Sequence == 0 {
			return "an order has a number of its own, which a copy of it has too"
		}
		return ""
	case failover.PolicyChanged:
		named, _ := e.Event.Names()
		p, err := failover.DecodePolicy(e.Policy)
		switch {
		case err != nil:
			return "a change of policy brings the policy with it: " + err.Error()
		case p.Digest() != named:
			return "the policy that comes with the change is not the one that it names"
		case !n.config.accepts(named):
			return fmt.Sprintf("this agent's scenario has another policy than %s: it is the agent of %s, "+
				"which has to be started with the new scenario file too", named.Short(),
				n.name(n.config.Region))
		}
		return ""
	case failover.Tick, failover.AgentLost, failover.AgentSeen:
	}
	return fmt.Sprintf("a %s is for the leader alone to propose", e.Event.Kind)
}

// What agents ask each other. A question is the version of its form (1 byte), its kind (1), the
// version of the rules (2) and the digest of the policy under which who asks acts on the log, or
// would begin one, and the rest by its kind.
const (
	questionVersion = 1
	questionHead    = 1 + 1 + 2 + len(failover.Digest{})

	askHello    = 1
	askPropose  = 2
	askBarrier  = 3
	askPolicies = 4
	askState    = 5
	askSeat     = 6
	askApplied  = 7
	askSeated   = 8
	askParts    = 9
)

// What an answer begins with: an index follows said, and a reason refused.
const (
	said byte = iota + 1
	refused
	leadless
	unsure
)

// helloKnows is what an agent answers that has entries or a snapshot, and helloBlank one without,
// or with nothing but the group's beginning, which is raft's first entry.
const helloKnows, helloBlank = 1, 2

// ask asks another agent.
func (n *Node) ask(
	ctx context.Context, to model.RegionID, kind byte, body []byte,
) ([]byte, error) {
	digest := n.actsUnder()
	question := append([]byte{questionVersion, kind}, 0, 0)
	binary.LittleEndian.PutUint16(question[2:], n.replica.rules)
	question = append(append(question, digest[:]...), body...)
	return n.config.Peers.Ask(ctx, to, question)
}

// Answer answers what the agent of another region asks, who is sure to be that. The error is for
// the one who asked to hear.
func (n *Node) Answer(from model.RegionID, question []byte) ([]byte, error) {
	if len(question) < questionHead || question[0] != questionVersion {
		return nil, errors.New("the question is in no form that this agent knows")
	}
	if int(from) >= len(n.config.Names) {
		return nil, errors.New("no region that this agent knows asks")
	}
	switch lags, err := n.judge(from, question[1], failover.Digest(question[4:questionHead])); {
	case err != nil:
		return nil, err
	case lags:
		return []byte{leadless}, nil
	}
	switch question[1] {
	case askPolicies:
		if body := question[questionHead:]; len(body) == 2 {
			if err := n.lacksRules(binary.LittleEndian.Uint16(body)); err != nil {
				return nil, err
			}
		}
		return n.answerPolicies(), nil
	case askState:
		if err := n.misnames(from, question[questionHead:]); err != nil {
			return append([]byte{refused}, err.Error()...), nil
		}
		return n.answerState(), nil
	case askSeated:
		return n.answerSeated(from), nil
	case askParts:
		if len(n.config.Parts) > 0 {
			return n.answerParts(from, question[questionHead:]), nil
		}
	case askApplied:
		return n.answerApplied(), nil
	case askSeat:
		return n.answerSeat(from, question[questionHead:]), nil
	case askHello:
		if err := n.lacksRules(binary.LittleEndian.Uint16(question[2:])); err != nil {
			return nil, err
		}
		if err := n.misnames(from, question[questionHead:]); err != nil {
			return nil, err
		}
		if n.raft.LastIndex() > 1 {
			return []byte{helloKnows}, nil
		}
		return []byte{helloBlank}, nil
	case askPropose:
		return n.answerProposal(from, question[questionHead:]), nil
	case askBarrier:
		index, err := n.committed(context.Background())
		if err != nil {
			return []byte{leadless}, nil
		}
		return binary.LittleEndian.AppendUint64([]byte{said}, index), nil
	}
	return nil, fmt.Errorf("question %d is none that this agent knows", question[1])
}

// answerProposal proposes for another agent, if this one leads.
func (n *Node) answerProposal(from model.RegionID, body []byte) []byte {
	e, err := DecodeEntry(body)
	if err != nil {
		return append([]byte{refused}, err.Error()...)
	}
	e.Region = from // Whatever it says itself.
	ctx, cancel := context.WithTimeout(context.Background(), 2*n.config.Times.ApplyMax)
	defer cancel()
	t := n.leading()
	why := n.refuses(from, &e)
	if members, _ := n.Members(); why == "" && t != nil && !members.Has(from) {
		why = fmt.Sprintf("the agent of %s does not belong to the group", n.name(from))
	}
	if why == "" && t != nil && e.Event.Kind == failover.PolicyChanged {
		why = n.refusesChange(ctx, &e)
	}
	if why != "" {
		n.often(slog.LevelWarn, "a proposal is refused", "region", n.name(from), "reason", why)
		return append([]byte{refused}, why...)
	}
	if t == nil {
		return []byte{leadless}
	}
	switch index, err := n.enqueue(ctx, t, e); {
	case err == nil:
		return binary.LittleEndian.AppendUint64([]byte{said}, index)
	case errors.Is(err, ErrNoLeader):
		return []byte{leadless}
	}
	return []byte{unsure}
}

// readAnswer reads what a leader says of a proposal.
func readAnswer(answer []byte) (uint64, error) {
	switch {
	case len(answer) == 9 && answer[0] == said:
		return binary.LittleEndian.Uint64(answer[1:]), nil
	case len(answer) > 0 && answer[0] == refused:
		return 0, &RefusedError{Why: string(answer[1:])}
	case len(answer) > 0 && answer[0] == leadless:
		return 0, ErrNoLeader
	}
	return 0, ErrUnknown
}

// apply proposes something, and returns once this agent has applied it too.
func (n *Node) apply(ctx context.Context, p Proposal) error {
	index, err := n.Propose(ctx, p)
	if err != nil {
		return err
	}
	return n.applied(ctx, index)
}

// applied returns once this agent has applied an index.
func (n *Node) applied(ctx context.Context, index uint64) error {
	changed, stop := n.replica.Watch()
	defer stop()
	for {
		switch v := n.replica.View(); {
		case v.Index >= index:
			return nil
		case v.Halted != nil:
			return v.Halted
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// bridge shows an agent.Node to the API, and keeps what it has applied lately in words.
type bridge struct {
	file   *model.Scenario
	names  failover.Names
	self   model.RegionID
	shadow bool
	// answers says that the agent has a name server.
	answers bool
	node    *agent.Node
	// archive is what the node keeps.
	archive *agent.Archive
	// heard are the agents that are heard of over gossip.
	heard func() model.RegionSet
	// behind is how much log the region's copies have to apply yet.
	behind func() [model.MaxStores]api.Behind
	// guards is how the region's guards were found.
	guards func() [model.MaxStores]api.Guard

	// old is the index of the last entry that the log had when the agent was started. What is applied
	// again up to there is as old as its leader's clock said.
	old uint64

	// confirming finds out whether anything is missing.
	confirming confirmer

	mu      sync.Mutex
	changed chan struct{}
	// at is when the last entry was applied first; zero while that is not known.
	at time.Time
	// term and wall are of the last entry: when its leader's clock said it was. stood is when the
	// log's clock stood still between two leaders.
	term  uint64
	wall  time.Time
	stood api.Stood
	// entries are the last that were applied, in a ring: the one of index i is at i % historyKept.
	// The first since the start, and the last, have these indexes; they are 0 while there is none.
	entries     [historyKept]api.Entry
	first, last uint64
	// past is held while the archive is read: that takes a processor, and one at a time may.
	past sync.Mutex
	// judged are the reasons for which the last orders were not carried out, by their index, each
	// empty if it was.
	judged map[uint64]string
}

// historyKept is how many entries are kept in words. What is older is in the archive.
const historyKept = 4096

// judgedKept is for how many entries it is kept how an order was judged: who waits for it asks
// within seconds.
const judgedKept = 4096

func newBridge(file *model.Scenario, self model.RegionID, shadow bool) *bridge {
	names := failover.NamesOf(file)
	// What has not changed must read the same: an age would grow.
	names.Time = func(t failover.Instant) string {
		return "T+" + time.Duration(t).Round(time.Second).String()
	}
	b := &bridge{
		file: file, names: names, self: self, shadow: shadow,
		changed: make(chan struct{}), judged: map[uint64]string{},
	}
	b.confirming.ask = b.confirmNow
	return b
}

// told takes in an entry as it is applied. The node waits for it, so that it asks the node nothing.
func (b *bridge) told(a *agent.Applied) {
	e := &a.Entry.Event
	entry := b.inWords(e, a.Policy, a.Before, a.After, a.Did, noteOf(a.Entry.Who, a.Entry.Why))
	entry.Index, entry.Term, entry.Wall = a.Index, a.Term, a.Entry.Wall
	entry.Hash = a.Hash.Short()
	entry.By = b.region(a.Entry.Region)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[a.Index%historyKept], b.last, b.at = entry, a.Index, time.Now()
	if b.first == 0 {
		b.first = a.Index
	} else if a.Term != b.term { // Within one, a wall clock that leaps was set.
		b.stood.Add(a.Before.Now, a.After.Now, a.Entry.Wall.Sub(b.wall))
	}
	b.term, b.wall = a.Term, a.Entry.Wall
	if a.Index <= b.old {
		b.at = a.Entry.Wall
	}
	if e.Kind == failover.Ordered {
		for index := range b.judged {
			if index+judgedKept < a.Index {
				delete(b.judged, index)
			}
		}
		b.judged[a.Index] = entry.Refused
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// View is what the node has applied.
func (b *bridge) View() api.View {
	v := b.node.View()
	out := api.View{
		Self: b.self, State: v.State, Index: v.Index, Term: v.Term, Leader: b.node.Leader(),
		Heard: b.heard(), Shadow: b.shadow, Own: v.Own, Behind: b.behind(),
		Guards: b.guards(), Answers: b.answers,
	}
	out.Members, out.Voters = b.node.Members()
	out.Apart = apart(b.node.Apart())
	if v.Policy != nil {
		out.Policy = *v.Policy
	}
	if err := errors.Join(v.Halted, v.Broken, v.Mismatch); err != nil {
		out.Halted = err.Error()
	}
	if v.Unkept != nil {
		out.Unkept = v.Unkept.Error()
	}
	if doubt := b.doubt(); doubt != nil {
		out.Doubt = doubt.Error()
	}
	age, known := b.age()
	out.Stood = b.stoodStill()
	if out.Applied = age; !known {
		out.Applied = -1
	}
	return out
}

// apart are the parts in which agents differ from the leader, by region.
func apart(all []agent.Apart) (parts [model.MaxRegions][]string) {
	for _, a := range all {
		parts[a.Region] = a.Parts
	}
	return parts
}

// age is how long ago the last entry was applied, unless none was since the agent was started.
func (b *bridge) age() (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, time.Since(b.at)), !b.at.IsZero()
}

// stoodStill is when the log's clock stood still since the agent was started.
func (b *bridge) stoodStill() api.Stood {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stood
}

// Changed is closed when the next entry has been applied.
func (b *bridge) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

// Order puts an order into the log, and says what became of it.
func (b *bridge) Order(ctx context.Context, p api.Proposal) (api.Receipt, error) {
	if p.Change != api.NoChange {
		return b.change(ctx, p)
	}
	index, err := b.node.Order(ctx, p.Event, p.Who, p.Why)
	if receipt, err := refusal(err); err != nil || receipt.Refused != "" {
		return receipt, err
	}
	return b.receipt(ctx, index)
}

// change changes something of the group.
func (b *bridge) change(ctx context.Context, p api.Proposal) (api.Receipt, error) {
	var index uint64
	var err error
	already := ""
	region := b.names.Region(p.Event.Region)
	switch p.Change {
	case api.ChangePolicy:
		index, err = b.node.ChangePolicy(ctx, p.Who, p.Why)
		already = "the log is under the policy of this agent's scenario already, " +
			b.node.View().Own.Short()
	case api.AddMember:
		index, err = b.node.AddMember(ctx, p.Event.Region, p.Who, p.Why)
		already = "the agent of " + region + " belongs to the group already"
	case api.RemoveMember:
		index, err = b.node.RemoveMember(ctx, p.Event.Region, p.Who, p.Why)
		already = "the agent of " + region + " does not belong to the group"
	case api.NoChange:
	}
	receipt, err := refusal(err)
	if p.Change == api.ChangePolicy && err == nil && receipt.Refused == "" {
		receipt.Apart = apart(b.node.ApartNow(ctx))
	}
	if receipt.Index = index; err == nil && receipt.Refused == "" && index == 0 {
		receipt.Refused = already
	}
	return receipt, err
}

// refusal is what whoever asks hears of an error of the node.
func refusal(err error) (api.Receipt, error) {
	var refused *agent.RefusedError
	switch {
	case errors.Is(err, agent.ErrNoLeader):
		return api.Receipt{}, api.ErrNoLeader
	case errors.As(err, &refused):
		return api.Receipt{Refused: refused.Why}, nil
	case err != nil:
		return api.Receipt{}, fmt.Errorf("%w: %w", api.ErrUnknown, err)
	}
	return api.Receipt{}, nil
}

// receipt says how the order of an entry was judged, once this agent has applied that. Where a
// snapshot has come in place of the entry nobody here has seen it: the order is to be said again.
func (b *bridge) receipt(ctx context.Context, index uint64) (api.Receipt, error) {
	for {
		b.mu.Lock()
		changed, last := b.changed, b.last
		why, seen := b.judged[index]
		b.mu.Unlock()
		switch {
		case seen:
			return api.Receipt{Index: index, Refused: why}, nil
		case last >= index:
			return api.Receipt{Index: index}, fmt.Errorf("%w: this agent has a snapshot in place of "+
				"entry %d", api.ErrUnknown, index)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return api.Receipt{Index: index}, fmt.Errorf("%w: %w", api.ErrUnknown, ctx.Err())
		}
	}
}

// doubt is what was found wrong with the archive.
func (b *bridge) doubt() error {
	if b.archive == nil {
		return nil
	}
	return b.archive.Doubt()
}

// Segments lists the files of the archive.
func (b *bridge) Segments() ([]api.Segment, error) {
	kept, err := b.archive.Segments()
	if err != nil {
		return nil, err
	}
	all := make([]api.Segment, len(kept))
	for i, segment := range kept {
		all[i] = api.Segment(segment)
	}
	return all, nil
}

// Segment writes a file of the archive.
func (b *bridge) Segment(name string, w io.Writer) error { return b.archive.CopySegment(name, w) }

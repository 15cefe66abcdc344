package gossip

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"redoubt/model"
)

// delegate is what memberlist calls. It is called with memberlist's own lock held: it calls nothing
// of it, and waits for nobody.
type delegate struct{ *Members }

// NotifyAlive refuses members that are no region of the scenario. There is no delegate for merges,
// which would refuse the whole of what somebody knows because of one stranger in it.
func (d delegate) NotifyAlive(node *memberlist.Node) error {
	if d.regionOf(node.Name) == model.NoRegion {
		d.stranger()
		return fmt.Errorf("%.64q is no region of the scenario", node.Name)
	}
	return nil
}

// NotifyConflict hears of two members of one name.
func (d delegate) NotifyConflict(known, other *memberlist.Node) {
	d.stranger()
	d.lines.say(slog.LevelError, "two agents of one region, or one that has moved and was not yet "+
		"missed", "region", known.Name, "known", known.Address(), "other", other.Address())
}

func (d delegate) stranger() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.strange++
}

// NotifyJoin hears that a member is alive.
func (d delegate) NotifyJoin(node *memberlist.Node) { d.note(node, true) }

// NotifyUpdate hears that a member tells something new of itself.
func (d delegate) NotifyUpdate(node *memberlist.Node) { d.note(node, true) }

// NotifyLeave hears that a member is dead, or has left.
func (d delegate) NotifyLeave(node *memberlist.Node) { d.note(node, false) }

func (d delegate) note(node *memberlist.Node, alive bool) {
	r := d.regionOf(node.Name)
	if r == model.NoRegion || r == d.config.Region {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.alive = d.alive.Without(r); alive {
		d.alive = d.alive.With(r)
		meta, err := decodeMeta(node.Meta)
		if err != nil {
			d.lines.say(slog.LevelWarn, "what an agent tells of itself cannot be read",
				"region", node.Name, "error", err)
		}
		d.metas[r] = meta
	}
	d.met = d.met.With(r)
	d.wake()
}

// wake has tell look.
func (m *Members) wake() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// NodeMeta gives what this agent tells of itself.
func (d delegate) NodeMeta(int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.own
}

// NotifyMsg ignores messages: agents send none this way.
func (d delegate) NotifyMsg([]byte) {}

// GetBroadcasts has nothing to add.
func (d delegate) GetBroadcasts(int, int) [][]byte { return nil }

// LocalState has nothing to add.
func (d delegate) LocalState(bool) []byte { return nil }

// MergeRemoteState ignores what others add.
func (d delegate) MergeRemoteState([]byte, bool) {}

// tell calls back whoever wants to hear who is lost and seen.
func (m *Members) tell(ctx context.Context) {
	unseen := time.NewTimer(unseenFor)
	defer unseen.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-unseen.C:
			m.mu.Lock()
			m.met = m.others()
			m.mu.Unlock()
		case <-m.changed:
		}
		for r := range model.RegionID(model.MaxRegions) {
			m.tellOf(ctx, r)
		}
	}
}

// tellOf tells of one region, if there is anything new. A region that is seen for the first time is
// news too.
func (m *Members) tellOf(ctx context.Context, r model.RegionID) {
	m.mu.Lock()
	lost, seen := m.met.Has(r) && !m.alive.Has(r), m.alive.Has(r)
	newlyLost, newlySeen := lost && !m.told.Has(r), seen && (m.told.Has(r) || !m.greeted.Has(r))
	if newlyLost {
		m.told = m.told.With(r)
	}
	if newlySeen {
		m.told, m.greeted = m.told.Without(r), m.greeted.With(r)
	}
	m.mu.Unlock()
	switch {
	case ctx.Err() != nil:
	case newlyLost:
		m.log.Warn("an agent is not heard of", "region", m.config.Regions[r])
		if m.config.OnLost != nil {
			m.config.OnLost(r)
		}
	case newlySeen:
		m.log.Info("an agent is heard of", "region", m.config.Regions[r])
		if m.config.OnSeen != nil {
			m.config.OnSeen(r)
		}
	}
}

// join joins all known addresses, again and again: memberlist forgets the dead after a minute, and
// nobody would find each other after a longer partition.
func (m *Members) join(ctx context.Context) {
	for {
		m.joinAll(ctx)
		wait := joinAgain
		if m.Seen() == 0 {
			wait = joinFirst
		}
		// Agents that have started at once do not join at once for ever.
		timer := time.NewTimer(wait - wait/4 + rand.N(wait/2))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// joinAll joins each address on its own, so that nobody waits for one that does not answer.
func (m *Members) joinAll(ctx context.Context) {
	var group sync.WaitGroup
	for r, address := range m.config.Addresses {
		if address == "" || model.RegionID(r) == m.config.Region || ctx.Err() != nil {
			continue
		}
		group.Go(func() {
			if _, err := m.list.Join([]string{address}); err != nil && ctx.Err() == nil {
				m.lines.say(slog.LevelDebug, "an agent was not joined", "address", address,
					"error", err)
			}
		})
	}
	done := make(chan struct{})
	go func() { // A join that has begun ends by itself, within streamTimeout.
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

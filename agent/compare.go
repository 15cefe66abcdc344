package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// compareEvery is how often an agent holds its state against the leader's.
const compareEvery = time.Minute

// hashesKept is how many of the last entries have the hash of the state after them at hand.
const hashesKept = 512

// hashed is the hash of the state after an entry.
type hashed struct {
	index uint64
	hash  failover.Digest
}

// keepHash keeps the hash of the state after an entry. It is called with the lock held.
func (r *Replica) keepHash(index uint64, hash failover.Digest) {
	r.hashes[index%hashesKept] = hashed{index, hash}
}

// lastHash is the last entry that was applied, and the hash of the state after it.
func (r *Replica) lastHash() (last hashed, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last = r.hashes[r.index%hashesKept]
	return last, r.index != 0 && last.index == r.index
}

// compare stops the replica if it came to another state by an entry than the leader did.
func (r *Replica) compare(theirs hashed, leader string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := r.hashes[theirs.index%hashesKept]
	if own.index != theirs.index || own.hash == theirs.hash || r.halted != nil {
		return nil
	}
	r.halted = fmt.Errorf("entry %d of the log has led to another state here than at the leader, the "+
		"agent of %s: one of the two has lost what it had; replay both archives to see which, and "+
		"have that one begin anew with an empty folder", theirs.index, leader)
	r.tell()
	return r.halted
}

// halt stops the replica.
func (r *Replica) halt(why error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.halted == nil {
		r.halted = why
		r.tell()
	}
	return r.halted
}

// standsAlone stops the replica if most voters have other names for the regions than this agent, as
// the leader has said: else it is the leader who stands alone.
func (n *Node) standsAlone(ctx context.Context, why string) error {
	_, voters := n.Members()
	against := 0
	for r := range model.RegionID(len(n.config.Names)) {
		if r == n.config.Region || !voters.Has(r) {
			continue
		}
		answer, err := n.ask(ctx, r, askState, n.ownNames())
		if err == nil && len(answer) > 1 && answer[0] == refused {
			against++
		}
	}
	if 2*against > voters.Count() {
		return n.replica.halt(errors.New(why))
	}
	n.config.Log.Error("the leader has other regions by the same numbers", "error", why)
	return nil
}

// compareStates holds the agent's state against the leader's now and then.
func (n *Node) compareStates(ctx context.Context) {
	for sleep(ctx, compareEvery) {
		if n.leading() != nil {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
		if err := n.compareOnce(asking); err != nil {
			n.config.Log.Error("this agent stops", "error", err)
		}
		cancel()
	}
}

// compareOnce asks the leader for its state, and says why the agent's own is another.
func (n *Node) compareOnce(ctx context.Context) error {
	leader := n.Leader()
	if !leader.Valid() || leader == n.config.Region {
		return nil
	}
	answer, err := n.ask(ctx, leader, askState, n.ownNames())
	if err == nil && len(answer) > 1 && answer[0] == refused {
		return n.standsAlone(ctx, string(answer[1:]))
	}
	if err != nil || len(answer) != 1+8+len(failover.Digest{}) || answer[0] != said {
		return nil // There is another time.
	}
	theirs := hashed{binary.LittleEndian.Uint64(answer[1:]), failover.Digest(answer[9:])}
	if n.applied(ctx, theirs.index) != nil {
		return nil
	}
	return n.replica.compare(theirs, n.name(leader))
}

// answerState tells the last entry that the leader has applied, and the hash of its state.
func (n *Node) answerState() []byte {
	last, known := n.replica.lastHash()
	if n.leading() == nil || !known {
		return []byte{leadless}
	}
	return append(binary.LittleEndian.AppendUint64([]byte{said}, last.index), last.hash[:]...)
}

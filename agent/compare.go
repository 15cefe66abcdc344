package agent

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"redoubt/failover"
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
	answer, err := n.ask(ctx, leader, askState, nil)
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

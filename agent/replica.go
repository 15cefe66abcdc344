package agent

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// Replica is one agent's copy of the state: raft's state machine around a failover.Library. What is
// to be done about a state is never done by Apply, which raft calls again for old entries.
type Replica struct {
	archive *Archive

	mu      sync.Mutex
	library failover.Library
	// rules is the last version of the rules that this release knows, or what a test has for one.
	rules uint16
	// apply is Library.Apply, or what a test has in its place.
	apply func(*failover.State, *failover.Event, *failover.Actions) (*failover.Policy, error)
	// check is Policy.CheckStep, or what a test has in its place.
	check func(
		p *failover.Policy, before *failover.State, e *failover.Event, after *failover.State,
		did *failover.Actions,
	) error
	state failover.State
	did   failover.Actions
	// index and term are those of the last entry that was applied.
	index, term uint64
	// halted is why no more entries are applied, and broken why nothing is done any more: the first
	// safety rule that failed. unkept is why the archive takes nothing any more.
	halted, broken, unkept error
	// claims are at which entries the plan's steps were last claimed, as far as this replica has
	// applied that itself.
	claims [failover.MaxSteps]uint64
	// hashes are those of the states after the last entries, by index. Steps up to the entry settled
	// are judged no more.
	hashes   [hashesKept]hashed
	settled  uint64
	watchers map[chan struct{}]bool
	// seen is called with every entry that was applied, if it is set, and told with what it changed.
	seen func(*Entry, *failover.State)
	told func(*Applied)
}

// NewReplica makes a replica of a log that has not begun. The archive may be nil.
func NewReplica(archive *Archive) *Replica {
	r := &Replica{archive: archive, watchers: map[chan struct{}]bool{}}
	r.apply, r.check = r.library.Apply, (*failover.Policy).CheckStep
	r.rules = failover.RulesVersion
	if archive != nil {
		r.settled, r.broken = archive.readBroken()
	}
	return r
}

// Applied is an entry that was applied, with what it changed. Its pointers are valid for as long as
// whoever is told of it has not returned, and the replica waits for that.
type Applied struct {
	Index, Term uint64
	Entry       *Entry
	// Policy is the one that it was applied under, Before and After are the states around it, and Did
	// is what has to be done.
	Policy        *failover.Policy
	Before, After *failover.State
	Did           *failover.Actions
	Hash          failover.Digest
}

// View is what a replica looks like at one moment.
type View struct {
	State failover.State
	// Policy is the one that the state is under, nil before the log has begun.
	Policy *failover.Policy
	// Index and Term are those of the last entry that was applied.
	Index, Term uint64
	// Halted is why no more entries are applied, Broken the safety rule because of which nothing is
	// done any more, Unkept why the archive keeps nothing any more; nil where all is well.
	Halted, Broken, Unkept error
	// Own is the policy of the agent's own scenario; Node.View has it. Where the log is under another
	// one, that is a former one, or there is a Mismatch.
	Own failover.Digest
	// Mismatch says that the log is under a policy that the agent's own files lack, so that it does
	// nothing and does not lead; Node.View has it.
	Mismatch error
}

// View returns what the replica looks like now.
func (r *Replica) View() View {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := View{
		State: r.state, Index: r.index, Term: r.term,
		Halted: r.halted, Broken: r.broken, Unkept: r.unkept,
	}
	if p := r.library.Find(r.state.Under.Policy); p != nil && r.state.Under.Rules != 0 {
		copied := *p
		v.Policy = &copied
	}
	return v
}

// last is the last entry that was applied.
func (r *Replica) last() place {
	r.mu.Lock()
	defer r.mu.Unlock()
	return place{r.index, r.term}
}

// under is what the state is decided under.
func (r *Replica) under() failover.Governance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.Under
}

// Watch returns a channel that gets a value when the replica has changed since the last one was
// taken, and a function that ends that.
func (r *Replica) Watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers[c] = true
	return c, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, c)
	}
}

// touch has everybody who watches look again.
func (r *Replica) touch() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell()
}

// tell has everybody who watches know of a change. It is called with the lock held.
func (r *Replica) tell() {
	for c := range r.watchers {
		select {
		case c <- struct{}{}:
		default: // It has one to take.
		}
	}
}

// Apply applies an entry. It returns nil, or the error because of which the replica has stopped.
func (r *Replica) Apply(log *raft.Log) any {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.tell()
	if r.halted != nil {
		return r.halted
	}
	entry, err := DecodeEntry(log.Data)
	if err == nil {
		err = r.take(&entry, log)
	}
	if err != nil {
		r.halted = fmt.Errorf("entry %d of the log cannot be applied: %w", log.Index, err)
		return r.halted
	}
	r.index, r.term = log.Index, log.Term
	if r.seen != nil {
		r.seen(&entry, &r.state)
	}
	return nil
}

// take applies an entry that could be read, judges the step, and has the archive keep it.
func (r *Replica) take(entry *Entry, log *raft.Log) error {
	e := &entry.Event
	var named *failover.Policy
	if e.Kind == failover.PolicyChanged {
		var err error
		if named, err = r.learn(entry); err != nil {
			return err
		}
	}
	kept := archived{event: e, named: named, note: failover.Note{
		Index: log.Index, Term: log.Term, Wall: entry.Wall.UnixNano(), Who: entry.Who, Why: entry.Why,
	}}
	before := r.state
	begins := before.Under.Rules == 0
	if !begins {
		kept.before, kept.under = &before, r.library.Find(before.Under.Policy)
	}
	p, err := r.apply(&r.state, e, &r.did)
	if err != nil {
		return err
	}
	if begins {
		start := p.Start()
		before = start
	}
	if err := r.check(p, &before, e, &r.state, &r.did); err != nil {
		r.breaks(log.Index, err)
	}
	r.noteClaim(&before, e, log.Index)
	kept.hash = r.state.Hash()
	r.keepHash(log.Index, kept.hash)
	if r.told != nil {
		r.told(&Applied{
			Index: log.Index, Term: log.Term, Entry: entry, Policy: p, Before: &before,
			After: &r.state, Did: &r.did, Hash: kept.hash,
		})
	}
	if r.archive != nil {
		if err := r.archive.append(&kept); err != nil {
			r.unkept = err
		}
	}
	return nil
}

// breaks has the agent do nothing any more, also when it is started anew, unless a person has
// settled that a safety rule failed there.
func (r *Replica) breaks(index uint64, why error) {
	switch {
	case r.broken != nil || index <= r.settled:
	case r.archive == nil:
		r.broken = fmt.Errorf("entry %d of the log: %w", index, why)
	default:
		r.broken = r.archive.keepBroken(index, why)
	}
}

// noteClaim notes that an entry has claimed a step that was not claimed before.
func (r *Replica) noteClaim(before *failover.State, e *failover.Event, index uint64) {
	if e.Kind != failover.StepClaimed || e.Step >= r.state.Plan.Count {
		return
	}
	was, is := &before.Plan.Steps[e.Step], &r.state.Plan.Steps[e.Step]
	if is.Status == failover.Claimed && was.Status != failover.Claimed {
		r.claims[e.Step] = index
	}
}

// claimedAt is at which entry a step was last claimed, 0 where that is not known.
func (r *Replica) claimedAt(step uint8) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.claims[step]
}

// learn takes in the policy that a change brings with it, and returns the one that it names. One
// that is not at hand is found missing when the event is applied.
func (r *Replica) learn(entry *Entry) (*failover.Policy, error) {
	named, _ := entry.Event.Names()
	if len(entry.Policy) > 0 {
		p, err := failover.DecodePolicy(entry.Policy)
		if err != nil {
			return nil, err
		}
		if _, err := r.library.Add(p); err != nil {
			return nil, err
		}
	}
	return r.library.Find(named), nil
}

var errHalted = errors.New("the replica has stopped applying, and what it has not applied must " +
	"stay in the log")

// Snapshot returns what raft is to keep in place of the log so far. It is refused once the replica
// has stopped applying, its archive has failed, or a safety rule has: the log would be cut off.
func (r *Replica) Snapshot() (raft.FSMSnapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.halted != nil:
		return nil, errors.Join(errHalted, r.halted)
	case r.unkept != nil:
		return nil, fmt.Errorf("the log stays whole: %w", r.unkept)
	case r.broken != nil:
		return nil, fmt.Errorf("the log stays whole: %w", r.broken)
	case r.state.Under.Rules == 0:
		return nil, errors.New("the log has not begun")
	}
	p := r.library.Find(r.state.Under.Policy)
	content := appendSnapshot(nil, &r.state, p, r.index, r.term)
	return &snapshot{archive: r.archive, content: content}, nil
}

// Restore replaces the state by that of a snapshot. Where the archive has not come as far, it goes
// on with a file that begins there.
func (r *Replica) Restore(source io.ReadCloser) error {
	defer source.Close()
	data, err := io.ReadAll(io.LimitReader(source, snapshotMax+1))
	if err != nil {
		return fmt.Errorf("read a snapshot: %w", err)
	}
	restored, err := decodeSnapshot(data)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.tell()
	if _, err := r.library.Add(restored.policy); err != nil {
		return err
	}
	next := restored.state // It has to be one that this release can go on from, under whichever rules.
	tick := failover.Event{Kind: failover.Tick, At: next.Now}
	if _, err := r.apply(&next, &tick, &failover.Actions{}); err != nil {
		if r.halted == nil { // What the leader has is beyond it, and the log before is no more.
			r.halted = fmt.Errorf("the snapshot of entry %d cannot be restored: %w", restored.index, err)
		}
		return err
	}
	r.state, r.index, r.term = restored.state, restored.index, restored.term
	r.halted, r.claims = nil, [failover.MaxSteps]uint64{}
	r.keepHash(r.index, r.state.Hash())
	if r.archive != nil {
		if err := r.archive.rebase(r.index, &restored.policy, &r.state); err != nil {
			r.unkept = err
		}
	}
	return nil
}

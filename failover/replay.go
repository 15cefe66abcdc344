package failover

import (
	"errors"
	"fmt"
)

// Replayed is one event of a log file, as it was applied. Its pointers are valid until the next
// one.
type Replayed struct {
	// Offset is where the event's record begins in the file, in bytes.
	Offset int
	Event  *Event
	// Note is what the file notes on the event; it is nil where it notes nothing.
	Note *Note
	// Policy is the one that the event was applied under.
	Policy *Policy
	// Before and After are the states around it; the one before the first event of a log is the first
	// policy's Start. Did is what had to be done.
	Before, After *State
	Did           *Actions
	// Hashed says that the file has a hash of After, and that it is this one.
	Hashed bool
}

// HashError says that a log file was written by somebody whose events led to another state.
type HashError struct {
	// Got is the hash of the state that the events lead to here, Want the one that the file has.
	Got, Want Digest
}

// Error says which hashes differ, and what that means.
func (e *HashError) Error() string {
	return fmt.Sprintf("the state has hash %s here, and %s where the log was written: "+
		"the two have diverged", e.Got.Short(), e.Want.Short())
}

// Replay applies a log file, from its first event or its base on, each event under the policy and
// the rules that were in force, and returns the state that it leads to. The error is a LogError,
// and the State is then the one before the record at fault: the log is damaged or cut short, or it
// is under a policy that it does not hold or under rules that this release lacks (a GovernanceError
// within), or an event led to another state where the log was written (a HashError within).
// Where the file has no rounds, what it says of a step is said in the round that the step is in.
func Replay(data []byte) (State, error) { return ReplayEach(data, func(*Replayed) {}) }

// ReplayEach is Replay, and shows each event after it was applied and held against the hash that
// follows it. The one of a HashError is shown too, and is not Hashed.
func ReplayEach(data []byte, see func(*Replayed)) (State, error) {
	r := replay{see: see}
	for record, err := range ReadLog(data) {
		if err == nil {
			err = r.take(&record)
		}
		if err == nil {
			continue
		}
		r.show()
		var damage *LogError
		if !errors.As(err, &damage) {
			err = &LogError{Offset: record.Offset, Err: err}
		}
		return r.after, err
	}
	r.show()
	if r.after.Under.Rules == 0 {
		return r.after, &LogError{Offset: len(data), Err: &GovernanceError{}}
	}
	return r.after, nil
}

// replay is how far a log file was applied.
type replay struct {
	see           func(*Replayed)
	library       Library
	before, after State
	did           Actions
	// event is the last one, and shown what is to be shown of it; it waits for its hash.
	event   Event
	shown   Replayed
	waits   bool
	note    Note
	noted   bool
	applied bool
}

// take goes on with the next record.
func (r *replay) take(record *Record) error {
	switch record.Kind {
	case PolicyRecord:
		_, err := r.library.Add(record.Policy)
		return err
	case BaseRecord:
		return r.base(record.Base)
	case HashRecord:
		return r.hash(record.Hash)
	case NoteRecord:
		if r.note.Index >= record.Note.Index {
			return fmt.Errorf("the note on entry %d comes after the one on entry %d", record.Note.Index,
				r.note.Index)
		}
		r.note, r.noted = record.Note, true
		return nil
	case EventRecord:
	}
	r.show()
	return r.apply(record)
}

// base begins with a state.
func (r *replay) base(base *State) error {
	if r.applied || r.after.Under.Rules != 0 {
		return errors.New("a base is what a log begins with, and this one has begun")
	}
	if _, err := r.library.under(base.Under.Policy, base.Under.Rules); err != nil {
		return err
	}
	r.after = *base
	return nil
}

// hash holds the state against the one that the file's writer had.
func (r *replay) hash(want Digest) error {
	if r.after.Under.Rules == 0 {
		return errors.New("a hash is of the state after an event, and there was none")
	}
	if got := r.after.Hash(); got != want {
		return &HashError{Got: got, Want: want}
	}
	r.shown.Hashed = r.waits
	return nil
}

// apply applies an event.
func (r *replay) apply(record *Record) error {
	begins := r.after.Under.Rules == 0
	r.before = r.after
	r.event = record.Event
	if record.Roundless && r.event.Step < r.after.Plan.Count {
		r.event.Round = r.after.Plan.Steps[r.event.Step].Round
	}
	p, err := r.library.Apply(&r.after, &r.event, &r.did)
	if err != nil {
		return err
	}
	if begins {
		r.before = rules[r.after.Under.Rules].start(p)
	}
	r.shown = Replayed{
		Offset: record.Offset, Event: &r.event, Policy: p, Before: &r.before, After: &r.after,
		Did: &r.did,
	}
	if r.noted {
		note := r.note
		r.shown.Note, r.noted = &note, false
	}
	r.waits, r.applied = true, true
	return nil
}

// show shows the last event, once.
func (r *replay) show() {
	if r.waits {
		r.waits = false
		r.see(&r.shown)
	}
}

package failover

// Replayed is one event of a log file, as it was applied. Its pointers are valid until the next
// one.
type Replayed struct {
	// Offset is where the event's record begins in the file, in bytes.
	Offset int
	Event  *Event
	// Policy is the one that the event was applied under.
	Policy *Policy
	// Before and After are the states around it; the one before the first event is the first
	// policy's Start. Did is what had to be done.
	Before, After *State
	Did           *Actions
}

// Replay applies a log file, from its first event on, each under the policy and the rules that
// were in force, and returns the state that it leads to. The error is a LogError, and the State is
// then the one before the record at fault: the log is damaged or cut short, or it is under a
// policy that it does not hold or under rules that this release lacks (a GovernanceError within).
// Where the file has no rounds, what it says of a step is said in the round that the step is in.
func Replay(data []byte) (State, error) { return ReplayEach(data, func(*Replayed) {}) }

// ReplayEach is Replay, and shows each event after it was applied.
func ReplayEach(data []byte, see func(*Replayed)) (State, error) {
	var (
		library       Library
		before, after State
		did           Actions
	)
	for record, err := range ReadLog(data) {
		if err != nil {
			return after, err
		}
		if record.Kind == PolicyRecord {
			if _, err := library.Add(record.Policy); err != nil {
				return after, &LogError{Offset: record.Offset, Err: err}
			}
			continue
		}
		begins := after.Under.Rules == 0
		before = after
		if record.Roundless && record.Event.Step < after.Plan.Count {
			record.Event.Round = after.Plan.Steps[record.Event.Step].Round
		}
		p, err := library.Apply(&after, &record.Event, &did)
		if err != nil {
			return after, &LogError{Offset: record.Offset, Err: err}
		}
		if begins {
			before = rules[after.Under.Rules].start(p)
		}
		see(&Replayed{
			Offset: record.Offset, Event: &record.Event, Policy: p, Before: &before, After: &after,
			Did: &did,
		})
	}
	if after.Under.Rules == 0 {
		return after, &LogError{Offset: len(data), Err: &GovernanceError{}}
	}
	return after, nil
}

package model

// ConflictStrategy says what a store does about conflicts: writes of two regions to one key,
// neither of which knew of the other. The seven are those of aws-multi-region-dr, section 11.2.
type ConflictStrategy uint8

// The strategies. What nobody chose is the first: people reconcile.
const (
	// ByHand keeps both writes until a person has reconciled them.
	ByHand ConflictStrategy = iota
	// OneWriterOnly has none: one region writes. Active-active is not possible with it.
	OneWriterOnly
	// RegionalOwnership has none while it is certain who owns a key. Every population is a cell, which
	// the region owns that its users are sent to.
	RegionalOwnership
	// LastWriterWins keeps the later write and forgets the other.
	LastWriterWins
	// CheckAndSet refuses the write whose version is not the newest when the two meet; its user may
	// make it again.
	CheckAndSet
	// Commutative updates of a CRDT give the same in whatever order they arrive.
	Commutative
	// Compensation has a workflow take back or adjust one of the two.
	Compensation
	conflictStrategyCount
)

// Settlement is what becomes of one of the two writes of a conflict.
type Settlement uint8

// The settlements, each with the price that it has.
const (
	// Reconciled by a person, at Business.Conflict.
	Reconciled Settlement = iota
	// Overwritten: it was acknowledged and is gone, as any lost write is, at Business.LostWrite.
	Overwritten
	// Rejected: it failed, as any request that fails does, unless its user makes it again.
	Rejected
	// Merged: nothing is lost, and it costs nothing.
	Merged
	// Compensated by a workflow, at Business.Conflict.
	Compensated
	// SettlementCount is the number of settlements, not one of them.
	SettlementCount
)

var conflictRules = [conflictStrategyCount]struct {
	name    string
	settles Settlement
}{
	ByHand:        {"manual", Reconciled},
	OneWriterOnly: {"single-writer", Reconciled},
	// Where two regions took themselves for the owner nothing says which of them is right.
	RegionalOwnership: {"regional-ownership", Reconciled},
	LastWriterWins:    {"last-writer-wins", Overwritten},
	CheckAndSet:       {"check-and-set", Rejected},
	Commutative:       {"crdt", Merged},
	Compensation:      {"compensation", Compensated},
}

// ConflictStrategies returns all seven, in their order.
func ConflictStrategies() []ConflictStrategy {
	var all []ConflictStrategy
	for c := range conflictStrategyCount {
		all = append(all, c)
	}
	return all
}

// String gives the strategy's name as scenario files write it.
func (c ConflictStrategy) String() string {
	if c < conflictStrategyCount {
		return conflictRules[c].name
	}
	return "unknown"
}

// Settles says what becomes of a conflict under the strategy; one that is unknown leaves it to
// people.
func (c ConflictStrategy) Settles() Settlement {
	if c < conflictStrategyCount {
		return conflictRules[c].settles
	}
	return Reconciled
}

// ToRepair is how many conflicts somebody or something has to repair, at Business.Conflict each:
// those that are reconciled or compensated.
func (t *Trial) ToRepair() int64 { return t.Conflicts - t.Overwritten - t.Rejected - t.Merged }

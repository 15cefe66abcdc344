package model

import "time"

// MaxStores bounds the stores of a scenario.
const MaxStores = 4

// StoreID is a store's place in Scenario.Stores, from 0.
type StoreID uint8

// Store is a system of record.
type Store struct {
	// Name is unique, for instance "orders".
	Name string
	// Kind says which technology it is.
	Kind StoreKind
	// Lag is how far each region's replica is behind the primary, beyond the one-way network delay
	// (which is its floor). The entry of the home region counts while another one is primary, and
	// where every region writes.
	Lag [MaxRegions]Distribution
	// LagTrace is a record of the lag that is played in place of Lag, which has its mean then; nil
	// where there is none. What it says is no less than the one-way delay either.
	LagTrace LagTrace
	// LagSampleEvery is how often the lag is measured and reported, above 0.
	LagSampleEvery time.Duration
	// Promotion is how long an unplanned promotion of a replica takes.
	Promotion Distribution
	// Switchover is how long a planned one takes, replicas caught up and nothing lost.
	Switchover Distribution
	// CatchUp is how many seconds of writes, at their mean rate, a copy receives in a second at most,
	// above 1. It is read where the replication of the store can stall, and where it Queues.
	CatchUp float64
	// Queues says that what a copy misses while it is out of reach, or cannot receive because the load
	// is above CatchUp, waits for it. Otherwise a copy in reach has all but its lag.
	Queues bool
	// WriteBytes is how many bytes of what goes to a copy one write makes, above 0. It is read where
	// packets are lost on the way there (Slows), and 0 elsewhere.
	WriteBytes float64 `json:",omitempty"`
	// BackupEvery is the time between backups, for strategies that have no replica.
	BackupEvery time.Duration
	// Restore is how long it takes to restore the data from a backup.
	Restore Distribution
	// Guarded says that a guard outside the agent stops writes when the write lease ends. A store
	// without one is promoted only after a recorded fence.
	Guarded bool
	// Allowed are the regions that may hold the store's data by law or contract; an empty set means
	// that all may. No failover makes another one its primary.
	Allowed RegionSet
	// ContendedKeys is the effective number of keys that concurrent writes fall on, 1 / sum of
	// squared access shares; it sets the rate of conflicts when several regions write, and of stale
	// reads when several read. 0 means no two writes ever meet, and no read is stale.
	ContendedKeys float64
	// Conflicts says what becomes of those writes.
	Conflicts ConflictStrategy
	// Idempotency says where the keys are by which a write that is made again is known.
	Idempotency Idempotency
	// OffsetsEvery is the time between two copies of how far the consumers of a stream have come, in
	// the regions that its data is copied to; 0 for a store that is no stream.
	OffsetsEvery time.Duration
}

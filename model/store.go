package model

import "time"

// MaxStores bounds the stores of a scenario.
const MaxStores = 4

// StoreID is a store's place in Scenario.Stores, from 0.
type StoreID uint8

// StoreKind says how a store holds data in more than one region.
type StoreKind uint8

// The kinds of stores. A strategy may run a store more simply than its kind allows, never the
// reverse: only a MultiActive store takes writes in several regions, and only under a strategy that
// asks for it.
const (
	// SingleWriter has one writable region and asynchronous replicas.
	SingleWriter StoreKind = iota + 1
	// MultiActive can take writes in every region and resolves conflicts afterwards.
	MultiActive
)

// String gives the kind's name as scenario files write it.
func (k StoreKind) String() string {
	switch k {
	case SingleWriter:
		return "single-writer"
	case MultiActive:
		return "multi-active"
	}
	return "unknown"
}

// Store is a system of record.
type Store struct {
	// Name is unique, for instance "orders".
	Name string
	// Kind says what the technology can do.
	Kind StoreKind
	// Lag is how far each region's replica is behind the primary, beyond the one-way network delay
	// (which is its floor). The entry of the home region counts while another one is primary, and
	// where every region writes.
	Lag [MaxRegions]Distribution
	// LagSampleEvery is how often the lag is measured and reported, above 0.
	LagSampleEvery time.Duration
	// Promotion is how long an unplanned promotion of a replica takes.
	Promotion Distribution
	// Switchover is how long a planned one takes, replicas caught up and nothing lost.
	Switchover Distribution
	// CatchUp is how many seconds of writes a copy that was stalled receives in a second, above 1. It
	// is read where the replication of the store can stall.
	CatchUp float64
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

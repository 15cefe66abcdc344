package model

// DownCause is what a stretch of downtime was due to. Each stretch has one, so that the causes of a
// trial's downtime sum to all of it.
type DownCause uint8

// The causes.
const (
	// DownAwaited ended with the return of what had failed: nothing had moved.
	DownAwaited DownCause = iota
	// DownFailover was the loss of the primary, and ended with a failover. Where every region writes
	// it was the loss of the home region, and ended with an evacuation.
	DownFailover
	// DownExposed was felt while the primary took its writes: the loss of a region that serves beside
	// it, or too little capacity.
	DownExposed
	// DownFalse came of a plan that left, or only fenced, a region that still ran.
	DownFalse
	// DownQuorum began when a primary that still ran stopped its writes, because no quorum was left to
	// renew its lease or to hold its writes, or none that it could reach.
	DownQuorum
	// DownWithheld was seen by a quorum, and a gate kept a failover from beginning.
	DownWithheld
	// DownPlanned was the write pause of planned work.
	DownPlanned
	// DownCauseCount is the number of causes, not one of them.
	DownCauseCount
)

// String says in half a sentence what the downtime was.
func (c DownCause) String() string {
	texts := [DownCauseCount]string{
		"waiting for what had failed to come back", "failing over from a lost primary",
		"losing a region that serves beside the primary",
		"leaving or fencing a region that still ran",
		"stopping the writes of a primary that ran but had lost its quorum",
		"failovers that a gate withheld", "write pauses of planned work",
	}
	if c < DownCauseCount {
		return texts[c]
	}
	return "unknown"
}

package sim

import (
	"math"
	"slices"
	"time"

	"redoubt/model"
)

// The costs of Raft that do not depend on the scenario.
const (
	// appendTime is one append to the log with fsync, as measured with raft-boltdb/v2 on two shared
	// cores in November 2026.
	appendTime = int64(1750 * time.Microsecond)
	// commitSpread is hashicorp/raft's CommitTimeout, after which a follower hears at the latest
	// that an entry it holds is committed.
	commitSpread = int64(50 * time.Millisecond)
)

// consensus is the agents' Raft group as seen from outside: who leads, and in which term.
type consensus struct {
	leader model.RegionID
	// term counts leaders; what was sent to an earlier one is lost.
	term int32
	// electing says that an election is under way.
	electing bool
}

// majority returns the regions of the largest group with a quorum in which every member can talk to
// some member, or none: Raft needs one member that reaches a majority, itself included.
func (w *world) majority() (leader model.RegionID, ok bool) {
	quorum := w.policy.Voters.Count()/2 + 1
	best, size := model.NoRegion, 0
	for r := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(r) {
			continue
		}
		if n := w.net.component(r, w.policy.Voters).Count(); n >= quorum && n > size {
			best, size = r, n
		}
	}
	return best, best != model.NoRegion
}

// leads reports whether a leader exists, runs and reaches a quorum.
func (w *world) leads() bool {
	return w.raft.leader.Valid() &&
		w.net.component(w.raft.leader, w.policy.Voters).Count() >= w.policy.Voters.Count()/2+1
}

// review looks at the leader after the network changed, and has a new one elected where that is
// possible.
func (w *world) review() {
	if w.leads() {
		return
	}
	if w.raft.leader.Valid() {
		w.note(w.raft.leader, "consensus", "no longer leads: it cannot reach a quorum")
		w.raft.leader = model.NoRegion
		w.raft.term++
		w.stopRenewals()
	}
	if _, ok := w.majority(); !ok || w.raft.electing {
		return
	}
	w.raft.electing = true
	w.push(w.now+w.electionGap(), evElect, 0, 0, w.raft.term)
}

// elect makes the region that reaches most voters the leader. The log's clock goes on from where it
// stood: the gap is lost to it, so that no deadline comes early.
func (w *world) elect() {
	w.raft.electing = false
	leader, ok := w.majority()
	if !ok {
		return
	}
	w.raft.leader = leader
	w.raft.term++
	w.offset = w.now - int64(w.state.Now)
	w.keepClock()
	w.note(leader, "consensus", "is elected leader")
	w.relink()
	w.catchUp()
	w.startRenewals()
	w.resync()
	w.tickAt = 0
	w.schedule()
}

// electionGap draws how long a group stays without a leader, by hashicorp/raft's rules. A follower
// looks at its last contact whenever a timer of 1 to 2 heartbeat timeouts fires, and stands for
// election when that is older than one timeout. Others refuse their votes while they still believe
// in the old leader, so the election succeeds when enough of them have given it up; a pre-vote, a
// vote and a first commit follow.
func (w *world) electionGap() int64 {
	beat := float64(w.scenario.Consensus.Heartbeat)
	leader, _ := w.majority()
	among := w.net.component(leader, w.policy.Voters)
	var gaveUp [model.MaxRegions]float64
	n := 0
	for r := range model.RegionID(w.regions) {
		if !among.Has(r) {
			continue
		}
		key := ordinalKey(w.trigger, int(r))
		// The time to the next firing, seen from a random moment: the gap around it is
		// length-biased.
		gap := beat * math.Sqrt(1+3*w.src.keyed(electionTimer, key, 0))
		fires := gap * w.src.keyed(electionTimer, key, 1)
		contact := beat * 0.15 * w.src.keyed(electionAge, key, 0)
		for k := 0; fires < beat-contact; k++ {
			fires += beat * (1 + w.src.keyed(electionRetry, key, k))
		}
		gaveUp[n] = fires
		n++
	}
	slices.Sort(gaveUp[:n])
	quorum := min(w.policy.Voters.Count()/2+1, n)
	return int64(gaveUp[quorum-1]) + 3*w.commitDelay(leader)
}

// commitDelay is the time from an append at the leader to its commit: the round trip to the nearest
// followers that make a majority with it, and an append at each end.
func (w *world) commitDelay(leader model.RegionID) int64 {
	var trips [model.MaxRegions]int64
	n := 0
	for r := range model.RegionID(w.regions) {
		if r != leader && w.policy.Voters.Has(r) && w.net.linked(leader, r) {
			trips[n] = int64(w.scenario.Latency[leader][r])
			n++
		}
	}
	slices.Sort(trips[:n])
	need := w.policy.Voters.Count() / 2
	if need == 0 || n < need {
		return appendTime
	}
	return trips[need-1] + 2*appendTime
}

// logTime is a virtual time on the log's clock.
func (w *world) logTime(at int64) int64 { return at - w.offset }

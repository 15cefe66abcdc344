package sim

import (
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
	// former is who stepped down last, and follows nobody until another one is elected.
	former model.RegionID
	// term counts leaders; what was sent to an earlier one is lost.
	term int32
	// tenure is the key of the present leader's schedule, that of what had it elected.
	tenure uint64
	// silentAt is since when who led last has been out of reach of a quorum.
	silentAt int64
	// quiet says that the leader is out of reach of a quorum, and that its lease is not yet over.
	quiet bool
	// electing says that an election is under way, which next will win; ballot counts elections.
	electing bool
	next     model.RegionID
	ballot   int32
}

// majority returns the regions of the largest group with a quorum in which every member can talk to
// some member, or none: Raft needs one member that reaches a majority, itself included.
func (w *world) majority() (leader model.RegionID, ok bool) {
	best, size := model.NoRegion, 0
	for r := range model.RegionID(w.regions) {
		if n := w.net.component(r, w.policy.Voters).Count(); w.quorate.Has(r) && n > size {
			best, size = r, n
		}
	}
	return best, best != model.NoRegion
}

// reviewQuorate works out which voters reach a quorum, when the network has changed. Whether the
// leader does is asked for several times an event.
func (w *world) reviewQuorate() {
	w.quorate = 0
	quorum := w.policy.Voters.Count()/2 + 1
	for r := range model.RegionID(w.regions) {
		voters := w.net.component(r, w.policy.Voters)
		if w.policy.Voters.Has(r) && voters.Count() >= quorum {
			w.quorate = w.quorate.With(r)
		}
	}
}

// leads reports whether a leader exists, runs and reaches a quorum.
func (w *world) leads() bool { return w.quorate.Has(w.raft.leader) }

// review looks at the leader after the network changed, and has a new one elected where that is
// possible. A leader that reaches a quorum again before its lease is over was missed by nobody:
// followers wait twice as long.
func (w *world) review() {
	if w.leads() {
		if w.raft.quiet {
			w.raft.quiet, w.raft.electing = false, false
			w.raft.ballot++
		}
		return
	}
	switch leader := w.raft.leader; {
	case !leader.Valid():
	case !w.net.agent(leader):
		w.silence()
		w.depose(quorumUnreached)
	case !w.raft.quiet:
		w.silence()
		w.raft.quiet = true
		w.stopRenewals()
		w.push(w.now+w.leaderLease(), evDepose, 0, 0, 0)
	}
	w.stand()
}

// leaderLease is after how long without a quorum a leader steps down: half a heartbeat timeout, as
// in hashicorp/raft's defaults.
func (w *world) leaderLease() int64 { return int64(w.scenario.Consensus.Heartbeat) / 2 }

// silence notes that the leader is out of reach from now on. It has not missed itself until now.
func (w *world) silence() {
	if !w.raft.quiet {
		w.raft.silentAt = w.now
		w.heardWords(w.heard)
		w.contact[w.raft.leader] = w.now
	}
}

// Why a leader steps down.
const (
	quorumUnreached = "it cannot reach a quorum"
	quorumSilent    = "no quorum has answered within its lease"
)

// depose ends a region's lead.
func (w *world) depose(why string) {
	w.note(w.raft.leader, "consensus", "no longer leads: %s", why)
	w.raft.leader, w.raft.former, w.raft.quiet = model.NoRegion, w.raft.leader, false
	w.raft.term++
	w.stopRenewals()
}

// stepDown is a leader whose lease may be over, unless it reached a quorum in between.
func (w *world) stepDown() {
	if w.raft.quiet && w.now >= w.raft.silentAt+w.leaderLease() {
		w.depose(quorumUnreached)
		w.relink()
	}
}

// stand begins an election, unless there is one or nobody could win it. The winner can decide once
// it has committed an entry of its own term.
func (w *world) stand() {
	best, ok := w.majority()
	if !ok || w.raft.electing {
		return
	}
	leader, after, won := w.elects(w.net.component(best, w.policy.Voters))
	if !won {
		return
	}
	w.raft.electing, w.raft.next = true, leader
	w.raft.ballot++
	after += w.commitDelay(leader) + w.commitLate(leader, 0)
	w.push(w.now+after, evElect, 0, 0, w.raft.ballot)
}

// elect makes the winner of an election the leader, or has another election held if it cannot lead
// any more. The log's clock goes on from where it stood: the gap is lost to it, so that no deadline
// comes early.
func (w *world) elect(ballot int32) {
	if ballot != w.raft.ballot || !w.raft.electing {
		return
	}
	w.raft.electing = false
	leader := w.raft.next
	if !w.quorate.Has(leader) {
		w.stand()
		return
	}
	w.raft.leader, w.raft.former, w.raft.tenure = leader, model.NoRegion, w.trigger
	w.raft.term++
	w.offset = w.now - int64(w.state.Now)
	w.keepClock()
	w.note(leader, "consensus", "is elected leader")
	w.relink()
	w.takeOffice()
	w.watchLease()
	w.catchUp()
	w.startRenewals()
	w.resync()
	w.tickAt = 0
	w.schedule()
}

// commitDelay is the time from an append at the leader to its commit: the round trip to the nearest
// followers that make a majority with it, and an append at each end.
func (w *world) commitDelay(leader model.RegionID) int64 {
	if w.commits[leader] == 0 {
		w.commits[leader] = w.commitTime(leader, func(model.RegionID) int64 { return 0 })
	}
	return w.commits[leader]
}

// commitLate is how much longer that takes where packets are lost, by a counter of what is drawn
// since the network changed.
func (w *world) commitLate(leader model.RegionID, i int) int64 {
	if !w.net.lossy {
		return 0
	}
	return w.commitTime(leader, func(r model.RegionID) int64 {
		return w.delayed(leader, r, 0, w.trigger, i) +
			w.delayed(r, leader, model.AnswerWait, w.trigger, i)
	}) - w.commitDelay(leader)
}

// commitTime is commitDelay where each follower's answer is late by something.
func (w *world) commitTime(leader model.RegionID, late func(r model.RegionID) int64) int64 {
	var trips [model.MaxRegions]int64
	n := 0
	for r := range model.RegionID(w.regions) {
		if r != leader && w.policy.Voters.Has(r) && w.net.talks(leader, r) {
			trips[n] = int64(w.scenario.Latency[leader][r]) + late(r)
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

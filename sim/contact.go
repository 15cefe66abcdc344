package sim

import "redoubt/model"

// word is one of the two kinds of things that a leader of hashicorp/raft v1.7.3 sends to a follower
// again and again (replicate and heartbeat in the library's replication.go).
type word uint8

const (
	// appended says what is committed: one to two commit timeouts after the answer to the last.
	appended word = iota
	// beaten says that the leader is there: one to two tenths of a heartbeat timeout after the answer
	// to the last.
	beaten
	wordCount
)

// words is a schedule of one kind of word to one follower: every so often, as it is in the mean, in
// a phase that is drawn for the leader's tenure.
type words struct {
	every int64
	phase float64
}

// wordsTo is the schedule by which the leader sends a kind of word to a follower.
func (w *world) wordsTo(r model.RegionID, kind word) words {
	every, beat := int64(w.scenario.Latency[w.raft.leader][r]), int64(w.scenario.Consensus.Heartbeat)
	switch kind {
	case appended:
		every += commitSpread + commitSpread/2
	case beaten:
		every += beat/10 + beat/20
	case wordCount:
	}
	key := ordinalKey(w.raft.tenure, int(r))
	return words{every: every, phase: w.src.keyed(electionAge, key, int(kind))}
}

// heardWords notes what some regions heard last that the leader was in reach of until now, as if
// every word had been an event. What is on its way to them arrives.
func (w *world) heardWords(regions model.RegionSet) {
	if w.pulse != nil {
		return
	}
	followers := (regions & w.policy.Voters).Without(w.raft.leader)
	for ; followers != 0; followers = followers.Without(followers.First()) {
		r, sent := followers.First(), int64(0)
		for kind := range wordCount {
			s := w.wordsTo(r, kind)
			sent = max(sent, lastTick(w.now-1, s.every, s.phase))
		}
		if sent >= w.heardSince[r] {
			w.hearWord(r, sent)
		}
	}
}

// hearWord is a word that was sent to a follower.
func (w *world) hearWord(r model.RegionID, sent int64) {
	w.contact[r] = sent + int64(w.scenario.Latency.OneWay(w.raft.leader, r))
}

// takeOffice has a new leader tell all in its reach at once, and begin its schedules.
func (w *world) takeOffice() {
	for r := range model.RegionID(w.regions) {
		if w.heard.Has(r) {
			w.hearWord(r, w.now)
		}
	}
	if w.pulse != nil {
		w.pulse(item{kind: evElect})
	}
}

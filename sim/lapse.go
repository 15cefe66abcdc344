package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// How long a leader keeps its lead over links on which a fault loses packets. It steps down when it
// has not heard of a quorum within its lease (checkLeaderLease of hashicorp/raft v1.7.3). Of a
// follower it hears by the answers to two kinds of questions, each over a connection of its own
// (replication.go): heartbeats, one to two tenths of a heartbeat timeout after the answer to the
// last, and what says what is committed, which redoubt's agents have it send one to two halves of a
// heartbeat timeout apart in quiet times. TCP sends again what is lost, which is late then.

// answerWait is how much longer than a question an answer waits before it is sent again: who sends
// it has its round trips from acknowledgements that Linux holds back for as long when it has
// nothing else to send (TCP_DELACK_MAX of include/net/tcp.h).
const answerWait = 200 * time.Millisecond

// earshot is what a leader hears of its followers.
type earshot struct {
	// among are the followers to which packets are lost, and spare is how many of them may be
	// silent at once for all that is needed for a quorum.
	among model.RegionSet
	spare int
	// generation counts what it was begun anew, key is what it draws by now.
	generation int32
	key        uint64
	// over says that the lease is over when it is looked at next.
	over      bool
	listeners [model.MaxRegions]listener
}

// listener is what a leader hears of one follower. An exchange of heartbeats in which nothing is
// lost is shorter than a lease, so that it goes from one in which something is to the next.
type listener struct {
	draws int
	// there and back are the shares of the packets that are lost on either way.
	there, back float64
	// answered is when the last answer came before something was lost, and next when the one came
	// that is late for it.
	answered, next int64
	// said is the last answer to what says what is committed, and saying the next one.
	said, saying int64
	// ahead is the first lull that was not looked at yet, and past the one before.
	ahead, past lull
}

// lull is a time in which a leader has not heard of a follower for a lease. Until it is over the
// follower has heard a question at one time, and the one before at another.
type lull struct{ from, until, asked, before int64 }

// watchLease has the lease of today's leader end when it does.
func (w *world) watchLease() {
	w.earshot.generation++
	if w.net.lossy && w.leads() && w.prickEars() {
		w.awaitLapse()
	}
}

// prickEars has the leader listen to its followers from now on. It heard of each when it did, as
// nothing was lost until now. It reports whether it needs any to which packets are lost.
func (w *world) prickEars() bool {
	e := &w.earshot
	leader := w.raft.leader
	followers := w.net.component(leader, w.policy.Voters).Without(leader)
	e.among, e.key = 0, w.trigger
	beat := float64(w.scenario.Consensus.Heartbeat)
	e.spare = followers.Count() - w.policy.Voters.Count()/2
	for left := followers; left != 0; left = left.Without(left.First()) {
		if r := left.First(); w.net.links.lost(&w.net.damage, leader, r) > 0 {
			e.among = e.among.With(r)
		}
	}
	if e.among.Count() <= e.spare {
		return false // The others are a quorum with it.
	}
	for left := e.among; left != 0; left = left.Without(left.First()) {
		r := left.First()
		e.listeners[r] = listener{there: w.net.dropped[leader][r], back: w.net.dropped[r][leader]}
		l, trip := &e.listeners[r], float64(w.scenario.Latency[leader][r])
		l.next = w.now - int64(w.drawOf(r)*(0.15*beat+trip))
		l.saying = w.now - int64(w.drawOf(r)*(0.75*beat+trip))
		l.ahead.until = w.now
		w.goOn(r)
	}
	return true
}

// lookahead is how far the leader's lease is looked ahead at once. What breaks meanwhile has it
// looked at anew.
const lookahead = int64(10 * time.Minute)

// awaitLapse has the leader's lease end when it does, if that is soon, or be looked at again.
func (w *world) awaitLapse() {
	at, over := w.nextLapse(w.now + lookahead)
	w.earshot.over = over
	w.push(at, evLapse, 0, 0, w.earshot.generation)
}

// nextLapse is when more followers than can be spared are silent at once, if that is before an end.
func (w *world) nextLapse(end int64) (at int64, over bool) {
	e := &w.earshot
	for {
		next, silent := e.among.First(), 1
		for left := e.among; left != 0; left = left.Without(left.First()) {
			if r := left.First(); e.listeners[r].ahead.from < e.listeners[next].ahead.from {
				next = r
			}
		}
		at = e.listeners[next].ahead.from
		if at > end {
			return end, false
		}
		for left := e.among.Without(next); left != 0; left = left.Without(left.First()) {
			if e.listeners[left.First()].past.until > at {
				silent++
			}
		}
		w.goOn(next)
		if silent > e.spare {
			return at, true
		}
	}
}

// lapse is a leader whose lease is over, though it has a way to a quorum.
func (w *world) lapse(generation int32) {
	e := &w.earshot
	if generation != e.generation || !w.leads() {
		return
	}
	if !e.over {
		w.awaitLapse()
		return
	}
	w.catchUp()
	w.trigger = mix(w.trigger ^ uint64(w.raft.term))
	w.fallSilent()
	w.depose(quorumSilent)
	w.stand()
	w.relink()
}

// fallSilent is silence where the leader has a way to its followers: who has not been heard of for
// a lease has heard the last question that reached it.
func (w *world) fallSilent() {
	w.silence()
	for left := w.earshot.among; left != 0; left = left.Without(left.First()) {
		r := left.First()
		if past := &w.earshot.listeners[r].past; past.until > w.now {
			w.contact[r] = past.before
			if past.asked <= w.now {
				w.contact[r] = past.asked
			}
		}
	}
}

// goOn goes on to the next time in which the leader has not heard of a follower for a lease: until
// the next answer of either kind.
func (w *world) goOn(r model.RegionID) {
	l, lease := &w.earshot.listeners[r], w.leaderLease()
	l.past = l.ahead
	for from := l.past.until; ; {
		if from >= never/4 { // No run lasts for so long.
			l.ahead.from, l.ahead.until = never, never
			return
		}
		if from >= l.next {
			w.slip(r)
			from = max(from, l.answered+lease) // Longer round trips than a lease are no way back.
			continue
		}
		w.sayUntil(r, from)
		if l.said+lease > from {
			from = l.said + lease
			continue
		}
		l.ahead.from, l.ahead.until = from, min(l.saying, l.next)
		return
	}
}

// slip goes on to the next exchange of heartbeats in which something is lost. How many come before
// it is a geometric number, and each of them takes its mean time.
func (w *world) slip(r model.RegionID) {
	leader, l := w.raft.leader, &w.earshot.listeners[r]
	beat, trip := float64(w.scenario.Consensus.Heartbeat), int64(w.scenario.Latency[leader][r])
	passes := (1 - l.there) * (1 - l.back)
	well := math.Floor(math.Log(w.drawOf(r)) / math.Log(passes))
	l.answered = l.next + int64(min(well*(0.15*beat+float64(trip)), float64(never/4)))
	asked, answer := timesLost(w.drawOf(r), l.there), timesLost(w.drawOf(r), l.back)
	if w.drawOf(r)*(1-passes) < l.there {
		asked++
	} else {
		asked, answer = 0, answer+1
	}
	out := int64(w.scenario.Latency.OneWay(leader, r))
	l.ahead.before = l.answered - (trip - out)
	l.ahead.asked = l.answered + int64(beat/10*(1+w.drawOf(r))) + out +
		w.sentAgain(leader, r, asked, 0)
	l.next = l.ahead.asked + trip - out + w.sentAgain(r, leader, answer, answerWait)
}

// farBehind is how many heartbeat timeouts later nothing is known any more of when something was
// said.
const farBehind = 100

// sayUntil has the leader say what is committed, until the next answer comes after a time.
func (w *world) sayUntil(r model.RegionID, at int64) {
	leader, l, beat := w.raft.leader, &w.earshot.listeners[r], int64(w.scenario.Consensus.Heartbeat)
	l.saying = max(l.saying, at-farBehind*beat)
	for l.saying <= at {
		l.said = l.saying
		asked, answer := timesLost(w.drawOf(r), l.there), timesLost(w.drawOf(r), l.back)
		l.saying += int64(float64(beat)/2*(1+w.drawOf(r))) + int64(w.scenario.Latency[leader][r]) +
			w.sentAgain(leader, r, asked, 0) + w.sentAgain(r, leader, answer, answerWait)
	}
}

// drawOf is the next number that is drawn for what the leader hears of a follower.
func (w *world) drawOf(r model.RegionID) float64 {
	l := &w.earshot.listeners[r]
	l.draws++
	return w.src.keyed(leaseLuck, ordinalKey(w.earshot.key, int(r)), l.draws)
}

// mostLost bounds how often one packet is lost: beyond it nobody waits.
const mostLost = 10

// timesLost is how often something is lost before it arrives, of which a share is each time.
func timesLost(u, lost float64) int {
	if lost <= 0 {
		return 0
	}
	return int(min(mostLost, math.Log(u)/math.Log(lost)))
}

// sentAgain is how much later something arrives that was lost some times on its way between agents,
// over a connection in use: each next time TCP waits twice as long (RFC 6298, 5.5), and at first as
// long as a round trip and sendingWait, or more.
func (w *world) sentAgain(from, to model.RegionID, times int, more time.Duration) int64 {
	wait := w.scenario.Latency[from][to] + sendingWait + more
	return int64(wait) * (1<<times - 1)
}

// delayed is sentAgain of something that is sent once, by a key of its own and a counter.
func (w *world) delayed(from, to model.RegionID, more time.Duration, key uint64, i int) int64 {
	if !w.net.lossy {
		return 0
	}
	key = ordinalKey(key, int(from)*model.MaxRegions+int(to))
	lost := w.net.dropped[from][to]
	return w.sentAgain(from, to, timesLost(w.src.keyed(letterLuck, key, i), lost), more)
}

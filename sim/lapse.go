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

// earshot is what a leader hears of its followers.
type earshot struct {
	// leader and term are of whom this is.
	leader model.RegionID
	term   int32
	// lossy are the followers to which packets are lost, among those of them to which it has a way,
	// and spare is how many may be silent at once for all that is needed for a quorum.
	lossy, among model.RegionSet
	spare        int
	// generation counts what it was begun anew.
	generation int32
	// over says that the lease is over when it is looked at next.
	over bool
	// listeners know what was heard by a time.
	listeners [model.MaxRegions]listener
	by        int64
}

// listener is what a leader hears of one follower. An exchange of heartbeats in which nothing is
// lost is shorter than a lease, so that it goes from one in which something is to the next.
type listener struct {
	// key is what is drawn by, and draws how often it was.
	key   uint64
	draws int
	// there and back are the shares of the packets that are lost on either way.
	there, back float64
	// answered is when the last answer came before something was lost, and next when the one came
	// that is late for it.
	answered, next int64
	// said is the last answer to what says what is committed, and saying the next one.
	said, saying int64
	// asked is when the follower hears the question that is late for it, and before when it heard the
	// last one before that.
	asked, before int64
	// from is until when no lull begins that was not found yet, lull is the last one that was, and
	// former the one before.
	from         int64
	lull, former lull
}

// lull is a time in which a leader has not heard of a follower for a lease.
type lull struct{ from, until int64 }

// watchLease has the lease of today's leader end when it does.
func (w *world) watchLease() {
	w.earshot.generation++
	if !w.net.lossy {
		w.earshot.lossy = 0
	} else if w.leads() && w.prickEars() {
		w.awaitLapse()
	}
}

// prickEars has the leader listen to its followers from now on, over links as they are now. Of
// those to which it listened already it has heard what it had. It reports whether it needs any to
// which packets are lost.
func (w *world) prickEars() bool {
	e := &w.earshot
	if e.leader != w.raft.leader || e.term != w.raft.term {
		e.leader, e.term, e.lossy = w.raft.leader, w.raft.term, 0
	}
	w.heed()
	known := e.lossy
	e.lossy = 0
	for left := w.policy.Voters.Without(e.leader); left != 0; left = left.Without(left.First()) {
		r := left.First()
		if lost := w.net.links.lost(&w.net.damage, e.leader, r); lost > 0 && lost < 1 {
			e.lossy = e.lossy.With(r)
			w.attend(r, known.Has(r))
		}
	}
	followers := w.net.component(e.leader, w.policy.Voters).Without(e.leader)
	e.among = e.lossy & followers
	e.spare = followers.Count() - w.policy.Voters.Count()/2
	return e.among.Count() > e.spare // Else the others are a quorum with it.
}

// attend has the leader listen to a follower over a link as it is now.
func (w *world) attend(r model.RegionID, known bool) {
	l := &w.earshot.listeners[r]
	there, back := w.net.dropped[w.raft.leader][r], w.net.dropped[r][w.raft.leader]
	if !known {
		*l = listener{key: ordinalKey(w.trigger, int(r)), there: there, back: back}
		w.tune(r, l, w.now)
	} else if l.there != there || l.back != back {
		w.retune(r, l)
		l.there, l.back = there, back
	}
}

// tune has a listener begin at a time at which it has heard of its follower when it did, as nothing
// was lost until then.
func (w *world) tune(r model.RegionID, l *listener, at int64) {
	beat := float64(w.scenario.Consensus.Heartbeat)
	trip := float64(w.scenario.Latency[w.raft.leader][r])
	l.next = at - int64(w.drawOf(l)*(0.15*beat+trip))
	l.saying = at - int64(w.drawOf(l)*(0.75*beat+trip))
	l.from, l.lull, l.former = at, lull{}, lull{}
}

// heed has the listeners know what was heard by now. How far back that begins bounds it: who was
// silent before is heard of by chance.
func (w *world) heed() {
	e := &w.earshot
	for left := e.lossy; left != 0; left = left.Without(left.First()) {
		r := left.First()
		l := &e.listeners[r]
		if w.now-e.by > lookahead {
			w.tune(r, l, w.now-lookahead)
		}
		for w.goOn(r, l, w.now) {
		}
	}
	e.by = w.now
}

// retune forgets what a listener knows beyond now, since another share of the packets is lost from
// now on. What is under way comes when it would have. An exchange whose question has not been asked
// yet is drawn anew, whatever was to become of it: what is forgotten has no part in that.
func (w *world) retune(r model.RegionID, l *listener) {
	beat := int64(w.scenario.Consensus.Heartbeat)
	if w.now-l.said < beat/2 {
		l.saying = l.said
	}
	pause := int64(0.15 * float64(beat))
	exchange := pause + int64(w.scenario.Latency[w.raft.leader][r])
	since := w.now - l.answered
	well := since < 0
	if well { // One exchange after the other until then.
		since = (since%exchange + exchange) % exchange
	}
	if asked := since >= pause; well || !asked {
		l.answered = w.now - since
		l.next, l.from = l.answered, max(w.now, l.answered+w.leaderLease())
		if asked {
			l.next += exchange
		}
	}
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
	ahead := e.listeners // What is still to come may be forgotten.
	for left := e.among; left != 0; left = left.Without(left.First()) {
		w.goOn(left.First(), &ahead[left.First()], never)
	}
	for at = w.now; ; {
		silent, next := 0, e.among.First()
		for left := e.among; left != 0; left = left.Without(left.First()) {
			r := left.First()
			if ahead[r].former.until > at {
				silent++
			}
			if ahead[r].lull.from < ahead[next].lull.from {
				next = r
			}
		}
		if silent > e.spare {
			return at, true
		}
		if at = ahead[next].lull.from; at > end {
			return end, false
		}
		w.goOn(next, &ahead[next], never)
	}
}

// lapse is a leader whose lease is over, though it has a way to a quorum.
func (w *world) lapse(generation int32) {
	e := &w.earshot
	if generation != e.generation || !w.leads() {
		return
	}
	w.heed()
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
		if l := &w.earshot.listeners[r]; l.lull.until > w.now {
			w.contact[r] = l.before
			if l.asked <= w.now {
				w.contact[r] = l.asked
			}
		}
	}
}

// goOn goes on to the next time in which the leader has not heard of a follower for a lease: until
// the next answer of either kind. It reports whether that begins by another time.
func (w *world) goOn(r model.RegionID, l *listener, by int64) bool {
	lease := w.leaderLease()
	for l.from <= by {
		if l.from >= never/4 { // No run lasts for so long.
			l.former, l.lull = l.lull, lull{from: never, until: never}
			return true
		}
		if l.from >= l.next {
			w.slip(r, l)
			l.from = max(l.from, l.answered+lease) // Longer round trips than a lease are no way back.
			continue
		}
		w.sayUntil(r, l, l.from)
		if l.said+lease > l.from {
			l.from = l.said + lease
			continue
		}
		l.former, l.lull = l.lull, lull{from: l.from, until: min(l.saying, l.next)}
		l.from = l.lull.until
		return true
	}
	return false
}

// slip goes on to the next exchange of heartbeats in which something is lost. How many come before
// it is a geometric number, and each of them takes its mean time.
func (w *world) slip(r model.RegionID, l *listener) {
	leader := w.raft.leader
	beat, trip := float64(w.scenario.Consensus.Heartbeat), int64(w.scenario.Latency[leader][r])
	passes := (1 - l.there) * (1 - l.back)
	well := math.Floor(math.Log(w.drawOf(l)) / math.Log(passes))
	l.answered = l.next + int64(min(well*(0.15*beat+float64(trip)), float64(never/4)))
	asked, answer := timesLost(w.drawOf(l), l.there), timesLost(w.drawOf(l), l.back)
	if w.drawOf(l)*(1-passes) < l.there {
		asked++
	} else {
		asked, answer = 0, answer+1
	}
	out := int64(w.scenario.Latency.OneWay(leader, r))
	l.before = l.answered - (trip - out)
	l.asked = l.answered + int64(beat/10*(1+w.drawOf(l))) + out +
		w.sentAgain(leader, r, asked, 0)
	l.next = l.asked + trip - out + w.sentAgain(r, leader, answer, model.AnswerWait)
}

// farBehind is how many heartbeat timeouts later nothing is known any more of when something was
// said.
const farBehind = 100

// sayUntil has the leader say what is committed, until the next answer comes after a time.
func (w *world) sayUntil(r model.RegionID, l *listener, at int64) {
	leader, beat := w.raft.leader, int64(w.scenario.Consensus.Heartbeat)
	l.saying = max(l.saying, at-farBehind*beat)
	for l.saying <= at {
		l.said = l.saying
		asked, answer := timesLost(w.drawOf(l), l.there), timesLost(w.drawOf(l), l.back)
		l.saying += int64(float64(beat)/2*(1+w.drawOf(l))) + int64(w.scenario.Latency[leader][r]) +
			w.sentAgain(leader, r, asked, 0) + w.sentAgain(r, leader, answer, model.AnswerWait)
	}
}

// drawOf is the next number that is drawn for what the leader hears of a follower.
func (w *world) drawOf(l *listener) float64 {
	l.draws++
	return w.src.keyed(leaseLuck, l.key, l.draws)
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
// long as a round trip and model.ResendWait, or more.
func (w *world) sentAgain(from, to model.RegionID, times int, more time.Duration) int64 {
	wait := w.scenario.Latency[from][to] + model.ResendWait + more
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

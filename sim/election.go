package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// election plays the followers and candidates of hashicorp/raft v1.7.3 from the moment at which
// their leader falls silent, by the rules of its runFollower, runCandidate, requestPreVote and
// requestVote:
//
//   - A follower looks whenever a timer of 1 to 2 heartbeat timeouts fires. Without contact for
//     one timeout it forgets its leader and becomes a candidate.
//   - A candidate asks for pre-votes, and with a majority of them for votes in the next term. After
//     1 to 2 election timeouts it begins anew, also when it was refused at once.
//   - Nobody grants either while he believes in a leader, or for an older term; a vote is given
//     once a term, is written to disk first, and makes a candidate of an older term a follower
//     again.
//
// Times are nanoseconds from its begin on. Every draw is keyed by what broke, so that an election
// depends on nothing before it but on when each of them last heard of a leader.
type election struct {
	w        *world
	beat     int64
	quorum   int
	among    model.RegionSet
	electors [model.MaxRegions]elector
	letters  []letter
}

// elector is one member of the group.
type elector struct {
	// believes says that it has a leader, stands that it is a candidate, and asked that it has won
	// the pre-vote of its present run.
	believes, stands, asked bool
	// term is its own, votedIn the last in which it gave its vote.
	term, votedIn int32
	// run counts its runs as a candidate, so that late answers to an earlier one do not count; draws
	// counts its timers.
	run, draws int32
	// heard is when it last heard of a leader, or voted; fires is when its timer does.
	heard, fires int64
	granted      int
	// sent counts its letters.
	sent int
}

// letter is a message on its way.
type letter struct {
	at       int64
	from, to model.RegionID
	kind     letterKind
	granted  bool
	term     int32
	run      int32
}

// letterKind says what a letter is.
type letterKind uint8

const (
	preVote letterKind = iota
	preVoted
	vote
	voted
)

// termTime and voteTime are a new term and a vote written to disk: one write of the stable store,
// and two (setCurrentTerm and persistVote).
const (
	termTime = appendTime
	voteTime = 2 * appendTime
)

// maxElectionSteps bounds an election in a network in which nobody can win, for instance because
// only the region that is linked to all others could, and their candidates keep it from standing.
const maxElectionSteps = 20_000

// elects plays an election among the voters that can still talk to each other, and returns who wins
// and how long after the silence. It is false when nobody does.
func (w *world) elects(among model.RegionSet) (leader model.RegionID, after int64, won bool) {
	e := election{
		w: w, beat: int64(w.scenario.Consensus.Heartbeat), quorum: w.policy.Voters.Count()/2 + 1,
		among: among, letters: w.letters[:0],
	}
	for r := range model.RegionID(w.regions) {
		if among.Has(r) {
			e.electors[r] = w.lastHeard(r, e.beat)
		}
	}
	leader, after, won = e.play()
	w.letters = e.letters[:0]
	return leader, after, won
}

// lastHeard is a follower as the election begins. Its timer is somewhere between two firings; seen
// from a random moment the gap around it is length-biased, with density proportional to its length.
//
// Who has just stepped down follows nobody, and begins to wait.
//
// Who has heard nothing for long, because no group had a quorum until now or because it was cut off
// itself, has stood in vain for some time.
func (w *world) lastHeard(r model.RegionID, beat int64) elector {
	key := ordinalKey(w.trigger, int(r))
	gap := float64(beat) * math.Sqrt(1+3*w.src.keyed(electionTimer, key, 0))
	heard := w.contact[r] - w.now
	old := heard < -2*beat
	e := elector{
		believes: !old, stands: old, heard: heard,
		fires: int64(gap * w.src.keyed(electionTimer, key, 1)),
	}
	if r == w.raft.former && heard == 0 {
		e.believes = false
		e.fires = int64(float64(beat) * (1 + w.src.keyed(electionTimer, key, 1)))
	}
	return e
}

// play goes from one timer or letter to the next until somebody has won.
func (e *election) play() (leader model.RegionID, after int64, won bool) {
	for range maxElectionSteps {
		who, timer := e.nextTimer()
		i := e.nextLetter()
		switch {
		case i >= 0 && (who == model.NoRegion || e.letters[i].at <= timer):
			l := e.letters[i]
			e.letters[i] = e.letters[len(e.letters)-1]
			e.letters = e.letters[:len(e.letters)-1]
			if e.receive(&l) {
				return l.to, l.at, true
			}
		case who == model.NoRegion:
			return model.NoRegion, 0, false
		default:
			if e.fire(who, timer) {
				return who, timer, true
			}
		}
	}
	return model.NoRegion, 0, false
}

func (e *election) nextTimer() (who model.RegionID, at int64) {
	who = model.NoRegion
	for r := range model.RegionID(e.w.regions) {
		if e.among.Has(r) && (who == model.NoRegion || e.electors[r].fires < at) {
			who, at = r, e.electors[r].fires
		}
	}
	return who, at
}

func (e *election) nextLetter() int {
	first := -1
	for i := range e.letters {
		if first < 0 || e.letters[i].at < e.letters[first].at {
			first = i
		}
	}
	return first
}

// wait sets a member's timer to 1 to 2 timeouts from a time on. The election timeout is the
// heartbeat timeout, as in the library's defaults.
func (e *election) wait(r model.RegionID, from int64) {
	m := &e.electors[r]
	m.draws++
	u := e.w.src.keyed(electionRetry, ordinalKey(e.w.trigger, int(r)), int(m.draws))
	m.fires = from + int64(float64(e.beat)*(1+u))
}

// fire is a member's timer. It reports whether the member has won at once, as it does alone.
func (e *election) fire(r model.RegionID, now int64) bool {
	m := &e.electors[r]
	e.wait(r, now)
	if !m.stands && now-m.heard < e.beat {
		return false
	}
	m.believes, m.stands, m.asked = false, true, false
	m.run++
	m.granted = 1
	e.ask(r, preVote, m.term+1, now)
	return e.counts(r, now)
}

// ask sends a request to everybody.
func (e *election) ask(r model.RegionID, kind letterKind, term int32, now int64) {
	for other := range model.RegionID(e.w.regions) {
		if other != r && e.among.Has(other) {
			sent := now
			if kind == vote {
				sent += termTime // The new term is on disk first.
			}
			if kind == vote && other > r {
				sent += voteTime // So is its own vote, before it asks those after itself.
			}
			e.send(letter{from: r, to: other, kind: kind, term: term, run: e.electors[r].run}, sent)
		}
	}
}

// send posts a letter, unless its ends cannot talk.
func (e *election) send(l letter, now int64) {
	if e.w.net.talks(l.from, l.to) {
		m, more := &e.electors[l.from], time.Duration(0)
		if l.kind == preVoted || l.kind == voted {
			more = model.AnswerWait
		}
		m.sent++
		l.at = now + int64(e.w.scenario.Latency.OneWay(l.from, l.to)) +
			e.w.delayed(l.from, l.to, more, e.w.trigger, 1+m.sent)
		e.letters = append(e.letters, l)
	}
}

// receive is a letter that arrives. It reports whether its receiver has won.
func (e *election) receive(l *letter) bool {
	m := &e.electors[l.to]
	switch l.kind {
	case preVote:
		e.answerPreVote(l)
	case vote:
		e.answerVote(l)
	case preVoted, voted:
		current := m.stands && l.run == m.run && m.asked == (l.kind == voted)
		if current && l.term > m.term+1 || current && m.asked && l.term > m.term {
			e.stepBack(l.to, l.term, l.at) // A newer term is about.
			return false
		}
		if current && l.granted {
			m.granted++
			return e.counts(l.to, l.at)
		}
	}
	return false
}

// counts moves a candidate with a majority on: from the pre-vote to the vote, and from that to the
// lead, which it reports.
func (e *election) counts(r model.RegionID, now int64) bool {
	m := &e.electors[r]
	if m.granted < e.quorum {
		return false
	}
	if m.asked {
		return true
	}
	m.asked = true
	m.term++
	m.votedIn, m.granted = m.term, 1
	e.wait(r, now)
	e.ask(r, vote, m.term, now)
	return m.granted >= e.quorum
}

func (e *election) answerPreVote(l *letter) {
	m := &e.electors[l.to]
	granted := !m.believes && l.term >= m.term
	e.send(letter{
		from: l.to, to: l.from, kind: preVoted, granted: granted, term: max(m.term, l.term), run: l.run,
	}, l.at)
}

func (e *election) answerVote(l *letter) {
	m := &e.electors[l.to]
	answer := letter{from: l.to, to: l.from, kind: voted, term: m.term, run: l.run}
	now := l.at
	if !m.believes && l.term >= m.term {
		if l.term > m.term {
			e.stepBack(l.to, l.term, l.at)
			now += termTime
		}
		answer.term = m.term
		if m.votedIn < l.term {
			m.votedIn, m.heard, answer.granted = l.term, l.at, true
			now += voteTime
		}
	}
	e.send(answer, now)
}

// stepBack makes a member a follower without a leader in a newer term.
func (e *election) stepBack(r model.RegionID, term int32, now int64) {
	m := &e.electors[r]
	m.term = term
	if m.stands {
		m.stands, m.asked = false, false
		e.wait(r, now)
	}
}

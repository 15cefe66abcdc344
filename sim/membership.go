package sim

import (
	"time"

	"redoubt/model"
)

// reconnectEvery is how often an agent tries to reach those that it holds dead, from whom
// memberlist itself turns away for good: the ReconnectInterval of hashicorp/serf, which does it for
// memberlist (serf/config.go).
const reconnectEvery = int64(30 * time.Second)

// membership is what each agent's memberlist says of the others.
type membership struct {
	// deadAt is from when on a member holds another dead, backAt from when on no more. Both are 0
	// while nothing is the matter, backAt also while nothing is known of a return.
	deadAt, backAt [model.MaxRegions][model.MaxRegions]int64
	up             model.RegionSet
	// censusAt is when the next census was asked for.
	censusAt int64
	letters  []gossipLetter
}

// holdsDead reports whether a member's memberlist says at present that another is dead.
func (w *world) holdsDead(member, other model.RegionID) bool {
	dead, back := w.gossip.deadAt[member][other], w.gossip.backAt[member][other]
	return dead != 0 && dead <= w.now && (back == 0 || w.now < back)
}

// reached returns the voters that a member reaches, over others where it must: one that somebody
// still reaches is not dead, since others are asked to probe it, and since it hears what is said
// of it and refutes it.
func (w *world) reached(member model.RegionID) model.RegionSet {
	set, next := model.RegionSet(0), model.RegionSet(0).With(member)
	for next != set {
		set = next
		for r := range model.RegionID(w.regions) {
			if set.Has(r) {
				next |= w.net.component(r, w.policy.Voters)
			}
		}
	}
	return set
}

// gossipAbout follows a change of the network: who has lost contact will be held dead after a
// while, and who is within reach again will be heard of.
func (w *world) gossipAbout() {
	before := w.gossip.up
	w.gossip.up = 0
	for r := range model.RegionID(w.regions) {
		if w.policy.Voters.Has(r) && w.net.agent(r) {
			w.gossip.up = w.gossip.up.With(r)
		}
	}
	booted := w.gossip.up &^ before
	for member := range model.RegionID(w.regions) {
		if w.gossip.up.Has(member) {
			w.gossipOf(member, booted)
		}
	}
}

// gossipOf brings one member up to date. A member that has just started knows nobody but whom it
// reaches.
func (w *world) gossipOf(member model.RegionID, booted model.RegionSet) {
	reached := w.reached(member)
	for other := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(other) || other == member {
			continue
		}
		dead, back := &w.gossip.deadAt[member][other], &w.gossip.backAt[member][other]
		if *back != 0 && *back <= w.now {
			*dead, *back = 0, 0
		}
		switch {
		case !reached.Has(other) && booted.Has(member):
			*dead, *back = w.now, 0
		case !reached.Has(other) && *dead == 0:
			w.rumour(reached, other)
		case !reached.Has(other):
			*back = 0
		case *dead > w.now:
			*dead = 0 // It refutes the suspicion.
		case *dead != 0 && *back == 0:
			*back = w.now + w.rejoin(member, other, booted)
		}
	}
}

// rumour is what those that talk to each other find out about one that they have lost.
func (w *world) rumour(among model.RegionSet, subject model.RegionID) {
	gone := w.policy.Voters &^ among
	profile := wanProfile()
	w.suspects(among, gone, subject, &profile, func(member model.RegionID, after int64) {
		if w.gossip.deadAt[member][subject] == 0 {
			w.gossip.deadAt[member][subject] = w.now + after
		}
	})
}

// rejoin is how long it takes until a member hears of another that is within reach again. One that
// has just started joins at once, with a handshake and what it has to say: one and a half round
// trips. Otherwise somebody has to try.
func (w *world) rejoin(member, other model.RegionID, booted model.RegionSet) int64 {
	join := int64(w.scenario.Latency[member][other]) * 3 / 2
	if booted.Has(member) || booted.Has(other) {
		return join
	}
	first, second := min(member, other), max(member, other)
	key := ordinalKey(w.trigger, int(first)*model.MaxRegions+int(second))
	return join + int64(float64(reconnectEvery)*w.src.keyed(gossipReturn, key, 0))
}

// awaitCensus asks for a census when the leader's memberlist will say something new.
func (w *world) awaitCensus() {
	at := never
	leader := w.raft.leader
	for r := range model.RegionID(w.regions) {
		for _, next := range [...]int64{w.gossip.deadAt[leader][r], w.gossip.backAt[leader][r]} {
			if next > w.now {
				at = min(at, next)
			}
		}
	}
	if at != never && at != w.gossip.censusAt {
		w.gossip.censusAt = at
		w.push(at, evCensus, 0, 0, 0)
	}
}

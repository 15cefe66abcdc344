package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// gossipProfile is a configuration of memberlist. The names are those of its Config.
type gossipProfile struct {
	probeInterval, probeTimeout, gossipInterval int64
	// suspicionMult is the shortest suspicion, and suspicionMaxMult the longest, in terms of that.
	suspicionMult, suspicionMaxMult int
	// indirectChecks members are asked to probe too, gossipNodes are told in each round, and a piece
	// of gossip is sent retransmitMult times for each power of ten of the members.
	indirectChecks, gossipNodes, retransmitMult int
	// awarenessMax bounds by what a member that finds itself slow multiplies its probe's deadline.
	awarenessMax int
}

// wanProfile is DefaultWANConfig of memberlist v0.6.0 (config.go).
func wanProfile() gossipProfile {
	return gossipProfile{
		probeInterval: int64(5 * time.Second), probeTimeout: int64(3 * time.Second),
		gossipInterval: int64(500 * time.Millisecond), suspicionMult: 6, suspicionMaxMult: 6,
		indirectChecks: 3, gossipNodes: 4, retransmitMult: 4, awarenessMax: 8,
	}
}

// rumour plays memberlist's failure detection from the moment at which a group of members has lost
// all contact with another, until all of them hold that one dead, by the rules of its probeNode,
// suspectNode, deadNode and gossip (state.go), suspicion.go and awareness.go:
//
//   - A member probes one other in each interval, all of them in each cycle, in an order that is
//     shuffled for each cycle. A probe that fails takes the whole interval, and longer when others
//     that were asked to help did not say in time that they had failed too.
//   - Who hears of a suspicion for the first time begins one of its own. It ends after
//     suspicionMult * max(1, log10 n) intervals. Where enough members exist to confirm it, it ends
//     after up to suspicionMaxMult times as long, the later the fewer have confirmed it.
//   - Who is through says that the subject is dead, and whoever hears of that believes it.
//
// What is left out: gossip on the back of probes, the exchange of whole states once a minute, and
// that the subject may still refute what is said while it is within reach again.
type rumour struct {
	w       *world
	profile gossipProfile
	key     uint64
	subject model.RegionID
	// among are the members that still talk to each other, gone all that they have lost.
	among, gone model.RegionSet
	// unsure are those of them that do not hold the subject dead yet.
	unsure model.RegionSet
	known  int
	// first is when the first member suspected the subject.
	first     int64
	gossipers [model.MaxRegions]gossiper
	letters   []gossipLetter
}

// gossiper is one member.
type gossiper struct {
	// probeAt is its next probe, or the end of the failing one that runs; turn counts them.
	probeAt int64
	failing model.RegionID
	turn    int32
	// score is by how much it finds itself slow.
	score int
	// since is when it began to suspect the subject, expires when it will hold it dead, and from who
	// said so first or confirmed it. A member without a suspicion has since never.
	since, expires int64
	from           model.RegionSet
	// tells is what it has to tell, left how often still, gossipAt when it does next.
	tells    gossipLetter
	left     int
	gossipAt int64
	rounds   int32
	dead     bool
}

// gossipLetter says that from suspects the subject, or that it is dead.
type gossipLetter struct {
	at       int64
	to, from model.RegionID
	dead     bool
}

// maxGossipSteps bounds a rumour. One among eight members takes some hundred.
const maxGossipSteps = 100_000

// suspects plays a rumour and calls heard with each member that holds the subject dead, and how
// long after the loss. It returns how long after that the first suspicion was.
func (w *world) suspects(
	among, gone model.RegionSet, subject model.RegionID, profile *gossipProfile,
	heard func(member model.RegionID, after int64),
) (suspected int64) {
	g := rumour{
		w: w, profile: *profile, key: ordinalKey(w.trigger, int(subject)), subject: subject,
		among: among, gone: gone, unsure: among, known: among.Count() + gone.Count(), first: never,
		letters: w.gossip.letters[:0],
	}
	for r := range model.RegionID(w.regions) {
		if among.Has(r) {
			g.gossipers[r] = g.newcomer(r)
		}
	}
	for range maxGossipSteps {
		if !g.step(heard) {
			break
		}
	}
	w.gossip.letters = g.letters[:0]
	return g.first
}

// draw is a number in [0, 1) for a member.
func (g *rumour) draw(name stream, r model.RegionID, place int32) float64 {
	return g.w.src.keyed(name, ordinalKey(g.key, int(r)), int(place))
}

// newcomer is a member at the moment of the loss: anywhere in its probe interval and its cycle. A
// probe that was under way and has not arrived fails too.
func (g *rumour) newcomer(r model.RegionID) gossiper {
	trip := int64(g.w.scenario.Latency.OneWay(r, g.subject))
	return gossiper{
		probeAt: int64(float64(g.profile.probeInterval)*g.draw(gossipPhase, r, 0)) - trip,
		turn:    int32(float64(g.known-1) * g.draw(gossipPhase, r, 1)),
		failing: model.NoRegion, since: never, expires: never, gossipAt: never,
	}
}

// step plays what comes next. It is false when every member holds the subject dead.
func (g *rumour) step(heard func(member model.RegionID, after int64)) bool {
	who, at, which := model.NoRegion, int64(never), 0
	for left := g.unsure; left != 0; left = left.Without(left.First()) {
		r := left.First()
		m := &g.gossipers[r]
		if m.expires < at {
			who, at, which = r, m.expires, 0
		}
		if m.probeAt < at {
			who, at, which = r, m.probeAt, 1
		}
	}
	for left := g.among; left != 0; left = left.Without(left.First()) {
		if r := left.First(); g.gossipers[r].gossipAt < at {
			who, at, which = r, g.gossipers[r].gossipAt, 2
		}
	}
	letter := -1
	for i := range g.letters {
		if g.letters[i].at <= at {
			letter, at = i, g.letters[i].at
		}
	}
	switch {
	case letter >= 0:
		l := g.letters[letter]
		g.letters[letter] = g.letters[len(g.letters)-1]
		g.letters = g.letters[:len(g.letters)-1]
		g.hear(&l, heard)
	case who == model.NoRegion:
		return false
	case which == 0:
		g.hear(&gossipLetter{at: at, to: who, from: who, dead: true}, heard)
	case which == 1:
		g.probe(who, at)
	default:
		g.tell(who, at)
	}
	return g.unsure != 0
}

// confirmations is how many of them end a suspicion early: none where there are too few members.
func (g *rumour) confirmations() int {
	if k := g.profile.suspicionMult - 2; g.known-2 >= k {
		return k
	}
	return 0
}

// probe is a member's turn to probe, or the end of one that fails. Once it suspects the subject and
// nobody's confirmation counts, its probes change nothing any more.
func (g *rumour) probe(r model.RegionID, now int64) {
	m := &g.gossipers[r]
	if m.failing.Valid() {
		if m.failing == g.subject {
			g.suspect(r, r, now)
		}
		m.score += g.unheard(r)
		m.score = min(m.score, g.profile.awarenessMax-1)
		m.failing = model.NoRegion
	}
	if m.since != never && g.confirmations() == 0 {
		m.probeAt = never
		return
	}
	target := g.target(r, m.turn)
	m.turn++
	if !g.gone.Has(target) {
		m.score = max(m.score-1, 0)
		m.probeAt = now + g.profile.probeInterval
		return
	}
	m.failing = target
	m.probeAt = now + g.profile.probeInterval*int64(m.score+1)
}

// target is whom a member probes: the others in an order of each cycle.
func (g *rumour) target(r model.RegionID, turn int32) model.RegionID {
	others := int32(g.known - 1)
	cycle, place := turn/others, int(turn%others)
	order := g.shuffled(r, (g.among | g.gone).Without(r), gossipOrder, cycle)
	return order[place]
}

// shuffled puts regions in an order drawn for a member and a place.
func (g *rumour) shuffled(
	r model.RegionID, set model.RegionSet, name stream, place int32,
) (order [model.MaxRegions]model.RegionID) {
	n := 0
	for other := range model.RegionID(g.w.regions) {
		if set.Has(other) {
			at := int(float64(n+1) * g.draw(name, r, place*model.MaxRegions+int32(n)))
			order[n] = order[at]
			order[at] = other
			n++
		}
	}
	return order
}

// unheard is how much slower a member finds itself after a probe that failed: by one for each
// member that was asked to probe too and did not say in time that it had failed, and by one when
// there was nobody to ask. Those say so once their own probe has timed out, after that of who
// asked.
func (g *rumour) unheard(r model.RegionID) int {
	m := &g.gossipers[r]
	helpers := g.among.Without(r)
	if helpers == 0 {
		return 1
	}
	deadline := g.profile.probeInterval * int64(m.score+1)
	silent := 0
	order := g.shuffled(r, helpers, gossipHelpers, m.turn)
	for _, helper := range order[:min(g.profile.indirectChecks, helpers.Count())] {
		if 2*g.profile.probeTimeout+int64(g.w.scenario.Latency[r][helper]) > deadline {
			silent++
		}
	}
	return silent
}

// suspect is a member that hears, or finds out, that another suspects the subject.
func (g *rumour) suspect(r, from model.RegionID, now int64) {
	m := &g.gossipers[r]
	k := g.confirmations()
	shortest := g.shortest()
	switch {
	case m.dead:
		return
	case m.since == never:
		m.since, m.from = now, model.RegionSet(0).With(from)
		g.first = min(g.first, now)
		m.expires = now + shortest
		if k > 0 {
			m.expires = now + shortest*int64(g.profile.suspicionMaxMult)
		}
	case m.from.Has(from) || m.from.Count() > k:
		return
	default:
		m.from = m.from.With(from)
		longest := float64(shortest) * float64(g.profile.suspicionMaxMult)
		share := math.Log(float64(m.from.Count())) / math.Log(float64(k+1))
		lasts := max(int64(longest-share*(longest-float64(shortest))), shortest)
		m.expires = max(m.since+lasts, now)
	}
	g.spread(r, gossipLetter{from: from}, now)
}

// shortest is suspicionTimeout of the library's util.go, with the thousandths to which it rounds.
func (g *rumour) shortest() int64 {
	scale := max(1, math.Log10(float64(g.known)))
	return int64(g.profile.suspicionMult) * int64(scale*1000) * g.profile.probeInterval / 1000
}

// hear is a letter that arrives, or a suspicion that ends.
func (g *rumour) hear(l *gossipLetter, heard func(member model.RegionID, after int64)) {
	m := &g.gossipers[l.to]
	switch {
	case !l.dead:
		g.suspect(l.to, l.from, l.at)
	case !m.dead:
		m.dead, m.probeAt, m.expires = true, never, never
		g.unsure = g.unsure.Without(l.to)
		heard(l.to, l.at)
		g.spread(l.to, *l, l.at)
	}
}

// spread has a member tell the others something, instead of what it told before. Its rounds of
// gossip go on all the time; only those with something to tell are played.
func (g *rumour) spread(r model.RegionID, l gossipLetter, now int64) {
	m := &g.gossipers[r]
	m.tells = l
	m.left = g.profile.retransmitMult * int(math.Ceil(math.Log10(float64(g.known+1))))
	if m.gossipAt == never {
		phase := int64(float64(g.profile.gossipInterval) * g.draw(gossipPhase, r, 2))
		m.gossipAt = now + g.profile.gossipInterval - (now+phase)%g.profile.gossipInterval
	}
}

// tell is a round of gossip: a few members drawn from all that are not known to be dead for long,
// the lost ones among them.
func (g *rumour) tell(r model.RegionID, now int64) {
	m := &g.gossipers[r]
	order := g.shuffled(r, (g.among | g.gone).Without(r), gossipHearers, m.rounds)
	m.rounds++
	for _, other := range order[:min(g.profile.gossipNodes, g.known-1)] {
		if m.left == 0 {
			break
		}
		m.left--
		if g.among.Has(other) && g.w.net.talks(r, other) {
			l := m.tells
			l.at, l.to = now+int64(g.w.scenario.Latency.OneWay(r, other)), other
			g.letters = append(g.letters, l)
		}
	}
	m.gossipAt = now + g.profile.gossipInterval
	if m.left == 0 {
		m.gossipAt = never
	}
}

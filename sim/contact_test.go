package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// lead begins what a leader says to its followers, the first time some time after it began to lead.
func (p *pulses) lead() {
	w := p.w
	for r := range model.RegionID(w.regions) {
		if r == w.raft.leader || !w.policy.Voters.Has(r) {
			continue
		}
		for kind := range wordCount {
			s := w.wordsTo(r, kind)
			p.words[r][kind] = s
			first := nextTick(w.now, s.every, s.phase)
			p.push(first, pulseWord, uint8(r), uint8(kind), int(w.raft.term))
		}
	}
}

// say is a word to a follower, which hears it if it is in reach, and has the next one follow. What
// belongs to an earlier term is not said any more.
func (p *pulses) say(r model.RegionID, kind word, term int32) {
	w := p.w
	if term != w.raft.term {
		return
	}
	if w.leads() && w.net.talks(w.raft.leader, r) {
		w.hearWord(r, w.now)
	}
	p.push(w.now+p.words[r][kind].every, pulseWord, uint8(r), uint8(kind), int(term))
}

// listened plays a world to its end, and returns when each region had heard of a leader last, at
// each moment at which one fell silent and at the end.
func listened(t testing.TB, w *world) (contacts [][model.MaxRegions]int64) {
	t.Helper()
	w.load()
	for silentAt := w.raft.silentAt; w.step(); {
		if w.raft.silentAt != silentAt {
			silentAt, contacts = w.raft.silentAt, append(contacts, w.contact)
		}
	}
	if w.events > MaxEvents {
		t.Fatalf("more than %d events", MaxEvents)
	}
	w.finale()
	w.heardWords(w.heard)
	return append(contacts, w.contact)
}

// firstLeader is who leads at the start of a trial of a scenario.
func firstLeader(t *testing.T, s *model.Scenario, seed uint64) model.RegionID {
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
	w.begin(newSource(seed, 0), nil)
	return w.raft.leader
}

// At a random moment, a follower has last heard of its leader the younger of two ages ago, each of
// which is anywhere in its schedule, in whatever tenure.
func TestTheLastContactIsAnywhereInTwoSchedules(t *testing.T) {
	w := mesh(t, 3, 2*time.Second, seedOf(t))
	var ages sample
	for i := range 4000 {
		w.begin(newSource(seedOf(t), i), nil)
		w.raft.leader, w.raft.tenure = home, uint64(i%2)
		w.now += int64(time.Duration(i) * time.Millisecond)
		w.silence()
		way := int64(w.scenario.Latency.OneWay(home, witness))
		ages = append(ages, time.Duration(w.now+way-w.contact[witness]).Seconds())
	}
	// The integral of (1-x/a)(1-x/b) from 0 to a: round trips of 80 ms, and 75 and 300 ms.
	const a, b = 0.155, 0.380
	near(t, "mean age", ages.mean(), a/2-a*a/6/b, ages.standardError())
	near(t, "share older than 0.1 s", ages.share(0.1), (1-0.1/a)*(1-0.1/b),
		math.Sqrt(0.26*0.74/float64(len(ages))))
}

// share is how many of a sample are above a bound.
func (s sample) share(bound float64) float64 {
	above := 0
	for _, x := range s {
		if x > bound {
			above++
		}
	}
	return float64(above) / float64(len(s))
}

// A follower that was cut off from its leader hears nothing before the next word. Where the leader
// is lost before that, it has stood in vain since the cut, in both ways of playing.
func TestWhoWasCutOffHearsNothingBeforeTheNextWord(t *testing.T) {
	const cutAt, healed = time.Minute, 11 * time.Minute
	stale, fresh := 0, 0
	for i := range 40 {
		seed := seedOf(t) + uint64(i)
		s := unaligned(estate())
		leader := firstLeader(t, s, seed)
		follower := (leader + 1) % model.RegionID(len(s.Regions))
		cut(s, leader, follower, cutAt, healed-cutAt)
		lose(s, leader, healed+time.Duration(i)*5*time.Millisecond, time.Hour)
		strategy := strategyOf(t, s, model.HotStandby)
		lazy, eager, _ := playBoth(t, s, strategy, seed, timelineOutages(nil, s), time.Hour)
		if different := difference(&lazy, &eager); different != "" {
			t.Errorf("seed %d: %s", seed, different)
		}
		at := time.Duration(lazy.Contacts[0][follower] - warmup)
		switch {
		case at > cutAt-time.Second && at < cutAt+time.Second:
			stale++
		case at > healed:
			fresh++
		default:
			t.Errorf("seed %d: heard last at %s, want before %s or after %s", seed, at, cutAt, healed)
		}
	}
	if stale < 5 || fresh < 5 {
		t.Errorf("%d had heard nothing since the cut and %d had, want 5 of each", stale, fresh)
	}
}

// A new leader is heard of as it begins to lead, though it falls silent before its first word in
// turn.
func TestANewLeaderIsHeardOfAtOnce(t *testing.T) {
	const lostAt = time.Minute
	atOnce, later := 0, 0
	for i := range 40 {
		seed := seedOf(t) + uint64(i)
		s := enlarged(unaligned(estate()), roundTrip, "a", "b")
		first := firstLeader(t, s, seed)
		lose(s, first, lostAt, time.Hour)
		strategy := strategyOf(t, s, model.HotStandby)
		w := newTestWorld(t, s, strategy, time.Hour)
		w.begin(newSource(seed, 0), timelineOutages(nil, s))
		w.load()
		for w.step() && (w.raft.leader == first || !w.leads()) {
			continue
		}
		second, since := w.raft.leader, time.Duration(w.now-warmup)
		silent := since + time.Duration(i)*5*time.Millisecond + 1
		lose(s, second, silent, time.Hour)
		lazy, eager, _ := playBoth(t, s, strategy, seed, timelineOutages(nil, s), time.Hour)
		if different := difference(&lazy, &eager); different != "" {
			t.Errorf("seed %d: %s", seed, different)
		}
		for r := range model.RegionID(len(s.Regions)) {
			heard := time.Duration(lazy.Contacts[1][r] - warmup)
			sent := heard - s.Latency.OneWay(second, r)
			switch {
			case r == first:
			case r == second:
				if heard != silent {
					t.Errorf("seed %d: the leader missed itself at %s, want %s", seed, heard, silent)
				}
			case sent == since:
				atOnce++
			case sent > since && sent < silent:
				later++
			default:
				t.Errorf("seed %d: region %d heard last what was sent at %s, want %s or later, before %s",
					seed, r, sent, since, silent)
			}
		}
	}
	if atOnce < 10 || later < 10 {
		t.Errorf("%d heard of the begin last and %d of more, want 10 of each", atOnce, later)
	}
}

package failover_test

import (
	"fmt"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// losses are what may stay dead when the faults stop: nothing, or one region.
var losses = [...]model.RegionSet{0, regions(0), regions(1)}

// mends reports whether all can come to rest under a policy while some regions stay dead: nothing
// but its own guard, or its lease, ends the writes of a dead region.
func mends(p *failover.Policy, dead model.RegionSet) bool { return dead == 0 || p.Guarded != 0 }

// comesToRest lets the faults stop in a state of a walk: all of them, or all but the loss of one
// region. The ledger is kept meanwhile, and after that time all is as it should be.
func comesToRest(t *testing.T, w *walk, s *failover.State, place int32) {
	t.Helper()
	p := w.c.under(s)
	for _, dead := range losses {
		if !mends(p, dead) {
			continue
		}
		l := &log{t: t, policy: *p, state: *s}
		l.ledger.open(p, s)
		heal(l, dead)
		if problem := unrest(p, &l.state, dead); problem != "" {
			t.Fatalf("with %b dead: %s\nfrom %s\nto %s\n%s", dead, problem, portrait(p, s),
				portrait(p, &l.state), w.path(place, nil))
		}
	}
}

// A resting place says of every state of a walk that it comes to rest when the faults stop. What is
// known of a state on the way there holds for all that lead to it, so that few are gone all the
// way. What is safe is for the edges of the walk to show, and for comesToRest on the way to rest.
type restingPlace struct {
	c    *configuration
	dead model.RegionSet
	// rounds are how many units of time the known states are away from one that stays as it is.
	rounds map[fingerprint]uint8
	way    []fingerprint
	log    log
	buffer codec
}

// restingPlaces has one for each loss that can be mended.
func restingPlaces(t testing.TB, c *configuration) (all []*restingPlace) {
	for _, dead := range losses {
		if mends(&c.policy, dead) {
			all = append(all, &restingPlace{
				c: c, dead: dead, rounds: map[fingerprint]uint8{}, log: log{t: t, unchecked: true},
			})
		}
	}
	return all
}

// from lets the faults stop in a state, and says what is wrong with what becomes of it.
func (r *restingPlace) from(s *failover.State) string {
	l := &r.log
	l.policy, l.state = *r.c.under(s), *s
	die(l, r.dead)
	r.way = r.way[:0]
	for {
		r.c.canonical(&l.state)
		r.buffer.bytes = r.buffer.bytes[:0]
		r.buffer.moment(r.c, &l.state, &history{})
		is := fingerprintOf(r.buffer.bytes)
		left, known := r.rounds[is]
		stays := len(r.way) > 0 && r.way[len(r.way)-1] == is
		switch problem := unrest(&l.policy, &l.state, r.dead); {
		case known, stays && problem == "":
			return r.remember(left)
		case stays:
			return problem
		case len(r.way) > healRounds:
			return "it goes on and on: " + problem
		}
		r.way = append(r.way, is)
		healOnce(l, r.dead)
	}
}

// remember notes how far the states on the way are from rest, the last of them so many rounds more
// than what it led to.
func (r *restingPlace) remember(left uint8) string {
	for i := len(r.way) - 1; i >= 0; i-- {
		left++
		r.rounds[r.way[i]] = left
	}
	if left > healRounds {
		return fmt.Sprintf("it takes %d units of time", left)
	}
	return ""
}

// allRest has every state that a walk visits come to rest.
func allRest(t *testing.T, w *walk) {
	places, visit := restingPlaces(t, w.c), w.visit
	w.visit = func(s *failover.State, place int32) {
		visit(s, place)
		for _, rest := range places {
			if problem := rest.from(s); problem != "" {
				t.Fatalf("with %b dead: %s\nfrom %s\nto %s\n%s", rest.dead, problem,
					portrait(&w.c.policy, s), portrait(&w.c.policy, &rest.log.state), w.path(place, nil))
			}
		}
	}
}

// TestWhatNeverRestsIsSeen has the primary of a store that no guard keeps stay dead: its fence is
// waited for without an end, and the walk has to see that it is.
func TestWhatNeverRestsIsSeen(t *testing.T) {
	c := configurationOf("three-regions-unguarded")
	s := c.start(t)
	for _, dead := range losses {
		rest := restingPlaces(t, &c)[0]
		rest.dead = dead
		problem := rest.from(&s)
		if again := rest.from(&s); again != problem {
			t.Errorf("with %b dead: got %q, and %q the second time", dead, problem, again)
		}
		if lost := dead.Has(0); lost != (problem != "") {
			t.Errorf("with %b dead: got %q", dead, problem)
		}
	}
}

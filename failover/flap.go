package failover

import (
	"fmt"
	"time"

	"redoubt/model"
)

// Flap is how often a region has come and gone, after RFC 2439 (BGP route flap damping): each
// return from a failure adds a penalty, which halves with every half-life. A region is unsteady
// from a limit on, until the penalty has fallen below a second, lower one.
type Flap struct {
	// At is when the region returned last, 0 when it never did; Up is since when it is known to be up
	// again without a break, and 0 while nobody knows that, or the policy does not ask.
	At, Up Instant
	// Score is the penalty at At.
	Score uint32
	// Down says that a quorum has seen the region down, and that it has not been known to be up since,
	// Unsteady that the limit was reached.
	Down, Unsteady bool
}

// The penalty of one return, and what is left of it for each return that the policy names when a
// region is steady again. RFC 2439's figures as routers have them: suppressed near 2000, used again
// at 750.
const (
	flapPenalty = 1000
	flapReuse   = 375
)

// flapMax bounds a score, so that a region that flapped for days is used again within some
// half-lives.
const flapMax = 16 * flapPenalty

// decayed is the penalty that is left after some time: halved for each half-life, and falling in a
// straight line between two halvings, so that integers suffice and every machine agrees.
func decayed(score uint32, age, half time.Duration) uint32 {
	if half <= 0 {
		return 0
	}
	age = max(age, 0) // A return at the log's very beginning is noted as one nanosecond later.
	halvings := age / half
	if halvings >= 32 {
		return 0
	}
	score >>= uint(halvings)
	rest := uint64(age % half)
	return score - uint32(uint64(score/2)*(rest>>10)/(uint64(half)>>10+1))
}

// flapLimit is the penalty from which a region is unsteady. It lies half a return below as many as
// the policy names, since all but the last have decayed a little when that one comes.
func (p *Policy) flapLimit() uint32 { return uint32(p.FlapLimit)*flapPenalty - flapPenalty/2 }

// steadyBelow is the penalty below which it is steady again.
func (p *Policy) steadyBelow() uint32 { return uint32(p.FlapLimit) * flapReuse }

// unsteady reports whether a region has come and gone too often of late to be relied on.
func (p *Policy) unsteady(s *State, r model.RegionID) bool {
	f := &s.Flaps[r]
	if p.FlapLimit == 0 || !f.Unsteady {
		return false
	}
	return decayed(f.Score, s.Now.Sub(f.At), p.FlapHalfLife) >= p.steadyBelow()
}

// restless reports whether a region is unsteady, and has not been back for a cooldown since it came
// last: a quorum has seen it down in that time. Longer than that nobody waits for it who has nobody
// else: the penalty may last for days, and what was lost is lost for as long.
func (p *Policy) restless(s *State, r model.RegionID) bool {
	return p.unsteady(s, r) && (s.Flaps[r].Down || s.Now < p.restedAt(s, r))
}

// away are the regions that were lost and are not known to be back, as far as anybody counts that.
func (s *State) away() (regions model.RegionSet) {
	for r := range model.RegionID(model.MaxRegions) {
		if s.Flaps[r].Down {
			regions = regions.With(r)
		}
	}
	return regions
}

// restedAt is when an unsteady region will have been back for a cooldown, if it is not lost before.
func (p *Policy) restedAt(s *State, r model.RegionID) Instant {
	return s.Flaps[r].At.Add(p.Cooldown)
}

// watchFlaps counts the regions that a quorum has seen down and that are known to be up again, and
// reports whether there is one. Silence is no return; one observer's word is, if nobody says
// otherwise: where another region is lost there may be no more than one to say it.
func (p *Policy) watchFlaps(s *State, suspects model.RegionSet) (returned bool) {
	if p.FlapLimit == 0 && p.StableFor == 0 {
		return false
	}
	for left := p.Workload; left != 0; left = left.Without(left.First()) {
		r := left.First()
		f := &s.Flaps[r]
		if !f.Down {
			f.Down = suspects.Has(r) && p.regionDown(s, r)
			continue
		}
		if !p.EvidenceOn(s, r).SeenUp() {
			continue
		}
		f.Down, returned = false, true
		if p.FlapLimit != 0 {
			left := decayed(f.Score, s.Now.Sub(f.At), p.FlapHalfLife)
			f.Unsteady = p.unsteady(s, r)
			f.Score = min(left+flapPenalty, flapMax)
			f.Unsteady = f.Unsteady || f.Score >= p.flapLimit()
		}
		f.At = max(s.Now, 1) // 0 stands for never.
	}
	return returned
}

// watchReturned notes since when each region that has returned is known to be up. It looks before
// an event and after it, so that a silence which an event ends is not overlooked: it may hide
// anything, and the time begins anew, as that of a hold-down does.
func (p *Policy) watchReturned(s *State) {
	if p.StableFor == 0 {
		return
	}
	for left := p.Workload; left != 0; left = left.Without(left.First()) {
		switch f := &s.Flaps[left.First()]; {
		case f.At == 0:
		case f.Down || !p.EvidenceOn(s, left.First()).SeenUp():
			f.Up = 0
		case f.Up == 0:
			f.Up = max(s.Now, 1)
		}
	}
}

// StableAt is when a region has been back for as long as it must have been before something returns
// to it: known to be up without a break, since its return. It is later than any
// log while nobody knows that.
func (p *Policy) StableAt(s *State, r model.RegionID) Instant {
	switch f := &s.Flaps[r]; {
	case p.StableFor == 0 || f.At == 0 && !f.Down:
		return 0
	case f.Up == 0:
		return InstantMax
	default:
		return f.Up.Add(p.StableFor)
	}
}

// stableText says what a return to a region waits for, "" when it need not.
func (p *Policy) stableText(s *State, r model.RegionID, name Names) string {
	switch at := p.StableAt(s, r); {
	case s.Now >= at || s.Flaps[r].Down:
		return ""
	case at == InstantMax:
		return fmt.Sprintf("nothing returns to it, as nobody knows it to be up: the %s for which it has "+
			"to be begin anew then", span(int64(p.StableFor)))
	default:
		return fmt.Sprintf("nothing returns to it before it has been known to be up for %s, %s",
			span(int64(p.StableFor)), name.at(at, s.Now))
	}
}

// steadyAgain is when a region that is unsteady will no longer be, should it stay as it is.
func (p *Policy) steadyAgain(s *State, r model.RegionID) Instant {
	low, high := s.Now, s.Flaps[r].At.Add(32*p.FlapHalfLife)
	for high-low > 1 {
		middle := low + (high-low)/2
		later := decayed(s.Flaps[r].Score, middle.Sub(s.Flaps[r].At), p.FlapHalfLife)
		if later >= p.steadyBelow() {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

package failover

import (
	"fmt"
	"strings"
	"time"

	"redoubt/model"
)

// Excuse says why a region was not chosen to take over.
type Excuse uint8

// The excuses, in the order of the wishes that a candidate has to meet.
const (
	// NoCandidate is for the region that is left, and those that may never take over.
	NoCandidate Excuse = iota
	// Chosen is none: this is the target.
	Chosen
	// SeenDown means that a quorum sees the region down.
	SeenDown
	// Unlawful means that it may not hold some store's data.
	Unlawful
	// NotReady means that it lacks something, or that nobody knows.
	NotReady
	// Gone means that its agent is not heard of, so that nobody could promote it; where only traffic
	// moves, it falls out for that only beside another that could take over as well.
	Gone
	// HasDiverged means that its copy is not a replica: it was left, and not rewound since.
	HasDiverged
	// Tainted means that people have declared corrupted data or a security incident there.
	Tainted
	// Unsteady means that it has come and gone too often of late. One that was back for a cooldown
	// since, or that is back where traffic gets to nobody, falls out for that only beside another
	// that could take over as well.
	Unsteady
	// TooMuchAtRisk means that its data at risk exceeds the bound, or is not known.
	TooMuchAtRisk
	// JustCaughtUp means that its copy has not kept up for a hold-down since a quorum sees down whom
	// it follows.
	JustCaughtUp
	// TooSmall means that it could not carry the load.
	TooSmall
	// Ailing means that people have declared something else there.
	Ailing
	// Resting means that it was part of a recent transition.
	Resting
	// LessFresh means that another one loses less.
	LessFresh
	// LaterInOrder means that an equal one comes before it in the scenario.
	LaterInOrder
	excuseCount
)

var excuseTexts = [excuseCount]string{
	"is no candidate", "was chosen", "is seen down by a quorum",
	"may not hold the data", "does not have ready all that it needs",
	"has an agent that is not heard of", "holds a copy that was left and not rewound since",
	"has corrupted data or a security incident, as people have declared",
	"has come and gone too often of late",
	"would put too much data at risk, or nobody knows how much",
	"caught up less than a hold-down ago", "could not carry the load",
	"has a zone failure or a bad release, as people have declared",
	"was part of a recent transition", "would lose more than another one",
	"is as good, but comes later in the scenario",
}

// String gives the excuse as half a sentence, after the region's name.
func (x Excuse) String() string {
	if x < excuseCount {
		return excuseTexts[x]
	}
	return "unknown"
}

// choose picks who takes over. Among the candidates that no quorum sees down, one wish after the
// other leaves those that meet it, unless none does: then the gate of that wish will say so, and
// the next wish decides who it says it of. The first that is left in the scenario's order is the
// target. What no gate wants comes after all that one does: a region that could not take over would
// keep out one that can.
func (p *Policy) choose(s *State, v *Verdict) {
	var left, ready, within, young, carrying, rested model.RegionSet
	var risks [model.MaxRegions]time.Duration
	for among := p.Candidates.Without(v.Scope.Region); among != 0; among &= among - 1 {
		r := among.First()
		if p.unfit(s, v, r) {
			v.Excuses[r] = SeenDown
			continue
		}
		left = left.With(r)
		risk, known := p.dataAtRisk(s, v.Stores, r)
		if risks[r] = risk; !known {
			risks[r] = InstantMax.Sub(0)
		}
		if p.ready(s, r) == Pass {
			ready = ready.With(r)
		}
		if known && risk <= p.DataAtRiskMax {
			within = within.With(r)
		}
		if from, _ := p.keepsUpFrom(s, v, r); s.Now < from {
			young = young.With(r)
		}
		if p.carries(s, v, r) >= int64(p.CapacityMin) {
			carrying = carrying.With(r)
		}
		if !p.resting(s, v.Scope, r) {
			rested = rested.With(r)
		}
	}
	unsteady, restless, away := p.flapping(s, v)
	silent, stale := s.Silent, model.RegionSet(0)
	if !p.wantsAgent(v.Kind) {
		silent = 0
	}
	if v.Kind == Reroute && p.ServesReads {
		stale = p.unrewound(s)
	}
	for _, wish := range [...]struct {
		meet model.RegionSet
		why  Excuse
	}{
		{^p.unlawful(v.Stores), Unlawful},
		{ready, NotReady},
		{^silent, Gone},
		{^p.copies(s, v.Stores), HasDiverged},
		{^s.declared(taints), Tainted},
		{^away, Unsteady},
		{within, TooMuchAtRisk},
		{^young, JustCaughtUp},
		{carrying, TooSmall},
		{^stale, HasDiverged}, // No gate wants this, nor what follows.
		{^unsteady, Unsteady},
		{^restless, Unsteady},
		{^s.Silent, Gone},
		{^s.declared(causeEnd - 1), Ailing},
		{rested, Resting},
	} {
		left = v.narrow(left, wish.meet, wish.why)
	}
	left = v.narrow(left, freshest(left, &risks, p.EquallyFresh), LessFresh)
	v.pick(left)
}

// copies are the regions whose copy of some of the stores is not a replica.
func (p *Policy) copies(s *State, stores uint8) (diverged model.RegionSet) {
	for r := range model.RegionID(model.MaxRegions) {
		if p.unusable(s, stores, r) {
			diverged = diverged.With(r)
		}
	}
	return diverged
}

// unrewound are the regions that hold a copy which has to be rewound: who reads it may read what
// is nowhere else, and go-back sends nobody there.
func (p *Policy) unrewound(s *State) (regions model.RegionSet) {
	for r := range model.RegionID(model.MaxRegions) {
		if p.behind(s, r) != 0 {
			regions = regions.With(r)
		}
	}
	return regions
}

// flapping are the regions that are unsteady, those among them that were lost of late, and those
// that may not take over for that: of lost traffic, only who is not known to be back.
func (p *Policy) flapping(s *State, v *Verdict) (unsteady, restless, away model.RegionSet) {
	for r := range model.RegionID(model.MaxRegions) {
		if p.unsteady(s, r) {
			unsteady = unsteady.With(r)
		}
		if p.restless(s, r) {
			restless = restless.With(r)
		}
	}
	if away = restless; restless != 0 && p.getsNowhere(s, v) {
		away &= s.away()
	}
	return unsteady, restless, away
}

// getsNowhere reports whether a verdict is on traffic that gets to nobody once the region is lost
// that would be left: to no other one that serves.
func (p *Policy) getsNowhere(s *State, v *Verdict) bool {
	return v.Kind == Reroute && p.reachedAmong(s, s.Serving.Without(v.Scope.Region)) == 0
}

// unfit reports whether a quorum sees down what the plan would move to in a region.
func (p *Policy) unfit(s *State, v *Verdict, r model.RegionID) bool {
	if p.EvidenceOn(s, r).Failed() {
		return true
	}
	if p.partial() == 0 {
		return false // Nobody checks a part by itself.
	}
	for index := range scopeCount {
		scope := scopeAt(r, index)
		takes := scope.Part == OneStore && v.Stores>>scope.Store&1 == 1 ||
			scope.Part == Routing && v.Scope.Part != OneStore
		if takes && p.EvidenceFor(s, scope).Failed() {
			return true
		}
	}
	return false
}

// narrow leaves the regions that meet a wish, if any does, and notes why the others fell out.
func (v *Verdict) narrow(left, meet model.RegionSet, why Excuse) model.RegionSet {
	if left&meet == 0 {
		return left
	}
	for out := left &^ meet; out != 0; out &= out - 1 {
		v.Excuses[out.First()] = why
	}
	return left & meet
}

// freshest are the regions with no more at risk than the least of them and a difference that does
// not count.
func freshest(
	among model.RegionSet, risks *[model.MaxRegions]time.Duration, equal time.Duration,
) (fresh model.RegionSet) {
	least := InstantMax.Sub(0)
	for r := range model.RegionID(model.MaxRegions) {
		if among.Has(r) {
			least = min(least, risks[r])
		}
	}
	for r := range model.RegionID(model.MaxRegions) {
		if among.Has(r) && risks[r]-least <= equal {
			fresh = fresh.With(r)
		}
	}
	return fresh
}

// pick takes the first region that is left.
func (v *Verdict) pick(left model.RegionSet) {
	for r := range model.RegionID(model.MaxRegions) {
		if !left.Has(r) {
			continue
		}
		if v.Excuses[r] = LaterInOrder; v.Target == model.NoRegion {
			v.Target, v.Excuses[r] = r, Chosen
		}
	}
}

// Candidates tells why each region that could have taken over was chosen or not, one a line.
func (v *Verdict) Candidates(name Names) string {
	var b strings.Builder
	for r, excuse := range v.Excuses {
		if excuse != NoCandidate {
			fmt.Fprintf(&b, "%s %s\n", name.Region(model.RegionID(r)), excuse)
		}
	}
	return b.String()
}

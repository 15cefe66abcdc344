package failover

import (
	"math/bits"

	"redoubt/model"
)

// Part says how much of a region a decision is about.
type Part uint8

// The parts.
const (
	// Whole is the region with all that it runs.
	Whole Part = iota
	// OneStore is one store in it, while the region itself is up: the store is promoted elsewhere,
	// and the traffic stays.
	OneStore
	// Routing is only the way that traffic takes to it: the traffic leaves, and the stores stay.
	Routing
	partCount
)

// scopeCount is how many scopes each region has: itself, its stores, and the way to it.
const scopeCount = 2 + model.MaxStores

// Scope is what a decision is about.
type Scope struct {
	Region model.RegionID
	Part   Part
	// Store is which one, of a scope that is OneStore, and 0 otherwise.
	Store model.StoreID
}

// RegionScope is a whole region.
func RegionScope(r model.RegionID) Scope { return Scope{Region: r} }

// Text names the scope.
func (c Scope) Text(name Names) string {
	switch c.Part {
	case OneStore:
		return name.Store(c.Store) + " in " + name.Region(c.Region)
	case Routing:
		return "the way to " + name.Region(c.Region)
	case Whole, partCount:
	}
	return name.Region(c.Region)
}

// index is the scope's place among those of its region.
func (c Scope) index() int {
	switch c.Part {
	case OneStore:
		return 1 + int(c.Store)
	case Routing:
		return 1 + model.MaxStores
	case Whole, partCount:
	}
	return 0
}

// scopeAt is the scope of a region at an index.
func scopeAt(r model.RegionID, index int) Scope {
	switch {
	case index == 0:
		return Scope{Region: r}
	case index == 1+model.MaxStores:
		return Scope{Region: r, Part: Routing}
	}
	return Scope{Region: r, Part: OneStore, Store: model.StoreID(index - 1)}
}

// covers reports whether what happened to one scope happened to another one too: to a whole region,
// it happened to every part.
func (c Scope) covers(other Scope) bool {
	return c.Part == Whole || c.Part == other.Part && c.Store == other.Store
}

// checksOf are the checks that a scope is judged by, and how many of them must say down. Checks of
// a store or of the routing say nothing about the region.
func (p *Policy) checksOf(index int) (mask uint8, need int) {
	switch {
	case index == 0:
		return p.checkMask() &^ p.partial(), int(p.ChecksDown)
	case index == 1+model.MaxStores:
		mask = p.RoutingChecks
	default:
		mask = p.StoreChecks[index-1]
	}
	mask &= p.checkMask()
	return mask, min(int(p.ChecksDown), bits.OnesCount8(mask))
}

// partial are the checks that say something about a part of a region only.
func (p *Policy) partial() (mask uint8) {
	if p.StoreChecks == ([model.MaxStores]uint8{}) {
		return p.RoutingChecks // As it mostly is: asked many times for each event.
	}
	for _, checks := range p.StoreChecks {
		mask |= checks
	}
	return mask | p.RoutingChecks
}

// writes reports whether a region is the primary, or is to hold a store.
func (p *Policy) writes(s *State, r model.RegionID) bool {
	return r.Valid() && (r == s.Primary && !p.MultiWriter || p.storesOf(s, RegionScope(r)) != 0)
}

// storesOf are the stores that leaving a scope would move, one bit each.
func (p *Policy) storesOf(s *State, scope Scope) (stores uint8) {
	for i := range model.StoreID(p.Stores) {
		here := s.Writers[i] == scope.Region && scope.Part != Routing
		if here && (scope.Part == Whole || i == scope.Store) {
			stores |= 1 << i
		}
	}
	return stores
}

package failover

import (
	"time"

	"redoubt/model"
)

// These say anew, in the plainest way, what the observers say of a scope.

// up reports whether a majority of all voters says that a scope is up.
func up(p *Policy, s *State, scope Scope) bool {
	says := 0
	for left := p.Voters.Without(scope.Region); left != 0; left = left.Without(left.First()) {
		report := &s.Reports[left.First()][scope.Region]
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		known := false
		for check := range p.Checks {
			known = known || concerns(p, check, scope.index()) && report.Known>>check&1 == 1
		}
		if fresh && known && !saidDown(p, report, scope.index()) {
			says++
		}
	}
	return 2*says > p.Voters.Count()
}

// standsElse reports, in the plainest way, whether a region is up of which a part is down: a
// majority says so or, after two hold-downs in which one has said that the part is down, anybody
// does and no majority says that the whole region is.
func standsElse(p *Policy, s *State, part Scope) bool {
	whole := RegionScope(part.Region)
	if up(p, s, whole) {
		return true
	}
	return down(p, s, part, 2*p.HoldDown) && !down(p, s, whole, 0) && someUp(p, s, whole)
}

// someUp reports, in the plainest way, whether any voter says that a scope is up.
func someUp(p *Policy, s *State, scope Scope) bool {
	for observer := range s.Reports {
		report := &s.Reports[observer][scope.Region]
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != scope.Region
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		if !voter || !fresh || saidDown(p, report, scope.index()) {
			continue
		}
		for check := range p.Checks {
			if concerns(p, check, scope.index()) && report.Known>>check&1 == 1 {
				return true
			}
		}
	}
	return false
}

// known reports, in the plainest way, whether a region is known to be up.
func known(p *Policy, s *State, r model.RegionID) bool { return knownUp(p, s, RegionScope(r)) }

// knownUp reports, in the plainest way, whether a scope is known to be up: a majority of all voters
// says so, or one of them does and none says down.
func knownUp(p *Policy, s *State, scope Scope) bool {
	if up(p, s, scope) {
		return true
	}
	says, r, index := false, scope.Region, scope.index()
	for observer := range s.Reports {
		report := &s.Reports[observer][r]
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != r
		if !voter || report.Sequence == 0 || s.Now > report.At+Instant(p.StaleAfter) {
			continue
		}
		if saidDown(p, report, index) {
			return false
		}
		for check := range p.Checks {
			says = says || concerns(p, check, index) && report.Known>>check&1 == 1
		}
	}
	return says
}

// down reports, in the plainest way, whether a majority of all voters has been saying for that long
// that a scope is down.
func down(p *Policy, s *State, scope Scope, long time.Duration) bool {
	held := 0
	if !scope.Region.Valid() {
		return false
	}
	for left := p.Voters.Without(scope.Region); left != 0; left = left.Without(left.First()) {
		report := &s.Reports[left.First()][scope.Region]
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		since := report.Since[scope.index()]
		if fresh && saidDown(p, report, scope.index()) && s.Now >= since+Instant(long) {
			held++
		}
	}
	return 2*held > p.Voters.Count()
}

// saidDown reports, in the plainest way, whether a report says down of a scope, by its place.
func saidDown(p *Policy, report *Report, index int) bool {
	failing, all := 0, 0
	for check := range p.Checks {
		if !concerns(p, check, index) {
			continue
		}
		all++
		if report.Known>>check&1 == 1 && report.Down>>check&1 == 1 {
			failing++
		}
	}
	needed := int(p.ChecksDown)
	if index > 0 {
		needed = min(needed, all)
	}
	return all > 0 && failing >= needed
}

// concerns reports whether a check is one of those that a scope is judged by.
func concerns(p *Policy, check uint8, index int) bool {
	place := 0
	for i, checks := range p.StoreChecks {
		if checks>>check&1 == 1 {
			place = 1 + i
		}
	}
	if p.RoutingChecks>>check&1 == 1 {
		place = 1 + model.MaxStores
	}
	return place == index
}

// seenDown is down for the whole hold-down.
func seenDown(p *Policy, s *State, subject model.RegionID) bool {
	return down(p, s, RegionScope(subject), p.HoldDown)
}

// serves reports, in the plainest way, whether another region's fresh report has a deep check of a
// region succeed.
func serves(p *Policy, s *State, scope Scope) bool {
	for observer := range s.Reports {
		report := &s.Reports[observer][scope.Region]
		voter := p.Voters.Has(model.RegionID(observer)) && model.RegionID(observer) != scope.Region
		fresh := report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter)
		for check := range p.Checks {
			up := report.Known>>check&1 == 1 && report.Down>>check&1 == 0
			about := scope.Part == Whole || concerns(p, check, scope.index())
			if voter && fresh && up && about && p.Deep>>check&1 == 1 {
				return true
			}
		}
	}
	return false
}

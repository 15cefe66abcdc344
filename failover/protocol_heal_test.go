package failover_test

import (
	"fmt"

	"redoubt/failover"
	"redoubt/model"
)

// Once faults have stopped, a plan that still runs has to end, the last one may have to be undone,
// and each waits for a lease to end: everything has come to rest after so many ticks, and stays so
// for as many as rest.
const (
	mend = 24
	rest = 8
)

// heal lets the faults stop in a world, but for one region that is dead for good, NoRegion for
// none. From here on everybody does what the rules ask for, at once and in a fixed order. It
// returns what is wrong in the end, or nothing: exactly one store has to be writable, the
// primary's.
func (m *machine) heal(w world, dead model.RegionID) string {
	for r := range model.RegionID(2) {
		m.make(&w, move{kind: thaws, region: r})
	}
	if dead.Valid() {
		m.make(&w, move{kind: boots, region: dead})
	}
	for tick := range mend + rest {
		m.make(&w, move{kind: ticks})
		m.make(&w, move{kind: commits, entry: passed})
		m.healedReports(&w, dead)
		m.lastResort(&w, dead)
		for range 3 {
			for r := range model.RegionID(2) {
				if r != dead {
					m.diligent(&w, r)
				}
			}
			m.make(&w, move{kind: commits, entry: chores})
		}
		if problem := m.uneasy(&w, dead); problem != "" && tick >= mend {
			return fmt.Sprintf("after %d ticks without a fault %s: %+v", tick, problem, w)
		}
	}
	return ""
}

// healedReports has every voter that is left say what is so.
func (m *machine) healedReports(w *world, dead model.RegionID) {
	for r, which := range [...][2]entry{{up0, down0}, {up1, down1}} {
		said := which[0]
		if model.RegionID(r) == dead {
			said = which[1]
		}
		m.make(w, move{kind: commits, entry: said})
	}
}

// lastResort has people force what no gate lets by: a failover to a copy that was left before and
// not rewound since, when it is the only one.
func (m *machine) lastResort(w *world, dead model.RegionID) {
	s := &m.log.states[w.log]
	if !dead.Valid() || s.Primary != dead {
		return
	}
	v := m.log.policy.Explain(*s, failover.RegionScope(dead))
	if v.Obstacle == failover.HasDiverged {
		m.make(w, move{kind: commits, entry: force})
	}
}

// diligent has one region's agent and guard do all that they have to.
func (m *machine) diligent(w *world, r model.RegionID) {
	m.make(w, move{kind: asks, region: r})
	m.make(w, move{kind: fences, region: r})
	m.make(w, move{kind: stops, region: r})
	if m.holder(w) == r {
		m.make(w, move{kind: commits, entry: fence})
	}
	if m.log.states[w.log].Plan.Target == r {
		m.make(w, move{kind: commits, entry: claim, ticket: fresh})
	}
	if m.holder(w) == r {
		m.make(w, move{kind: commits, entry: renewal, ticket: fresh})
		m.make(w, move{kind: shows, region: r})
	}
	m.make(w, move{kind: receives, region: r})
	m.make(w, move{kind: finishes, region: r})
	opened := w.sites[r].database == open && w.sites[r].epoch == leased
	if opened && m.log.states[w.log].Plan.Target == r {
		m.make(w, move{kind: commits, entry: done})
	}
}

// uneasy says what is not as it should be once everything has come to rest.
func (m *machine) uneasy(w *world, dead model.RegionID) string {
	s := &m.log.states[w.log]
	switch {
	case w.sites[0].writable() && w.sites[1].writable():
		return "two stores are writable"
	case !w.sites[0].writable() && !w.sites[1].writable():
		return "no store is writable"
	case s.Plan.Kind != failover.NoPlan:
		return "a plan still runs"
	case s.Primary == dead:
		return "the primary is dead"
	case !w.sites[s.Primary].writable():
		return "the primary is not the writable one"
	}
	return ""
}

package failover_test

import (
	"fmt"

	"redoubt/failover"
	"redoubt/model"
)

// moveKind is one kind of thing that can happen.
type moveKind uint8

// The kinds of moves: of time, of the log, of the agents and of the guards. Those after boots
// belong to broken rules.
const (
	ticks moveKind = iota
	leads
	commits
	shows
	asks
	asksAlone
	receives
	finishes
	fences
	stops
	freezes
	thaws
	boots
	records
	showsUngranted
	showsRefused
	showsUnclaimed
	showsFormer
	means
	showsMeant
	fencesUnrecorded
	hastens
)

// move is one thing that can happen, where, and with what.
type move struct {
	kind   moveKind
	region model.RegionID
	// entry is what the log receives, ticket what it carries.
	entry  entry
	ticket age
	// slot is the place of a grant on its way, misses a set of guards whose clocks miss a tick.
	slot, misses int
}

// moves lists everything that can happen under a configuration.
func (p *protocol) moves() []move {
	all := []move{{kind: leads}}
	for misses := range 4 {
		if misses != 0 && p.missed == 0 {
			continue
		}
		all = append(all, move{kind: ticks, misses: misses})
	}
	for which := range entryCount {
		switch which {
		case renewal, claim:
			// A ticket may be as old as can be when it is granted, and void.
			for ticks := range p.deadline() {
				all = append(all, move{
					kind: commits, entry: which, ticket: age(1 + ticks*(p.missed+1)),
				})
			}
			all = append(all, move{kind: commits, entry: which, ticket: expired})
		case failure:
			if p.fails {
				all = append(all, move{kind: commits, entry: which})
			}
		case home, force:
			if p.orders {
				all = append(all, move{kind: commits, entry: which})
			}
		case passed, down0, up0, down1, up1, fence, stale, done, chores, entryCount:
			all = append(all, move{kind: commits, entry: which})
		}
	}
	for r := range model.RegionID(2) {
		for slot := range p.shows {
			all = append(all, move{kind: shows, region: r, slot: slot})
			all = append(all, move{kind: receives, region: r, slot: slot})
		}
		for kind := asks; kind <= boots; kind++ {
			if kind != receives && (kind != asksAlone || p.alone) {
				all = append(all, move{kind: kind, region: r})
			}
		}
		all = append(all, p.brokenMoves(r)...)
	}
	if p.broken.has(clockHastens) {
		all = append(all, move{kind: hastens})
	}
	return all
}

// machine makes moves.
type machine struct {
	*protocol
	log  *committed
	list []move
	// err is the first step of the log that Check objected to.
	err error
}

func newMachine(p *protocol) *machine {
	return &machine{protocol: p, log: newCommitted(p), list: p.moves()}
}

// first is the world at the beginning: the home region holds the lease, and its guard has just
// booted.
func (m *machine) first() world {
	w := world{}
	m.canonical(&w, &m.log.states[0], regions(0, 1))
	return w
}

// make makes a move, if it is possible, and reports whether it was.
func (m *machine) make(w *world, mv move) bool {
	s := &w.sites[mv.region]
	possible, changed := true, regions(mv.region)
	switch mv.kind {
	case ticks:
		possible, changed = m.tick(w, mv.misses), regions(0, 1)
	case leads:
		w.lead = 0 // A new leader counts from the log's last entry.
	case commits:
		possible, changed = m.commit(w, mv.entry, mv.ticket)
	case shows:
		possible = m.show(w, mv.region, mv.slot)
	case asks:
		possible = asksFence(&m.log.states[w.log], mv.region) && s.ask(planned-1)
	case asksAlone:
		possible = s.database != shut && s.ask(s.epoch)
	case receives:
		possible = m.receive(s, mv.slot)
	case finishes:
		possible = m.finish(s)
	case fences:
		possible = m.fence(s)
	case stops:
		possible = m.stopped(s)
	case freezes:
		possible = m.freeze(s)
	case thaws:
		possible = m.thaw(s)
	case boots:
		m.reboot(w, mv.region)
	case records, showsUngranted, showsRefused, showsUnclaimed, showsFormer, means, showsMeant,
		fencesUnrecorded, hastens:
		possible = m.makeBroken(w, mv)
	}
	if possible {
		m.canonical(w, &m.log.states[w.log], changed)
	}
	return possible
}

// holder is the region of the log's lease.
func (m *machine) holder(w *world) model.RegionID { return m.log.states[w.log].Leases[0].Holder }

// tick lets time pass for everybody.
func (m *machine) tick(w *world, misses int) bool {
	for i := range w.sites {
		granted := expired
		if m.holder(w) == model.RegionID(i) {
			granted = w.granted
		}
		if misses>>i&1 == 1 && !w.sites[i].mayMiss(m.protocol, granted) {
			return false
		}
	}
	holder := int(m.holder(w))
	stands := w.sites[holder].frozen && m.broken.has(clockStops)
	if !stands {
		w.granted = m.older(w.granted, misses>>holder&1 == 1)
	}
	for i := range w.sites {
		m.protocol.tick(&w.sites[i], misses>>i&1 == 1)
	}
	w.lead = min(w.lead+1, m.leadMax())
	return true
}

// commit puts an entry into the log, and says which sites see a difference. A guard's answer to a
// fence can arrive once it was given.
func (m *machine) commit(w *world, which entry, ticket age) (possible bool, saw model.RegionSet) {
	holder, fenced := m.holder(w), m.log.states[w.log].Leases[0].Fenced
	if which == fence && !w.sites[holder].answered {
		return false, 0
	}
	o := m.log.step(w.log, w.lead, which)
	if o.err != nil && m.err == nil {
		m.err = o.err
	}
	if o.moved && m.broken.has(formerRenews) {
		w.sites[holder].former = leased
	}
	w.log, w.lead = o.to, 0
	if o.granted {
		w.granted = ticket
	}
	if !o.moved && o.top == planned && m.log.states[w.log].Leases[0].Fenced == fenced {
		return true, 0
	}
	for i := range w.sites {
		if o.moved {
			w.sites[i].answered = false // It was about the lease before.
		}
		w.sites[i].rank(o.lease, o.top)
	}
	return true, regions(0, 1)
}

// show has an agent see in its applied state what the log has granted to its region, and send it to
// the guard.
func (m *machine) show(w *world, r model.RegionID, slot int) bool {
	lease := &m.log.states[w.log].Leases[0]
	granted := lease.Holder == r && lease.Fenced < lease.Epoch && w.granted != expired
	if granted {
		w.sites[r].shows[slot] = show{epoch: leased, ticket: w.granted}
	}
	return granted
}

// reboot restarts a region's machine: the tickets that its guard had issued are void everywhere.
func (m *machine) reboot(w *world, r model.RegionID) {
	if m.holder(w) == r {
		if m.broken.has(ticketsOutliveBoot) {
			w.granted = min(w.granted, fresh)
		} else {
			w.granted = expired
		}
	}
	m.boot(&w.sites[r])
}

// violation says which invariant a world breaks, or nothing.
func (m *machine) violation(w *world) string {
	holder := m.holder(w)
	if w.sites[0].writable() && w.sites[1].writable() {
		return "two databases are writable"
	}
	if m.broken != 0 && !m.protocol.all {
		return "" // Of a broken rule only the worst counts.
	}
	for i := range w.sites {
		s := &w.sites[i]
		if s.database != promoting && s.database != open || s.frozen {
			continue
		}
		if model.RegionID(i) != holder || s.epoch != leased {
			return fmt.Sprintf("region %d acts on a promotion that was superseded", i)
		}
		if s.epoch <= s.fenced {
			return fmt.Sprintf("region %d has a fenced epoch open", i)
		}
	}
	return ""
}

// tell says a move in words, as it is made in a world.
func (m *machine) tell(w *world, mv move) string {
	state := &m.log.states[w.log]
	switch mv.kind {
	case ticks:
		return "a tick passes" + [...]string{"", ", which guard 0 misses", ", which guard 1 misses",
			", which both guards miss"}[mv.misses]
	case leads:
		return "a new leader measures time from the log's last entry"
	case commits:
		return m.tellEntry(state, mv)
	case shows:
		return fmt.Sprintf("agent %d sees its grant and sends it to its guard", mv.region)
	case asks:
		return fmt.Sprintf("agent %d asks its guard to fence", mv.region)
	case asksAlone:
		return fmt.Sprintf("guard %d is told to fence out of turn", mv.region)
	case receives:
		return fmt.Sprintf("guard %d is shown the grant", mv.region)
	case finishes:
		return fmt.Sprintf("database %d is promoted: it takes writes", mv.region)
	case fences:
		return fmt.Sprintf("guard %d takes the fence in", mv.region)
	case stops:
		return fmt.Sprintf("database %d has stopped", mv.region)
	case freezes:
		return fmt.Sprintf("machine %d stands still", mv.region)
	case thaws:
		return fmt.Sprintf("machine %d goes on", mv.region)
	case boots:
		return fmt.Sprintf("machine %d is started again", mv.region)
	case records, showsUngranted, showsRefused, showsUnclaimed, showsFormer, means, showsMeant,
		fencesUnrecorded, hastens:
	}
	return tellBroken(mv)
}

// tellEntry says what the log receives.
func (m *machine) tellEntry(s *failover.State, mv move) string {
	names := [entryCount]string{
		"a tick", "a quorum sees region 0 down", "a quorum sees region 0 up",
		"a quorum sees region 1 down", "a quorum sees region 1 up", "a renewal", "a guard's fence",
		"a claim of the promotion", "what is stale or not its sender's", "the promotion is done",
		"the promotion failed", "the leader's agent does the rest", "an order to go back",
		"a forced failover",
	}
	text := "log: " + names[mv.entry]
	switch {
	case mv.entry == renewal || mv.entry == fence:
		text += fmt.Sprintf(" of region %d", s.Leases[0].Holder)
	case s.Plan.Kind != failover.NoPlan && mv.entry != passed:
		text += fmt.Sprintf(" (%s %d to %d)", s.Plan.Kind, s.Plan.Subject, s.Plan.Target)
	}
	return text
}

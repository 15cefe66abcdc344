package agent

import (
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"redoubt/failover"
	"redoubt/model"
)

// ruling is what became of an order, as its author hears it.
type ruling uint8

const (
	// unheard says that nobody knows: it may be judged at any later time, or never.
	unheard ruling = iota
	taken
	heardBefore
	saidTooEarly
	saidOfAnother
)

// rulingOf is the class of a reason for which an order is refused.
func rulingOf(why string) (ruling, bool) {
	for begins, r := range map[string]ruling{
		"that order was heard before": heardBefore, "that order was said too long": saidTooEarly,
		"since that order was said": saidOfAnother,
	} {
		if strings.HasPrefix(why, begins) {
			return r, true
		}
	}
	return taken, why == ""
}

// asking is what somebody does: gives an order, or looks how things are.
type asking struct {
	order failover.Event
	looks bool
}

// told is what they hear: how an order was ruled and when by the log's time, or how things are.
type told struct {
	ruling ruling
	at     failover.Instant
	seen   standing
}

// standing is what orders have brought about.
type standing struct {
	paused, brake bool
	vetoed        model.RegionSet
}

// standingOf is that of a state.
func standingOf(s *failover.State) standing {
	now := standing{paused: s.Paused, brake: s.Brake.Cause != failover.BrakeOff}
	for r := range model.RegionID(model.MaxRegions) {
		if s.Marks[r].Vetoed {
			now.vetoed = now.vetoed.With(r)
		}
	}
	return now
}

// ledger is a register of orders as one reads of it in docs/decisions.md, written anew: what
// failover does is held against it. It has no clock but for what answers say, so that it keeps
// between which times somebody may have stopped something last.
type ledger struct {
	standing
	heard  [failover.MaxOrders]failover.Said // by their time, the first one first
	at     failover.Instant                  // no answer to come is older
	turned [2]failover.Instant               // at least, at most
}

// sequential is the register for porcupine.
func sequential(begins ledger) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{begins} },
		Step: func(state, input, output any) (all []any) {
			l, in, out := state.(ledger), input.(asking), output.(told)
			for _, next := range l.step(&in, &out) {
				all = append(all, next)
			}
			return all
		},
		Equal: func(a, b any) bool { return a.(ledger) == b.(ledger) },
	}
	return m.ToModel()
}

// step is all that can be so after somebody was told something, nothing if they cannot be.
func (l ledger) step(in *asking, out *told) []ledger {
	known := out.ruling != unheard || in.looks
	if known {
		if out.at < l.at || out.at < l.turned[0] {
			return nil
		}
		l.at, l.turned[1] = out.at, min(l.turned[1], out.at)
	}
	if in.looks {
		if out.seen != l.standing {
			return nil
		}
		return []ledger{l}
	}
	var all []ledger
	for r, next := range l.rule(&in.order, known) {
		if !known || r == out.ruling {
			all = append(all, next)
		}
	}
	return all
}

// rule judges an order: as which rulings that can be, and what is so then.
func (l ledger) rule(e *failover.Event, known bool) map[ruling]ledger {
	said := failover.Said{At: e.Said, ID: e.Sequence}
	hour := e.Said.Add(time.Hour)
	switch {
	case slices.ContainsFunc(l.heard[:], func(s failover.Said) bool { return s.ID == said.ID }):
		return map[ruling]ledger{heardBefore: l}
	case known && l.at > hour, !earlier(l.heard[0], said):
		return map[ruling]ledger{saidTooEarly: l}
	case known && e.Said > l.at:
		return nil
	}
	can, stops := map[ruling]ledger{}, false
	switch e.Verb {
	case failover.Pause, failover.PullBrake, failover.Veto:
		stops = true
	}
	if !stops && e.Said < l.turned[1] {
		refused := l
		refused.turned[0] = max(refused.turned[0], e.Said+1)
		can[saidOfAnother] = refused
	}
	if stops || e.Said >= l.turned[0] {
		if !stops {
			l.turned[1] = min(l.turned[1], e.Said)
		}
		can[taken] = l.carryOut(e, said, stops, known)
	}
	return can
}

// carryOut is what is so once an order was carried out.
func (l ledger) carryOut(e *failover.Event, said failover.Said, stops, known bool) ledger {
	l.heard[0] = said // What was said first is forgotten.
	slices.SortFunc(l.heard[:], func(a, b failover.Said) int {
		if earlier(a, b) {
			return -1
		}
		return 1
	})
	if stops {
		l.turned = [2]failover.Instant{max(l.at, e.Said), failover.InstantMax}
		if known {
			l.turned[1] = l.at
		}
	}
	switch e.Verb {
	case failover.Pause, failover.Resume:
		l.paused = e.Verb == failover.Pause
	case failover.PullBrake, failover.LiftBrake:
		l.brake = e.Verb == failover.PullBrake
	case failover.Veto:
		l.vetoed = l.vetoed.With(e.Region)
	case failover.LiftVeto:
		l.vetoed = l.vetoed.Without(e.Region)
	}
	return l
}

func earlier(a, b failover.Said) bool { return a.At < b.At || a.At == b.At && a.ID < b.ID }

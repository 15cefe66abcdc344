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
	// notNow is any other reason: that of how things are.
	notNow
)

// rulingOf is the class of a reason for which an order is refused, and whether that is one that any
// order may hear.
func rulingOf(why string) (r ruling, plain bool) {
	for begins, r := range map[string]ruling{
		"that order was heard before": heardBefore, "that order was said too long": saidTooEarly,
		"since that order was said": saidOfAnother,
	} {
		if strings.HasPrefix(why, begins) {
			return r, true
		}
	}
	if why != "" {
		return notNow, false
	}
	return taken, true
}

// asking is what somebody does: gives an order, or looks how things are. What the log comes to is
// one, too, whoever has brought that about.
type asking struct {
	order failover.Event
	looks bool
	moves bool
	// goes is what it comes to, seen what orders have brought about by then, and turned since when
	// things are not as they were; by is the verb of the entry, 0 where nobody has ordered it.
	goes   doings
	seen   standing
	turned failover.Instant
	by     failover.Verb
}

// told is what they hear: how an order was ruled and when by the log's time, or how things are.
type told struct {
	ruling ruling
	at     failover.Instant
	seen   standing
	doings doings
}

// standing is what orders have brought about.
type standing struct {
	paused, brake bool
	vetoed        model.RegionSet
	causes        [2]failover.Cause
	// drill is the full one that waits for a second person.
	drill drill
}

// standingOf is that of a state.
func standingOf(s *failover.State) standing {
	now := standing{paused: s.Paused, brake: s.Brake.Cause != failover.BrakeOff}
	for r := range model.RegionID(model.MaxRegions) {
		if s.Marks[r].Vetoed {
			now.vetoed = now.vetoed.With(r)
		}
	}
	for r := range now.causes {
		now.causes[r] = s.Marks[r].Causes
	}
	if s.Drill.Asked {
		now.drill = drill{asked: true, target: s.Drill.Target, who: s.Drill.Who}
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
	plans
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
	if in.moves {
		return l.move(in, out.at)
	}
	known := out.ruling != unheard || in.looks
	if known {
		if out.at < l.at || out.at < l.turned[0] {
			return nil
		}
		l.at, l.turned[1] = out.at, min(l.turned[1], out.at)
	}
	if in.looks {
		if out.seen != l.standing || l.follows && out.doings != l.doings {
			return nil
		}
		return []ledger{l}
	}
	var all []ledger
	for _, is := range l.rule(&in.order, known) {
		if !known || is.ruling == out.ruling {
			all = append(all, is.ledger)
		}
	}
	return all
}

// outcome is a ruling, and what is so then.
type outcome struct {
	ruling
	ledger
}

// rule judges an order: as which rulings that can be, and what is so then.
func (l ledger) rule(e *failover.Event, known bool) (can []outcome) {
	said := failover.Said{At: e.Said, ID: e.Sequence}
	hour := e.Said.Add(time.Hour)
	switch {
	case slices.ContainsFunc(l.heard[:], func(s failover.Said) bool { return s.ID == said.ID }):
		return []outcome{{heardBefore, l}}
	case known && l.at > hour, !earlier(l.heard[0], said):
		return []outcome{{saidTooEarly, l}}
	case known && e.Said > l.at:
		return nil
	}
	fresh, old := l.ages(e)
	if old != nil {
		can = append(can, outcome{saidOfAnother, *old})
	}
	if fresh == nil {
		return can
	}
	fresh.heard[0] = said // What was said first is forgotten.
	slices.SortFunc(fresh.heard[:], func(a, b failover.Said) int {
		if earlier(a, b) {
			return -1
		}
		return 1
	})
	return append(can, fresh.carryOut(e, known)...)
}

// ages is what is known of the register where an order is about how things are, and where they were
// different when it was said; nil where that cannot be.
func (l ledger) ages(e *failover.Event) (fresh, old *ledger) {
	switch {
	case stops(e.Verb):
		return &l, nil
	case e.Verb == failover.Approve:
		if e.Said < l.since(e) {
			return nil, &l
		}
		return &l, nil
	case e.Verb == failover.ApproveDrill && e.Said < l.drilled[1]:
		if old = &l; e.Said < l.drilled[0] {
			return nil, old
		}
	}
	if e.Said < l.turned[1] {
		refused := l
		refused.turned[0] = max(refused.turned[0], e.Said+1)
		if old == nil { // Else it may be the drill that is another.
			old = &refused
		}
	}
	if e.Said >= l.turned[0] {
		l.turned[1] = min(l.turned[1], e.Said)
		fresh = &l
	}
	return fresh, old
}

// stops reports whether an order only stops something, or says what is wrong.
func stops(v failover.Verb) bool {
	return slices.Contains([]failover.Verb{
		failover.Pause, failover.PullBrake, failover.Veto, failover.Declare,
	}, v)
}

// turn has things be different from now on.
func (l *ledger) turn(e *failover.Event, known bool) {
	l.turned = [2]failover.Instant{max(l.at, e.Said), failover.InstantMax}
	if known {
		l.turned[1] = l.at
	}
}

// carryOut is what can become of an order that is judged of how things are.
func (l ledger) carryOut(e *failover.Event, known bool) []outcome {
	refused := outcome{notNow, l}
	if stops(e.Verb) {
		l.turn(e, known)
	}
	cause := failover.Cause(e.Share)
	switch e.Verb {
	case failover.Pause, failover.Resume:
		l.paused = e.Verb == failover.Pause
	case failover.PullBrake, failover.LiftBrake:
		l.brake = e.Verb == failover.PullBrake
	case failover.Veto:
		l.vetoed = l.vetoed.With(e.Region)
	case failover.LiftVeto:
		l.vetoed = l.vetoed.Without(e.Region)
	case failover.Declare:
		l.causes[e.Region] |= cause
	case failover.Withdraw:
		l.causes[e.Region] &^= cause
	default:
		must, all := l.plan(e, known)
		if !must {
			all = append(all, refused)
		}
		return all
	}
	return []outcome{{taken, l}}
}

func earlier(a, b failover.Said) bool { return a.At < b.At || a.At == b.At && a.ID < b.ID }

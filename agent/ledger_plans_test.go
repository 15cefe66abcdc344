package agent

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// doings is what a log does by itself, as far as people's orders are judged of it.
type doings struct {
	// epoch is of the last plan that has begun, kind and target of the one that runs.
	epoch  failover.Epoch
	kind   failover.PlanKind
	target model.RegionID
	// primary leads, and writer writes.
	primary, writer model.RegionID
	// owed are regions with writes that they held alone and nobody has reconciled; of those counted
	// the copy is apart, or it follows again.
	owed, apart, again model.RegionSet
	// validates says that somebody is to validate the plan's target, or does.
	validates bool
	// asked are what people are asked, and since when; first is when they were asked the first.
	asked [2]asks
	first failover.Instant
}

// asks is a question to people are asked, and since when.
type asks struct {
	failover.Question
	since failover.Instant
}

// drill is a full one that somebody has ordered.
type drill struct {
	asked  bool
	target model.RegionID
	who    uint64
}

// plans are what a register knows of plans. Evidence, readiness and the steps of plans are not in
// there: whether planned work can begin is more than people know, who order it, and to judge that
// anew would be failover a second time. So the register is told what the log comes to (not why), at
// the instant at which the first agent applied it, and holds that against the orders: what only an
// order begins has to have one, whose author heard that it was taken; what an order does has to
// have come about; and what has to be refused, as things are, was. Step would explain its own
// mistakes.
type plans struct {
	doings
	// follows says that it is told, automatic that nobody is asked, approved that people have said
	// yes to something, and drilled between which times the drill that waits was ordered.
	follows, automatic, approved bool
	drilled                      [2]failover.Instant
}

// doingsOf is that of a state.
func doingsOf(s *failover.State) doings {
	c := doings{
		epoch: s.Epoch, kind: s.Plan.Kind, target: s.Plan.Target, primary: s.Primary,
		writer: s.Writers[0], first: s.AskedAt,
	}
	for r, d := range s.Diverged[0] {
		region := model.RegionSet(0).With(model.RegionID(r))
		if d.Writes > 0 {
			c.owed |= region
		}
		switch d.Status {
		case failover.Archived:
			c.apart |= region
		case failover.Unreconciled:
			c.again |= region
		}
	}
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		open := slices.Contains([]failover.Status{
			failover.Pending, failover.Claimed, failover.Unknown,
		}, step.Status)
		c.validates = c.validates || step.Kind == failover.Validate && open
	}
	place := 0
	for q := range s.Questions() {
		since, _ := s.AskedOf(q)
		c.asked[min(place, len(c.asked)-1)] = asks{q, since}
		place++
	}
	return c
}

// moved reports whether a plan that moves the write role has done so.
func (c *doings) moved() bool {
	switch c.kind {
	case failover.Failover, failover.Failback, failover.Switchover, failover.Drill:
		return c.writer == c.target || c.primary == c.target
	case failover.Reopen:
		return true
	}
	return false
}

// busy reports whether a plan runs that gives way to nothing that people order.
func (c *doings) busy() bool {
	return !slices.Contains([]failover.PlanKind{
		failover.NoPlan, failover.Reprotect, failover.DryDrill, failover.Retract, failover.Reopen,
	}, c.kind)
}

// byItself are the plans that begin without anybody, where people are asked, and onceApproved those
// that begin when they have said yes.
var (
	byItself     = []failover.PlanKind{failover.Reopen, failover.Retract, failover.Reprotect}
	onceApproved = []failover.PlanKind{failover.Failover, failover.Evacuation, failover.Reroute}
)

// move is what is so after the log has come to something, nothing if it could not have done so by
// itself from where orders had brought it.
func (l ledger) move(in *asking, at failover.Instant) []ledger {
	was, is := l.doings, in.goes
	began := is.epoch != was.epoch
	place := []model.RegionID{was.primary, was.writer, was.target}
	switch {
	case at < l.at, in.turned < l.turned[0], is.epoch < was.epoch,
		!slices.Contains(place, is.primary), !slices.Contains(append(place, is.target), is.writer):
		return nil
	case !began && is.kind != failover.NoPlan && (is.kind != was.kind || is.target != was.target):
		return nil
	case was.owed&^is.owed != 0 && is.writer == was.writer:
		return nil // Nobody has reconciled that.
	case in.by == failover.SkipValidation && is.validates != was.validates:
		return nil // It is the order that ends that.
	case began && l.paused && is.kind != failover.NoPlan:
		return nil // Nothing begins by itself then.
	case began && slices.Contains(onceApproved, is.kind):
		if !l.approved && !l.automatic {
			return nil
		}
		l.approved = false
	case began && is.kind != failover.NoPlan && !slices.Contains(byItself, is.kind):
		return nil
	}
	if was.primary != is.primary || was.writer != is.writer {
		l.drill = drill{}
	}
	if in.by == failover.Abort { // What would begin anew at once, the brake stops, or a pause.
		l.brake, l.paused = in.seen.brake, in.seen.paused
	}
	l.at, l.doings, l.turned = at, is, [2]failover.Instant{in.turned, in.turned}
	return []ledger{l}
}

// since is when people were asked what an order approves, or else the first of what they are asked.
func (l *ledger) since(e *failover.Event) failover.Instant {
	for _, open := range l.asked {
		if open.since != 0 && open.Question == approves(e) {
			return open.since
		}
	}
	return l.first
}

func approves(e *failover.Event) failover.Question {
	scope := failover.Scope{Region: e.Region, Part: e.Part, Store: e.Store}
	return failover.Question{Scope: scope, Target: e.Subject}
}

// begin is what is so once a plan has begun by order.
func (l ledger) begin(e *failover.Event, known bool, kind failover.PlanKind) outcome {
	l.epoch++
	l.kind, l.target, l.validates = kind, e.Region, false
	l.turn(e, known)
	return outcome{taken, l}
}

// plan is what can become of an order about plans where it is taken, and whether it has to be.
func (l ledger) plan(e *failover.Event, known bool) (must bool, all []outcome) {
	as := func(kinds ...failover.PlanKind) (bool, []outcome) {
		for _, kind := range kinds {
			all = append(all, l.begin(e, known, kind))
		}
		return false, all
	}
	idle := l.kind == failover.NoPlan
	switch e.Verb {
	case failover.OrderSwitchover, failover.OrderDrill, failover.ApproveDrill,
		failover.OrderDryDrill:
		return l.swap(e, known)
	case failover.OrderForce:
		if e.Lag != 0 && e.Ticket == 0 || idle && e.Region == l.primary && e.Region == l.writer {
			return false, nil
		}
		if l.target == e.Region && (l.kind == failover.Failover || l.kind == failover.Reopen) {
			all = append(all, outcome{taken, l}) // It goes on, and is a forced one from now on.
		}
		return as(failover.Failover)
	case failover.GoBack:
		if !l.busy() {
			return as(failover.Failback, failover.Return)
		}
	case failover.OrderEvacuation:
		if !l.busy() && !l.vetoed.Has(e.Region) && e.Region != l.primary && e.Region != l.writer {
			as(failover.Evacuation, failover.Reroute)
			for _, is := range slices.Clone(all) { // Who takes the traffic, it says nothing of.
				for _, is.target = range []model.RegionID{0, 1, model.NoRegion} {
					all = append(all, is)
				}
			}
			return false, all
		}
	case failover.OrderReprotection:
		if !l.busy() {
			return as(failover.Reprotect)
		}
	case failover.Abort:
		if !idle && !l.moved() {
			l.kind, l.validates = failover.NoPlan, false
			l.turn(e, known)
			return true, []outcome{{taken, l}}
		}
	case failover.SkipValidation:
		if l.validates {
			l.validates = false
			return true, []outcome{{taken, l}}
		}
	case failover.Reconcile:
		if counted := l.apart | l.again; counted.Has(e.Region) {
			l.owed, l.again = l.owed.Without(e.Region), l.again.Without(e.Region)
			return true, []outcome{{taken, l}}
		}
	case failover.Approve:
		for _, open := range l.asked {
			if open.since != 0 && open.Question == approves(e) {
				l.approved = true
				return true, []outcome{{taken, l}}
			}
		}
	}
	return false, nil
}

// swap is plan for planned work that moves the write role to a region, or pretends to.
func (l ledger) swap(e *failover.Event, known bool) (must bool, all []outcome) {
	dry, waits := e.Verb == failover.OrderDryDrill, l.drill
	switch {
	case l.busy(), e.Region == l.primary, !dry && l.vetoed.Has(l.primary):
		return false, nil
	case dry:
		return false, []outcome{l.begin(e, known, failover.DryDrill)}
	case e.Verb == failover.OrderSwitchover:
		return false, []outcome{l.begin(e, known, failover.Switchover)}
	case e.Verb == failover.OrderDrill:
		l.drill = drill{asked: true, target: e.Region, who: e.Who}
		if l.drilled = [2]failover.Instant{l.at, failover.InstantMax}; known {
			l.drilled[1] = l.at
		}
		return false, []outcome{{taken, l}}
	case !waits.asked || waits.target != e.Region || waits.who == e.Who:
		return false, nil
	}
	l.drill = drill{}
	return false, []outcome{l.begin(e, known, failover.Drill)}
}

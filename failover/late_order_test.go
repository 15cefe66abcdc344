package failover_test

import (
	"slices"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// forcedTo1 is a force that accepts any loss.
var forcedTo1 = failover.Event{
	Kind: failover.Ordered, Verb: failover.OrderForce, Region: 1, Who: 7, Lag: failover.AnyLoss,
	Ticket: 9,
}

// rehearsed has a plan begin and end, so that all is as it was.
func rehearsed(l *log) {
	l.apply(signed(failover.OrderDryDrill, 1, 7))
	workOff(l, failover.Freeze)
}

// stoppedBefore has people stop what they stop again later.
func stoppedBefore(l *log) {
	l.apply(ordered(failover.PullBrake, 0))
	l.apply(failover.Event{
		Kind: failover.Ordered, Verb: failover.Declare, Share: uint16(failover.ZoneFailure),
	})
}

type lateOrder struct {
	name   string
	order  failover.Event
	change func(*failover.Policy)
	play   func(*log)
}

// lateOrders are orders that would end or allow something, each with what there is to be ended or
// allowed when it arrives. It was said a unit before that began.
var lateOrders = []lateOrder{
	{"abort", ordered(failover.Abort, 0), nil, func(l *log) {
		l.apply(ordered(failover.OrderSwitchover, 1))
	}},
	{
		"skip-validation", ordered(failover.SkipValidation, 0),
		func(p *failover.Policy) { p.Optional = failover.Steps(failover.Validate) },
		func(l *log) {
			l.apply(ordered(failover.OrderSwitchover, 1))
			for range 5 { // Up to the validation, which opens before the traffic shifts.
				for a := range l.policy.Outstanding(l.state) {
					if a.Step != failover.Validate {
						carryOut(l, a, l.policy.Voters)
					}
				}
			}
		},
	},
	{
		"approve", failover.Event{Kind: failover.Ordered, Verb: failover.Approve, Subject: 1, Who: 7},
		func(p *failover.Policy) { p.Mode, p.HoldDown = model.Manual, 0 },
		func(l *log) { l.report(0, true, 1, 2) },
	},
	{"approve-drill", signed(failover.ApproveDrill, 1, 8), nil, func(l *log) {
		l.apply(signed(failover.OrderDrill, 1, 7))
	}},
	{"resume", ordered(failover.Resume, 0), nil, func(l *log) {
		l.apply(ordered(failover.Pause, 0))
	}},
	{"lift-brake", ordered(failover.LiftBrake, 0), nil, func(l *log) {
		l.apply(ordered(failover.PullBrake, 0))
	}},
	{
		"withdraw", failover.Event{
			Kind: failover.Ordered, Verb: failover.Withdraw, Share: uint16(failover.Corruption),
		}, nil, func(l *log) {
			l.apply(failover.Event{
				Kind: failover.Ordered, Verb: failover.Declare, Share: uint16(failover.Corruption),
			})
		},
	},
	{"force", forcedTo1, nil, rehearsed},
	{"switchover", ordered(failover.OrderSwitchover, 1), nil, rehearsed},
	{"lift-veto", ordered(failover.LiftVeto, 0), nil, func(l *log) {
		l.apply(ordered(failover.Veto, 0))
	}},
}

// twiceStopped are orders that let go on what people had stopped, before they stopped it again.
var twiceStopped = []lateOrder{
	{
		"withdraw what was declared beside another cause", failover.Event{
			Kind: failover.Ordered, Verb: failover.Withdraw, Share: uint16(failover.Corruption),
		}, nil, func(l *log) {
			l.apply(failover.Event{
				Kind: failover.Ordered, Verb: failover.Declare,
				Share: uint16(failover.ZoneFailure | failover.Corruption),
			})
		},
	},
	{
		"lift-brake that was pulled again", ordered(failover.LiftBrake, 0), nil, func(l *log) {
			l.apply(ordered(failover.PullBrake, 0))
		},
	},
}

// TestOrdersOfAnotherTimeEndAndAllowNothing has each of them arrive late, and in time. Code that
// carries out the late one is one that Check objects to.
func TestOrdersOfAnotherTimeEndAndAllowNothing(t *testing.T) {
	for i, row := range slices.Concat(lateOrders, twiceStopped) {
		t.Run(row.name, func(t *testing.T) {
			p := oneStore()
			if row.change != nil {
				row.change(&p)
			}
			l := newLog(t, p)
			l.report(1, false, 0, 2)
			l.report(0, false, 1, 2)
			l.lags()
			l.tick(unit)
			if i >= len(lateOrders) {
				stoppedBefore(l)
			}
			said := l.state.Now
			l.tick(unit)
			row.play(l)
			before, order := l.state, row.order
			order.At, order.Said, order.Sequence = before.Now, said, 99
			l.apply(order)
			heard := l.state.Orders
			if l.state.Orders = before.Orders; l.state != before {
				t.Error("what was said before is carried out")
			}
			after, inTime, did := before, order, failover.Actions{}
			inTime.Said = before.Now
			l.policy.Apply(&after, &inTime, &did)
			if after.Orders = before.Orders; after == before {
				t.Error("what is said in time is not carried out")
			}
			after.Orders = heard
			if l.policy.CheckStep(&before, &order, &after, &did) == nil {
				t.Error("Check does not object to code that carries out what was said before")
			}
		})
	}
}

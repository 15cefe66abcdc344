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
	// play is what happens after the order is said, already what has happened before that.
	play, already func(*log)
}

// lateOrders are orders that would end or allow something, each with what there is to be ended or
// allowed when it arrives. It was said a unit before that began.
var lateOrders = []lateOrder{
	{"abort", ordered(failover.Abort, 0), nil, func(l *log) {
		l.apply(ordered(failover.OrderSwitchover, 1))
	}, nil},
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
		}, nil,
	},
	{
		"approve", failover.Event{Kind: failover.Ordered, Verb: failover.Approve, Subject: 1, Who: 7},
		func(p *failover.Policy) { p.Mode, p.HoldDown = model.Manual, 0 },
		func(l *log) { l.report(0, true, 1, 2) }, nil,
	},
	{"approve-drill", signed(failover.ApproveDrill, 1, 8), nil, func(l *log) {
		l.apply(signed(failover.OrderDrill, 1, 7))
	}, nil},
	{"resume", ordered(failover.Resume, 0), nil, func(l *log) {
		l.apply(ordered(failover.Pause, 0))
	}, nil},
	{"lift-brake", ordered(failover.LiftBrake, 0), nil, func(l *log) {
		l.apply(ordered(failover.PullBrake, 0))
	}, nil},
	{
		"withdraw", failover.Event{
			Kind: failover.Ordered, Verb: failover.Withdraw, Share: uint16(failover.Corruption),
		}, nil, func(l *log) {
			l.apply(failover.Event{
				Kind: failover.Ordered, Verb: failover.Declare, Share: uint16(failover.Corruption),
			})
		}, nil,
	},
	{"force", forcedTo1, nil, rehearsed, nil},
	{"switchover", ordered(failover.OrderSwitchover, 1), nil, rehearsed, nil},
	{"lift-veto", ordered(failover.LiftVeto, 0), nil, func(l *log) {
		l.apply(ordered(failover.Veto, 0))
	}, nil},
}

// lateAmidst are orders that were said when something was so already, which another thing has
// changed since.
var lateAmidst = []lateOrder{
	{
		"withdraw what was declared beside another cause", failover.Event{
			Kind: failover.Ordered, Verb: failover.Withdraw, Share: uint16(failover.Corruption),
		}, nil, func(l *log) {
			l.apply(failover.Event{
				Kind: failover.Ordered, Verb: failover.Declare,
				Share: uint16(failover.ZoneFailure | failover.Corruption),
			})
		}, stoppedBefore,
	},
	{
		"lift-brake that was pulled again", ordered(failover.LiftBrake, 0), nil, func(l *log) {
			l.apply(ordered(failover.PullBrake, 0))
		}, stoppedBefore,
	},
	{
		"force away from where the writes have come to", forcedTo2(), withThird,
		func(l *log) { workOff(l, failover.Shift) }, func(l *log) {
			l.report(2, false, 1, 3)
			l.apply(ordered(failover.OrderSwitchover, 1))
		},
	},
	{
		"reconcile what nobody had counted", ordered(failover.Reconcile, 0), nil,
		func(l *log) {
			workOff(l, failover.Archive)
			e := failover.Event{Kind: failover.StepClaimed, Epoch: l.state.Plan.Epoch, Ticket: 5}
			e.Step = uint8(slices.IndexFunc(l.state.Plan.Steps[:], func(s failover.Step) bool {
				return s.Kind == failover.Archive
			}))
			l.apply(e)
			e.Kind = failover.StepDone
			l.apply(e)
		}, func(l *log) {
			leftBehind(l)
			l.apply(ordered(failover.OrderReprotection, 0))
		},
	},
	{
		"reconcile what was given up since", ordered(failover.Reconcile, 0), nil, func(l *log) {
			l.apply(failover.Event{
				Kind: failover.Ordered, Verb: failover.Reconcile, Lag: failover.AnyLoss, Ticket: 5,
			})
		}, leftBehind,
	},
	{"resume under another policy", ordered(failover.Resume, 0), nil, func(l *log) {
		next := l.policy
		next.HoldDown /= 2
		l.policy = next
		l.apply(failover.PolicyEvent(l.state.Now, &next))
	}, func(l *log) { l.apply(ordered(failover.Pause, 0)) }},
}

// forcedTo2 is a force to a third region.
func forcedTo2() failover.Event {
	e := forcedTo1
	e.Region = 2
	return e
}

// withThird has a policy of three regions and a witness.
func withThird(p *failover.Policy) {
	p.Voters, p.Workload, p.Candidates = regions(0, 1, 2, 3), regions(0, 1, 2), regions(0, 1, 2)
}

// leftBehind has the copy in region 0 suspected, and nothing done about it.
func leftBehind(l *log) {
	l.state.Primary, l.state.Writers[0], l.state.Leases[0].Holder = 1, 1, 1
	l.state.Serving = regions(1)
	l.state.Diverged[0][0] = failover.Divergence{Status: failover.Suspected, Tried: l.state.Now}
	l.apply(ordered(failover.Pause, 0))
}

// TestOrdersOfAnotherTimeEndAndAllowNothing has each of them arrive late, and in time. Code that
// carries out the late one is one that Check objects to.
func TestOrdersOfAnotherTimeEndAndAllowNothing(t *testing.T) {
	for _, row := range slices.Concat(lateOrders, lateAmidst) {
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
			if row.already != nil {
				row.already(l)
			}
			said := l.state.Now
			l.tick(unit)
			row.play(l)
			before, order := l.state, row.order
			order.At, order.Said, order.Sequence = before.Now, said, 99
			l.apply(order)
			if l.state != before {
				t.Error("what was said before is carried out")
			}
			after, inTime, did := before, order, failover.Actions{}
			inTime.Said = before.Now
			l.policy.Apply(&after, &inTime, &did)
			if after.Orders = before.Orders; after == before {
				t.Error("what is said in time is not carried out")
			}
			if l.policy.CheckStep(&before, &order, &after, &did) == nil {
				t.Error("Check does not object to code that carries out what was said before")
			}
		})
	}
}

// TestAnApprovalIsAboutItsQuestion has a person say yes to what they were asked, as something else
// happens that leaves the question as it is.
func TestAnApprovalIsAboutItsQuestion(t *testing.T) {
	p := oneStore()
	p.Mode, p.HoldDown = model.Manual, 0
	l := newLog(t, p)
	l.lags()
	l.tick(unit)
	l.report(0, true, 1, 2)
	yes := ordered(failover.Approve, 0)
	yes.Subject, yes.Said, yes.Sequence = 1, l.state.Now, 99
	l.tick(unit)
	l.apply(ordered(failover.Veto, 1))
	if l.state.Turned != l.state.Now {
		t.Fatal("a veto made no other state of it")
	}
	l.tick(unit)
	yes.At = l.state.Now
	if l.apply(yes); l.state.Plan.Kind != failover.Failover {
		t.Errorf("got %s, want the failover that was approved", l.state.Plan.Kind)
	}
}

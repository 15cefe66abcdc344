package failover_test

import (
	"strings"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// TestOneBrokenProberDelaysALossAndNoMore has the way to the primary be lost, or its store: both
// observers see that, a quorum, and one of them, whose own network is broken, says that all of it
// is down. Nobody can be a quorum for the region then. For two hold-downs that keeps the part
// from being left, and no longer; nor does it where nobody sees the region up, or all do.
func TestOneBrokenProberDelaysALossAndNoMore(t *testing.T) {
	for _, test := range []struct {
		what   string
		second uint8 // What region 2 says is down; region 1 says that the part is.
		knows  uint8 // What region 1 knows.
		begins int   // In units, 0 for never.
		kind   failover.PlanKind
	}{
		{"all sees the region up", 2, 3, 10, failover.Reroute},
		{"one is broken", 3, 3, 20, failover.Reroute},
		{"nobody sees the region up", 3, 2, 0, failover.NoPlan},
	} {
		for _, part := range []failover.Part{failover.Routing, failover.OneStore} {
			p, kind := oneStore(), test.kind
			p.Checks, p.HoldDown, p.StaleAfter = 2, 10*unit, 3*unit
			if p.RoutingChecks = 2; part == failover.OneStore {
				p.RoutingChecks, p.StoreChecks[0] = 0, 2
				if kind == failover.Reroute {
					kind = failover.Failover
				}
			}
			l, began := newLog(t, p), 0
			for at := range 60 {
				for o, down := range map[model.RegionID]uint8{1: 2, 2: test.second} {
					e := report(&l.state, o, 0, false)
					if e.Known, e.Down = 3, down; o == 1 {
						e.Known = test.knows
					}
					l.apply(e)
				}
				l.apply(failover.Event{Kind: failover.LeaseRenewed, At: l.state.Now, Epoch: 1})
				l.lags()
				if l.state.Plan.Kind != failover.NoPlan && began == 0 {
					began = at
				}
				if l.tick(unit); l.state.Plan.Kind != failover.NoPlan && began == 0 {
					began = at + 1
				}
			}
			if began != test.begins || l.state.Plan.Kind != kind {
				t.Errorf("%s: %s of part %d begins after %d s, want %s after %d", test.what,
					l.state.Plan.Kind, part, began, kind, test.begins)
			}
		}
	}
}

// TestThatSomeAreEnoughIsSaid reads what people are told of it before and after.
func TestThatSomeAreEnoughIsSaid(t *testing.T) {
	p := oneStore()
	p.Checks, p.RoutingChecks, p.HoldDown, p.StaleAfter, p.Mode = 2, 2, 10*unit, 90*unit, model.Advise
	l := newLog(t, p)
	l.lags()
	for o, down := range map[model.RegionID]uint8{1: 2, 2: 3} {
		e := report(&l.state, o, 0, false)
		e.Known, e.Down = 3, down
		l.apply(e)
	}
	scope := failover.Scope{Region: 0, Part: failover.Routing}
	for _, want := range []string{
		"but no quorum sees the region itself up: in 20s those who do are enough",
		"for two hold-downs, and some, though no quorum, that the region itself is up",
	} {
		v := p.Explain(l.state, scope)
		if got := v.Reason(failover.EvidenceGate, l.state.Now, names); !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want %q at its end", got, want)
		}
		l.tick(20 * unit)
	}
}

package failover_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// rich is a state with something on record in every group, and nothing being done. Each flag of it
// is one that a code which forgets, or makes up, could turn.
func rich(t *testing.T) (failover.Policy, failover.State) {
	p := oneStore()
	p.FlapLimit, p.FlapHalfLife, p.BrakeAfter, p.BrakeWindow = 3, time.Hour, 2, time.Hour
	p.Items, p.ReadinessStaleAfter, p.Mode, p.Approvals = 3, time.Hour, model.Manual, 2
	l := newLog(t, p)
	l.lags()
	l.tick(10 * unit)
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(ordered(failover.Veto, 0))
	e := ordered(failover.Declare, 1)
	e.Share = uint16(failover.Corruption)
	l.apply(e)
	l.apply(failover.Event{Kind: failover.AgentLost, Region: 1})
	l.apply(failover.Event{Kind: failover.CapacityChanged, Region: 1, Share: 300})
	l.apply(failover.Event{Kind: failover.ReadinessChanged, Region: 1, Known: 3, Down: 1})
	s := l.state
	s.Brake.Count, s.Brake.Times[0] = 1, s.Now
	s.Recent[0] = failover.Transition{At: s.Now, From: failover.RegionScope(1), Valid: true}
	s.Diverged[0][1] = failover.Divergence{Status: failover.Suspected}
	s.Flaps[0] = failover.Flap{Score: 3000, At: s.Now, Unsteady: true}
	s.Approved = failover.Consent{Question: failover.Question{Target: 1}}
	s.Approved.People[0] = failover.Approval{Who: 3, At: s.Now, Given: true}
	s.Drill = failover.PendingDrill{Target: 1, Asked: true, At: s.Now, Who: 7}
	for i := range 2 { // A walk knows of no time, and so of no alarm of before.
		s.Notices[i] = failover.Notice{
			At: s.Now, Epoch: 1, Index: uint8(i), Step: failover.Fence, Target: 1,
		}
	}
	s.Paused, s.Left.Unsettled = true, true
	return p, s
}

// Nothing happens but that time is told, and one number of the state changes: whichever it is, a
// rule objects.
func TestCheckSeesWhateverChangesByItself(t *testing.T) {
	p, s := rich(t)
	e, did := failover.Event{Kind: failover.Tick, At: s.Now}, failover.Actions{}
	after := s
	if p.Apply(&after, &e, &did); p.Check(s, e, after, did) != nil || after != s {
		t.Fatalf("the state is not at rest: %v\n%s", p.Check(s, e, after, did), difference(&after, &s))
	}
	seen := 0
	leaves(reflect.ValueOf(&after).Elem(), "State", func(name string, leaf reflect.Value) {
		flip(t, name, leaf)
		defer flip(t, name, leaf)
		if p.Check(s, e, after, did) == nil {
			t.Errorf("%s changed, and no rule objects", name)
		}
		seen++
	})
	if seen < 1000 {
		t.Errorf("only %d fields were seen", seen)
	}
}

// What is on record may not be forgotten either, as a whole or in part.
func TestCheckSeesWhatIsForgotten(t *testing.T) {
	for _, c := range []struct {
		name, want string
		forget     func(*failover.State)
	}{
		{"a veto", "declared or forbade", func(s *failover.State) { s.Marks[0] = failover.Mark{} }},
		{"a cause", "declared or forbade", func(s *failover.State) { s.Marks[1] = failover.Mark{} }},
		{"a silent agent", "not heard of", func(s *failover.State) { s.Silent = 0 }},
		{"a capacity", "a region carries", func(s *failover.State) { s.Ready[1] = 0 }},
		{"an item", "has ready", func(s *failover.State) { s.Readiness[1].Down = 0 }},
		{"a count of the brake", "the brake", func(s *failover.State) { s.Brake = failover.Brake{} }},
		{"a pause", "without an order", func(s *failover.State) { s.Paused = false }},
		{"a drill", "the drill", func(s *failover.State) { s.Drill = failover.PendingDrill{} }},
		{"a failed try", "last transitions", func(s *failover.State) {
			s.Recent = [failover.MaxRecent]failover.Transition{}
		}},
		{"an approval", "approved", func(s *failover.State) {
			s.Approved.People[0] = failover.Approval{}
		}},
		{"what was left", "halfway", func(s *failover.State) { s.Left.Unsettled = false }},
		{"a report", "an observer changes", func(s *failover.State) {
			s.Reports[1][0] = failover.Report{}
		}},
		{"the last alarm", "an alarm over a step", func(s *failover.State) {
			s.Notices[0], s.Notices[1] = s.Notices[1], failover.Notice{}
		}},
		{"an alarm of before", "an alarm over a step", func(s *failover.State) {
			s.Notices[1] = failover.Notice{}
		}},
		{"a sample", "is behind", func(s *failover.State) { s.Lags[0][1] = failover.LagSample{} }},
		{"a return", "returned", func(s *failover.State) { s.Flaps[0] = failover.Flap{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, s := rich(t)
			after, e := s, failover.Event{Kind: failover.Tick, At: s.Now}
			c.forget(&after)
			if err := p.Check(s, e, after, failover.Actions{}); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

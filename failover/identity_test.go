package failover_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/failover"
)

// TestAnOrderIsJudgedOnce plays orders in any order, with copies of all that were ever given, and
// keeps a list of them without a bound: what was heard before brings about what a Tick does,
// however long ago that was; what is new, and was said after the first of the last ones, is judged.
func TestAnOrderIsJudgedOnce(t *testing.T) {
	verbs := []failover.Verb{
		failover.Pause, failover.Resume, failover.PullBrake, failover.LiftBrake, failover.Veto,
		failover.LiftVeto, failover.OrderSwitchover, failover.Abort,
	}
	rapid.Check(t, func(r *rapid.T) {
		l := newLog(t, oneStore())
		l.lags()
		heard, given := map[uint64]bool{}, []failover.Event{}
		for range rapid.IntRange(1, 60).Draw(r, "orders") {
			ago := rapid.IntRange(0, 20).Draw(r, "ago")
			e := ordered(rapid.SampledFrom(verbs).Draw(r, "verb"), 1)
			e.Sequence, e.Said = uint64(len(given)+1), max(0, l.state.Now.Add(-time.Duration(ago)*unit))
			given = append(given, e)
			e = rapid.SampledFrom(given).Draw(r, "copy")
			e.At = l.state.Now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 9, 900}).Draw(r, "later")) *
				unit)
			before, tick := l.state, l.state
			var did failover.Actions
			l.policy.Apply(&tick, &failover.Event{At: e.At}, &did)
			l.apply(e)
			judged := l.state.Orders != before.Orders
			if ticked := l.state == tick; heard[e.Sequence] && !ticked || !judged && !ticked {
				r.Fatalf("order %d was carried out again", e.Sequence)
			}
			newest := e.Said > before.Orders[0].At && l.state.Now.Sub(e.Said) <= time.Hour
			stops := e.Verb == failover.Pause || e.Verb == failover.PullBrake || e.Verb == failover.Veto
			means := stops || e.Said >= before.Turned
			if newest && means && !heard[e.Sequence] && !judged {
				r.Fatalf("order %d of %s is new, and was taken for a copy", e.Sequence, time.Duration(e.Said))
			}
			heard[e.Sequence] = heard[e.Sequence] || judged
		}
	})
}

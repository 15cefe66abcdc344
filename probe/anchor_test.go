package probe_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// hangs is a prober that hears nothing, and counts how often it is asked.
type hangs struct{ asked atomic.Int32 }

func (h *hangs) Probe(ctx context.Context) probe.Result {
	h.asked.Add(1)
	<-ctx.Done()
	return probe.Result{Answer: probe.Bad, Silent: true, Why: "no answer"}
}

// anchored are the probers of anchors.
func anchored(s *model.Scenario, probers ...probe.Prober) func(int) (probe.Prober, error) {
	s.Anchors = make([]model.Probe, len(probers))
	return func(i int) (probe.Prober, error) { return probers[i], nil }
}

// TestSilenceCountsOnlyWhileAnAnchorAnswers cuts off an agent, and then what it looks at.
func TestSilenceCountsOnlyWhileAnAnchorAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, near := shop(api()), newWorld(probe.Bad)
		var dead hangs
		r, h, end := start(t, probe.Config{
			Scenario: s, Observer: 2, Make: always(dead.Probe), MakeAnchor: anchored(s, &dead, near),
		})
		defer end()
		time.Sleep(5 * time.Minute)
		if got := h.take(); len(got) > 0 {
			t.Errorf("got %v, want no word without an anchor", got)
		}
		if look := r.Looks()[0]; look.Untold != look.Probes || look.Probes < 28 {
			t.Errorf("got %+v, want nothing to be told", look)
		}
		near.set(probe.Good)
		time.Sleep(45 * time.Second)
		if got := h.take(); len(got) != 2 || got[0].Down != 1 || got[1].Down != 1 {
			t.Errorf("got %v, want both regions down", got)
		}
	})
}

// TestAWrongAnswerNeedsNoAnchor has one from a region while no anchor answers: it came over the
// network.
func TestAWrongAnswerNeedsNoAnchor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := shop(api())
		var dead hangs
		_, h, end := start(t, probe.Config{
			Scenario: s, Observer: 1, Make: always(newWorld(probe.Bad).Probe),
			MakeAnchor: anchored(s, &dead),
		})
		defer end()
		time.Sleep(time.Minute)
		if got := h.take(); len(got) != 1 || got[0].Down != 1 || dead.asked.Load() > 0 {
			t.Errorf("got %v after %d looks at the anchor", got, dead.asked.Load())
		}
	})
}

// TestDeadAnchorsHoldUpNothing has every check fail at once and no anchor answer: they are asked
// for all together, and every check goes on being made.
func TestDeadAnchorsHoldUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var checks []model.Check
		for range model.MaxChecks {
			checks = append(checks, api())
		}
		s := shop(checks...)
		var dead, anchor hangs
		r, _, end := start(t, probe.Config{
			Scenario: s, Observer: 2, Make: always(dead.Probe), MakeAnchor: anchored(s, &anchor),
		})
		time.Sleep(5 * time.Minute)
		end()
		for _, look := range r.Looks() {
			if look.Probes < 28 {
				t.Errorf("check %d of %d was made %d times in five minutes", look.Check, look.Subject,
					look.Probes)
			}
		}
		if got := anchor.asked.Load(); got > 300/2 {
			t.Errorf("the anchor was asked %d times for %d probes", got, dead.asked.Load())
		}
	})
}

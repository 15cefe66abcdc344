package sim

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// staged is the estate with a switchover to the standby ordered at the start, whose traffic shifts
// in stages. The application of the standby dies for good after some time, which a probe sees only
// much later; its database does not, and nobody writes, so that nothing else fails.
func staged(
	t *testing.T, stages []int, hold, dies, interval, ttl time.Duration,
) *world {
	t.Helper()
	s := estate()
	s.Traffic.WriteShare = 0
	s.Routing.TTL = ttl
	s.Settings.Stages, s.Settings.StageHold = stages, hold
	s.Checks[0].Interval = interval
	s.Checks[0].Failures, s.Checks[0].Timeout = 1, time.Second
	s.Timeline = []model.Fault{{
		Kind: model.ServiceLoss, Region: standby, Peer: model.NoRegion, At: dies,
	}}
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.story = &Story{}
	checked := &checkedDecider{policy: w.policy}
	w.decider = checked
	w.load()
	w.order(failover.OrderSwitchover, standby)
	for w.step() {
	}
	w.finale()
	if checked.broken != nil {
		t.Fatal(checked.broken)
	}
	return w
}

// shift is one change of the routing: from when on, and by how much more goes to the standby.
type shift struct {
	at   time.Duration
	more float64
}

// shiftsOf are the changes of the routing that a story tells of. What follows the last stage, or
// takes its place, brings everybody back.
func shiftsOf(w *world) (there []shift, back time.Duration) {
	before := 0
	for _, entry := range w.story.Entries {
		share, found := everybody, strings.HasPrefix(entry.Text, "shift") &&
			strings.HasSuffix(entry.Text, "is done")
		switch {
		case !found:
			continue
		case w.plansTo(entry.At, home):
			return there, entry.At
		case entry.Text != "shift is done":
			if _, err := fmt.Sscanf(entry.Text, "shift (%d%% of", &share); err != nil {
				return nil, 0
			}
		}
		there = append(there, shift{entry.At, float64(share-before) / everybody})
		before = share
	}
	return there, 0
}

// plansTo reports whether the last plan that began before a time has a region take over.
func (w *world) plansTo(at time.Duration, r model.RegionID) (found bool) {
	for _, d := range w.decisions {
		if d.At < at {
			found = d.Target == r
		}
	}
	return found
}

// reached is the integral, from one time to another, of the share of clients that have followed a
// change when their answers run out one after the other for as long as the TTL.
func reached(change, from, to, ttl time.Duration) float64 {
	part := func(at time.Duration) float64 { // From the change to a time.
		x := math.Max(0, (at - change).Seconds())
		if full := ttl.Seconds(); x > full {
			return x - full/2
		}
		return x * x / (2 * ttl.Seconds())
	}
	return part(to) - part(from)
}

// A target that answers nothing harms exactly the share of the users that has shifted, for as long
// as it has: the sum of each stage's share times its time. Who goes on to the next stage meanwhile
// harms more, and nobody does once a probe has seen it.
func TestOracleStagedTraffic(t *testing.T) {
	const long = 100 * time.Hour
	for _, c := range []struct {
		name            string
		stages          []int
		hold            time.Duration
		dies, every     time.Duration
		ttl             time.Duration
		reached, missed int
	}{
		{"in the first of two", []int{10, 100}, time.Hour, 30 * time.Minute, 5 * time.Minute,
			20 * time.Second, 1, 1},
		{"in the second of three", []int{5, 50, 100}, 20 * time.Minute, 30 * time.Minute,
			5 * time.Minute, 20 * time.Second, 2, 1},
		{"seen too late", []int{5, 50, 100}, 5 * time.Minute, 2 * time.Minute, 25 * time.Minute,
			20 * time.Second, 3, 0},
		{"seen in the last but one", []int{1, 5, 10, 50, 100}, 5 * time.Minute, 2 * time.Minute,
			16 * time.Minute, 30 * time.Second, 4, 1},
		{"as clients follow", []int{20, 40, 60, 80, 100}, 7 * time.Minute, 15 * time.Minute,
			10 * time.Minute, 5 * time.Minute, 4, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := staged(t, c.stages, c.hold, c.dies, c.every, c.ttl)
			there, back := shiftsOf(w)
			if len(there) != c.reached || len(c.stages)-len(there) != c.missed || back == 0 {
				t.Fatalf("stages at %v, back at %s, want %d of them", there, back, c.reached)
			}
			want := 0.0
			for _, stage := range there {
				want += stage.more * reached(stage.at, c.dies, long, c.ttl)
				want -= stage.more * reached(back, c.dies, long, c.ttl)
			}
			if got := w.lost / 1e9; math.Abs(got-want) > 1e-6*want {
				t.Errorf("got %.6f s of all requests lost, want %.6f s: stages at %v, back at %s", got,
					want, there, back)
			}
			t.Logf("%.3f s of all requests lost; all at once would have lost %.3f s", want,
				(back - c.dies).Seconds())
		})
	}
}

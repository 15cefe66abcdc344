package agent

import (
	"testing"
	"testing/synctest"
	"time"

	"redoubt/failover"
)

// A leader's clock goes on from the log's time as its own time goes by.
func TestClockGoesOnFromTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startClock(failover.Instant(time.Hour))
		time.Sleep(90 * time.Second)
		if got, want := c.now(), failover.Instant(time.Hour+90*time.Second); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := c.until(c.now().Add(3 * time.Second)); got != 3*time.Second {
			t.Errorf("got %v, want 3s", got)
		}
		if got := c.until(0); got != 0 {
			t.Errorf("what is over is %v away", got)
		}
	})
}

// A stamp that is ahead of an agent's own clock is found, one that is behind or drifts is not.
func TestPaceFindsALeap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{drift: 200e-6}
		if err := p.check(failover.Instant(1 << 60)); err != nil {
			t.Errorf("who has not watched finds %v", err)
		}
		p.trust(failover.Instant(time.Hour))
		time.Sleep(100 * time.Hour)
		for _, c := range []struct {
			grown time.Duration
			leaps bool
		}{
			{0, false}, {-time.Hour, false}, {100 * time.Hour, false},
			{100*time.Hour + time.Minute, false}, // Drift of two clocks, for 100 hours.
			{100*time.Hour + 3*time.Minute, true}, {20 * 365 * 24 * time.Hour, true},
		} {
			err := p.check(failover.Instant(time.Hour + c.grown))
			if (err != nil) != c.leaps {
				t.Errorf("grown by %v: %v", c.grown, err)
			}
		}
	})
}

// A leader whose clock contradicts the stamp that it would give proposes nothing, and leads no
// more.
func TestLeaderDoesNotProposeALeap(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		leader := g.leader()
		before := leader.node.View().State.Now
		term := leader.node.leading()
		leader.node.mu.Lock()
		leaping := *term
		leaping.clock.base += failover.Instant(time.Hour)
		leader.node.mu.Unlock()
		_, err := leader.node.propose(&leaping, &Entry{Event: failover.Event{Kind: failover.Tick}})
		if err == nil {
			t.Error("it is proposed")
		}
		g.await("another one leads", time.Minute, func() bool { return g.leader() != leader })
		time.Sleep(30 * time.Second)
		if grown := g.leader().node.View().State.Now.Sub(before); grown > 2*time.Minute {
			t.Errorf("the log's time has grown by %v", grown)
		}
		g.sound()
		g.agree()
	})
}

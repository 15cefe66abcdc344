package sim

import (
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// The story says when writes open again, and when it is for another reason that the service stays
// down: where home is cut off, nobody may write after its lease, and those who read are sent away
// from it with the failover. A region
// that is kept is seen down, and may serve all the same.
func TestTheStorySaysWhyTheServiceIsDownAndUp(t *testing.T) {
	const minute, closes = time.Minute, "stops writes to orders: its lease is over"
	for _, c := range []struct {
		name  string
		cut   time.Duration
		risk  time.Duration
		tells map[string]int
	}{
		{"cut off for a moment", 40 * time.Second, time.Hour, map[string]int{
			closes: 1, "accepts writes to orders again": 1,
			"the service is down: ": 1, "but no write is accepted": 1, "the service stays down: ": 0,
			"the service is up: ": 1,
		}},
		{"and left", 30 * minute, time.Hour, map[string]int{
			closes: 1,
			"the service is down: 80.0% of requests succeed, but no write is accepted": 1,
			"the service stays down: 0.0% of requests succeed":                         1,
			"the service is up: ": 1,
		}},
		{"and kept", 30 * minute, 0, map[string]int{
			"home is seen down, and not left: lag: ": 1, "is lost": 0,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Settings.DataAtRiskMax, s.Traffic.DownBelow = c.risk, 0.5
			isolate(s, home, minute, c.cut)
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 40*minute)
			w.story = &Story{}
			w.load()
			for w.step() {
			}
			w.finale()
			for text, want := range c.tells {
				if at := toldAt(w, text); len(at) != want {
					t.Errorf("told %q at %s, want %d times", text, at, want)
				}
			}
			if !slices.IsSortedFunc(w.story.Entries, func(a, b Entry) int { return int(a.At - b.At) }) {
				t.Error("the story is out of order")
			}
		})
	}
}

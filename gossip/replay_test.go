package gossip_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"

	"redoubt/gossip"
	"redoubt/model"
)

// tape is what somebody on the way has recorded.
type tape struct {
	mu      sync.Mutex
	packets []recorded
}

type recorded struct {
	data []byte
	to   string
}

// wiretap is a transport of which all packets are recorded.
type wiretap struct {
	memberlist.Transport
	tape *tape
}

// WriteTo sends a packet.
func (w wiretap) WriteTo(data []byte, to string) (time.Time, error) {
	w.tape.mu.Lock()
	w.tape.packets = append(w.tape.packets, recorded{bytes.Clone(data), to})
	w.tape.mu.Unlock()
	return w.Transport.WriteTo(data, to)
}

// replay sends all that was recorded once more, from a machine of a stranger in a region.
func (t *tape) replay(w *world, from model.RegionID) {
	port := w.network.MemberPort(from, 9)
	t.mu.Lock()
	all := slices.Clone(t.packets)
	t.mu.Unlock()
	for chunk := range slices.Chunk(all, 100) {
		for _, p := range chunk {
			_, _ = port.WriteTo(p.data, p.to)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Whoever has recorded packets and sends them again has the key to none, and nobody can tell them
// from others: that is why gossip is a hint. Those who are there are seen again once that ends; who
// is lost is seen for an instant at most, whenever that comes, since nobody answers for it.
func TestReplayedPacketsAreAHintAtMost(t *testing.T) {
	play(t, 3, func(w *world) {
		var tape tape
		for r := range model.RegionID(3) { // With a farewell and a beginning of each.
			must(t, w.views[r].Leave(10*time.Second))
			must(t, w.views[r].Shutdown())
			time.Sleep(20 * time.Second)
			w.views[r] = w.start(r, 0, func(c *gossip.Config) {
				c.Transport = wiretap{w.network.MemberPort(r, 0), &tape}
			})
			w.settle(3 * time.Minute)
		}
		time.Sleep(time.Minute)
		if len(tape.packets) < 300 {
			t.Fatalf("%d packets were recorded", len(tape.packets))
		}
		for range 5 {
			tape.replay(w, 1)
		}
		t.Logf("while all are there %d are held for lost", len(w.lost()))
		w.settle(time.Minute)
		w.lose(2)
		for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); {
			tape.replay(w, 1)
		}
		w.sightings(2, 5*time.Second)
		for r, v := range w.views[:2] {
			if v.Seen().Has(2) {
				t.Errorf("%d still sees who is lost", r)
			}
		}
		w.network.Revive(2)
		w.views[2] = w.start(2, 0, nil)
		w.settle(3 * time.Minute)
	})
}

// sightings holds how long each agent sees a region that is lost, after it was first noticed.
func (w *world) sightings(of model.RegionID, most time.Duration) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var since [model.MaxRegions]time.Time
	seen := 0
	for _, e := range w.events {
		switch {
		case e.of != of:
		case !e.lost:
			since[e.by] = e.at
			seen++
		case !since[e.by].IsZero() && e.at.Sub(since[e.by]) > most:
			w.t.Errorf("%d has seen who is lost for %s", e.by, e.at.Sub(since[e.by]))
		}
	}
	w.t.Logf("who is lost is seen %d times", seen)
}

package gossip_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/gossip"
	"redoubt/model"
	"redoubt/wan"
)

// key makes a key that is the same at each call.
func key(of byte) []byte { return bytes.Repeat([]byte{of}, 32) }

// event is one call back.
type event struct {
	at     time.Time
	by, of model.RegionID
	lost   bool
}

// view is one agent of a test.
type view struct {
	*gossip.Members
	journal *journal
}

// world are agents in virtual time.
type world struct {
	t       *testing.T
	network *wan.Network
	names   []string
	views   []*view

	mu     sync.Mutex
	events []event
}

// journal is a log that a test reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// play has agents in so many regions, 80 to 330 ms apart, who know each other, in a bubble of
// virtual time.
func play(t *testing.T, regions int, body func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var trips model.Latency
		for a := range trips {
			for b := range a {
				trip := time.Duration(80+rand.N(251)) * time.Millisecond
				trips[a][b], trips[b][a] = trip, trip
			}
		}
		w := &world{t: t, network: wan.New(&trips)}
		for r := range regions {
			w.names = append(w.names, fmt.Sprintf("region-%d", r))
		}
		for r := range model.RegionID(regions) {
			w.views = append(w.views, w.start(r, 0, nil))
			time.Sleep(rand.N(3 * time.Second)) // Probes are not in step.
		}
		w.settle(2 * time.Minute)
		body(w)
		for _, v := range w.views {
			must(t, v.Shutdown())
		}
		time.Sleep(5 * time.Minute)
	})
}

// config is that of an agent on a machine of its region.
func (w *world) config(r model.RegionID, machine byte) (gossip.Config, *journal) {
	j := new(journal)
	c := gossip.Config{
		Cluster: "orders", Region: r, Regions: w.names, Keys: [][]byte{key(1)},
		Transport: w.network.MemberPort(r, machine), Log: j.log(),
		Meta: gossip.Meta{Version: "1.0", Rules: 7, Policy: "abcd", API: fmt.Sprintf("10.0.%d.9:80", r)},
	}
	for other := range w.names {
		c.Addresses = append(c.Addresses, wan.Address(model.RegionID(other), 0).String())
	}
	note := func(lost bool) func(model.RegionID) {
		return func(of model.RegionID) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, event{time.Now(), r, of, lost})
		}
	}
	c.OnLost, c.OnSeen = note(true), note(false)
	return c, j
}

func (w *world) start(r model.RegionID, machine byte, change func(*gossip.Config)) *view {
	w.t.Helper()
	c, j := w.config(r, machine)
	if change != nil {
		change(&c)
	}
	m, err := gossip.New(c)
	must(w.t, err)
	return &view{m, j}
}

// everybody is so when each agent sees all others.
func (w *world) everybody() bool {
	for r, v := range w.views {
		if want := model.RegionSet(1<<len(w.views) - 1).Without(model.RegionID(r)); v.Seen() != want {
			return false
		}
	}
	return true
}

// settle waits until each agent sees all others, and forgets what has led to it.
func (w *world) settle(most time.Duration) time.Duration {
	w.t.Helper()
	began := time.Now()
	for !w.everybody() {
		if time.Since(began) > most {
			w.t.Fatalf("somebody does not see somebody after %s", most)
		}
		time.Sleep(100 * time.Millisecond)
	}
	took := time.Since(began)
	time.Sleep(time.Second) // For the callbacks.
	w.forget()
	return took
}

func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = nil
}

// lost gives who was called back about a loss, and forgets it.
func (w *world) lost() (all []event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.lost {
			all = append(all, e)
		}
	}
	w.events = nil
	return all
}

// lose loses a region, its agent with it.
func (w *world) lose(r model.RegionID) {
	w.network.Lose(r)
	must(w.t, w.views[r].Shutdown())
}

package gossip_test

import (
	"strings"
	"testing"
	"time"

	"redoubt/gossip"
	"redoubt/model"
	"redoubt/wan"
)

// lossMax is what the profile was measured to take at most until a lost member is dead: a p99 of 13
// s with seven regions, and a probe more.
const lossMax = 15 * time.Second

func TestALostRegionIsNoticedByAll(t *testing.T) {
	for _, regions := range []int{3, 5, 7} {
		play(t, regions, func(w *world) {
			gone := model.RegionID(regions - 1)
			since := time.Now()
			w.lose(gone)
			time.Sleep(2 * time.Minute)
			events := w.lost()
			if len(events) != regions-1 {
				t.Errorf("%d of %d were told of a loss: %v", len(events), regions-1, events)
			}
			for _, e := range events {
				if late := e.at.Sub(since); e.of != gone || late < 5*time.Second || late > lossMax {
					t.Errorf("%d hears that %d is lost after %s, want %d after 5 s to %s", e.by, e.of,
						late, gone, lossMax)
				}
			}
			for r, v := range w.views[:gone] {
				if v.Lost() != model.RegionSet(0).With(gone) || v.Seen().Has(gone) {
					t.Errorf("%d has lost %b and sees %b", r, v.Lost(), v.Seen())
				}
			}
		})
	}
}

func TestNobodyIsLostAtOnePercentLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("plays hours of gossip")
	}
	play(t, 5, func(w *world) {
		w.network.ChangeAll(func(l *wan.Link) { l.Loss, l.Jitter = 0.01, 0.3 })
		time.Sleep(2 * time.Hour)
		if events := w.lost(); len(events) > 0 {
			t.Errorf("%d were lost in two hours although all run: %v", len(events), events)
		}
	})
}

func TestAOneWayCutIsNoLoss(t *testing.T) {
	play(t, 3, func(w *world) {
		w.network.Cut(0, 1)
		time.Sleep(10 * time.Minute)
		if events := w.lost(); len(events) > 0 {
			t.Errorf("lost %v although a third region reaches both", events)
		}
	})
}

func TestAPartitionHealsHoweverLongItWas(t *testing.T) {
	play(t, 5, func(w *world) {
		w.network.Part(model.RegionSet(0).With(0).With(1))
		time.Sleep(10 * time.Minute)
		if events := w.lost(); len(events) != 2*2*3 {
			t.Errorf("%d were told, want each side of the other: %v", len(events), events)
		}
		w.network.Heal()
		if took := w.settle(2 * time.Minute); took > time.Minute {
			t.Errorf("healed after %s, want within a minute", took)
		}
	})
}

func TestAnIsolatedRegionComesBack(t *testing.T) {
	play(t, 3, func(w *world) {
		w.network.Isolate(1)
		time.Sleep(5 * time.Minute)
		if lost := w.views[1].Lost(); lost != model.RegionSet(0).With(0).With(2) {
			t.Errorf("it has lost %b, want all others", lost)
		}
		w.network.Heal()
		w.settle(time.Minute)
	})
}

func TestARestartIsSeenAtAnyAddress(t *testing.T) {
	for name, c := range map[string]struct {
		machine byte
		pause   time.Duration
	}{
		"the same, at once":    {0, time.Second},
		"the same, later":      {0, 10 * time.Minute},
		"another one, at once": {1, time.Second},
		"another one, later":   {1, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 3, func(w *world) {
				must(t, w.views[2].Shutdown())
				time.Sleep(c.pause)
				w.views[2] = w.start(2, c.machine, func(c *gossip.Config) { c.Meta.Version = "2.0" })
				// Until it is found dead, and somebody joins it again; memberlist forgets the dead, and
				// their addresses with them, only after a minute.
				if took := w.settle(90 * time.Second); took > 55*time.Second {
					t.Errorf("seen after %s, want within 55 s", took)
				}
				time.Sleep(90 * time.Second)
				for _, v := range w.views[:2] {
					if got := v.Meta(2).Version; got != "2.0" {
						t.Errorf("it is known as version %q", got)
					}
				}
				w.forget()
				w.lose(2)
				time.Sleep(time.Minute)
				if got := w.lost(); len(got) != 2 {
					t.Errorf("%d were told that it is lost after all", len(got))
				}
			})
		})
	}
}

func TestKeysAreRotatedWhileAllRun(t *testing.T) {
	play(t, 3, func(w *world) {
		older, newer := key(1), key(2)
		for _, keys := range [][][]byte{{older, newer}, {newer, older}, {newer}} {
			for _, v := range w.views {
				must(t, v.Rotate(keys...))
				time.Sleep(5 * time.Minute) // Agents have different keys meanwhile.
			}
		}
		if events := w.lost(); len(events) > 0 {
			t.Errorf("lost %v in the middle of it", events)
		}
		for _, v := range w.views {
			if got := v.Counts().Refused; got > 0 {
				t.Errorf("%d were refused in the middle of it", got)
			}
		}
		// Who has slept through it is out.
		must(t, w.views[2].Rotate(older))
		time.Sleep(2 * time.Minute)
		if got := w.views[0].Lost(); got != model.RegionSet(0).With(2) ||
			w.views[0].Counts().Refused == 0 {
			t.Errorf("lost %b, want the one with the old key", got)
		}
		must(t, w.views[2].Rotate(newer))
		w.settle(time.Minute)
	})
}

func TestStrangersAreIgnored(t *testing.T) {
	play(t, 3, func(w *world) {
		names := w.names
		w.names = []string{"region-0", "region-1", "elsewhere"}
		stranger := w.start(2, 5, func(c *gossip.Config) { c.OnLost, c.OnSeen = nil, nil })
		w.names = names
		time.Sleep(5 * time.Minute)
		for r, v := range w.views {
			if got := v.Counts().Strange; got == 0 && r < 2 {
				t.Errorf("%d has met no stranger", r)
			}
		}
		if !w.everybody() || len(w.lost()) > 0 {
			t.Error("a stranger keeps those who belong here from seeing each other")
		}
		if log := w.views[0].journal.String(); !strings.Contains(log, "no region of the scenario") {
			t.Error("nobody says that there is a stranger")
		}
		// Another agent of a region that has one.
		double := w.start(1, 6, func(c *gossip.Config) { c.OnLost, c.OnSeen = nil, nil })
		time.Sleep(time.Minute)
		if log := w.views[0].journal.String(); !strings.Contains(log, "two agents of one region") {
			t.Error("nobody says that there are two")
		}
		if !w.everybody() || len(w.lost()) > 0 {
			t.Error("the first one is not seen any more")
		}
		must(t, stranger.Shutdown())
		must(t, double.Shutdown())
	})
}

func TestAnotherClusterWithTheSameKeyIsAnother(t *testing.T) {
	play(t, 3, func(w *world) {
		other := w.start(2, 5, func(c *gossip.Config) {
			c.Cluster, c.OnLost, c.OnSeen = "invoices", nil, nil
		})
		time.Sleep(2 * time.Minute)
		if other.Seen() != 0 || w.views[0].Counts().Refused == 0 {
			t.Errorf("it sees %b, and %d were refused", other.Seen(), w.views[0].Counts().Refused)
		}
		if other.Lost() != model.RegionSet(0).With(0).With(1) {
			t.Errorf("it has lost %b, want all that it never saw", other.Lost())
		}
		must(t, other.Shutdown())
	})
}

func TestAgentsTellOfThemselves(t *testing.T) {
	play(t, 3, func(w *world) {
		want := gossip.Meta{Version: "1.0", Rules: 7, Policy: "abcd", API: "10.0.1.9:80"}
		if got := w.views[0].Meta(1); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		want.Rules, want.Policy = 8, "ef01"
		must(t, w.views[1].Tell(want))
		time.Sleep(10 * time.Second)
		for _, v := range []*view{w.views[0], w.views[2]} {
			if got := v.Meta(1); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		want.Policy = strings.Repeat("x", 500)
		if err := w.views[1].Tell(want); err == nil || !strings.Contains(err.Error(), "512 at most") {
			t.Errorf("got %v", err)
		}
		if len(w.lost()) > 0 {
			t.Error("somebody was lost over it")
		}
		if got := w.views[0].Meta(model.NoRegion); got != (gossip.Meta{}) {
			t.Errorf("got %+v of nobody", got)
		}
	})
}

func TestWhoLeavesIsLostAtOnce(t *testing.T) {
	play(t, 3, func(w *world) {
		since := time.Now()
		must(t, w.views[2].Leave(10*time.Second))
		must(t, w.views[2].Shutdown())
		time.Sleep(20 * time.Second)
		events := w.lost()
		if len(events) != 2 {
			t.Errorf("%d were told", len(events))
		}
		for _, e := range events {
			if late := e.at.Sub(since); late > 3*time.Second {
				t.Errorf("%d was told after %s", e.by, late)
			}
		}
		if err := w.views[2].Leave(time.Second); err == nil {
			t.Error("left again after the end")
		}
		if err := w.views[2].Tell(gossip.Meta{}); err == nil {
			t.Error("told something after the end")
		}
		w.views[2] = w.start(2, 0, nil)
		w.settle(2 * time.Minute)
	})
}

func TestConfigurationsThatCannotWorkAreErrors(t *testing.T) {
	w := &world{t: t, network: wan.New(new(model.Latency)), names: []string{"a", "b"}}
	for want, change := range map[string]func(*gossip.Config){
		"1 to 4 keys":    func(c *gossip.Config) { c.Keys = nil },
		"16, 24 or 32":   func(c *gossip.Config) { c.Keys = [][]byte{{1, 2, 3}} },
		"zeros":          func(c *gossip.Config) { c.Keys = [][]byte{make([]byte, 32)} },
		"twice":          func(c *gossip.Config) { c.Keys = [][]byte{key(1), key(1)} },
		"region 2 of 2":  func(c *gossip.Config) { c.Region = 2 },
		"3 addresses":    func(c *gossip.Config) { c.Addresses = make([]string, 3) },
		"cluster's name": func(c *gossip.Config) { c.Cluster = "" },
		"a log":          func(c *gossip.Config) { c.Log = nil },
		"512 at most":    func(c *gossip.Config) { c.Meta.API = strings.Repeat("x", 600) },
		"no IP address":  func(c *gossip.Config) { c.Transport, c.Bind = nil, "localhost:0" },
	} {
		c, _ := w.config(0, 0)
		change(&c)
		if _, err := gossip.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

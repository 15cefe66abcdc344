package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// Flavel, Mani and Maltz (LANMAN 2014): at a TTL of 20 s, 10 % stale after 60 s and 2 % after 15
// min.
func TestMeasuredClientsPassThroughThePublishedPoints(t *testing.T) {
	c := newClients(&model.Routing{TTL: 20 * time.Second, Clients: model.Measured})
	for _, point := range []struct{ after, want float64 }{{60, 0.10}, {900, 0.02}} {
		if got := c.stale(point.after); math.Abs(got-point.want) > 1e-12 {
			t.Errorf("stale after %g s: got %v, want %v", point.after, got, point.want)
		}
	}
}

func clientCases() []clients {
	var cases []clients
	for _, ttl := range []time.Duration{time.Second, 20 * time.Second, time.Minute, 24 * time.Hour} {
		for _, cache := range []time.Duration{0, 30 * time.Second, time.Minute, time.Hour} {
			for _, kind := range []model.ClientModel{model.Idealised, model.Measured} {
				cases = append(cases, newClients(&model.Routing{
					TTL: ttl, Clients: kind, ClientCache: cache,
				}))
			}
		}
	}
	return cases
}

func TestClientsOnlyEverFollow(t *testing.T) {
	for _, c := range clientCases() {
		settled := c.settled().Seconds()
		if got := c.stale(0); got != 1 {
			t.Errorf("%s, TTL %g s: %g are stale at once, want all", c.ClientModel, c.ttl, got)
		}
		if got := c.stale(settled); got > 1.0001e-6 {
			t.Errorf("%s, TTL %g s: %g are stale when settled", c.ClientModel, c.ttl, got)
		}
		before := 1.0
		for k := range 5000 {
			now := c.stale(settled * float64(k) / 5000)
			if now > before+1e-12 || now < 0 {
				t.Fatalf("%s, TTL %g s, cache %g s: the stale share goes from %g to %g",
					c.ClientModel, c.ttl, c.cache, before, now)
			}
			before = now
		}
		bends := c.bends(nil)
		for i := 1; i < len(bends); i++ {
			if bends[i] < bends[i-1] {
				t.Errorf("%s, TTL %g s: the bends %v do not ascend", c.ClientModel, c.ttl, bends)
			}
		}
	}
}

// An idealised client keeps an answer for the rest of its TTL and then for its own cache: the sum
// of two uniform times, here convolved by the midpoint rule.
func TestIdealisedClientsAreASumOfUniforms(t *testing.T) {
	for _, c := range clientCases() {
		if c.ClientModel != model.Idealised || c.cache == 0 {
			continue
		}
		for _, share := range []float64{0.05, 0.2, 0.5, 0.7, 0.95} {
			x := share * (c.ttl + c.cache)
			const panels = 20_000
			moved := 0.0
			for k := range panels {
				kept := (float64(k) + 0.5) / panels * c.cache
				moved += math.Min(math.Max((x-kept)/c.ttl, 0), 1) / panels
			}
			if got := 1 - c.stale(x); math.Abs(got-moved) > 1e-4 {
				t.Errorf("TTL %g s, cache %g s, %g s: got %g moved, want %g",
					c.ttl, c.cache, x, got, moved)
			}
		}
	}
}

// The failed share of a shift is integrated piece by piece; a sum of very many short pieces says
// how well. Two populations shift at different times, and what they move to cannot carry everybody.
func TestTheFluidAgreesWithAFineSum(t *testing.T) {
	for _, kind := range []model.ClientModel{model.Idealised, model.Measured} {
		s := estate()
		s.Routing.Clients, s.Routing.ClientCache = kind, 30*time.Second
		w := stage(t, s, model.HotStandby, 1, witness, model.Year)
		w.flows = []flow{
			{share: 0.6, target: standby, old: home, changed: warmup},
			{share: 0.4, target: standby, old: home, changed: warmup + 25e9},
		}
		w.answers = [model.MaxRegions]float64{home: 0, standby: 1}
		w.capacity = [model.MaxRegions]float64{home: 2, standby: 0.95}
		const second = int64(time.Second)
		from, to := warmup+25*second, warmup+7200*second
		w.lost, w.incident = 0, incident{}
		w.serving, w.serviceDown = w.standing(from)
		w.incident.open, w.incident.from = true, warmup
		w.integrate(from, to)
		fine, short, up := 0.0, int64(100*time.Millisecond), int64(0)
		for at := from; at < to; at += short {
			fine += (1 - w.served(at+short/2)) * float64(short)
			if up == 0 && w.served(at) >= s.Traffic.DownBelow {
				up = at - warmup
			}
		}
		if got := int64(w.incidents[0].RTO); len(w.incidents) != 1 || got > up || got < up-short {
			t.Errorf("%s: up after %v, want one incident of %s", kind, w.incidents, time.Duration(up))
		}
		// The kink where the standby is full lies within a piece, and Simpson's rule misses some of
		// it.
		if math.Abs(w.lost-fine) > 0.002*fine {
			t.Errorf("%s: got %.3f s lost, want %.3f s", kind, w.lost/1e9, fine/1e9)
		}
		t.Logf("%s: the integral is off by %.4f%%", kind, 100*(w.lost/fine-1))
	}
}

// Where every region could answer all who come from it and to it, nothing fails at any time of a
// shift, so that nothing has to be integrated. Three flows move between three regions at random.
func TestNothingFailsWhereEveryRegionCarriesAll(t *testing.T) {
	s := estate()
	w := stage(t, s, model.HotStandby, 1, witness, model.Year)
	skipped, summed := 0, 0
	for seed := range uint64(2000) {
		g := generator(seedOf(t) + seed)
		w.flows = w.flows[:0]
		for _, share := range [...]float64{0.5, 0.3, 0.2} {
			f := flow{share: share, target: model.RegionID(g.IntN(3)), old: model.RegionID(g.IntN(4))}
			if f.old == f.target || f.old == 3 {
				f.old = model.NoRegion
			}
			f.changed = warmup - int64(g.IntN(600))*1e9
			w.flows = append(w.flows, f)
		}
		for r := range 3 {
			w.answers[r], w.capacity[r] = 1, float64(2+g.IntN(8))/8
		}
		if g.IntN(4) == 0 {
			w.answers[g.IntN(3)] = 0.5
		}
		most := 0.0
		for at := warmup; at < warmup+3600e9; at += 20e9 {
			most = max(most, w.failed(at))
		}
		switch carries := w.carriesAll(warmup); {
		case carries && most > lineTolerance:
			t.Errorf("seed %d: got %g that fails, want nothing", seed, most)
		case carries:
			skipped++
		case most > lineTolerance:
			summed++
		}
	}
	if skipped < 100 || summed < 100 {
		t.Errorf("got %d without and %d with something that fails, want 100 of each", skipped, summed)
	}
}

// The timeline of phase-12 as the document draws it: routing alone, no store to promote, nothing to
// scale, no hold-down, probes that begin an interval after the loss and fail at once.
func TestRoutingAloneFollowsTheDocument(t *testing.T) {
	s := *load(t, "warm-standby-two-region")
	s.Stores = nil
	s.Settings.HoldDown = 0
	s.Routing.Clients, s.Routing.Flip = model.Idealised, model.Fixed(0)
	s.Routing.ClientCache = 30 * time.Second
	s.Checks = append([]model.Check(nil), s.Checks...)
	s.Checks[0].Aligned, s.Checks[0].Timeout = true, 0
	strategy := strategyOf(t, &s, model.WarmStandby)
	strategy.Scale, strategy.Standby[model.Compute] = model.Fixed(0), 1
	for seed := range uint64(50) {
		w := newTestWorld(t, &s, strategy, 24*time.Hour)
		w.begin(newSource(seed, 0), timelineOutages(nil, &s))
		w.load()
		for w.step() && w.flows[0].old == model.NoRegion {
		}
		// What the document leaves out is agreement: a report, two claims and two reports that a
		// step is done, each on its way and committed.
		decided := time.Duration(w.decisions[0].At)
		if decided < 30*time.Second || decided > 30*time.Second+200*time.Millisecond {
			t.Fatalf("seed %d: decided at %s, want T+30 s and a commit", seed, decided)
		}
		shifted := time.Duration(w.flows[0].changed - warmup)
		if late := shifted - decided; late < 0 || late > 500*time.Millisecond {
			t.Fatalf("seed %d: shifted %s after the decision, want the time of a few commits", seed, late)
		}
		moved := func(at time.Duration) float64 { return 1 - w.loads(warmup + int64(at))[home] }
		late := shifted - 30*time.Second
		// Of a TTL of 60 s and a cache of 30 s: (60 - 30/2) / 60 after 60 s, all after 90 s.
		if got := moved(90*time.Second + late); math.Abs(got-0.75) > 1e-6 {
			t.Errorf("seed %d: %.4f of the clients have moved by T+90, want 0.75", seed, got)
		}
		if got := moved(90 * time.Second); got < 0.5 {
			t.Errorf("seed %d: %.4f of the clients have moved by T+90, want most", seed, got)
		}
		if got := moved(120*time.Second + late); got != 1 {
			t.Errorf("seed %d: %.4f of the clients have moved by T+120, want all", seed, got)
		}
	}
}

package sim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/model"
)

// waitsOf plays a queue request by request: they arrive by chance, take the first server that is
// free, and are turned away where a number of them waits already. It gives how long each took that
// was served, and the share that was not.
func waitsOf(
	rng *rand.Rand, arrive, serve float64, servers, room, requests int,
) (took []float64, refused float64) {
	free := make([]float64, servers) // When each server is free.
	var starts []float64             // When each of those begins that waits.
	at := 0.0
	for range requests {
		at += rng.ExpFloat64() / arrive
		for len(starts) > 0 && starts[0] <= at {
			starts = starts[1:]
		}
		if len(starts) >= room {
			refused += 1 / float64(requests)
			continue
		}
		first := 0
		for i := range free {
			if free[i] < free[first] {
				first = i
			}
		}
		begins := math.Max(at, free[first])
		if begins > at {
			starts = append(starts, begins)
		}
		free[first] = begins + rng.ExpFloat64()/serve
		took = append(took, free[first]-at)
	}
	return took, refused
}

// batches are the means of a hundred stretches of a sequence, which hardly hang together.
func batches(all []float64, of func(float64) float64) (means sample) {
	size := len(all) / 100
	for i := range 100 {
		sum := 0.0
		for _, x := range all[i*size : (i+1)*size] {
			sum += of(x)
		}
		means = append(means, sum/float64(size))
	}
	return means
}

// Requests that arrive by chance at c servers wait with the probability of Erlang's formula C, and
// then for a time that is exponential; where more come than all servers can do, what they cannot is
// turned away, however many may wait. What the simulator says of a region is held against queues
// that are played request by request.
func TestOracleMMcWaitAndShed(t *testing.T) {
	for _, c := range []struct {
		name        string
		utilisation float64
		service     time.Duration
		servers     int
	}{
		{"one server", 0.7, 7 * time.Millisecond, 1},
		{"four, busy", 0.9, 36 * time.Millisecond, 4},
		{"twenty", 0.8, 160 * time.Millisecond, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Traffic.RequestsPerSecond, s.Traffic.WriteShare = 100, 0
			s.Traffic.ServiceTime, s.Regions[home].Utilisation = c.service, c.utilisation
			strategy := strategyOf(t, s, model.HotStandby)
			got := latencies(s, strategy)[0].Well
			each := 100 / c.utilisation / float64(c.servers)
			took, _ := waitsOf(generator(seedOf(t)), 100, each, c.servers, 1<<30, 1_000_000)
			for _, quantile := range []struct {
				at    time.Duration
				share float64
			}{{got.P50, 0.5}, {got.P95, 0.95}, {got.P99, 0.99}} {
				within := batches(took, func(x float64) float64 { return given(x <= quantile.at.Seconds()) })
				near(t, quantile.at.String(), within.mean(), quantile.share, within.standardError())
			}
		})
	}
	t.Run("overload", overloaded)
}

// overloaded loses one of two regions that serve. The other answers what it has capacity for.
func overloaded(t *testing.T) {
	s := estate()
	s.Traffic.WriteShare, s.Traffic.ServiceTime = 0, 20*time.Millisecond
	s.Populations[0].Share = 0.5
	s.Populations = append(s.Populations, model.Population{
		Name: "far", Share: 0.5, Nearest: standby,
	})
	for r := range s.Regions {
		s.Regions[r].Utilisation, s.Regions[r].BurstCeiling = 0.8, 1.25
	}
	s.Settings.CapacityMin = 0.5
	lose(s, home, time.Minute, 0)
	w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour))
	arrive, capacity := 1000.0, 1000*w.capacity[standby]
	servers := int(capacity * s.Traffic.ServiceTime.Seconds())
	refused := sample{}
	for range 100 {
		_, share := waitsOf(generator(seedOf(t)+uint64(len(refused))), arrive,
			capacity/float64(servers), servers, 100, 20_000)
		refused = append(refused, share)
	}
	played := 1 - w.served(w.now)
	// At first the queue fills up, which turns nobody away.
	near(t, "share that is shed", refused.mean(), played, refused.standardError()+100.0/20_000)
	said := latencies(s, strategyOf(t, s, model.ReadLocal))
	for _, p := range said {
		if math.Abs(p.Moved.Shed-played) > 1e-9 || p.Well.Shed != 0 || p.Moved.P50 != 0 {
			t.Errorf("%s: got %+v, want %.4f shed", p.Population, p, played)
		}
	}
}

// The ways are added to the wait and the service: of a write the way on to the primary too.
func TestLatencyIsTheWayAndTheService(t *testing.T) {
	s := estate()
	s.Traffic.ServiceTime, s.Traffic.WriteShare = time.Millisecond, 0.02
	s.Regions[home].Utilisation, s.Regions[standby].Utilisation = 0.01, 0.01
	s.Populations[0].Share = 0.5
	s.Populations = append(s.Populations, model.Population{
		Name: "far", Share: 0.5, Nearest: standby,
	})
	service := func(share float64) time.Duration { // Of an exponential time, nobody waiting.
		return time.Duration(-math.Log(share) * 1e6)
	}
	const way = 80 * time.Millisecond
	for _, c := range []struct {
		kind model.StrategyKind
		// p50 and p99 of each population; where 2 % are writes, half of those that take the longest.
		p50, p99 [2]time.Duration
	}{
		{model.HotStandby, [2]time.Duration{service(0.5), way + service(0.5)},
			[2]time.Duration{service(0.01), way + service(0.01)}},
		{model.ReadLocal, [2]time.Duration{service(0.5), service((0.5 - 0.02) / 0.98)},
			[2]time.Duration{service(0.01), way + service(0.5)}},
		{model.ActiveActive, [2]time.Duration{service(0.5), service(0.5)},
			[2]time.Duration{service(0.01), service(0.01)}},
	} {
		for i, p := range latencies(s, strategyOf(t, s, c.kind)) {
			for _, pair := range [][2]time.Duration{{p.Well.P50, c.p50[i]}, {p.Well.P99, c.p99[i]}} {
				if off := pair[0] - pair[1]; off < -2 || off > 2 {
					t.Errorf("%s, %s: got %s, want %s", c.kind, p.Population, pair[0], pair[1])
				}
			}
		}
	}
}

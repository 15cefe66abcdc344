package sim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// What theory says of a part in closed form, held against runs of the simulator. Every such test is
// called TestOracle, and docs/fidelity.md lists them all.

// One observer whose phase is drawn says down at (F - 1) I + T and up to an interval I later,
// evenly.
func TestOracleDetectionUnderUniformPhase(t *testing.T) {
	const trials, interval, floor = 4000, 10.0, 2*10.0 + 2.0
	s := estate()
	s.Checks[0].Aligned = false
	lose(s, home, time.Minute, 0)
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
	took, early := make(sample, trials), make(sample, trials)
	for trial := range took {
		w.begin(newSource(seedOf(t), trial), timelineOutages(nil, s))
		w.load()
		for !w.probers[standby][home][0].detector.Down() && w.step() {
		}
		took[trial] = time.Duration(w.now-warmup-int64(time.Minute)).Seconds() - floor
		if took[trial] <= 0 || took[trial] > interval {
			t.Fatalf("trial %d: %g s late, want at most %g s", trial, took[trial], interval)
		}
		early[trial] = given(took[trial] < interval/4)
	}
	near(t, "mean", took.mean(), interval/2, interval/math.Sqrt(12*trials))
	variance := interval * interval / 12
	near(t, "variance", took.variance(), variance, variance*math.Sqrt(0.8/trials))
	near(t, "share in the first quarter", early.mean(), 0.25, math.Sqrt(0.25*0.75/trials))
}

// An entry is committed once the k-th nearest of the n - 1 others has answered, k being n / 2. Of
// round trips that are drawn evenly it is at k / n of their range on average.
func TestOracleMajorityCommitDelay(t *testing.T) {
	const trials, low, high, disk = 3000, 0.080, 0.330, 2 * float64(appendTime) / 1e9
	for _, regions := range []int{3, 5, 7} {
		t.Run(fmt.Sprintf("%d voters", regions), func(t *testing.T) {
			rng := generator(seedOf(t))
			w := mesh(t, regions, time.Second, 1)
			took := make(sample, trials)
			for trial := range took {
				var trips model.Latency
				for r := 1; r < regions; r++ {
					trip := time.Duration(1e9 * (low + (high-low)*rng.Float64()))
					trips[home][r], trips[r][home] = trip, trip
				}
				w.onNetwork(trips, uint64(trial))
				w.raft.leader = home
				w.send(home, failover.Event{
					Kind: failover.CapacityChanged, Region: home, Share: uint16(7),
				})
				for w.state.Ready[home] != 7 && w.step() {
				}
				took[trial] = float64(w.now-warmup)/1e9 - disk
			}
			k, n := float64(regions/2), float64(regions)
			near(t, "mean", took.mean(), low+(high-low)*k/n, took.standardError())
			variance := (high - low) * (high - low) * k * (n - k) / (n * n * (n + 1))
			near(t, "variance", took.variance(), variance, 2*variance/math.Sqrt(trials))
		})
	}
}

// outOf is the share of a time in which at least k of n are out, when each begins an outage of a
// fixed length at a rate, whether or not one lasts: the binomial sum, in the mean over the stretch
// in which the first of them may begin and over what follows, where it is constant.
func outOf(k, n int, perYear float64, lasts, horizon time.Duration) float64 {
	at := func(since time.Duration) (sum float64) {
		p := -math.Expm1(-perYear * float64(since) / float64(model.Year))
		for out := k; out <= n; out++ {
			ways := math.Gamma(float64(n+1)) / (math.Gamma(float64(out+1)) * math.Gamma(float64(n-out+1)))
			sum += ways * math.Pow(p, float64(out)) * math.Pow(1-p, float64(n-out))
		}
		return sum
	}
	const panels = 1000
	start := 0.0
	for i := range panels {
		start += at(lasts*time.Duration(2*i+1)/(2*panels)) / panels
	}
	part := float64(lasts) / float64(horizon)
	return start*part + at(lasts)*(1-part)
}

// Two regions fail independently, so both are lost for the product of their shares.
func TestOracleTwoRegionOverlap(t *testing.T) {
	const perYear, lasts, trials, horizon = 12.0, 72 * time.Hour, 300, 10 * model.Year
	s := estate()
	for _, r := range []model.RegionID{home, standby} {
		s.Hazards = append(s.Hazards, model.Hazard{
			Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, PerYear: perYear,
			Duration: model.Fixed(lasts),
		})
	}
	w := newTestWorld(t, s, strategyOf(t, s, model.SingleRegion), horizon)
	both := make(sample, trials)
	for trial := range both {
		src := newSource(seedOf(t), trial)
		w.begin(src, drawOutages(nil, s, src, int64(horizon)))
		w.load()
		since, last := int64(0), warmup
		for more := true; more; last = w.now {
			gone := !w.net.up(home) && !w.net.up(standby)
			if more = w.step(); gone && more {
				since += w.now - last
			}
		}
		both[trial] = float64(since) / float64(horizon)
	}
	near(t, "share of the time", both.mean(), outOf(2, 2, perYear, lasts, horizon),
		both.standardError())
}

// A healthy primary writes as long as a majority of all agents can agree that it may: not while
// more of the others are lost than the rest could outvote. Beside these losses, of days, the lease
// and the election that each begins and ends with are seconds.
func TestOracleQuorumLoss(t *testing.T) {
	const perYear, lasts, trials, horizon = 50.0, 75 * time.Hour, 150, 2 * model.Year
	for _, regions := range []int{3, 5} {
		t.Run(fmt.Sprintf("%d voters", regions), func(t *testing.T) {
			s := mesh(t, regions, 2*time.Second, 1).scenario
			for r := model.RegionID(1); int(r) < regions; r++ {
				s.Hazards = append(s.Hazards, model.Hazard{
					Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, PerYear: perYear,
					Duration: model.Fixed(lasts),
				})
			}
			w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), horizon)
			closed := make(sample, trials)
			for trial := range closed {
				result := w.play(s, seedOf(t), trial)
				down, quorum := result.trial.Down, result.trial.DownBy[model.DownQuorum]
				if closed[trial] = float64(down) / float64(horizon); down != quorum {
					t.Fatalf("trial %d: down for %s, of that %s without a quorum", trial, down, quorum)
				}
			}
			want := outOf(regions/2+1, regions-1, perYear, lasts, horizon)
			near(t, "share of the time", closed.mean(), want, closed.standardError())
		})
	}
}

// A number of losses that is Poisson, each lognormal: the total of a horizon has the mean and the
// variance n E[D] and n E[D^2], and is nothing with probability exp(-n). Losses that overlap count
// once, which takes half of rate x E[D], 0.04 %, off the mean.
func TestOraclePoissonLognormalLossTotals(t *testing.T) {
	const perYear, years, mu, sigma, trials = 0.8, 2.0, 1.680, 0.896, 4000
	s := estate()
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, PerYear: perYear,
		Duration: model.LognormalHours(mu, sigma),
	}}
	w := newTestWorld(t, s, strategyOf(t, s, model.SingleRegion), years*model.Year)
	hours, none := make(sample, trials), make(sample, trials)
	for trial := range hours {
		hours[trial] = w.play(s, seedOf(t), trial).trial.Lost.Hours()
		none[trial] = given(hours[trial] == 0)
	}
	const n = perYear * years
	moment := func(k float64) float64 { return math.Exp(k*mu + k*k*sigma*sigma/2) }
	near(t, "mean of the hours lost", hours.mean(), n*moment(1), math.Sqrt(n*moment(2)/trials))
	variance := n * moment(2)
	fourth := 3*variance*variance + n*moment(4)
	near(t, "their variance", hours.variance(), variance,
		math.Sqrt((fourth-variance*variance)/trials))
	near(t, "share without a loss", none.mean(), math.Exp(-n),
		math.Sqrt(math.Exp(-n)*-math.Expm1(-n)/trials))
}

// After a shift the clients that still ask the region that is lost fail for as long as they keep
// their answer: on average half a TTL and half of what they cache beside, and of a measured tail
// 1 / rate. Service is whole again, but for a tenth, when the last tenth but one has looked again.
func TestOracleDNSDecay(t *testing.T) {
	const ttl, cache, trials = 60.0, 30.0, 200
	tail := newClients(&model.Routing{TTL: ttl * time.Second, Clients: model.Measured})
	for _, c := range []struct {
		name    string
		routing model.Routing
		// mean is for how long a client is late, tenth when all but a tenth of them have followed.
		mean, tenth float64
	}{
		{"idealised", model.Routing{Clients: model.Idealised}, ttl / 2, 0.9 * ttl},
		{
			"with a cache", model.Routing{Clients: model.Idealised, ClientCache: cache * time.Second},
			ttl/2 + cache/2, ttl + cache - math.Sqrt(2*0.1*ttl*cache),
		},
		{
			"measured", model.Routing{Clients: model.Measured},
			(1-tail.tailShare)*ttl/2 + tail.tailShare*tail.tailSeconds, movedAfter,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Checks[0].Aligned = false
			flip := s.Routing.Flip
			s.Routing = c.routing
			s.Routing.TTL, s.Routing.Flip = ttl*time.Second, flip
			lose(s, home, time.Minute, 0)
			w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 24*time.Hour)
			late, off := make(sample, trials), make(sample, trials)
			for trial := range late {
				result := w.play(s, seedOf(t), trial)
				until := time.Duration(w.flows[0].changed - warmup - int64(time.Minute))
				late[trial] = (result.trial.Lost - until).Seconds()
				off[trial] = (result.incidents[0].RTO - until).Seconds() - c.tenth
			}
			// What is integrated by Simpson's rule misses some of an exponential tail.
			near(t, "seconds late", late.mean(), c.mean, late.standardError()+1e-4*c.mean)
			near(t, "moment of the last tenth", off.mean(), 0, off.standardError()+1e-6)
		})
	}
}

// A copy that follows lacks its lag, which is never less than the way to it takes. One that
// received nothing for a time S, and then c seconds of writes in each, lacks a triangle more: S^2 /
// 2 while it falls behind and S^2 / 2 (c - 1) while it catches up. A loss at any time of T loses
// that over T.
func TestOracleLagFloorAndFluidCatchUp(t *testing.T) {
	const trials, within, stalled = 3000, 1800.0, 600.0
	for _, c := range []struct {
		name   string
		stalls bool
		rate   float64
	}{{"no stall", false, 3}, {"three seconds in each", true, 3}, {"one and a half", true, 1.5}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Settings.DataAtRiskMax = time.Hour
			s.Stores[0].CatchUp = c.rate
			s.Stores[0].Lag[standby] = model.Distribution{Family: model.Exponential, A: 1}
			if c.stalls {
				stall(s, standby, time.Hour, time.Hour+stalled*time.Second)
			}
			before, rng := s.Timeline, generator(seedOf(t))
			w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 4*time.Hour)
			lost := make(sample, trials)
			for trial := range lost {
				s.Timeline = before
				lose(s, home, time.Hour+time.Duration(rng.Float64()*within*1e9), 0)
				result := w.play(s, seedOf(t), trial)
				lost[trial] = float64(result.trial.LostWrites) / float64(writesIn(time.Second))
				if floor := oneWay.Seconds() - 0.01; lost[trial] < floor {
					t.Fatalf("trial %d: %g s of writes lost, want at least %g s", trial, lost[trial], floor)
				}
			}
			want := oneWay.Seconds() + 1
			if c.stalls {
				want += stalled * stalled / 2 * (1 + 1/(c.rate-1)) / within
			}
			near(t, "seconds of writes lost", lost.mean(), want, lost.standardError())
		})
	}
}

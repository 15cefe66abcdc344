package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// farAway is the estate with users near the standby, who are served at home over a link; hardly
// anybody waits for a server.
func farAway(service time.Duration, link model.Link) *model.Scenario {
	s := overLinks(link)
	s.Traffic.ServiceTime, s.Traffic.WriteShare = service, 0
	s.Regions[home].Utilisation, s.Regions[standby].Utilisation = 0.01, 0.01
	s.Populations[0].Nearest = standby
	return s
}

// quantilesOf are those that a Delay has, of what takes longer than some seconds with a
// probability.
func quantilesOf(longer func(seconds float64) float64) model.Delay {
	return model.Delay{
		P50: exceeded(longer, 0.5), P95: exceeded(longer, 0.05), P99: exceeded(longer, 0.01),
	}
}

// sameDelay holds the percentiles within half a percent of a wait: what a distribution is cut into
// has a width.
func sameDelay(t *testing.T, what string, got, want model.Delay, way time.Duration) {
	t.Helper()
	for _, pair := range [][2]time.Duration{
		{got.P50, want.P50}, {got.P95, want.P95}, {got.P99, want.P99},
	} {
		if off := math.Abs(float64(pair[0] - pair[1])); off > 0.005*float64(pair[1]-way) {
			t.Errorf("%s: got %s, want %s", what, pair[0], pair[1])
		}
	}
}

// With jitter that is exponential a request takes the way, and then two exponential times one after
// the other, the jitter and the service: a hypoexponential distribution. Links that lose packets
// add a second for those that lost one, and three for two.
func TestOracleJitterWidensWhatUsersWait(t *testing.T) {
	const way, service, mean = 80 * time.Millisecond, 10 * time.Millisecond, 0.03
	jitter := model.Distribution{Family: model.Exponential, A: mean}
	both := func(seconds float64) float64 {
		x, a, b := math.Max(0, seconds-way.Seconds()), 1/mean, 1/service.Seconds()
		return (b*math.Exp(-a*x) - a*math.Exp(-b*x)) / (b - a)
	}
	const lost = 0.03
	for _, c := range []struct {
		name   string
		link   model.Link
		longer func(seconds float64) float64
	}{
		{"jitter", model.Link{Jitter: jitter}, both},
		{"loss there", model.Link{Loss: lost}, func(seconds float64) (share float64) {
			x := seconds - way.Seconds()
			for i, after := range []float64{0, 1, 3, 7} {
				share += math.Pow(lost, float64(i)) * (1 - lost) *
					math.Exp(-math.Max(0, x-after)/service.Seconds())
			}
			return share
		}},
		{"both", model.Link{Jitter: jitter, LossBack: lost}, func(seconds float64) (share float64) {
			for i, after := range []float64{0, 1, 3, 7} {
				share += math.Pow(lost, float64(i)) * (1 - lost) * both(seconds-after)
			}
			return share
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := farAway(service, c.link)
			got := latencies(s, strategyOf(t, s, model.HotStandby))[0]
			sameDelay(t, "to the primary", got.Well, quantilesOf(c.longer), way)
			sameDelay(t, "at home", got.Moved, quantilesOf(func(seconds float64) float64 {
				return math.Exp(-seconds / service.Seconds())
			}), 0)
		})
	}
}

// Writes that go on over more links, to a majority of the regions, are held against requests that
// are drawn one by one.
func TestLatencyOfWritesOverManyNoisyLinks(t *testing.T) {
	const service, draws = 5 * time.Millisecond, 400_000
	s := farAway(service, model.Link{
		Jitter: model.LognormalMedian(20*time.Millisecond, 80*time.Millisecond, 0.95),
	})
	s.Links = append(s.Links, model.Link{
		From: witness, To: home, Jitter: model.Distribution{Family: model.Exponential, A: 0.04},
	})
	s.Stores[0].Kind, s.Traffic.WriteShare = model.Quorum, 1
	strategy := strategyOf(t, s, model.HotStandby)
	at := func(u float64, from, to model.RegionID) float64 {
		link := s.Link(from, to)
		return s.Latency[from][to].Seconds() + link.Jitter.Quantile(u)
	}
	rng := rand.New(rand.NewPCG(seedOf(t), 1))
	var took []float64
	for range draws {
		way, nearest := at(rng.Float64(), standby, home), at(rng.Float64(), home, witness)
		nearest = min(nearest, at(rng.Float64(), home, standby))
		took = append(took, way+nearest+rng.ExpFloat64()*service.Seconds())
	}
	slices.Sort(took)
	got := latencies(s, strategy)[0].Well
	for _, c := range []struct {
		share float64
		at    time.Duration
	}{{0.5, got.P50}, {0.95, got.P95}, {0.99, got.P99}} {
		below, _ := slices.BinarySearch(took, c.at.Seconds())
		share := float64(below) / draws
		near(t, fmt.Sprint(c.share), share, c.share,
			math.Sqrt(c.share*(1-c.share)/draws)+0.0005/standardErrors) // Half a thousandth for the cuts.
	}
}

// What follows one after the other keeps its mean, however it is cut, and all of it is there.
func TestSpreadsKeepTheirMean(t *testing.T) {
	a := spreadOf(model.Distribution{Family: model.Exponential, A: 2}.Quantile)
	b := spreadOf(model.LognormalHours(-9, 0.8).Quantile)
	sum := a.then(b)
	shares := 0.0
	for i, part := range sum {
		if shares += part.share; i > 0 && part.nanoseconds < sum[i-1].nanoseconds {
			t.Fatalf("part %d is out of order", i)
		}
	}
	if math.Abs(shares-1) > 1e-9 || len(sum) > len(a)+5 {
		t.Errorf("%d parts sum to %g", len(sum), shares)
	}
	if got, want := sum.mean(), a.mean()+b.mean(); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("mean: got %g, want %g", got, want)
	}
	if got := a.mean() / 1e9; math.Abs(got/2-1) > 0.002 {
		t.Errorf("mean of the parts: got %g, want 2", got)
	}
}

// A copy is as far behind as the way to it takes, jitter included, half of the round trip's.
func TestOracleLagFloorWithJitter(t *testing.T) {
	const trials, mean = 2000, 3.0
	var lost sample
	for trial := range trials {
		s := overLinks(model.Link{Jitter: model.Distribution{Family: model.Uniform, B: 2 * mean}})
		s.Stores[0].Lag[standby] = model.Fixed(0)
		lose(s, home, time.Minute, 0)
		w := stage(t, s, model.HotStandby, seedOf(t)+uint64(trial), witness, time.Hour)
		finished(t, w)
		lost = append(lost, float64(w.trial.LostWrites))
	}
	rate := 1000 * 0.2
	near(t, "writes lost", lost.mean(), rate*(0.04+mean/2), lost.standardError())
	near(t, "their variance", lost.variance(), rate*rate*mean*mean/12,
		rate*rate*mean*mean/12*math.Sqrt(0.8/trials))
}

// Nobody waits less because a link delays or loses more.
func TestMoreNoiseNeverShortensAWait(t *testing.T) {
	noisier := func(step float64) model.Link {
		jitter := model.Distribution{Family: model.Exponential, A: 0.02 * step}
		return model.Link{Jitter: jitter, Loss: 0.01 * step}
	}
	for _, kind := range []model.StrategyKind{model.HotStandby, model.ReadLocal, model.ActiveActive} {
		var before model.PopulationLatency
		reached := time.Duration(0)
		for step := range 5 {
			s := farAway(5*time.Millisecond, noisier(float64(step)))
			s.Stores[0].Kind, s.Traffic.WriteShare = model.Quorum, 0.5
			for _, r := range []model.RegionID{home, standby} { // The fastest of a majority counts.
				link := noisier(float64(step))
				link.From, link.To = r, witness
				s.Links = append(s.Links, link)
			}
			after := latencies(s, strategyOf(t, s, kind))[0]
			was, is := before.Well, after.Well
			if is.P50 < was.P50 || is.P95 < was.P95 || is.P99 <= was.P99 {
				t.Errorf("%s, step %d: %+v, and %+v with less", kind, step, is, was)
			}
			reach := reachRTT(s, strategyOf(t, s, kind))
			if reach <= reached {
				t.Errorf("%s, step %d: reached in %s, and in %s with less", kind, step, reach, reached)
			}
			before, reached = after, reach
		}
	}
}

// The mean of a way is the round trip, its jitter, and a second for each that is sent again, two
// more for each of those, and so on: l / (1 - 2 l) seconds where l are lost.
func TestMeanRoundTripOverANoisyLink(t *testing.T) {
	const lost = 0.05
	jitter := model.Distribution{Family: model.Uniform, B: 0.1}
	s := farAway(time.Millisecond, model.Link{Jitter: jitter, LossBack: lost})
	got := reachRTT(s, strategyOf(t, s, model.HotStandby)).Seconds()
	if want := 0.08 + 0.05 + lost/(1-2*lost); math.Abs(got/want-1) > 0.001 {
		t.Errorf("got a mean of %g s, want %g s", got, want)
	}
}

// A trip takes longer by its jitter, and by a second where what was sent first is lost, and by
// three where both are: of a half each time, with an exponential jitter of a mean second.
func TestATripIsLateByJitterAndByWhatIsSentAgain(t *testing.T) {
	link := model.Link{Loss: 0.5, Jitter: model.Distribution{Family: model.Exponential, A: 1}}
	for seconds, want := range map[float64]float64{
		0.5: 0.5*math.Exp(-0.5) + 0.5,
		1.5: 0.5*math.Exp(-1.5) + 0.25*math.Exp(-0.5) + 0.25,
		3.5: 0.5*math.Exp(-3.5) + 0.25*math.Exp(-2.5) + 0.125*math.Exp(-0.5) + 0.125,
	} {
		if got := longerTrip(&link, seconds); math.Abs(got-want) > 1e-12 {
			t.Errorf("longer by %g s: got %g, want %g", seconds, got, want)
		}
	}
}

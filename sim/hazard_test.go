package sim

import (
	"math"
	"reflect"
	"testing"
	"time"

	"redoubt/model"
)

func TestHazardsArriveAsPoisson(t *testing.T) {
	const trials, years, rate = 4000, 10, 0.8
	s := estate()
	s.Hazards = []model.Hazard{
		{Kind: model.RegionLoss, Region: home, PerYear: 0},
		{
			Kind: model.RegionLoss, Region: home, PerYear: rate,
			Duration: model.LognormalHours(1.680, 0.896),
		},
	}
	counts, lasts := make(sample, trials), sample{}
	for trial := range counts {
		src := newSource(seedOf(t), trial)
		outages := drawOutages(nil, s, src, int64(years*model.Year))
		counts[trial] = float64(len(outages))
		for i, o := range outages {
			lasts = append(lasts, time.Duration(o.to-o.from).Seconds())
			inside := o.from >= warmup && o.from < warmup+int64(years*model.Year)
			if !inside || i > 0 && o.from < outages[i-1].from {
				t.Fatalf("outage %d of trial %d begins at %d, out of place", i, trial, o.from)
			}
		}
	}
	want := rate * float64(years)
	near(t, "mean count", counts.mean(), want, math.Sqrt(want/trials))
	// The variance of a sample variance of Poisson counts is (mu + 2 mu^2) / n.
	near(t, "variance of the count", counts.variance(), want, math.Sqrt((want+2*want*want)/trials))
	near(t, "mean duration", lasts.mean(), s.Hazards[1].Duration.Mean(), lasts.standardError())
}

func TestEveryStrategyFacesTheSameOutages(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	for trial := range 20 {
		var first []outage
		for _, strategy := range s.Strategies {
			w := newTestWorld(t, s, strategy, 10*model.Year)
			if result := w.play(s, seedOf(t), trial); result.err != nil {
				t.Fatal(result.err)
			}
			if first == nil {
				first = append(first, w.outages...)
			}
			if len(first) == 0 || !reflect.DeepEqual(w.outages, first) {
				t.Fatalf("%s, trial %d: other outages than the first strategy's, or none",
					strategy.Kind, trial)
			}
		}
	}
}

func TestAFaultWithoutADurationLastsToTheEnd(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 0)
	cut(s, home, standby, time.Minute, time.Second)
	got := timelineOutages(nil, s)
	apart := model.Fault{Kind: model.LinkCut, Region: home, Peer: standby}
	apart.At, apart.Duration = time.Minute, time.Second
	lost := model.Fault{Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, At: time.Hour}
	want := []outage{
		{
			Fault: apart, from: warmup + int64(time.Minute), to: warmup + int64(61*time.Second),
			key: ordinalKey(identity(s, &apart), 0),
		},
		{
			Fault: lost, from: warmup + int64(time.Hour), to: math.MaxInt64,
			key: ordinalKey(identity(s, &lost), 0),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

package sim

import (
	"context"
	"reflect"
	"runtime"
	"testing"
	"time"

	"redoubt/model"
)

func runOnce(
	t *testing.T, s *model.Scenario, kind model.StrategyKind, o Options,
) model.Outcome {
	t.Helper()
	outcome, err := Run(t.Context(), s, strategyOf(t, s, kind), o)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestWorkersNeverChangeAnOutcome(t *testing.T) {
	for _, name := range []string{"ecommerce-three-region", "budget-three-region"} {
		s := load(t, name)
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) != "" {
				continue
			}
			o := Options{Trials: 60, Years: 5, Seed: seedOf(t), Workers: 1}
			want := runOnce(t, s, strategy.Kind, o)
			if len(want.Trials) != o.Trials || want.RTO.Count == 0 {
				t.Fatalf("%s, %s: got %d trials with %d incidents", name, strategy.Kind,
					len(want.Trials), want.RTO.Count)
			}
			for _, workers := range []int{1, 2, 7, 100} {
				o.Workers = workers
				if got := runOnce(t, s, strategy.Kind, o); !reflect.DeepEqual(got, want) {
					t.Errorf("%s, %s: %d workers give another outcome", name, strategy.Kind, workers)
				}
			}
		}
	}
}

func TestProcessorsNeverChangeAnOutcome(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	o := Options{Trials: 60, Years: 5, Seed: seedOf(t)}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	one := runOnce(t, s, model.ReadLocal, o)
	runtime.GOMAXPROCS(2)
	if two := runOnce(t, s, model.ReadLocal, o); !reflect.DeepEqual(one, two) {
		t.Error("two processors give another outcome than one")
	}
}

// A world that has played other trials plays the next one as a new world does.
func TestAWorldForgetsItsTrials(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	for _, strategy := range s.Strategies {
		used := newTestWorld(t, s, strategy, 10*model.Year)
		for trial := range 20 {
			fresh := newTestWorld(t, s, strategy, 10*model.Year)
			got, want := used.play(s, seedOf(t), trial), fresh.play(s, seedOf(t), trial)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, trial %d: got %+v, want %+v", strategy.Kind, trial, got, want)
			}
		}
	}
}

func TestAStoryIsToldTwiceAlike(t *testing.T) {
	for _, name := range []string{"ecommerce-three-region", "warm-standby-two-region"} {
		s := load(t, name)
		for _, strategy := range s.Strategies {
			first, err := Play(s, strategy, 7)
			if err != nil {
				t.Fatal(err)
			}
			second, err := Play(s, strategy, 7)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(first, second) || first.Hash() != second.Hash() {
				t.Errorf("%s, %s: two stories of one seed differ", name, strategy.Kind)
			}
			for i, entry := range first.Entries {
				if i > 0 && entry.At < first.Entries[i-1].At || entry.Text == "" {
					t.Errorf("%s, %s: entry %d is out of order or empty", name, strategy.Kind, i)
				}
			}
		}
	}
}

// Telling a story changes nothing that happens in it.
func TestAStoryIsWhatHappens(t *testing.T) {
	s := load(t, "warm-standby-two-region")
	for _, strategy := range s.Strategies {
		told, err := Play(s, strategy, 3)
		if err != nil {
			t.Fatal(err)
		}
		outages := timelineOutages(nil, s)
		w := newTestWorld(t, s, strategy, playHorizon(outages))
		w.begin(newSource(3, 0), outages)
		finished(t, w)
		if told.Trial != w.trial || !reflect.DeepEqual(told.Incidents, w.incidents) {
			t.Errorf("%s: told %+v, happened %+v", strategy.Kind, told.Trial, w.trial)
		}
	}
}

func TestAnInterruptedRunKeepsItsFirstTrials(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	strategy := strategyOf(t, s, model.WarmStandby)
	o := Options{Trials: 400, Years: 5, Seed: seedOf(t), Workers: 2}
	full := runOnce(t, s, model.WarmStandby, o)
	for _, after := range []int{0, 1, 17} {
		ctx, cancel := context.WithCancel(t.Context())
		o.Progress = func(done int) {
			if done >= after {
				cancel()
			}
		}
		if after == 0 {
			cancel()
		}
		part, err := Run(ctx, s, strategy, o)
		cancel()
		if err == nil {
			t.Fatalf("after %d: got no error, want the context's", after)
		}
		n := len(part.Trials)
		if n == len(full.Trials) || n+2 < after || !reflect.DeepEqual(part.Trials, full.Trials[:n:n]) &&
			n > 0 {
			t.Errorf("after %d: the %d trials kept are not the first %d", after, n, n)
		}
		o.Trials = n
		o.Progress = nil
		if n > 0 {
			if again := runOnce(t, s, model.WarmStandby, o); !reflect.DeepEqual(part, again) {
				t.Errorf("after %d: what is kept is no run of %d trials", after, n)
			}
		}
		o.Trials = 400
	}
}

func TestQuantilesAreTheNearestRank(t *testing.T) {
	cases := []struct {
		name                string
		n                   int
		p50, p95, p99, most time.Duration
	}{
		{"one", 1, 1, 1, 1, 1},
		{"two", 2, 1, 2, 2, 2},
		{"a hundred", 100, 50, 95, 99, 100},
		{"a thousand and one", 1001, 501, 951, 991, 1001},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			samples := make([]time.Duration, c.n)
			for i := range samples {
				samples[i] = time.Duration(c.n - i)
			}
			got := quantiles(samples)
			got.P50Within, got.P95Within, got.P99Within = model.Interval{}, model.Interval{},
				model.Interval{}
			want := model.Quantiles{
				P50: c.p50, P95: c.p95, P99: c.p99, Max: c.most, Count: int64(c.n),
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	if got := quantiles(nil); got != (model.Quantiles{}) {
		t.Errorf("of nothing: got %+v, want nothing", got)
	}
}

func TestAStrategyThatCannotBeBuiltIsAnError(t *testing.T) {
	s := estate()
	strategy := strategyOf(t, s, model.ActiveActive)
	strategy.ReplaceStores = false
	if _, err := Run(t.Context(), s, strategy, Options{Trials: 1, Years: 1}); err == nil {
		t.Error("got no error")
	}
	if _, err := Play(s, strategy, 1); err == nil {
		t.Error("got no error from Play")
	}
}

// Reads go to the nearest region, writes on to the writer; active-active writes where it reads.
func TestReach(t *testing.T) {
	s := estate()
	s.Populations = []model.Population{
		{Name: "near", Share: 0.6, Nearest: home}, {Name: "far", Share: 0.4, Nearest: standby},
	}
	cases := []struct {
		kind model.StrategyKind
		want time.Duration
	}{
		{model.SingleRegion, 32 * time.Millisecond}, // 40 % of 80 ms.
		{model.ReadLocal, 6400 * time.Microsecond},  // 40 % of the 20 % that write.
		{model.ActiveActive, 0},
	}
	for _, c := range cases {
		got := reachRTT(s, strategyOf(t, s, c.kind))
		if off := got - c.want; off < -time.Microsecond || off > time.Microsecond {
			t.Errorf("%s: got %s, want %s", c.kind, got, c.want)
		}
	}
}

// interruptedAt is a context that ends when it was asked so often.
type interruptedAt struct {
	context.Context
	left int
}

func (c *interruptedAt) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A long trial ends in the middle when the context does, of which nothing is kept, and is played as
// if it never had begun when the series goes on.
func TestALongTrialIsInterrupted(t *testing.T) {
	s := estate()
	s.Timeline = []model.Fault{{
		Kind: model.PacketLoss, Region: home, Peer: standby, Share: 0.8, Duration: 20 * 24 * time.Hour,
	}}
	o := Options{Years: 1, Seed: seedOf(t), Workers: 1}
	series, err := NewSeries(s, strategyOf(t, s, model.HotStandby), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &interruptedAt{Context: t.Context(), left: 2}
	if err := series.Extend(ctx, 1); err == nil || series.Done() != 0 || ctx.left > -2 {
		t.Fatalf("got %v and %d trials, want an interruption within the first", err, series.Done())
	}
	if err := series.Extend(t.Context(), 1); err != nil || series.Done() != 1 {
		t.Fatalf("got %v and %d trials, want the first", err, series.Done())
	}
	o.Trials = 1
	want := runOnce(t, s, model.HotStandby, o)
	if got := series.Outcome(1); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

package probe_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// shop is a scenario of two regions with a workload and a witness, with checks of one kind.
func shop(checks ...model.Check) *model.Scenario {
	s := &model.Scenario{
		Regions: []model.Region{{Name: "home"}, {Name: "away"}, {Name: "cellar", Witness: true}},
		Checks:  checks,
	}
	s.Settings.StaleAfter = 30 * time.Second
	return s
}

// api is a check as most are.
func api() model.Check {
	return model.Check{
		Name: "api", Interval: 10 * time.Second, Timeout: 2 * time.Second, Failures: 3, Successes: 2,
	}
}

// prober is a function that looks.
type prober func(ctx context.Context) probe.Result

func (p prober) Probe(ctx context.Context) probe.Result { return p(ctx) }

// always makes every probe of a runner the same.
func always(p prober) func(model.RegionID, int) (probe.Prober, error) {
	return func(model.RegionID, int) (probe.Prober, error) { return p, nil }
}

// heard are the verdicts of a runner, in order, with when they came.
type heard struct {
	sync.Mutex
	list []probe.Verdict
}

func (h *heard) report(v probe.Verdict) {
	h.Lock()
	defer h.Unlock()
	h.list = append(h.list, v)
}

// take gives the verdicts since it was called last.
func (h *heard) take() []probe.Verdict {
	h.Lock()
	defer h.Unlock()
	list := h.list
	h.list = nil
	return list
}

// start runs a runner within a bubble of virtual time; what it gives back ends it.
func start(t *testing.T, config probe.Config) (*probe.Runner, *heard, context.CancelFunc) {
	t.Helper()
	h := &heard{}
	config.Report = h.report
	r, err := probe.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var ran sync.WaitGroup
	ran.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return r, h, func() { end(); ran.Wait() }
}

// world is what probes find, by what was set last.
type world struct{ answer atomic.Uint32 }

func (w *world) set(a probe.Answer) { w.answer.Store(uint32(a)) }

func (w *world) Probe(context.Context) probe.Result {
	return probe.Result{Answer: probe.Answer(w.answer.Load())}
}

func newWorld(a probe.Answer) *world {
	w := &world{}
	w.set(a)
	return w
}

// A check that fails F probes in a row at an interval I, each after a timeout T, says down at
// U(0, I) + (F - 1) I + T after a loss, as the simulator has it; here up to a jitter of I / 20.
func TestALossIsSeenWhenTheSimulatorSaysSo(t *testing.T) {
	const trials, interval, floor, jitter = 400, 10.0, 2*10.0 + 2.0, 0.5
	sum, squares := 0.0, 0.0
	for trial := range uint64(trials) {
		synctest.Test(t, func(t *testing.T) {
			var lost atomic.Bool
			up := prober(func(ctx context.Context) probe.Result {
				if !lost.Load() {
					return probe.Result{Answer: probe.Good}
				}
				<-ctx.Done()
				return probe.Result{Answer: probe.Bad, Silent: true}
			})
			s := shop(api())
			_, h, end := start(t, probe.Config{
				Scenario: s, Observer: 2, Make: always(up), Random: rand.New(rand.NewPCG(trial, 7)),
			})
			defer end()
			time.Sleep(time.Minute)
			if got := h.take(); len(got) != 2 || got[0].Known != 1 || got[0].Down != 0 {
				t.Fatalf("got %v, want both regions to be seen up once", got)
			}
			lost.Store(true)
			at := time.Now()
			time.Sleep(time.Minute)
			got := h.take()
			if len(got) != 2 || got[0].Down != 1 || got[0].Known != 1 {
				t.Fatalf("trial %d: got %v, want both regions to be seen down once", trial, got)
			}
			took := got[0].At.Sub(at).Seconds()
			if took < floor-jitter || took > floor+interval+jitter {
				t.Fatalf("trial %d: seen after %g s, want %g to %g s", trial, took, floor, floor+interval)
			}
			// Of two regions the first to be seen is the least of two uniforms.
			sum, squares = sum+took, squares+took*took
		})
	}
	mean := sum / trials
	deviation := math.Sqrt(squares/trials - mean*mean)
	want, wantDeviation := floor+interval/3, interval/math.Sqrt(18)
	if off := math.Abs(mean - want); off > 4*wantDeviation/math.Sqrt(trials)+jitter/2 {
		t.Errorf("seen after %g s on average, want %g s", mean, want)
	}
	if deviation < 0.85*wantDeviation || deviation > 1.15*wantDeviation {
		t.Errorf("the deviation is %g s, want %g s", deviation, wantDeviation)
	}
	t.Logf("mean %.3f s (closed form %.3f s), deviation %.3f s (%.3f s)", mean, want, deviation,
		wantDeviation)
}

// TestProbesAreAnIntervalApart holds starts apart, whatever a probe takes, and never two at a time.
func TestProbesAreAnIntervalApart(t *testing.T) {
	for _, takes := range []time.Duration{0, time.Second, 9900 * time.Millisecond, time.Hour} {
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var guard sync.Mutex
				var starts []time.Time
				var under atomic.Int32
				look := prober(func(context.Context) probe.Result {
					if under.Add(1) > 1 {
						t.Error("two probes of one check at a time")
					}
					guard.Lock()
					starts = append(starts, time.Now())
					guard.Unlock()
					time.Sleep(takes) // It does not care for its context.
					under.Add(-1)
					return probe.Result{Answer: probe.Good}
				})
				s := shop(api())
				s.Checks[0].Timeout = 9950 * time.Millisecond
				_, _, end := start(t, probe.Config{
					Scenario: s, Observer: 0, Make: always(look), Random: rand.New(rand.NewPCG(1, 2)),
				})
				time.Sleep(10 * time.Minute)
				end()
				time.Sleep(2 * time.Hour) // One that hangs is waited for by nobody, but in a test.
				guard.Lock()
				defer guard.Unlock()
				if want := 59; takes < time.Hour && len(starts) < want || takes == time.Hour &&
					len(starts) != 1 {
					t.Errorf("%d probes in ten minutes", len(starts))
				}
				for i := 1; i < len(starts); i++ {
					gap := starts[i].Sub(starts[i-1])
					if gap < 9500*time.Millisecond || gap > 10500*time.Millisecond {
						t.Errorf("probe %d began %s after the one before", i, gap)
					}
				}
			})
		})
	}
}

// TestPhasesDiffer has agents and checks that begin at one time not look at one time.
func TestPhasesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var guard sync.Mutex
		var first []time.Duration
		began := time.Now()
		check := api()
		checks := []model.Check{}
		for c := range model.MaxChecks {
			check.Name = fmt.Sprint(c)
			checks = append(checks, check)
		}
		of := func(model.RegionID, int) (probe.Prober, error) {
			var once sync.Once
			return prober(func(context.Context) probe.Result {
				once.Do(func() {
					guard.Lock()
					defer guard.Unlock()
					first = append(first, time.Since(began))
				})
				return probe.Result{Answer: probe.Good}
			}), nil
		}
		for observer := range model.RegionID(3) {
			_, _, end := start(t, probe.Config{Scenario: shop(checks...), Observer: observer, Make: of})
			defer end()
		}
		time.Sleep(11 * time.Second)
		guard.Lock()
		defer guard.Unlock()
		slices.Sort(first)
		if want := 4 * model.MaxChecks; len(first) != want {
			t.Fatalf("%d checks were made, want %d", len(first), want)
		}
		for i := 1; i < len(first); i++ {
			if first[i] == first[i-1] {
				t.Error("two checks were made at one time")
			}
		}
		if spread := first[len(first)-1] - first[0]; spread < 7*time.Second {
			t.Errorf("all first probes lie within %s", spread)
		}
	})
}

// TestNoMoreThanSoManyAtATime bounds all probes, and refuses a bound with which some would starve.
func TestNoMoreThanSoManyAtATime(t *testing.T) {
	check := api()
	checks := []model.Check{check, check, check, check, check}
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int32
		of := func(model.RegionID, int) (probe.Prober, error) {
			var last time.Time
			return prober(func(ctx context.Context) probe.Result {
				if gap := time.Since(last); gap < 9500*time.Millisecond {
					t.Errorf("one that had to wait began %s before the next", gap)
				}
				last = time.Now()
				most.Store(max(most.Load(), under.Add(1)))
				<-ctx.Done()
				under.Add(-1)
				return probe.Result{Answer: probe.Bad}
			}), nil
		}
		r, _, end := start(t, probe.Config{
			Scenario: shop(checks...), Observer: 2, Make: of, Concurrency: 2,
		})
		time.Sleep(5 * time.Minute)
		end()
		if got := most.Load(); got != 2 {
			t.Errorf("%d probes were made at one time, want 2", got)
		}
		for _, look := range r.Looks() {
			if look.Probes < 8 {
				t.Errorf("check %d of region %d was made %d times in five minutes", look.Check,
					look.Subject, look.Probes)
			}
		}
	})
	_, err := probe.New(probe.Config{
		Scenario: shop(checks...), Observer: 2, Make: always(newWorld(probe.Good).Probe), Concurrency: 1,
	})
	if err == nil {
		t.Error("one probe at a time is taken for enough where two are needed")
	}
}

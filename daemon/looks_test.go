package daemon

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/probe"
	"redoubt/scenarios"
)

// program is a measurement that a shell makes.
func program(text string, every, timeout time.Duration) scenarios.Measurement {
	return scenarios.Measurement{
		Command: []string{"/bin/sh", "-c", text}, Every: every, Timeout: timeout,
	}
}

// Programs are looked at beside each other, each in its own time: one that hangs holds up neither
// the others nor whoever reports.
func TestAProgramThatHangsHoldsNothingUp(t *testing.T) {
	file := &scenarios.Agent{Capacity: program("echo 40%", time.Millisecond, 5*time.Second)}
	file.Readiness = []scenarios.Measurement{
		program("exit 0", time.Millisecond, 5*time.Second),
		program("exit 1", time.Millisecond, 5*time.Second),
		program("exit 75", time.Millisecond, 5*time.Second),
		program("test -e "+t.TempDir()+"/x || exec sleep 60", time.Millisecond, 5*time.Second),
	}
	scenario := &model.Scenario{Regions: make([]model.Region, 1)}
	scenario.Settings.Readiness = []string{"a", "b", "c", "d"}
	l := newLooks(&daemon{Config: Config{
		Scenario: scenario, Agent: file, Log: slog.New(slog.DiscardHandler),
	}})
	if _, known := l.readiness(t.Context()); known {
		t.Error("something is known before anything was looked at")
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	var got agent.Readiness
	known := false
	for begin := time.Now(); !known && time.Since(begin) < 20*time.Second; {
		asked := time.Now()
		got, known = l.readiness(ctx)
		if took := time.Since(asked); took > 4*time.Second {
			t.Fatalf("it took %s to say what is known", took)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !known || got.Known != 0b0011 || got.Down != 0b0010 ||
		time.Since(got.At) > 4*time.Second {
		t.Errorf("got %+v, %v, want the first two to be known, and lately", got, known)
	}
	if share, knows := l.capacity(ctx); !knows || share != 400 {
		t.Errorf("got %d, %v, want 400", share, knows)
	}
	end()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("a program that hangs outlives the agent")
	}
}

// stuck is a meter of a store that does not answer, quick one of a store that does.
type (
	stuck struct{}
	quick struct{}
)

func (stuck) Measure(ctx context.Context, _ model.RegionID) (probe.Lag, error) {
	<-ctx.Done()
	return probe.Lag{}, ctx.Err()
}

func (quick) Measure(ctx context.Context, _ model.RegionID) (probe.Lag, error) {
	return probe.Lag{Lag: time.Second, Epoch: 3, Bytes: 17, At: time.Now()}, ctx.Err()
}

// An agent says of a cache's copy that nothing is at risk, and measures nothing: not of one that is
// written here, nor of one that the region may not hold.
func TestNothingIsAtRiskInACache(t *testing.T) {
	s := &model.Scenario{
		Regions: []model.Region{{Name: "a"}, {Name: "b"}, {Name: "w", Witness: true}},
		Stores: []model.Store{
			{Name: "orders"}, {Name: "cache", Kind: model.ElastiCacheGlobal},
			{Name: "home cache", Kind: model.ElastiCacheGlobal, Allowed: model.RegionSet(0).With(0)},
		},
	}
	var state failover.State
	state.Writers[0], state.Writers[1], state.Writers[2] = 0, 0, 0
	state.Leases[1].Epoch = 4
	for region, want := range []int{0, 1, 0} {
		l := &lags{d: &daemon{Config: Config{Scenario: s, Region: model.RegionID(region)}}}
		l.d.policy.Stores = 3
		got := l.disposable(&state)
		if len(got) != want || want == 1 && (got[0].Store != 1 || got[0].Epoch != 4 || got[0].Lag != 0) {
			t.Errorf("in region %d: got %+v, want %d of the cache in epoch 4", region, got, want)
		}
	}
}

// A store that hangs leaves the others their time: their lags are known, and in time to be told.
func TestAStoreThatHangsLeavesTheOthersTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lags{d: &daemon{Config: Config{
			Scenario: &model.Scenario{Stores: []model.Store{{Name: "a"}, {Name: "b"}}},
			Region:   1, Log: slog.New(slog.DiscardHandler),
		}}}
		l.meters[0], l.meters[1] = stuck{}, quick{}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		got := l.measureAll(ctx, &[model.MaxStores]model.RegionID{})
		if len(got) != 1 || got[0].Store != 1 || got[0].Epoch != 3 ||
			time.Since(began) != 10*time.Second {
			t.Errorf("got %+v after %v, want that of the second store in half of the time", got,
				time.Since(began))
		}
		if got := l.behindNow(); got[0].Known || !got[1].Known || got[1].Bytes != 17 {
			t.Errorf("in bytes: got %+v, want that of the second store", got)
		}
		l.measureAll(t.Context(), &[model.MaxStores]model.RegionID{1, 1})
		if got := l.behindNow(); got != [model.MaxStores]api.Behind{} {
			t.Errorf("of copies that are written here: got %+v", got)
		}
	})
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/probe"
)

// lags measures how far the region's copies are behind, and has a heartbeat written to those that
// are written in the region.
type lags struct {
	d      *daemon
	every  time.Duration
	hearts [model.MaxStores]*probe.Heart

	mu sync.Mutex // A meter is for one goroutine.
	// meters measure this region's copies; a nil one has no servers.
	meters [model.MaxStores]meter

	// told guards what was last measured in bytes, which decides nothing and is for people.
	told   sync.Mutex
	behind [model.MaxStores]api.Behind
}

// behindNow is what was last measured in bytes.
func (l *lags) behindNow() [model.MaxStores]api.Behind {
	l.told.Lock()
	defer l.told.Unlock()
	return l.behind
}

func (l *lags) tell(store int, behind api.Behind) {
	l.told.Lock()
	defer l.told.Unlock()
	l.behind[store] = behind
}

// meter measures how far a copy is behind its writer, as a probe.Meter.
type meter interface {
	Measure(ctx context.Context, writer model.RegionID) (probe.Lag, error)
}

// lagEvery is the shortest time between two samples that a store of the scenario has.
func lagEvery(s *model.Scenario) time.Duration {
	every := time.Duration(0)
	for i := range s.Stores {
		if at := s.Stores[i].LagSampleEvery; every == 0 || at < every {
			every = at
		}
	}
	if every == 0 {
		return time.Minute
	}
	return every
}

// newLags makes meters and hearts of the stores whose servers the agent's file names.
func newLags(d *daemon) (*lags, error) {
	l := &lags{d: d, every: lagEvery(d.Scenario)}
	for i := range model.StoreID(d.policy.Stores) {
		servers := d.Agent.Stores[i].Servers
		if servers[d.Region] == "" || d.Scenario.Stores[i].Kind.Disposable() {
			continue
		}
		name := d.Scenario.Stores[i].Name
		meter, err := probe.NewMeter(probe.MeterConfig{
			Store: name, Region: d.Region, Servers: servers,
		})
		heart, problem := probe.NewHeart(name, servers[d.Region], nil)
		if err = errors.Join(err, problem); err != nil {
			return nil, fmt.Errorf("the servers of %s: %w", name, err)
		}
		l.meters[i], l.hearts[i] = meter, heart
	}
	return l, nil
}

// measure measures the region's copies of the stores that are written elsewhere.
func (l *lags) measure(ctx context.Context) []agent.Lag {
	v := l.d.node.View()
	return append(l.measureAll(ctx, &v.State.Writers), l.disposable(&v.State)...)
}

// disposable says of the region's copies of caches that nothing is at risk. What they lack can be
// had again, and nothing here could measure it: no failover waits for a sample of that.
func (l *lags) disposable(s *failover.State) (all []agent.Lag) {
	for i := range model.StoreID(l.d.policy.Stores) {
		writer, here := s.Writers[i], l.d.Scenario.Holders(i).Has(l.d.Region)
		if l.d.Scenario.Stores[i].Kind.Disposable() && here && writer.Valid() && writer != l.d.Region {
			all = append(all, agent.Lag{Store: i, Epoch: s.Leases[i].Epoch, At: time.Now()})
		}
	}
	return all
}

// measureAll measures at the same time what is behind each of the writers. A store that hangs has
// half of the time there is, so that the others' lags are still told in the other half.
func (l *lags) measureAll(
	ctx context.Context, writers *[model.MaxStores]model.RegionID,
) (known []agent.Lag) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end, bounded := ctx.Deadline(); bounded {
		half, cancel := context.WithTimeout(ctx, time.Until(end)/2)
		defer cancel()
		ctx = half
	}
	var all sync.WaitGroup
	var told sync.Mutex
	for i, meter := range l.meters {
		writer := writers[i]
		if meter == nil || !writer.Valid() || writer == l.d.Region {
			l.tell(i, api.Behind{})
			continue
		}
		all.Go(func() {
			lag, err := meter.Measure(ctx, writer)
			l.tell(i, api.Behind{Bytes: lag.Bytes, Known: err == nil})
			if err != nil {
				l.d.Log.Warn("the lag of a copy is not known", "store", l.d.Scenario.Stores[i].Name,
					"error", err)
				return
			}
			told.Lock()
			defer told.Unlock()
			known = append(known, agent.Lag{
				Store: model.StoreID(i), Lag: lag.Lag, Epoch: lag.Epoch, At: lag.At,
			})
		})
	}
	all.Wait()
	return known
}

// run has the hearts of the stores beat that are written in this region, under the lease that it
// holds in its agent's own applied state.
func (l *lags) run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	for i, heart := range l.hearts {
		if heart != nil && !l.d.Agent.Shadow {
			all.Go(func() { l.beat(ctx, model.StoreID(i), heart) })
		}
	}
	<-ctx.Done()
	return nil
}

func (l *lags) beat(ctx context.Context, store model.StoreID, heart *probe.Heart) {
	// Two beats for each sample, so that none is measured between two by more than half.
	ticks := time.NewTicker(l.every / 2)
	defer ticks.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		v := l.d.node.View()
		lease := &v.State.Leases[store]
		if v.State.Writers[store] != l.d.Region || lease.Holder != l.d.Region {
			continue
		}
		beating, cancel := context.WithTimeout(ctx, l.every)
		err := heart.Beat(beating, lease.Epoch)
		cancel()
		if failed := err != nil; failed != failing {
			failing = failed
			l.d.Log.Warn("the heartbeat of a store", "store", l.d.Scenario.Stores[store].Name,
				"written", !failed, "error", err)
		}
	}
}

// senses are what the agent observes.
func (d *daemon) senses() agent.Senses {
	senses := agent.Senses{Verdicts: func() (all []agent.Verdict) {
		for _, v := range d.probes.Verdicts() {
			all = append(all, agent.Verdict(v))
		}
		return all
	}}
	senses.Lags = d.lags.measure
	if len(d.Scenario.Settings.Readiness) > 0 {
		senses.Readiness = d.looks.readiness
	}
	senses.Capacity = d.looks.capacity
	return senses
}

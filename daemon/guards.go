package daemon

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
	"redoubt/scenarios"
)

// unguarded demands a guard of each store that the policy takes for guarded, in a region that may
// hold it. Without one nobody renews its lease there, and nobody ends its writes when the lease is
// over: the other agents would promote another copy beside a database that goes on writing.
func unguarded(
	s *model.Scenario, p *failover.Policy, file *scenarios.Agent, self model.RegionID,
) error {
	if p.Mode == model.Advise || !p.Candidates.Has(self) || p.Candidates.Count() < 2 {
		return nil
	}
	var lack, never []string
	for i := range model.StoreID(p.Stores) {
		switch store := &s.Stores[i]; {
		case p.Guarded>>i&1 == 0 || file.Stores[i].Guard != "":
		case store.Kind.Synchronous():
			never = append(never, store.Name)
		default:
			lack = append(lack, store.Name)
		}
	}
	if len(never) > 0 {
		return fmt.Errorf("%s: a store that holds its own lease, as one of a quorum does, is none that "+
			"agents can move: leave it to its own failover, and out of the agents' scenario",
			strings.Join(never, ", "))
	}
	if len(lack) > 0 {
		return fmt.Errorf("the scenario says that %s has a guard, and this agent's file names none: run "+
			"redoubt guard there and write [store.%s] guard, or nobody stops its writes at the lease's end",
			strings.Join(lack, ", "), lack[0])
	}
	return nil
}

// guards are those of the region's stores, and what each has said of itself last. An agent asks one
// for what it does only while its region holds the lease: that of a standby is heard of here alone.
type guards struct {
	d *daemon
	// clients are those whose sockets the agent's file names, and none in a shadow.
	clients [model.MaxStores]*guard.Client

	mu    sync.Mutex
	found [model.MaxStores]api.Guard
	// refusals is how often each has refused what it was asked, as it has said last.
	refusals [model.MaxStores]uint64
}

func newGuards(d *daemon) *guards {
	g := &guards{d: d}
	for i := range d.Agent.Stores {
		if socket := d.Agent.Stores[i].Guard; socket != "" && !d.Agent.Shadow {
			g.clients[i] = guard.NewClient(socket)
		}
	}
	return g
}

const (
	// guardsEvery is how often guards are asked how things are, whoever reads the agent's metrics.
	guardsEvery = 10 * time.Second
	// guardsWait is how long one may take to answer.
	guardsWait = 2 * time.Second
)

// run asks every guard again and again until the context is over.
func (g *guards) run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	for i, client := range g.clients {
		if client != nil {
			all.Go(func() {
				for ctx.Err() == nil {
					g.ask(ctx, i)
					select {
					case <-ctx.Done():
					case <-time.After(guardsEvery):
					}
				}
			})
		}
	}
	<-ctx.Done()
	return nil
}

// ask asks a guard how things are, and says when it has ceased to answer, and when it does again.
func (g *guards) ask(ctx context.Context, store int) {
	asking, cancel := context.WithTimeout(ctx, guardsWait)
	defer cancel()
	word, err := g.clients[store].Standing(asking)
	if ctx.Err() != nil {
		return
	}
	name := g.d.Scenario.Stores[store].Name
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.found[store]
	g.found[store] = api.Guard{Asked: true, Answers: err == nil}
	if err == nil {
		g.refusals[store] = word.Refused
	}
	switch {
	case err != nil && (was.Answers || !was.Asked):
		g.d.Log.Warn("the guard of a store does not answer", "store", name, "error", err)
	case err == nil && was.Asked && !was.Answers:
		g.d.Log.Info("the guard of a store answers again", "store", name)
	}
}

// foundNow is how the guards were found last.
func (g *guards) foundNow() [model.MaxStores]api.Guard {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.found
}

func (g *guards) refused(store int) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refusals[store]
}

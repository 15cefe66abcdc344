package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"redoubt/agent"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/zone"
)

// answersFile is the file of what DNS answered last, in the agent's folder.
const answersFile = "answers.json"

// zoneServer answers DNS from what the agent has applied. A nil one answers nobody.
type zoneServer struct {
	server *zone.Server
	path   string
	log    *slog.Logger
	// changed has one in it while the last answers are to be kept.
	changed chan struct{}

	mu sync.Mutex
	// shown is what the answers follow in the state that was published last, and last that state.
	shown answered
	last  answers
}

// answers are the state that DNS answers from, and the entry that led to it. An agent that is
// started anew knows what its log's last snapshot has, which may be thousands of entries ago, and
// the entries after that only once somebody leads: until then it answers as it did before.
type answers struct {
	// Index is that of the entry; State is as failover.AppendState writes it.
	Index uint64 `json:"index"`
	State []byte `json:"state"`
}

// answered is what of a state a zone's answers depend on.
type answered struct {
	epoch   failover.Epoch
	serving model.RegionSet
	split   failover.Split
	primary model.RegionID
	rules   uint16
}

// openZone makes the server of the zone that the agent's file names, if it names one.
func openZone(d *daemon) (*zoneServer, error) {
	file := d.Agent.Zone
	if file == nil {
		return nil, nil
	}
	z := zone.Zone{
		Origin: file.Origin, Servers: file.Servers, Mailbox: file.Mailbox, Service: file.Service,
		TTL: d.Scenario.Routing.TTL, Names: d.names, Shares: zone.SharesAt(d.Scenario, d.Region),
		Hosts: map[string][]netip.Addr{},
	}
	for name, texts := range file.Hosts {
		addresses, err := addressesOf(texts)
		if err != nil {
			return nil, err
		}
		z.Hosts[name] = addresses
	}
	for r := range d.names {
		addresses, err := addressesOf(d.Agent.Places[r].Address)
		if err != nil {
			return nil, err
		}
		z.Regions[r] = addresses
	}
	server, err := zone.New(zone.Config{Zone: z, PerSecond: file.PerSecond, Log: d.Log})
	if err != nil {
		return nil, fmt.Errorf("the zone of the agent's file: %w", err)
	}
	served := &zoneServer{
		server: server, path: filepath.Join(d.Agent.Data, answersFile), log: d.Log,
		changed: make(chan struct{}, 1),
	}
	served.resume()
	return served, nil
}

// resume has the answers be those of before the agent ended. A file that cannot be read is not
// worth to be without an agent: it answers as of the snapshot then.
func (z *zoneServer) resume() {
	data, err := os.ReadFile(z.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var kept answers
	var s failover.State
	if err == nil {
		err = json.Unmarshal(data, &kept)
	}
	if err == nil {
		s, err = failover.DecodeState(kept.State)
	}
	if err != nil {
		z.log.Warn("what DNS answered last cannot be read: it answers by the log's last snapshot until "+
			"somebody leads", "file", z.path, "error", err)
		return
	}
	z.show(kept.Index, &s)
}

// addressesOf parses addresses, which the reader has looked at.
func addressesOf(texts []string) (all []netip.Addr, err error) {
	for _, text := range texts {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no IP address: %w", text, err)
		}
		all = append(all, address)
	}
	return all, nil
}

// told has the answers be those of what was applied, where that changes them. Entries come in
// order, and after a start from the snapshot on: what led to the answers of before is passed over,
// so that none goes back to an earlier state.
func (z *zoneServer) told(a *agent.Applied) {
	if z == nil {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if a.Index > z.last.Index && z.show(a.Index, a.After) {
		z.last.State = failover.AppendState(nil, a.After)
		select {
		case z.changed <- struct{}{}:
		default: // The last ones are to be kept anyway.
		}
	}
}

// show has the answers be those of a state that an entry led to, and reports whether they are
// others than before.
func (z *zoneServer) show(index uint64, s *failover.State) bool {
	now := answered{s.Epoch, s.Serving, s.Split, s.Primary, s.Under.Rules}
	if now == z.shown {
		return false
	}
	z.shown, z.last.Index = now, index
	z.server.Publish(s)
	return true
}

// keep writes the last answers whenever they change, until the context is over. Whoever applies
// entries does not wait for a disk.
func (z *zoneServer) keep(ctx context.Context) {
	for {
		select {
		case <-z.changed:
		case <-ctx.Done():
			return
		}
		z.mu.Lock()
		last := z.last
		z.mu.Unlock()
		if err := writeWhole(z.path, &last); err != nil {
			z.log.Warn("what DNS answers is not kept: an agent that is started anew without a leader may "+
				"answer as of before", "error", err)
		}
	}
}

// run answers until the context is over. At the start the last state that is known is the one of
// the answers that were kept, or that of the log's snapshot where it is a later one.
func (z *zoneServer) run(ctx context.Context, d *daemon) error {
	if z == nil {
		<-ctx.Done()
		return nil
	}
	if v := d.node.View(); v.State.Under.Rules != 0 {
		z.mu.Lock()
		if v.Index > z.last.Index {
			z.show(v.Index, &v.State)
		}
		z.mu.Unlock()
	}
	keeps, end := context.WithCancel(ctx)
	var keeping sync.WaitGroup
	defer keeping.Wait()
	defer end()
	keeping.Go(func() { z.keep(keeps) })
	return z.server.Serve(ctx, d.listeners.queries, d.listeners.names)
}

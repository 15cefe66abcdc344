package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"redoubt/agent"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/zone"
)

// zoneServer answers DNS from what the agent has applied. A nil one answers nobody.
type zoneServer struct {
	server *zone.Server

	mu sync.Mutex
	// shown is what the answers follow in the state that was published last.
	shown answered
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
	return &zoneServer{server: server}, nil
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
// order, so that no answer goes back to an earlier state.
func (z *zoneServer) told(a *agent.Applied) {
	if z == nil {
		return
	}
	s := a.After
	now := answered{s.Epoch, s.Serving, s.Split, s.Primary, s.Under.Rules}
	z.mu.Lock()
	defer z.mu.Unlock()
	if now != z.shown {
		z.shown = now
		z.server.Publish(s)
	}
}

// run answers until the context is over. At the start the last state that is kept is what is known.
func (z *zoneServer) run(ctx context.Context, d *daemon) error {
	if z == nil {
		<-ctx.Done()
		return nil
	}
	if v := d.node.View(); v.State.Under.Rules != 0 {
		z.mu.Lock()
		if z.shown == (answered{}) {
			z.server.Publish(&v.State)
		}
		z.mu.Unlock()
	}
	return z.server.Serve(ctx, d.listeners.queries, d.listeners.names)
}

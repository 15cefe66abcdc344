package sim

import "redoubt/model"

// damage is everything that is broken at a time. It follows from the faults that stand then and
// from nothing else, so that faults may overlap in any way.
type damage struct {
	// lost regions have stopped, agentless ones run without their agent, blind ones have an agent
	// that cannot see the others, serviceless ones have no application, and unreached ones no users.
	lost, agentless, blind, serviceless, unreached model.RegionSet
	// fixed regions can have nothing changed, capped ones cannot grow; unrouted says that the routing
	// cannot be changed.
	fixed, capped model.RegionSet
	unrouted      bool
	// unanswered says that nobody learns where to go.
	unanswered bool
	// granted is what each region may grow to, where grants has it, reclaimed the share that it lost.
	grants             model.RegionSet
	granted, reclaimed [model.MaxRegions]float64
	// scarce regions get the share had of what they ask for.
	scarce model.RegionSet
	had    [model.MaxRegions]float64
	// slow are the regions some of whose answers are late.
	slow model.RegionSet
	// cacheless are the regions without their cache.
	cacheless model.RegionSet
	// stalled are the regions whose copy of each store receives nothing.
	stalled [model.MaxStores]model.RegionSet
	// corrupt is the share of the reads of each store that fail where its data is bad.
	corrupt [model.MaxStores]float64
	// missing is what each region lacks, one bit for each item.
	missing [model.MaxRegions]uint16
	// storeless are the regions in which each store has stopped.
	storeless [model.MaxStores]model.RegionSet
	// deaf are the regions that hear nothing of what each region sends, apart those with which it
	// cannot have a question and its answer: one way is cut, or both.
	deaf, apart [model.MaxRegions]model.RegionSet
	// torn are those apart, and those to which so much is lost that it comes to the same.
	torn [model.MaxRegions]model.RegionSet
	// dropped is the share of the packets from one region to another that is lost, lossy that some
	// are; failing the share of a region's requests that fail.
	lossy   bool
	dropped [model.MaxRegions][model.MaxRegions]float64
	failing [model.MaxRegions]float64
	// flawed is the share that fails of what goes past the health page of each region.
	flawed [model.MaxRegions]float64
}

// add adds what a fault breaks.
func (d *damage) add(f *outage) {
	switch f.Kind {
	case model.RegionLoss:
		d.lost |= f.Strikes()
	case model.LinkCut:
		d.deaf[f.Region] = d.deaf[f.Region].With(f.Peer)
		d.apart[f.Region] = d.apart[f.Region].With(f.Peer)
		d.apart[f.Peer] = d.apart[f.Peer].With(f.Region)
		if !f.OneWay {
			d.deaf[f.Peer] = d.deaf[f.Peer].With(f.Region)
		}
	case model.PacketLoss:
		d.dropped[f.Region][f.Peer] = either(d.dropped[f.Region][f.Peer], f.Share)
		if !f.OneWay {
			d.dropped[f.Peer][f.Region] = either(d.dropped[f.Peer][f.Region], f.Share)
		}
	case model.ServiceLoss:
		d.serviceless = d.serviceless.With(f.Region)
	case model.GreyFailure:
		if f.Latency > 0 {
			d.slow = d.slow.With(f.Region)
			return
		}
		d.failing[f.Region] = either(d.failing[f.Region], f.Share)
	case model.StoreLoss:
		d.storeless[f.Store] = d.storeless[f.Store].With(f.Region)
	case model.PathLoss:
		d.unreached = d.unreached.With(f.Region)
	case model.BlindAgent:
		d.blind = d.blind.With(f.Region)
	case model.AgentLoss:
		d.agentless = d.agentless.With(f.Region)
	case model.ControlPlaneLoss:
		d.fixed = d.fixed.With(f.Region)
	case model.CapacityRefused:
		d.capped = d.capped.With(f.Region)
	case model.Quota:
		d.grant(f)
	case model.CapacityScarce:
		d.ration(f)
	case model.SpotReclaim:
		d.reclaimed[f.Region] = either(d.reclaimed[f.Region], f.Share)
	case model.RoutingControlLoss:
		d.unrouted = true
	case model.RoutingLoss:
		d.unanswered = true
	case model.ReplicationStall:
		d.stalled[f.Store] = d.stalled[f.Store].With(f.Region)
	case model.Corruption:
		d.corrupt[f.Store] = either(d.corrupt[f.Store], f.Share)
	case model.BadRelease:
		if f.Latency > 0 {
			d.slow = d.slow.With(f.Region)
			return
		}
		d.flawed[f.Region] = either(d.flawed[f.Region], f.Share)
	case model.CacheLoss:
		d.cacheless = d.cacheless.With(f.Region)
	case model.MissingItem:
		d.missing[f.Region] |= f.item
	}
}

// either is the share that one of two independent causes hits.
func either(x, y float64) float64 { return 1 - (1-x)*(1-y) }

// up reports whether a region runs.
func (d *damage) up(r model.RegionID) bool { return !d.lost.Has(r) }

// agent reports whether a region's agent runs.
func (d *damage) agent(r model.RegionID) bool { return d.up(r) && !d.agentless.Has(r) }

// runs reports whether a store runs in a region.
func (d *damage) runs(store int, r model.RegionID) bool {
	return d.up(r) && !d.storeless[store].Has(r)
}

// healthy reports whether nothing that a region needs to serve is broken in it.
func (w *world) healthy(r model.RegionID) bool {
	well := w.net.up(r) && !w.net.serviceless.Has(r) && !w.net.unreached.Has(r) &&
		w.net.failing[r] == 0 && !w.net.slow.Has(r) && w.net.flawed[r] == 0 && w.net.missing[r] == 0
	return well && w.storesRun(r) && !w.spoilt(r)
}

// storesRun reports whether every store runs in a region.
func (w *world) storesRun(r model.RegionID) bool {
	for store := range w.scenario.Stores {
		if !w.net.runs(store, r) {
			return false
		}
	}
	return true
}

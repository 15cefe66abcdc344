package sim

import (
	"math"

	"redoubt/failover"
	"redoubt/model"
)

// Where every region writes, a cut parts two that both go on. Nothing that one accepts then is
// known to the other, so that a key which both have written is a conflict as soon as they meet
// again. Of K keys, W writes that fall on any of them alike touch K (1 - exp(-W/K)), and two sides
// both touch
//
//	K (1 - exp(-V/K)) (1 - exp(-W/K)),
//
// which is V W / K, the birthday's count, while that is few. It comes on top of what meets within
// the lag: of two writes at times x and y in a cut from 0 to T all pairs count, an area of T^2, and
// at its ends those that were on their way, which are as many as would be on theirs anyway.

// cells counts the writes of each population, as seconds of the mean rate of all writes.
type cells [maxPopulations]float64

// partings are the pairs of regions that are parted, and what each has accepted.
type partings struct {
	// from are the regions that each one is parted from; any says that there is a pair.
	from [model.MaxRegions]model.RegionSet
	any  bool
	// accepted is what each region has accepted so far while any two were parted, before what it had
	// when it was parted from another.
	accepted [model.MaxRegions]cells
	before   [model.MaxRegions][model.MaxRegions]cells
	// until is when each last accepted something, as far as that matters; tears is what each copy of a
	// store had of the writes of each region when the two lost touch: from which, and then whose.
	until [model.MaxRegions]int64
	tears [model.MaxStores][model.MaxRegions][model.MaxRegions]tear
	// met are the keys that both sides of a cut wrote, by what becomes of them.
	met [model.SettlementCount]float64
}

// newPartings returns those of a strategy in which every region writes, or nil.
func newPartings(policy *failover.Policy) *partings {
	if !policy.MultiWriter {
		return nil
	}
	return &partings{}
}

func (p *partings) reset() {
	if p != nil {
		*p = partings{}
	}
}

// parts reports whether two regions are parted.
func (p *partings) parts(a, b model.RegionID) bool {
	return p.from[max(a, b)].Has(min(a, b))
}

// part takes note of the pairs that a change of the network parts, and of those that it joins. One
// that is lost accepts nothing: it is parted by a cut alone, and until it is back.
func (w *world) part() {
	p := w.partings
	if p == nil {
		return
	}
	p.any = false
	for a := range model.RegionID(w.regions) {
		for b := range a {
			if !w.policy.Workload.Has(a) || !w.policy.Workload.Has(b) {
				continue
			}
			linked, runs := w.net.reaches(a, b), w.net.up(a) && w.net.up(b)
			switch parted := p.from[a].Has(b); {
			case !linked && runs && !parted:
				p.from[a] = p.from[a].With(b)
				p.before[a][b], p.before[b][a] = p.accepted[a], p.accepted[b]
			case linked && parted:
				p.from[a] = p.from[a].Without(b)
				w.meet(a, b)
			}
			p.any = p.any || p.from[a].Has(b)
		}
	}
	w.tear()
}

// meet counts the keys that two regions have both written since they were parted.
func (w *world) meet(a, b model.RegionID) {
	p := w.partings
	rate := w.scenario.Traffic.RequestsPerSecond * w.scenario.Traffic.WriteShare
	var here, there cells
	for i := range w.scenario.Populations {
		here[i] = rate * (p.accepted[a][i] - p.before[a][b][i])
		there[i] = rate * (p.accepted[b][i] - p.before[b][a][i])
	}
	for store := range w.scenario.Stores {
		spec := &w.scenario.Stores[store]
		if keys := w.shared(spec, &here, &there); keys > 0 {
			p.met[spec.Conflicts.Settles()] += keys
			w.note(model.NoRegion, "data", "%s and %s have both written %.1f keys of %s apart",
				w.scenario.Regions[b].Name, w.scenario.Regions[a].Name, keys, spec.Name)
		}
	}
}

// shared is how many keys of a store two sides have both written. Under regional ownership a cell
// writes keys of its own, as many of all as its share of the traffic, and a key is in doubt where
// both sides took themselves for its owner: one never heard that the other took over.
func (w *world) shared(spec *model.Store, here, there *cells) float64 {
	if spec.Conflicts != model.RegionalOwnership {
		return both(spec.ContendedKeys, sum(here), sum(there))
	}
	keys := 0.0
	for i := range w.scenario.Populations {
		keys += both(spec.ContendedKeys*w.scenario.Populations[i].Share, here[i], there[i])
	}
	return keys
}

// both is how many of some keys are among those that two sides write, so many writes each.
func both(keys, here, there float64) float64 {
	if keys <= 0 {
		return 0
	}
	return keys * math.Expm1(-here/keys) * math.Expm1(-there/keys)
}

func sum(of *cells) (total float64) {
	for _, x := range of {
		total += x
	}
	return total
}

// meetAll ends the cuts that last beyond the horizon.
func (w *world) meetAll() {
	for a := range model.RegionID(w.regions) {
		for b := range a {
			if w.partings.from[a].Has(b) {
				w.meet(a, b)
			}
		}
	}
}

// acceptParted counts what each region accepts between two times, while any two are parted. Where
// that changes it is Simpson's sum, from one bend of the load, of a capacity, or of how clients
// follow a change, to the next.
func (w *world) acceptParted(from, to int64) {
	if w.partings == nil || !w.partings.any {
		return
	}
	load := w.loads(from)
	for r := range w.regions {
		if load[r] > 0 && w.accepts[r] > 0 {
			w.partings.until[r] = to
		}
	}
	if !w.bends() {
		w.acceptAt(from, float64(to-from))
		return
	}
	var buffer [model.MaxRegions + 2]int64
	for from < to {
		cuts := w.fills(buffer[:0], from, min(to, w.nextBend(from)))
		for i := 1; i < len(cuts); i++ {
			w.acceptSmooth(cuts[i-1], cuts[i])
		}
		from = cuts[len(cuts)-1]
	}
}

// acceptSmooth is Simpson's sum over a piece in which nothing bends.
func (w *world) acceptSmooth(from, to int64) {
	h := float64(to-from) / panels
	w.acceptAt(from, h/3)
	for i := 1; i < panels; i++ {
		w.acceptAt(from+int64(h*float64(i)), float64(2+2*(i%2))*h/3)
	}
	w.acceptAt(to, h/3)
}

// acceptAt adds what is accepted at a time, for so many nanoseconds.
func (w *world) acceptAt(at int64, nanoseconds float64) {
	var accepts [model.MaxRegions]float64
	load := w.loads(at)
	for r := range w.regions {
		if load[r] > 0 {
			accepts[r] = w.through(r, load[r], w.roomAt(r, at, load[r]), w.accepts[r])
		}
	}
	for i := range w.flows {
		f := &w.flows[i]
		share, stale := f.share*nanoseconds/1e9, 0.0
		if w.week.varies {
			share *= w.level(i, at)
		}
		if f.old.Valid() {
			stale = w.dns.stale(float64(at-f.changed) / 1e9)
			w.partings.accepted[f.old][f.population] += share * stale * accepts[f.old]
		}
		if f.target.Valid() {
			w.partings.accepted[f.target][f.population] += share * (1 - stale) * accepts[f.target]
		}
	}
}

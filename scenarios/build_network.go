package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// maxRTT bounds the round trip of a link, as the model does.
const maxRTT = 10 * time.Second

// pair finds the two regions of a link.
func (b *builder) pair(names []text, path string) (one, other model.RegionID, ok bool) {
	if b.d.isBroken(path) {
		return model.NoRegion, model.NoRegion, false
	}
	if len(names) != 2 {
		b.problem(path, "", "%s must name two regions, names %d", path, len(names))
		return model.NoRegion, model.NoRegion, false
	}
	one, other = b.region(names[0], path+"[0]"), b.region(names[1], path+"[1]")
	if one == other && one.Valid() {
		b.problem(path, "", "%s links %s to itself", path, names[0])
		return one, other, false
	}
	return one, other, one.Valid() && other.Valid()
}

// network fills the matrix of round trips, from the links and for the other pairs from what was
// measured, and reads what else links do.
func (b *builder) network() {
	linked := map[[2]model.RegionID]int{}
	for i, l := range b.file.Link {
		path := fmt.Sprintf("link[%d]", i)
		one, other, ok := b.pair(l.Between, path+".between")
		made := model.Link{
			From: one, To: other, Jitter: l.Jitter.Distribution,
			Loss: float64(l.Loss), LossBack: float64(l.Loss),
		}
		if l.LossBack != nil {
			made.LossBack = float64(*l.LossBack)
		}
		b.s.Links = append(b.s.Links, made) // Each at the place that it has in the file.
		if !ok {
			continue
		}
		key := [2]model.RegionID{min(one, other), max(one, other)}
		if first, twice := linked[key]; twice {
			b.problem(path+".between", "", "the pair is linked twice, first by link[%d]", first)
			continue
		}
		linked[key] = i
		b.roundTrip(one, other, l.RTT, path)
	}
	regions := b.s.Regions[:min(len(b.s.Regions), model.MaxRegions)]
	for j := range regions {
		for i := range j {
			one, other := model.RegionID(i), model.RegionID(j)
			if _, ok := linked[[2]model.RegionID{one, other}]; !ok {
				b.measured(one, other)
			}
		}
	}
}

// roundTrip reads that of a link, which may leave it to what was measured.
func (b *builder) roundTrip(one, other model.RegionID, said *duration, path string) {
	rtt, known := Latency(b.s.Regions[one].Name, b.s.Regions[other].Name)
	source := latencies().source
	switch {
	case said != nil:
		rtt, source = time.Duration(*said), inScenario+path+".rtt"
		if (rtt <= 0 || rtt > maxRTT) && !b.d.isBroken(path+".rtt") {
			b.problem(path+".rtt", "", "%s.rtt must be above 0s and at most 10s", path)
		}
	case !known && !b.d.isBroken(path):
		b.problem(path+".rtt", "add its rtt", "the round trip between %s and %s is not known",
			b.s.Regions[one].Name, b.s.Regions[other].Name)
	}
	if link := b.s.Link(one, other); link.Jitters() {
		source += ", and the mean of " + path + ".jitter"
	}
	b.distance(one, other, rtt, source)
}

// inScenario begins where a figure is from that the scenario states: the key follows.
const inScenario = "the scenario's "

// distance has a way take so long, to and fro.
func (b *builder) distance(one, other model.RegionID, rtt time.Duration, source string) {
	b.s.Latency[one][other], b.s.Latency[other][one] = rtt, rtt
	from := &b.s.Sources.RoundTrips
	from[one][other], from[other][one] = source, source
}

// measured fills a pair that no link speaks of.
func (b *builder) measured(one, other model.RegionID) {
	path := fmt.Sprintf("region[%d].name", other)
	here, there := b.s.Regions[one].Name, b.s.Regions[other].Name
	rtt, ok := Latency(here, there)
	if !ok && here != there && !b.d.isBroken(path) && !b.d.isBroken("link") &&
		!b.d.isBroken(fmt.Sprintf("region[%d].name", one)) {
		b.problem(path, fmt.Sprintf("add a [[link]] with between = [%q, %q] and its rtt", here, there),
			"the round trip between %s and %s is not known", here, there)
		return
	}
	b.distance(one, other, rtt, latencies().source)
}

package sim

import (
	"time"

	"redoubt/model"
)

// source is a random source that is a function: a number is a hash of the seed, the trial, the name
// of the stream and two counters. Nothing is consumed, so no draw can shift another, and skipping
// some in closed form changes nothing.
type source uint64

// stream names a source of randomness.
type stream uint64

// The streams. Their values are part of what a seed means: a new one is added at the end.
const (
	arrivals stream = iota + 1
	durations
	probePhase
	renewPhase
	lagPhase
	lagDraw
	spellPhase
	backupPhase
	promotion
	scaling
	flipping
	approving
	resyncing
	leadership
	electionTimer
	electionAge
	electionRetry
	rounding
	gossipPhase
	gossipOrder
	gossipHelpers
	gossipHearers
	gossipReturn
	probeLuck
	declaring
	meeting
	repeating
	offsetPhase
	staleness
	alertPhase
	linkLuck
	wayJitter
	weighPhase
	leaseLuck
	letterLuck
)

// newSource derives the source of one trial.
func newSource(seed uint64, trial int) source {
	return source(mix(mix(seed+0x9e3779b97f4a7c15) ^ uint64(trial)*0xd1342543de82ef95))
}

// uniform returns the number in [0, 1) at place (i, j) of a stream.
func (s source) uniform(name stream, i, j int) float64 { return s.keyed(name, uint64(i), j) }

// keyed is uniform with a hash in place of the first counter.
func (s source) keyed(name stream, key uint64, j int) float64 {
	h := mix(uint64(s) ^ uint64(name)*0xbf58476d1ce4e5b9)
	h = mix(h ^ key*0x94d049bb133111eb)
	h = mix(h ^ uint64(j)*0xda942042e4dd58b5)
	return float64(h>>11) / (1 << 53)
}

// draw returns a duration from a distribution at place (key, j) of a stream.
func (s source) draw(name stream, d *model.Distribution, key uint64, j int) time.Duration {
	if d.Family == model.Constant {
		return d.Duration(0)
	}
	return d.Duration(s.keyed(name, key, j))
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), a bijection that scatters
// any two inputs.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// phases are when in their intervals leases are renewed and lags sampled, by store and region: 0
// until it is asked for, which is at every event of the log.
type phases struct {
	renewal, sample [model.MaxStores][model.MaxRegions]float64
	// renewed and sampled are the last of either that lastRenewal and lastSample found, or 0.
	renewed, sampled [model.MaxStores][model.MaxRegions]int64
}

// renewalPhase is the phase in which a region renews its lease of a store.
func (w *world) renewalPhase(store int, r model.RegionID) float64 {
	return w.src.once(&w.phases.renewal[store][r], renewPhase, store, r)
}

// samplePhase is the phase in which a region measures how far its copy of a store is behind.
func (w *world) samplePhase(store int, r model.RegionID) float64 {
	return w.src.once(&w.phases.sample[store][r], lagPhase, store, r)
}

// once draws what was not drawn yet.
func (s source) once(phase *float64, name stream, store int, r model.RegionID) float64 {
	if *phase == 0 {
		*phase = s.uniform(name, store, int(r))
	}
	return *phase
}

// lastRenewal is the last time by another at which a region renews its lease of a store.
func (w *world) lastRenewal(store int, r model.RegionID, by int64) int64 {
	last, every := &w.phases.renewed[store][r], int64(w.scenario.Settings.RenewEvery)
	if !isLast(*last, by, every) {
		*last = lastTick(by, every, w.renewalPhase(store, r))
	}
	return *last
}

// lastSample is the last time by another at which a region measures how far its copy is behind.
func (w *world) lastSample(store int, r model.RegionID, by int64) int64 {
	last, every := &w.phases.sampled[store][r], int64(w.scenario.Stores[store].LagSampleEvery)
	if !isLast(*last, by, every) {
		*last = lastTick(by, every, w.samplePhase(store, r))
	}
	return *last
}

// isLast reports whether a tick, or 0 for none, is the last by a time still. Many events of the log
// come within one interval.
func isLast(tick, by, every int64) bool { return tick > 0 && tick <= by && by-tick < every }

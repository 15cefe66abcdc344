package sim

import (
	"time"

	"redoubt/model"
)

// release is how far a rollout has come.
type release struct {
	// has are the regions that have it.
	has model.RegionSet
	// told is the share of its requests that each of them last saw fail. One that is sent nothing
	// tells nothing: what it told last stands.
	told [model.MaxRegions]float64
	// above is since when some region has told too much, or never; watch counts how often that
	// changed.
	above int64
	watch int32
	// halted says that no other region gets it, backing that it is being rolled back, undone that it
	// was.
	halted, backing, undone bool
	// named are the regions in which it is declared to be bad.
	named model.RegionSet
}

// What happens to a rollout.
const (
	releaseGoes uint8 = iota
	releaseShows
	releaseJudged
	releaseBack
	releaseTold
	releaseTrusted
)

// rolloutOutages appends what the scenario's rollouts break.
func rolloutOutages(buffer []outage, s *model.Scenario) []outage {
	for i := range s.Rollouts {
		for turn := range s.Rollouts[i].Regions {
			fault := s.Rollouts[i].Fault(turn)
			o := newOutage(s, fault, warmup+int64(fault.At), time.Duration(never))
			o.key = ordinalKey(identity(s, &fault), model.MaxFaults+i)
			o.rollout, o.turn = uint8(i+1), uint8(turn)
			buffer = append(buffer, o)
		}
	}
	return buffer
}

// loadRollouts puts the begin of each rollout in the queue, in a run that plays the timeline.
func (w *world) loadRollouts() {
	for i := range w.scenario.Rollouts {
		if w.brokenBy(i, 0) >= 0 {
			w.releases = append(w.releases, release{above: never})
			w.push(warmup+int64(w.scenario.Rollouts[i].At), evRelease, uint8(i), releaseGoes, 0)
		}
	}
}

// brokenBy is the place among the outages of what a rollout breaks in a region.
func (w *world) brokenBy(rollout, turn int) int32 {
	for i := range w.outages {
		if o := &w.outages[i]; int(o.rollout) == rollout+1 && int(o.turn) == turn {
			return int32(i)
		}
	}
	return -1
}

// rollOut is the next thing that happens to a rollout.
func (w *world) rollOut(rollout int, what uint8, c int32) {
	r, plan := &w.releases[rollout], &w.scenario.Rollouts[rollout]
	switch what {
	case releaseGoes:
		w.release(rollout, int(c))
	case releaseShows:
		if !r.undone {
			w.fault(w.brokenBy(rollout, int(c)), true)
		}
	case releaseJudged:
		if r.watch == c && !r.backing {
			r.halted, r.backing = true, true
			w.note(model.NoRegion, "release", "is rolled back: more than %.3g%% of the requests have "+
				"failed for %s", 100*plan.BackAbove, plan.BackAfter)
			w.push(w.now+int64(plan.Rollback), evRelease, uint8(rollout), releaseBack, 0)
			w.denounce(rollout)
		}
	case releaseBack:
		w.undo(rollout)
		if plan.Declares {
			after := int64(w.scenario.People.StableFor)
			w.push(w.now+after, evRelease, uint8(rollout), releaseTrusted, 0)
		}
	case releaseTrusted:
		r.named = 0
		w.tellReleases(rollout)
	case releaseTold:
		w.tellReleases(rollout)
	}
}

// release brings a release to the next region, unless those that have it tell against it. Where all
// get it at once nobody looks in between.
func (w *world) release(rollout, turn int) {
	r, plan := &w.releases[rollout], &w.scenario.Rollouts[rollout]
	if r.halted {
		return
	}
	for other := range model.RegionID(w.regions) {
		if plan.Every > 0 && r.has.Has(other) && r.told[other] >= plan.GoBelow {
			w.note(other, "release", "goes no further: %.3g%% of the requests here fail",
				100*r.told[other])
			r.halted = true
			return
		}
	}
	region := plan.Regions[turn]
	w.account()
	r.has = r.has.With(region)
	w.trial.Released++
	w.note(region, "release", "gets the release")
	if turn+1 < len(plan.Regions) {
		w.push(w.now+int64(plan.Every), evRelease, uint8(rollout), releaseGoes, int32(turn+1))
	}
	w.push(w.now+int64(plan.After), evRelease, uint8(rollout), releaseShows, int32(turn))
}

// undo takes a release back wherever it runs.
func (w *world) undo(rollout int) {
	r := &w.releases[rollout]
	w.account()
	r.undone, r.has = true, 0
	w.note(model.NoRegion, "release", "was taken back everywhere")
	for turn := range w.scenario.Rollouts[rollout].Regions {
		index := w.brokenBy(rollout, turn)
		for _, standing := range w.net.standing {
			if standing == index {
				w.fault(index, false)
				break
			}
		}
	}
}

// watchReleases notes what the regions tell that have a release, and when that became too much.
func (w *world) watchReleases() {
	for i := range w.releases {
		r, plan := &w.releases[i], &w.scenario.Rollouts[i]
		worst := 0.0
		for region := range model.RegionID(w.regions) {
			if !r.has.Has(region) {
				continue
			}
			if w.routedShare(region) > 0 {
				r.told[region] = 1 - w.answers[region]
			}
			worst = max(worst, r.told[region])
		}
		tooMuch := worst > plan.BackAbove+lineTolerance
		if tooMuch == (r.above != never) {
			continue
		}
		r.above = never
		if r.watch++; tooMuch {
			r.above = w.now
			w.push(w.now+int64(plan.BackAfter), evRelease, uint8(i), releaseJudged, r.watch)
		}
	}
}

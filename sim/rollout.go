package sim

import (
	"time"

	"redoubt/model"
)

// release is how far a rollout has come.
type release struct {
	// has are the regions that have it.
	has model.RegionSet
	// told is what each of them last told of its requests. One that is lost tells nothing, nor does
	// one that nobody tries: what it told last stands.
	told [model.MaxRegions]telling
	// above is since when some region has told too much, by each sign, or never; watch counts how
	// often that changed.
	above [signCount]int64
	watch [signCount]int32
	// backing says that it is being rolled back, so that no other region gets it, undone that it was.
	backing, undone bool
	// named are the regions in which it is declared to be bad.
	named model.RegionSet
}

// What happens to a rollout. It is judged by each sign of its own.
const (
	releaseGoes uint8 = iota
	releaseShows
	releaseBack
	releaseTold
	releaseTrusted
	releaseJudged
)

// By what a release is taken back.
const (
	signFailing uint8 = iota
	signLate
	signCount
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
			w.releases = append(w.releases, release{above: [signCount]int64{never, never}})
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
	default:
		if sign := what - releaseJudged; r.watch[sign] == c && !r.backing {
			w.takeBack(rollout, sign)
		}
	}
}

// takeBack begins to roll a release back, by one of the signs.
func (w *world) takeBack(rollout int, sign uint8) {
	r, plan := &w.releases[rollout], &w.scenario.Rollouts[rollout]
	r.backing = true
	if sign == signFailing {
		w.note(model.NoRegion, "release", "the release is rolled back: more than %.3g%% of the "+
			"requests have failed for %s", 100*plan.BackAbove, plan.BackAfter)
	} else {
		w.note(model.NoRegion, "release", "the release is rolled back: more than %.3g%% of the "+
			"requests have taken longer than %s for %s", 100*slowestShare, plan.BackP95, plan.BackP95After)
	}
	w.push(w.now+int64(plan.Rollback), evRelease, uint8(rollout), releaseBack, 0)
	w.denounce(rollout)
}

// release brings a release to the next region, unless that is lost or those that have it tell
// against it. Where all get it at once nobody looks in between, and one that is lost goes without.
func (w *world) release(rollout, turn int) {
	r, plan := &w.releases[rollout], &w.scenario.Rollouts[rollout]
	if r.backing {
		return
	}
	for other := range model.RegionID(w.regions) {
		if told := r.told[other]; plan.Every == 0 || !r.has.Has(other) {
			continue
		} else if !w.net.up(other) {
			w.note(other, "release", "the release goes no further: nothing is heard of this region")
			return
		} else if told.fail >= plan.GoBelow {
			w.note(other, "release", "the release goes no further: %.3g%% of the requests here fail",
				100*told.fail)
			return
		} else if told.overGo >= slowestShare {
			w.note(other, "release",
				"the release goes no further: %.3g%% of the requests here take longer than %s",
				100*told.overGo, plan.GoP95)
			return
		}
	}
	region := plan.Regions[turn]
	if w.net.up(region) {
		w.account()
		r.has = r.has.With(region)
		w.trial.Released++
		w.note(region, "release", "gets the release")
		w.push(w.now+int64(plan.After), evRelease, uint8(rollout), releaseShows, int32(turn))
	} else if w.note(region, "release", "is lost and gets no release"); plan.Every > 0 {
		return
	}
	if turn+1 < len(plan.Regions) {
		w.push(w.now+int64(plan.Every), evRelease, uint8(rollout), releaseGoes, int32(turn+1))
	}
}

// undo takes a release back wherever it runs.
func (w *world) undo(rollout int) {
	r := &w.releases[rollout]
	w.account()
	r.undone, r.has = true, 0
	w.note(model.NoRegion, "release", "the release was taken back everywhere")
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
		var worst telling
		for region := range model.RegionID(w.regions) {
			if !r.has.Has(region) {
				continue
			}
			if w.net.up(region) && w.tried(region) {
				w.tells(&r.told[region], plan, region)
			}
			worst.fail = max(worst.fail, r.told[region].fail)
			worst.overBack = max(worst.overBack, r.told[region].overBack)
		}
		w.watchSign(i, signFailing, worst.fail > plan.BackAbove+lineTolerance, plan.BackAfter)
		w.watchSign(i, signLate, worst.overBack > slowestShare+lineTolerance, plan.BackP95After)
	}
}

// tried reports whether somebody meets what a region runs: users, deep checks, or people who would
// bring back what was moved away from there.
func (w *world) tried(r model.RegionID) bool {
	return w.routedShare(r) > 0 || w.policy.Deep != 0 || w.away(r)
}

// watchSign notes when a sign became too much, or no longer is, and asks for the moment at which
// that has lasted.
func (w *world) watchSign(rollout int, sign uint8, tooMuch bool, lasts time.Duration) {
	r := &w.releases[rollout]
	if tooMuch == (r.above[sign] != never) {
		return
	}
	r.above[sign] = never
	if r.watch[sign]++; tooMuch {
		r.above[sign] = w.now
		w.push(w.now+int64(lasts), evRelease, uint8(rollout), releaseJudged+sign, r.watch[sign])
	}
}

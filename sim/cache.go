package sim

import (
	"time"

	"redoubt/model"
)

// Caches that are cold. While a region's cache fills, the stores behind it get what it misses, and
// bear no more than they can: a region carries the less the colder its cache is, whatever its
// machines could. What it sheds is what would have overloaded the stores.

// caching is how far the caches of the regions are.
type caching struct {
	// limits says that there are caches. Nothing else here is read where there are none.
	limits bool
	// cold are the regions whose cache is not known to be warm, since when it has begun to fill: never
	// while there is none.
	cold  model.RegionSet
	since [model.MaxRegions]int64
	// used are the regions that users are sent to, stale those that have to begin anew when they are.
	used, stale model.RegionSet
	// follows says that a region that takes over has a copy.
	follows bool
}

// warmUps is after how many of its time constants a cache is as warm as it gets: what it still
// lacks then is less than what a float64 tells from 1.
const warmUps = 40

// warmPieces is in how many pieces the first time constant is integrated, and each later one.
const warmPieces = 16

// firstCaches has the regions that serve begin with warm caches.
func (w *world) firstCaches() {
	c := &w.scenario.Cache
	if w.caches = (caching{limits: c.Exists()}); !w.caches.limits {
		return
	}
	w.caches.follows = c.FollowsIn(w.strategy)
	w.caches.used = w.sentTo()
	if !w.caches.follows {
		w.caches.stale = w.policy.Workload &^ w.caches.used
	}
}

// sentTo are the regions that some users are sent to.
func (w *world) sentTo() (set model.RegionSet) {
	for i := range w.flows {
		if r := w.flows[i].target; r.Valid() {
			set = set.With(r)
		}
	}
	return set
}

// useCaches is what a change of the routes does to the caches: one that nobody has read for a while
// holds nothing that is still good, unless it is a copy, and begins to fill when users come.
func (w *world) useCaches() {
	c := &w.caches
	if !c.limits {
		return
	}
	now := w.sentTo()
	for r := range model.RegionID(w.regions) {
		if now.Has(r) && !c.used.Has(r) && c.stale.Has(r) {
			w.fillCache(r)
		}
	}
	if !c.follows {
		c.stale |= c.used &^ now
	}
	c.used = now
}

// fillCache has a region's cache begin to fill, if it runs.
func (w *world) fillCache(r model.RegionID) {
	w.caches.cold = w.caches.cold.With(r)
	if w.caches.since[r] = never; w.net.caches(r) {
		w.caches.since[r] = w.now
	}
}

// loseCaches is what a fault that begins or ends does to the caches.
func (w *world) loseCaches(before *damage) {
	c := &w.caches
	if !c.limits {
		return
	}
	for r := range model.RegionID(w.regions) {
		switch was, is := before.caches(r), w.net.caches(r); {
		case was == is:
		case is && c.follows && !before.up(r): // It was copied anew, as the stores are.
			c.cold = c.cold.Without(r)
		default:
			w.fillCache(r)
		}
	}
}

// caches reports whether a region's cache runs.
func (d *damage) caches(r model.RegionID) bool { return d.up(r) && !d.cacheless.Has(r) }

// bears is what a region can carry at a time of which its machines could carry more.
func (w *world) bears(r int, at int64, machines float64) float64 {
	if !w.caches.cold.Has(model.RegionID(r)) {
		return machines
	}
	filling := time.Duration(0)
	if since := w.caches.since[r]; since < at {
		filling = time.Duration(at - since)
	}
	return min(machines, w.scenario.Cache.Carries(filling))
}

// nextFill is the first time after another at which what a region carries with its cache counts as
// bent, while one fills that users are sent to.
func (w *world) nextFill(after int64) int64 {
	next, piece := never, max(1, int64(w.scenario.Cache.WarmUp)/warmPieces)
	for r := range model.RegionID(w.regions) {
		since := w.caches.since[r]
		if !w.caches.cold.Has(r) || since == never {
			continue
		}
		if pieces := (after-since)/piece + 1; pieces <= warmUps*warmPieces {
			next = min(next, since+pieces*piece)
		}
	}
	return next
}

// warms reports whether some cache fills.
func (w *world) warms() bool { return w.caches.limits && w.nextFill(w.now) < never }

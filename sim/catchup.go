package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// queues reports whether what a copy of a store does not receive at once waits for it: a copy that
// was out of reach catches up at a rate, and not all at once.
func (w *world) queues(store int) bool {
	return w.scenario.Stores[store].Queues && !w.policy.MultiWriter && !w.strategy.FromBackup
}

// floods reports whether the load alone can leave a copy behind: more is written for a while than
// it receives.
func (w *world) floods(store int) bool { return w.week.varies && w.queues(store) }

// lacking is how much a copy of a store has yet to receive at a time, in nanoseconds of the mean
// rate of writes. A copy of which nothing was noted lacks none, but for what the load left behind.
func (w *world) lacking(store int, r model.RegionID, at int64) float64 {
	for i := len(w.shortfalls) - 1; i >= 0; i-- {
		if l := &w.shortfalls[i]; l.store == store && l.region == r && l.at <= at {
			return w.carried(l, at)
		}
	}
	if !w.floods(store) || r == w.policy.Home || !w.policy.Candidates.Has(r) {
		return 0
	}
	return w.sinceEmpty(&lack{store: store, in: 1, out: w.scenario.Stores[store].CatchUp}, at)
}

// turns reports whether what a copy is sent or can receive is no more what was last noted, or what
// it is when all is well.
func (w *world) turns(l *lack) bool {
	in, out := 1.0, w.scenario.Stores[l.store].CatchUp
	for i := len(w.shortfalls) - 1; i >= 0; i-- {
		if last := &w.shortfalls[i]; last.store == l.store && last.region == l.region {
			in, out = last.in, last.out
			break
		}
	}
	return w.policy.Candidates.Has(l.region) && (l.in != in || l.out != out)
}

// sinceEmpty is what has gathered at a time at which nothing but the load left a copy behind for a
// week. Less is written in a week than received, so that there was a moment without a lack in
// it: to begin before that with none, instead of with what there was, comes to the same. Where no
// more is written at any time than received there never is one.
func (w *world) sinceEmpty(l *lack, at int64) float64 {
	if l.in*w.week.peak < l.out-snug {
		return 0
	}
	fresh := *l
	fresh.at, fresh.behind, fresh.reached = at-int64(model.WeekLength), 0, 0
	return w.flooded(&fresh, at)
}

// carried is what is left of a lack, or has become of it, at a later time.
func (w *world) carried(l *lack, at int64) float64 {
	if !w.floods(l.store) {
		return math.Trunc(max(0, l.behind+l.pace()*float64(at-l.at))) // Whole nanoseconds.
	}
	// It is less each week, until there is a moment without any.
	spare := (l.out - l.in) * float64(model.WeekLength)
	if weeks := int64(l.behind/spare) + 2; l.in > 0 && spare > 0 {
		if at-l.at > weeks*int64(model.WeekLength) {
			return w.sinceEmpty(l, at)
		}
	}
	return w.flooded(l, at)
}

// flooded follows a lack from bend to bend of the load: a fluid queue into which the writes
// flow, and out of which no more than a rate. Every walk passes the same bends, so that a later one
// goes on from the last.
func (w *world) flooded(l *lack, at int64) float64 {
	from, behind := l.at, l.behind
	if l.reached > from && l.reached <= at {
		from, behind = l.reached, l.gathered
	}
	for from < at {
		end := at
		for i := range w.week.of {
			if bend := w.week.of[i].Next(from - warmup); bend < end-warmup {
				end = bend + warmup
			}
		}
		behind = queued(behind, l.in*w.demand(from)-l.out, l.in*w.demand(end)-l.out, float64(end-from))
		if from = end; from < at {
			l.reached, l.gathered = from, behind
		}
	}
	return behind
}

// queued is a lack after a time over which its pace is a straight line, from one value to
// another: what flowed in less what could flow out, since it was last empty (Lindley's recursion,
// in continuous time).
func queued(behind, before, after, length float64) float64 {
	net, lowest := (before+after)/2*length, 0.0
	if before < 0 && after > 0 {
		lowest = before / 2 * length * before / (before - after) // Where the pace turns.
	}
	return max(behind+net, net-min(lowest, net))
}

// ageOf is how long ago what a copy has yet to receive first was written: the time in which so much
// was, up to a moment.
func (w *world) ageOf(lacks float64, at int64) time.Duration {
	if lacks <= 0 {
		return 0
	}
	low, high := int64(0), int64(math.Ceil(lacks))
	for w.demanded(at-high, at, model.NoRegion)*1e9 < lacks {
		low, high = high, 2*high
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		if w.demanded(at-middle, at, model.NoRegion)*1e9 < lacks {
			low = middle
		} else {
			high = middle
		}
	}
	return time.Duration(high)
}

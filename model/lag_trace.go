package model

import (
	"math"
	"sort"
	"time"
)

// LagPoint is how far the copies of a store were behind at a time after the start of a run.
type LagPoint struct{ At, Lag time.Duration }

// LagTrace is a record of the lag, in the order of its times, the first of them 0: straight lines
// between its points. After the last it begins anew.
type LagTrace []LagPoint

// At returns the lag at a time after the start of the run, or before it. A trace without a length
// has none.
func (t LagTrace) At(since time.Duration) time.Duration {
	length := t.length()
	if length <= 0 {
		return 0
	}
	if since %= length; since < 0 {
		since += length
	}
	next := sort.Search(len(t), func(i int) bool { return t[i].At > since })
	from, to := t[next-1], t[next]
	part := float64(since-from.At) / float64(to.At-from.At)
	return from.Lag + time.Duration(part*float64(to.Lag-from.Lag))
}

// Next returns when its next row is, after a time since the start of the run, or long after any run
// where it has no length.
func (t LagTrace) Next(since time.Duration) time.Duration {
	length := t.length()
	if length <= 0 {
		return math.MaxInt64
	}
	begun := since % length
	if begun < 0 {
		begun += length
	}
	next := sort.Search(len(t), func(i int) bool { return t[i].At > begun })
	return since - begun + t[next].At
}

// Mean returns the mean lag over its length.
func (t LagTrace) Mean() time.Duration {
	length := t.length()
	if length <= 0 {
		return 0
	}
	area := 0.0
	for i := 1; i < len(t); i++ {
		area += float64(t[i].At-t[i-1].At) * (float64(t[i].Lag) + float64(t[i-1].Lag)) / 2
	}
	return time.Duration(area / float64(length))
}

// length is how long the record is.
func (t LagTrace) length() time.Duration {
	if len(t) < 2 {
		return 0
	}
	return t[len(t)-1].At
}

// MaxTracePoints bounds a LagTrace: one sample a second for a day, and more.
const MaxTracePoints = 100_000

// lagTrace demands a record that begins with the run, and goes on.
func (v *validator) lagTrace(path string, t LagTrace) {
	if t == nil {
		return
	}
	path += ".lag_trace"
	if len(t) < 2 || len(t) > MaxTracePoints || t[0].At != 0 {
		v.add(path, "", "%s has from 2 to %d points, the first at 0s", path, MaxTracePoints)
		return
	}
	for i := range t {
		if i > 0 && t[i].At <= t[i-1].At || t[i].Lag < 0 || t[i].Lag > Year || t[i].At > 100*Year {
			v.add(path, "", "%s: point %d is not after the one before, or its lag is none", path, i+1)
			return
		}
	}
}

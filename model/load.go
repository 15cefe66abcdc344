package model

import (
	"math"
	"slices"
	"time"
)

// WeekLength is after how long a curve of load repeats.
const WeekLength = 7 * 24 * time.Hour

// MaxLoadPoints bounds the points of one day of a curve: one every half hour.
const MaxLoadPoints = 48

// LoadPoint is the load at a time of day.
type LoadPoint struct {
	// At is the local time of day, in [0, 24h).
	At time.Duration
	// Load is a multiple of any unit, above 0: what counts are the ratios within one curve.
	Load float64
}

// Curve is how the load of a population goes over a week of its local time: straight lines between
// the points of Monday to Friday and those of Saturday and Sunday, and from the last point of the
// week to the first.
type Curve struct {
	// Name is unique, Source says where the points come from.
	Name, Source string
	// Weekday are the points of Monday to Friday, at least one, in the order of their times; Weekend
	// those of Saturday and Sunday, which are as the other days where it is empty.
	Weekday, Weekend []LoadPoint
}

// Week is the load of a population at each time of a run, as a multiple of its mean over a week: a
// curve, brought to a mean of 1, in the population's time zone. The zero Week is flat: always 1.
type Week struct {
	// shift is the local time of the week at the start of the run.
	shift int64
	// at are the bends, in nanoseconds since Monday 00:00 local time, load the load there, and area
	// the integral of the load since the first bend. The week goes on with its first bend.
	at         []int64
	load, area []float64
	// days are the first bends of each day, and how many bends there are.
	days [8]int
}

// NewWeek returns the load over a run that starts at a time of the week, counted from Monday 00:00
// UTC, for people whose clocks are ahead of UTC by an offset. A year then has as many requests as
// one of even load, but for its one day beyond 52 weeks.
func NewWeek(c *Curve, starts, offset time.Duration) Week {
	w := Week{shift: modulo(int64(starts+offset), int64(WeekLength))}
	for day := range 7 {
		points := c.Weekday
		if day >= 5 && len(c.Weekend) > 0 {
			points = c.Weekend
		}
		for _, p := range points {
			w.at = append(w.at, int64(time.Duration(day)*24*time.Hour+p.At))
			w.load = append(w.load, p.Load)
		}
		w.days[day+1] = len(w.at)
	}
	w.area = make([]float64, len(w.at)+1)
	for i := range w.at {
		next, end := w.end(i)
		w.area[i+1] = w.area[i] + (w.load[i]+w.load[next])/2*float64(end-w.at[i])
	}
	mean := w.area[len(w.at)] / float64(WeekLength)
	for i := range w.load {
		w.load[i] /= mean
	}
	for i := range w.area {
		w.area[i] /= mean
	}
	return w
}

// Flat reports whether the load is always 1.
func (w *Week) Flat() bool { return len(w.at) == 0 }

// At returns the load at a time since the start of the run, in nanoseconds; times before it count
// too.
func (w *Week) At(t int64) float64 {
	if w.Flat() {
		return 1
	}
	i, since := w.find(t)
	next, end := w.end(i)
	return w.load[i] + (w.load[next]-w.load[i])*float64(since)/float64(end-w.at[i])
}

// Area returns the integral of the load between two times, in nanoseconds of mean load.
func (w *Week) Area(from, to int64) float64 {
	if w.Flat() {
		return float64(to - from)
	}
	whole := w.round(to) - w.round(from) // Whole weeks apart, so that no year costs precision.
	return float64(whole*int64(WeekLength)) + w.into(to) - w.into(from)
}

// Next returns the first bend after a time, or the end of time where the load is flat.
func (w *Week) Next(t int64) int64 {
	if w.Flat() {
		return math.MaxInt64
	}
	i, since := w.find(t)
	_, end := w.end(i)
	return t + end - w.at[i] - since
}

// Peak returns the greatest load of the week.
func (w *Week) Peak() float64 {
	if w.Flat() {
		return 1
	}
	return slices.Max(w.load)
}

// find returns the bend at or before a time, and how long before.
func (w *Week) find(t int64) (i int, since int64) {
	local := modulo(t+w.shift-w.at[0], int64(WeekLength)) + w.at[0]
	i = len(w.at) - 1
	if day := local / int64(24*time.Hour); day < 7 {
		low, high := w.days[day], w.days[day+1]
		for low < high {
			if middle := (low + high) / 2; w.at[middle] > local {
				high = middle
			} else {
				low = middle + 1
			}
		}
		i = low - 1
	}
	return i, local - w.at[i]
}

// round is how often the first bend of the week has come round at a time.
func (w *Week) round(t int64) int64 {
	t += w.shift - w.at[0]
	return (t - modulo(t, int64(WeekLength))) / int64(WeekLength)
}

// into is the integral of the load since the first bend last came round.
func (w *Week) into(t int64) float64 {
	i, since := w.find(t)
	return w.area[i] + (w.load[i]+w.At(t))/2*float64(since)
}

// end is the bend after one, and when it comes.
func (w *Week) end(i int) (next int, at int64) {
	if next = i + 1; next < len(w.at) {
		return next, w.at[next]
	}
	return 0, w.at[0] + int64(WeekLength)
}

// modulo is the rest of a division, which is never negative.
func modulo(t, by int64) int64 {
	if t %= by; t < 0 {
		t += by
	}
	return t
}

// Weeks returns the load of every population over a run.
func (s *Scenario) Weeks() []Week {
	weeks := make([]Week, len(s.Populations))
	for i := range s.Populations {
		if p := &s.Populations[i]; p.Curve > 0 {
			weeks[i] = NewWeek(&s.Curves[p.Curve-1], s.Traffic.Starts, p.UTCOffset)
		}
	}
	return weeks
}

// Varies reports whether the load of any population does.
func (s *Scenario) Varies() bool {
	return slices.ContainsFunc(s.Populations, func(p Population) bool {
		return p.Curve > 0
	})
}

// Bends returns the times of the first week of a run at which one of some loads bends, in
// nanoseconds, and its start: between them every load is a straight line.
func Bends(weeks []Week) []int64 {
	bends := []int64{0}
	for i := range weeks {
		for t := weeks[i].Next(0); t < int64(WeekLength); t = weeks[i].Next(t) {
			bends = append(bends, t)
		}
	}
	slices.Sort(bends)
	return slices.Compact(bends)
}

// Busiest returns the greatest load of a part of each population together in a week, as a multiple
// of the mean rate of all requests.
func (s *Scenario) Busiest(weeks []Week, of func(*Population) float64) float64 {
	most := 0.0 // Between two bends the sum is a straight line, so that a bend is its greatest.
	for _, t := range Bends(weeks) {
		most = math.Max(most, s.loadOf(weeks, of, t))
	}
	return most
}

// Meeting returns the mean over a week of the product of two regions' loads, those of the people
// who are sent to them, each as a share of the mean rate of all requests.
func (s *Scenario) Meeting(weeks []Week, a, b RegionID) float64 {
	sum := 0.0
	for i, p := range s.Populations {
		for j, q := range s.Populations {
			if both := s.served(&p, a) * s.served(&q, b); both > 0 {
				sum += both * p.Share * q.Share * meeting(&weeks[i], &weeks[j])
			}
		}
	}
	return sum
}

// meeting is the mean of the product of two loads over a week. Between two bends it is a quadratic,
// which Simpson's rule integrates exactly.
func meeting(x, y *Week) float64 {
	product := func(t int64) float64 { return x.At(t) * y.At(t) }
	sum, from := 0.0, int64(0)
	for from < int64(WeekLength) {
		to := min(x.Next(from), y.Next(from), int64(WeekLength))
		sum += (product(from) + 4*product((from+to)/2) + product(to)) / 6 * float64(to-from)
		from = to
	}
	return sum / float64(WeekLength)
}

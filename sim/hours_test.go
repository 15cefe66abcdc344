package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// openHours are from 13:00 to 23:00 UTC, Monday to Friday, in New York's winter.
func openHours(size float64) model.Hours {
	return model.Hours{
		When: model.Duty{From: 8 * time.Hour, To: 18 * time.Hour, UTCOffset: -5 * time.Hour}, Size: size,
	}
}

// A region grows to twice its size, 0.5 / 0.87 more at a rate of 1 / 0.87 in 20 min, from when its
// hours begin in its own time. After them it gives that up at once, or slowly where it follows its
// load, and at the weekend it has none.
func TestARegionGrowsInItsHours(t *testing.T) {
	const normal, full = 0.5 / 0.87, 1 / 0.87
	const day = 24 * time.Hour
	s := crowded()
	s.Scaling.Growth, s.Scaling.Hours[home] = 20*time.Minute, openHours(2)
	slow := *s
	slow.Scaling.Reaction, slow.Scaling.Shrink = time.Minute, 10*time.Hour
	for _, c := range []struct {
		name string
		of   *model.Scenario
		at   time.Duration
		want float64
	}{
		{"before", s, 13*time.Hour - time.Second, normal},
		{"while it grows", s, 13*time.Hour + 4*time.Minute, normal + 0.2*full},
		{"in them", s, 13*time.Hour + 10*time.Minute, full},
		{"at their end", s, 23*time.Hour - time.Second, full},
		{"after them", s, 23*time.Hour + time.Second, normal},
		{"on Friday", s, 4*day + 20*time.Hour, full},
		{"on Saturday", s, 5*day + 20*time.Hour, normal},
		{"after a year", s, 52*model.WeekLength + 14*time.Hour, full},
		{"slowly, half of it", &slow, 23*time.Hour + 150*time.Minute, normal + 0.25*full},
		{"slowly, all of it", &slow, 28*time.Hour + time.Second, normal},
	} {
		w := finished(t, stage(t, c.of, model.ActiveActive, seedOf(t), home, c.at))
		if got := w.has(home); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s it has %g, want %g", c.name, got, c.want)
		}
		if w.events != 0 || w.trial.Lost != 0 {
			t.Errorf("%s: %d events and %s lost in a quiet time", c.name, w.events, w.trial.Lost)
		}
	}
}

// A region whose load steps up an hour before its hours sheds a rectangle until they begin and a
// triangle while it grows, (L - c) 1 h + (L - c)^2 / 2g, and a rectangle again once they are over.
func TestHoursServeWhatTheirSizeCan(t *testing.T) {
	const full, load, had = 0.87, 0.85, 0.35 / 0.87
	const growth, short = 20 * time.Minute, load - had
	for _, c := range []struct {
		name   string
		growth time.Duration
		size   float64
		want   float64 // Seconds of the mean load that are shed in six hours.
	}{
		{"at once", 0, 3, short * 4 * 3600},
		{"by degrees", growth, 3, short*4*3600 + short*short/2*full*growth.Seconds()},
		{"too few", 0, 1.5, short*4*3600 + (load-1.5*had)*2*3600},
		{"up to the ceiling", 0, 20, short*4*3600 + max(0, load-3*had)*2*3600},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := crowded()
			s.Traffic.Starts = 30 * time.Hour // Tuesday 06:00 UTC, 07:00 local time.
			s.Scaling.Growth = c.growth
			s.Scaling.Hours[standby] = model.Hours{
				When: model.Duty{From: 8 * time.Hour, To: 10 * time.Hour, UTCOffset: time.Hour}, Size: c.size,
			}
			w := finished(t, steppedUp(t, s, 6*time.Hour))
			if off := w.trial.Lost.Seconds() - c.want; math.Abs(off) > 1e-3 {
				t.Errorf("shed %.6f s of the mean load, want %.6f s", w.trial.Lost.Seconds(), c.want)
			}
		})
	}
}

// What is reclaimed in the hours of a region is back after them as its size of the night.
func TestAReclaimInItsHoursLeavesThemAsTheyAre(t *testing.T) {
	s := crowded()
	s.Scaling.Hours[home] = openHours(2)
	partial(s, model.SpotReclaim, home, 0.5, 14*time.Hour, 15*time.Hour)
	for _, c := range []struct {
		at   time.Duration
		want float64
	}{
		{14*time.Hour + time.Minute, 0.5 / 0.87}, {15*time.Hour + time.Minute, 1 / 0.87},
		{24 * time.Hour, 0.5 / 0.87},
	} {
		w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), home, c.at))
		if got := w.has(home); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("after %s it has %g, want %g", c.at, got, c.want)
		}
	}
}

// A standby that is refused capacity carries all of the traffic in its hours, and half of it in the
// others, when it is down.
func TestAStandbyInItsHoursAsksForNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		starts time.Duration
		want   float64
	}{{"in them", 14 * time.Hour, 1}, {"at night", 2 * time.Hour, 0.5}} {
		s := estate()
		s.Traffic.Starts = c.starts
		s.Scaling.Hours[standby] = openHours(4)
		lose(s, home, time.Hour, 4*time.Hour)
		during(s, model.CapacityRefused, standby, 0, 8*time.Hour)
		w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
		w.load()
		w.push(warmup+int64(4*time.Hour), evSettle, 0, 0, 0)
		if got := servedAt(t, w, 4*time.Hour); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %.4f of the requests succeed, want %.4f", c.name, got, c.want)
		}
	}
}

// The hours of whichever region begin or end first are the next ones, by the calendar of a run that
// begins on a Tuesday at 06:00 UTC; a size changes at that time, and none before.
func TestTheNextHoursAreThoseOfAnyRegion(t *testing.T) {
	const early, late, size = 8 * time.Hour, 11 * time.Hour, 1.5
	from := func(at time.Duration) model.Hours {
		return model.Hours{When: model.Duty{From: at, To: 18 * time.Hour}, Size: size}
	}
	none := model.Hours{}
	for _, c := range []struct {
		name     string
		hours    [3]model.Hours
		at, next time.Duration
	}{
		{"none has any", [3]model.Hours{}, 0, 0},
		{"the first", [3]model.Hours{from(early), none, none}, 0, 2 * time.Hour},
		{"the last", [3]model.Hours{none, none, from(early)}, 0, 2 * time.Hour},
		{"the first is first", [3]model.Hours{from(early), none, from(late)}, 0, 2 * time.Hour},
		{"the last is first", [3]model.Hours{from(late), none, from(early)}, time.Hour, 2 * time.Hour},
		{"one has begun", [3]model.Hours{from(early), from(late)}, 3 * time.Hour, 5 * time.Hour},
		{"all have begun", [3]model.Hours{from(early), from(late)}, 6 * time.Hour, 12 * time.Hour},
		{"until Friday is over", [3]model.Hours{from(early)}, 84 * time.Hour, 146 * time.Hour},
	} {
		s := threefold(model.Choice{})
		s.Traffic.Starts = 30 * time.Hour
		copy(s.Scaling.Hours[:], c.hours[:])
		w := stage(t, s, model.ActiveActive, seedOf(t), home, model.Year)
		want := never
		if c.next > 0 {
			want = warmup + int64(c.next)
		}
		got := w.nextHours(warmup + int64(c.at))
		if got != want {
			t.Errorf("%s: the next are at %s, want %s", c.name, time.Duration(got-warmup), c.next)
		}
		sizes := func(at int64) [model.MaxRegions]float64 {
			w.readHours(at)
			return w.size.hours
		}
		first := sizes(warmup + int64(c.at))
		if c.next > 0 && (sizes(got-1) != first || sizes(got) == first) {
			t.Errorf("%s: the sizes go from %v over %v to %v, want one change, at the end", c.name, first,
				sizes(got-1), sizes(got))
		}
	}
}

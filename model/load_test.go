package model_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// office is a curve of which everything can be computed by hand: 0.5 at night and on weekends, 2
// from ten to sixteen, with ramps of two hours. A working day has 0.5 x 14 + 2 x 6 + 1.25 x 4 = 24
// hours of mean 1, a day of the weekend 12.
func office() model.Curve {
	return model.Curve{
		Name: "office", Source: "test",
		Weekday: []model.LoadPoint{
			{At: 8 * time.Hour, Load: 0.5}, {At: 10 * time.Hour, Load: 2},
			{At: 16 * time.Hour, Load: 2}, {At: 18 * time.Hour, Load: 0.5},
		},
		Weekend: []model.LoadPoint{{Load: 0.5}},
	}
}

const officeMean = (5*24 + 2*12.0) / (7 * 24)

func TestAWeekGoesAsItsCurve(t *testing.T) {
	curve := office()
	cases := []struct {
		name           string
		starts, offset time.Duration
		at             time.Duration
		want           float64
	}{
		{"monday night", 0, 0, time.Hour, 0.5},
		{"on the way up", 0, 0, 9 * time.Hour, 1.25},
		{"noon", 0, 0, 12 * time.Hour, 2},
		{"on the way down", 0, 0, 17 * time.Hour, 1.25},
		{"friday noon", 0, 0, 4*24*time.Hour + 12*time.Hour, 2},
		{"saturday noon", 0, 0, 5*24*time.Hour + 12*time.Hour, 0.5},
		{"a week later", 0, 0, 7*24*time.Hour + 12*time.Hour, 2},
		{"a week before", 0, 0, -7*24*time.Hour + 12*time.Hour, 2},
		{"noon in the west", 0, -5 * time.Hour, 17 * time.Hour, 2},
		{"monday there, sunday here", 6 * 24 * time.Hour, 10 * time.Hour, 22 * time.Hour, 0.5},
		{"monday noon there", 6 * 24 * time.Hour, 10 * time.Hour, 26 * time.Hour, 2},
		{"started on tuesday at nine", 33 * time.Hour, 0, time.Hour, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			week := model.NewWeek(&curve, c.starts, c.offset)
			if got, want := week.At(int64(c.at)), c.want/officeMean; math.Abs(got-want) > 1e-12 {
				t.Errorf("got a load of %v, want %v", got, want)
			}
		})
	}
	week := model.NewWeek(&curve, 0, 0)
	if got, want := week.Peak(), 2/officeMean; math.Abs(got-want) > 1e-12 {
		t.Errorf("got a peak of %v, want %v", got, want)
	}
}

// drawn is a curve with points at random.
func drawn(random *rand.Rand) model.Curve {
	day := func() (points []model.LoadPoint) {
		for at := time.Duration(0); ; {
			at += time.Minute + time.Duration(random.Int64N(int64(8*time.Hour)))
			if at >= 24*time.Hour {
				return points
			}
			points = append(points, model.LoadPoint{At: at, Load: 0.1 + random.Float64()})
		}
	}
	c := model.Curve{Weekday: day()}
	for len(c.Weekday) == 0 {
		c.Weekday = day()
	}
	if random.IntN(2) == 0 {
		c.Weekend = day()
	}
	return c
}

// The integral of a curve against the sum of very many short pieces, between times that are weeks
// apart or in one piece, before the run or in it.
func TestTheAreaOfAWeekIsItsIntegral(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 4))
	const week, step = int64(model.WeekLength), int64(time.Minute) / 2
	for range 30 {
		curve := drawn(random)
		offset := time.Duration(random.IntN(27)-12) * time.Hour
		w := model.NewWeek(&curve, time.Duration(random.Int64N(week)), offset)
		from := random.Int64N(4*week) - 2*week
		if got := w.Area(from, from+week); math.Abs(got/float64(week)-1) > 1e-12 {
			t.Errorf("a week has an area of %.15f weeks, want 1", got/float64(week))
		}
		to, sum := from+random.Int64N(2*week), 0.0
		for at := from; at < to; at += step {
			short := min(step, to-at)
			sum += w.At(at+short/2) * float64(short)
		}
		// The midpoint rule errs only where a piece has a bend, by less than a step's change of load.
		if got := w.Area(from, to); math.Abs(got-sum) > 1e-4*float64(week) {
			t.Errorf("got an area of %g between %d and %d, want %g", got, from, to, sum)
		}
		inner := from + (to-from)/3
		if parts := w.Area(from, inner) + w.Area(inner, to); math.Abs(parts-w.Area(from, to)) > 1e3 {
			t.Errorf("two parts have an area of %g, the whole %g", parts, w.Area(from, to))
		}
	}
}

// Between two bends the load is a straight line, and every bend is found.
func TestBendsAreWhereALoadBends(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 5))
	for range 30 {
		curve := drawn(random)
		w := model.NewWeek(&curve, time.Duration(random.Int64N(int64(model.WeekLength))), 0)
		points := 5*len(curve.Weekday) + 2*len(curve.Weekday)
		if len(curve.Weekend) > 0 {
			points = 5*len(curve.Weekday) + 2*len(curve.Weekend)
		}
		at, count := int64(-1), 0
		for next := w.Next(at); next < int64(model.WeekLength); next = w.Next(at) {
			middle := at + (next-at)/2
			straight := w.At(at) + (w.At(next)-w.At(at))*float64(middle-at)/float64(next-at)
			if got := w.At(middle); next <= at || math.Abs(got-straight) > 1e-9 {
				t.Fatalf("from %d to %d: got a load of %g halfway, want %g", at, next, got, straight)
			}
			at, count = next, count+1
		}
		if count != points {
			t.Errorf("got %d bends in a week, want %d", count, points)
		}
	}
}

func TestAnEvenWeekIsOne(t *testing.T) {
	var w model.Week
	even := w.Flat() && w.At(99) == 1 && w.Area(3, 10) == 7 && w.Peak() == 1
	if !even || w.Next(5) != math.MaxInt64 {
		t.Error("a week without a curve is not even")
	}
}

// worldwide is a scenario whose halves are twelve hours apart.
func worldwide() *model.Scenario {
	s := sound()
	s.Curves = []model.Curve{office()}
	s.Populations = []model.Population{
		{Name: "here", Share: 0.5, Nearest: 0, Curve: 1},
		{Name: "there", Share: 0.5, Nearest: 0, Curve: 1, UTCOffset: 12 * time.Hour},
	}
	return s
}

func TestPeopleOfTwoHalvesOfTheEarthAreNotBusyTogether(t *testing.T) {
	s := worldwide()
	all := func(*model.Population) float64 { return 1 }
	// One half is at its peak from ten to sixteen while the other is at night: half of 2 and of 0.5.
	if got, want := s.Busiest(s.Weeks(), all), 1.25/officeMean; math.Abs(got-want) > 1e-12 {
		t.Errorf("got %g at the busiest, want %g", got, want)
	}
	s.Populations[1].UTCOffset = 0
	if got, want := s.Busiest(s.Weeks(), all), 2/officeMean; math.Abs(got-want) > 1e-12 {
		t.Errorf("got %g at the busiest in one zone, want %g", got, want)
	}
}

// How often two regions' people meet, against a fine sum.
func TestMeetingIsTheMeanOfAProduct(t *testing.T) {
	s := worldwide()
	s.Populations[1].Nearest, s.Populations[1].UTCOffset = 1, 5*time.Hour
	weeks, sum, steps := s.Weeks(), 0.0, int64(0)
	for at := int64(0); at < int64(model.WeekLength); at += int64(time.Minute) {
		sum += 0.25 * weeks[0].At(at) * weeks[1].At(at)
		steps++
	}
	want := sum / float64(steps)
	if got := s.Meeting(weeks, 0, 1); math.Abs(got-want) > 1e-6 {
		t.Errorf("got %g, want %g", got, want)
	}
	s.Curves, s.Populations[0].Curve, s.Populations[1].Curve = nil, 0, 0
	if got := s.Meeting(s.Weeks(), 0, 1); math.Abs(got-0.25) > 1e-12 {
		t.Errorf("got %g of even loads, want 0.25", got)
	}
}

// curved gives a scenario a curve.
func curved(points ...model.LoadPoint) func(*model.Scenario) {
	return func(s *model.Scenario) { s.Curves = []model.Curve{{Name: "c", Weekday: points}} }
}

func TestARegionHasRoomForItsPeak(t *testing.T) {
	s := worldwide()
	s.Populations[1].UTCOffset = 0
	peak := 2 / officeMean
	for _, c := range []struct {
		name        string
		utilisation float64
		sound       bool
	}{{"room", 0.999 / peak, true}, {"none", 1.001 / peak, false}} {
		t.Run(c.name, func(t *testing.T) {
			s.Regions[0].Utilisation = c.utilisation
			problems := s.Validate()
			if got := len(problems) == 0; got != c.sound {
				t.Errorf("got %v, want %v", problems, c.sound)
			}
			for _, p := range problems {
				if !strings.HasPrefix(p.Path, "region[0].utilisation") {
					t.Errorf("got a problem at %s", p.Path)
				}
			}
		})
	}
}

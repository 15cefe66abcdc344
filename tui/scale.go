package tui

import (
	"sort"
	"time"

	"redoubt/tui/canvas"
	"redoubt/units"
)

// A momentScale gives each moment of a run as much room as any other: seconds decide in the first
// minutes, and hours pass later. Between two moments time goes evenly.
type momentScale struct {
	moments []time.Duration
	width   int
}

// column is where a moment begins, by its number.
func (s momentScale) column(i int) int { return i * s.width / len(s.moments) }

// at is the column of a time: of the first moment at that time, if there is one.
func (s momentScale) at(t time.Duration) int {
	i := sort.Search(len(s.moments), func(i int) bool { return s.moments[i] >= t })
	switch {
	case i == len(s.moments):
		return s.width
	case i == 0 || s.moments[i] == t:
		return s.column(i)
	}
	from, to := s.moments[i-1], s.moments[i]
	left, right := s.column(i-1), s.column(i)
	return left + int(float64(right-left)*float64(t-from)/float64(to-from))
}

// over are the columns of what lasts: from where it begins to the moment at which it ends, with
// that, so that what begins and ends at once is seen.
func (s momentScale) over(span [2]time.Duration) (from, to int) {
	from, to = s.at(span[0]), s.at(span[1])
	after := sort.Search(len(s.moments), func(i int) bool { return s.moments[i] > span[1] })
	if after > 0 && s.moments[after-1] == span[1] {
		to = s.column(after-1) + 1
	}
	return from, max(to, from+1)
}

// roundSteps are the steps of round times, the roundest first. Each goes into the one before twice
// to four times, so that few times of a step lie between two of that.
var roundSteps = []time.Duration{
	16 * day, 8 * day, 4 * day, 2 * day, day, 12 * time.Hour, 6 * time.Hour, 2 * time.Hour, time.Hour,
	30 * time.Minute, 10 * time.Minute, 5 * time.Minute, 2 * time.Minute, time.Minute,
	30 * time.Second, 10 * time.Second, 5 * time.Second, 2 * time.Second, time.Second,
}

const day = 24 * time.Hour

// A stamp is a round time on a scale, and what stands at its column.
type stamp struct {
	column int
	at     time.Duration
	text   string
}

func (s momentScale) stamp(t time.Duration) stamp {
	text := "0"
	if t > 0 {
		text = units.Length(t)
	}
	return stamp{s.at(t), t, "└" + text}
}

// stamps are round times of a run with room for each of them: the roundest first, and then between
// two the roundest that lies there.
func (s momentScale) stamps() []stamp {
	first, last := s.moments[0], s.moments[len(s.moments)-1]
	end := stamp{s.width + 1, last + 1, ""}
	var begin stamp
	var all []stamp
	if first <= 0 {
		begin = s.stamp(0)
		all = append(all, begin)
	} else {
		begin = stamp{-1, first - 1, ""}
	}
	return append(all, s.between(begin, end)...)
}

// between are the stamps between two. What is written is round for its length, or for the stretch
// that it lies in: five minutes of an hour, or ten seconds of a minute ten hours later.
func (s momentScale) between(left, right stamp) []stamp {
	const most = 5 // Of a step that is no greater part of a stretch than a fifth.
	for _, step := range roundSteps {
		from, to := left.at/step+1, (right.at-1)/step
		if most*step <= right.at-left.at {
			to = min(to, most)
		}
		for n := from; n <= to; n++ {
			t := s.stamp(n * step)
			if t.column > left.column+canvas.Width(left.text) &&
				t.column+canvas.Width(t.text) < right.column {
				return append(append(s.between(left, t), t), s.between(t, right)...)
			}
		}
	}
	return nil
}

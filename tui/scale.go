package tui

import (
	"fmt"
	"sort"
	"time"

	"redoubt"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// A momentScale gives each moment of a run as much room as any other: seconds decide in the first
// minutes, and hours pass later. Between two moments time goes evenly.
type momentScale struct {
	entries []redoubt.Entry
	width   int
}

// column is where a moment begins, by its number.
func (s momentScale) column(i int) int { return i * s.width / len(s.entries) }

// at is the column of a time: of the first moment at that time, if there is one.
func (s momentScale) at(t time.Duration) int {
	i := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].At >= t })
	switch {
	case i == len(s.entries):
		return s.width
	case i == 0 || s.entries[i].At == t:
		return s.column(i)
	}
	from, to := s.entries[i-1].At, s.entries[i].At
	left, right := s.column(i-1), s.column(i)
	return left + int(float64(right-left)*float64(t-from)/float64(to-from))
}

// over are the columns of what lasts: from where it begins to the moment at which it ends, with
// that, so that what begins and ends at once is seen.
func (s momentScale) over(span [2]time.Duration) (from, to int) {
	from, to = s.at(span[0]), s.at(span[1])
	after := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].At > span[1] })
	if after > 0 && s.entries[after-1].At == span[1] {
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
	first, last := s.entries[0].At, s.entries[len(s.entries)-1].At
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

// scaleRows are the rows below lanes: the times, and the cursor's.
const scaleRows = 2

// drawLanes draws what lasts, a row for each lane from one on, over the moments of the run. Below
// them stand round times, that of the cursor, and which of all lanes they are.
func (v *timelineView) drawLanes(a *App, area canvas.Area, all []lane, from int) {
	const nameWidth = 24
	lanes := all[min(from, len(all)):min(from+area.Height-scaleRows, len(all))]
	field := area.Right(nameWidth)
	scale := momentScale{v.entries(), field.Width}
	for i := range scale.entries { // A click on the lanes leads to the moment of its column.
		a.place(field.Left(scale.column(i+1)).Right(scale.column(i)), aMoment, i)
	}
	cursor := scale.column(v.at)
	if v.past > 0 {
		cursor = scale.at(v.instant())
	}
	for y, lane := range lanes {
		area.Left(nameWidth-1).Text(0, y, canvas.Dim, canvas.Fit(lane.name, nameWidth-2))
		for _, span := range lane.spans {
			from, to := scale.over(span)
			for x := from; x < to; x++ {
				field.Text(x, y, lane.style, "█")
			}
		}
		field.Text(cursor, y, canvas.Strong, "│")
	}
	y := len(lanes)
	names := area.Left(nameWidth - 1)
	names.Text(0, y, canvas.Dim, "moments, not to scale")
	for _, t := range scale.stamps() {
		field.Text(t.column, y, canvas.Dim, t.text)
	}
	if y++; len(lanes) < len(all) {
		names.Text(0, y, canvas.Dim, canvas.Fit(fmt.Sprintf("lanes %d to %d of %d: %s", from+1,
			from+len(lanes), len(all), a.keysOf(hint{actions: []action{coarseLeft, coarseRight}})),
			names.Width))
	}
	mark := redoubt.Clock(v.instant())
	field.Text(min(cursor, max(field.Width-canvas.Width(mark), 0)), y, canvas.Strong, mark)
}

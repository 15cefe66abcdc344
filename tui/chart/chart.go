package chart

import (
	"math"

	"redoubt/tui/canvas"
)

// Symbols says of which characters a drawing is made.
type Symbols uint8

// The symbols, from the finest to what every terminal has.
const (
	Braille Symbols = iota
	Block
	ASCII
	symbolsCount
)

var symbolNames = [symbolsCount]string{"braille", "block", "ascii"}

// String gives the name.
func (s Symbols) String() string { return symbolNames[s%symbolsCount] }

// Next is the symbols after these, around.
func (s Symbols) Next() Symbols { return (s + 1) % symbolsCount }

// Parse finds symbols by their name.
func Parse(name string) (Symbols, bool) {
	for i, known := range symbolNames {
		if known == name {
			return Symbols(i), true
		}
	}
	return 0, false
}

// Scale maps values from Low to High to a drawing's width or height. What lies outside is moved to
// its nearest end.
type Scale struct{ Low, High float64 }

// Over is the scale that holds 0 and some finite values; what has no value is passed over.
func Over(values ...float64) Scale {
	s := Scale{}
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.Low, s.High = min(s.Low, v), max(s.High, v)
		}
	}
	if s.Low == s.High {
		s.High = s.Low + 1
	}
	return s
}

// at is where a value lies, from 0 to 1.
func (s Scale) at(value float64) float64 {
	if math.IsNaN(value) {
		return 0
	}
	return min(max((value-s.Low)/(s.High-s.Low), 0), 1)
}

// step is in which of n steps a value lies.
func (s Scale) step(value float64, n int) int {
	return min(int(s.at(value)*float64(n)), n-1)
}

// eighths are a column filled by so many eighths, from the left and from below.
var (
	eighths = [...]string{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}
	levels  = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	rough   = [...]string{" ", ".", ":", "|", "#"}
)

// Bar draws a value from the left of a row on.
func Bar(a canvas.Area, y int, style canvas.Style, symbols Symbols, scale Scale, value float64) {
	if math.IsNaN(value) || a.Width == 0 {
		return
	}
	filled := scale.at(value) * float64(a.Width)
	if symbols == ASCII {
		for x := range int(math.Round(filled)) {
			a.Text(x, y, style, "#")
		}
		return
	}
	for x := range a.Width {
		part := int(math.Round(8 * min(max(filled-float64(x), 0), 1)))
		if part > 0 {
			a.Text(x, y, style, eighths[part])
		}
	}
}

// Interval draws a mean and what covers it on a row.
func Interval(
	a canvas.Area, y int, style canvas.Style, symbols Symbols, scale Scale, low, mean, high float64,
) {
	if math.IsNaN(mean) || a.Width == 0 {
		return
	}
	from, mark, to := scale.step(low, a.Width), scale.step(mean, a.Width), scale.step(high, a.Width)
	line, dot, begin, end := "─", "●", "├", "┤"
	if symbols == ASCII {
		line, dot, begin, end = "-", "o", "|", "|"
	}
	for x := from; x <= to; x++ {
		a.Text(x, y, style, line)
	}
	if from < mark {
		a.Text(from, y, style, begin)
	}
	if to > mark {
		a.Text(to, y, style, end)
	}
	a.Text(mark, y, style, dot)
}

// Columns draws one column for each value from the bottom of an area up. Where there are more
// values than columns each shows the greatest of its share, so that no peak is lost.
func Columns(a canvas.Area, style canvas.Style, symbols Symbols, scale Scale, values []float64) {
	if len(values) == 0 || a.Width == 0 || a.Height == 0 {
		return
	}
	marks := levels[:]
	if symbols == ASCII {
		marks = rough[:]
	}
	steps := len(marks) - 1
	for x, value := range pooled(values, min(a.Width, len(values))) {
		filled := int(math.Round(scale.at(value) * float64(steps*a.Height)))
		if filled == 0 && value > scale.Low {
			filled = 1
		}
		for y := a.Height - 1; y >= 0 && filled > 0; y-- {
			a.Text(x, y, style, marks[min(filled, steps)])
			filled -= steps
		}
	}
}

// pooled is so many values, each the greatest of its share of all.
func pooled(values []float64, count int) []float64 {
	all := make([]float64, count)
	for i := range all {
		from, to := i*len(values)/count, (i+1)*len(values)/count
		all[i] = math.Inf(-1)
		for _, v := range values[from:max(to, from+1)] {
			if !math.IsNaN(v) {
				all[i] = max(all[i], v)
			}
		}
	}
	return all
}

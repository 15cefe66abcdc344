package chart

import (
	"math"
	"slices"
)

// Bins are stretches of one width, side by side, that values are counted in.
type Bins struct {
	// From is where one of them begins, and Width is above 0; both in the unit of the values.
	From, Width float64
}

// BinsOf chooses bins for values. They are as wide as Freedman and Diaconis have them, twice the
// interquartile range over the cube root of the count (On the histogram as a density estimator: L2
// theory, Zeitschrift für Wahrscheinlichkeitstheorie 57, 1981, pages 453 to 476), and no less than
// least, which is above 0. That rule takes the values for those of a density. Where they lie a step
// apart, as sums of so many times about one amount do, bins of another width than some whole steps
// hold now one more of them and now one less: a comb, which says nothing about what is counted. So
// they are whole steps wide, with the values in the middle of a step. A step of 0 is none.
func BinsOf(values []float64, step, least float64) Bins {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	wide := least
	if n := len(sorted); n > 0 {
		spread := quantile(sorted, 0.75) - quantile(sorted, 0.25)
		wide = max(least, 2*spread/math.Cbrt(float64(n)))
	}
	if !(step > 0) {
		return Bins{0, wide}
	}
	return Bins{middle(values, step) - step/2, step * math.Ceil(wide/step)}
}

// quantile is the value of sorted ones, of which there is one, that has so great a share below it;
// between two it goes evenly.
func quantile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	below := int(at)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// middle is where in a step values lie, on the average: around a circle, on which the end of a step
// is the beginning of the next.
func middle(values []float64, step float64) float64 {
	var x, y float64
	for _, v := range values {
		sin, cos := math.Sincos(2 * math.Pi * v / step)
		x, y = x+cos, y+sin
	}
	return math.Atan2(y, x) / (2 * math.Pi) * step
}

// Of is the number of the bin that a value lies in, which is below 0 before From.
func (b Bins) Of(value float64) int { return int(math.Floor((value - b.From) / b.Width)) }

// Density is, for each of so many columns over a scale, how many of some values lie in the bin in
// its middle, for each unit of width: two histograms of other bins can be held against each other.
func (b Bins) Density(values []float64, scale Scale, columns int) []float64 {
	counts := map[int]float64{}
	for _, v := range values {
		counts[b.Of(v)]++
	}
	all := make([]float64, columns)
	for x := range all {
		at := scale.Low + (scale.High-scale.Low)*(float64(x)+0.5)/float64(columns)
		all[x] = counts[b.Of(at)] / b.Width
	}
	return all
}

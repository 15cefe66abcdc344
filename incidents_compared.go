package redoubt

import "math"

// IncidentComparison holds a figure that was published to one that came of the runs; neither is
// played.
type IncidentComparison struct {
	// Published and Simulated are the keys of the two. WithRedoubt says that the second is one of
	// those with redoubt's own policy, which stands for what was in place; Other that it is one of
	// that of the Others, counted from 1.
	Published, Simulated string
	WithRedoubt          bool
	Other                int
	// Low and High are what was simulated, at its extremes, over what was published.
	Low, High float64
	// Tolerance is how far beyond the extremes what was published may lie, in its own unit, and
	// Because says why so far and no further. It was not chosen by what came.
	Tolerance float64
	Because   string
	// Within says that what was published lies within the tolerance; Why says, of one that does
	// not, what the runs lack.
	Within bool
	Why    string
}

// The tolerances: a truth has none, and a length is as exact as what was published. That no more is
// needed follows from how runs are drawn: of n and one more, drawn alike, the one lies between the
// extremes of the others with probability (n - 1) / (n + 1).
const (
	minuteExact = "both its ends were published to the minute; a run more, drawn alike, lies " +
		"between the extremes of 100 in 99 of 101 cases"
	truthExact = "a yes has no latitude"
)

// toTheMinute is the tolerance of a length whose ends were published to the minute, in seconds.
const toTheMinute = 60

// compare fills in what comes of a comparison.
func (c IncidentComparison) compare(r *IncidentReport) IncidentComparison {
	published := math.NaN()
	for _, p := range r.Published {
		if p.Key == c.Published && p.Low == p.High {
			published = p.Low
		}
	}
	f := figureOf(c.Figures(r), c.Simulated)
	c.Low, c.High = f.Low/published, f.High/published
	c.Within = f.Low-c.Tolerance <= published && published <= f.High+c.Tolerance
	if c.Within {
		c.Why = ""
	}
	return c
}

// Figures are those of the part of a report that a comparison is with.
func (c IncidentComparison) Figures(r *IncidentReport) []Figure {
	switch {
	case c.Other > 0:
		return r.Others[c.Other-1].Figures
	case c.WithRedoubt:
		return r.WithRedoubt
	}
	return r.Simulated
}

// Compared reports whether a figure of this key is held to one that was simulated.
func (r *IncidentReport) Compared(key string) bool {
	for _, c := range r.Comparisons {
		if c.Published == key {
			return true
		}
	}
	return false
}

// echoShare is how near to a length that is played one that came has to be, in every run, to be
// told as an echo of it. An assumption: it is to mark too much rather than too little.
const echoShare = 0.05

// markEchoes says of each figure which input it repeats: a length that is that of something played
// in every run, and what fails in it, which is that length times a rate.
func markEchoes(published []PublishedFigure, figures []Figure) {
	for i := range figures {
		for _, p := range published {
			if f := &figures[i]; f.Unit == Seconds && p.Unit == Seconds && p.Input && f.Low > 0 &&
				f.Low >= (1-echoShare)*p.Low && f.High <= (1+echoShare)*p.High {
				f.Echoes = p.Key
			}
		}
	}
	for i := range figures {
		if figures[i].Key == "requests_failed" {
			figures[i].Echoes = figureOf(figures, "down_seconds").Echoes
		}
	}
}

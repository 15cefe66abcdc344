package main

import (
	"fmt"
	"slices"
	"time"

	"redoubt"
)

// What recurs so often, never further apart than this, is told once in a timeline: a step that is
// tried again every 40 s fills pages otherwise. Fewer times are a story, for instance of a link
// that flaps.
const (
	foldFrom = 10
	foldGap  = 30 * time.Minute
)

// foldedKinds are what can be told once: attempts, calls and checks. What breaks, what users meet,
// what is lost and what is decided is told each time.
var foldedKinds = []string{"plan", "people", "probe"}

// fold is what becomes of an entry of a timeline: how often it comes, for the first of many, and
// whether it is one of the others.
type fold struct {
	times  int
	until  time.Duration
	hidden bool
}

// folds finds the entries that say the same of the same place again and again.
func folds(entries []redoubt.Entry) []fold {
	folded := make([]fold, len(entries))
	type what struct{ region, kind, text string }
	alike := map[what][]int{} // Only ever looked up, so that its order is no matter.
	flush := func(indices []int) {
		if len(indices) < foldFrom {
			return
		}
		for _, i := range indices[1:] {
			folded[i].hidden = true
		}
		last := indices[len(indices)-1]
		folded[indices[0]] = fold{times: len(indices), until: entries[last].At}
	}
	for i, entry := range entries {
		if !slices.Contains(foldedKinds, entry.Kind) {
			continue
		}
		key := what{entry.Region, entry.Kind, entry.Text}
		before := alike[key]
		if n := len(before); n > 0 && entry.At-entries[before[n-1]].At > foldGap {
			flush(before)
			before = nil
		}
		alike[key] = append(before, i)
	}
	for _, indices := range alike {
		flush(indices) // Each writes to entries of its own.
	}
	return folded
}

// told adds to the words of an entry how often it comes.
func (f fold) told(text string) string {
	if f.times == 0 {
		return text
	}
	return fmt.Sprintf("%s (%d times until %s)", text, f.times, clock(f.until))
}

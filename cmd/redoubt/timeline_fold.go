package main

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
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

// foldedKinds are what can be told once: attempts, calls and checks, who leads, and what guards do.
// What breaks, what is lost and what is decided is told each time, and so is what users meet but
// for what is over soon.
var foldedKinds = []string{"plan", "people", "probe", "consensus", "guard"}

// soonOver is how long an outage can be that is told with others like it.
const soonOver = time.Minute

// served is what users meet: whether the service is down, or stays so for another reason, which
// share of their requests succeeds, and what else there is to it.
var served = regexp.MustCompile(
	`^the service (is down|stays down|is up): ([\d.]+)%( of requests succeed.*)$`)

// inARow is a check that goes another way than its agent says, or went before: which, the how
// many-th in a row, and of what. What an agent says something new after is told by its own text.
var inARow = regexp.MustCompile(`^(failed|good) check \d+/(\d+ [^:]*)$`)

// fold is what becomes of an entry of a timeline: how often it comes, for the first of many, and
// whether it is one of the others.
type fold struct {
	times  int
	until  time.Duration
	hidden bool
	// more is what differs among them, in words.
	more string
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
		folded[indices[0]] = fold{
			times: len(indices), until: entries[last].At, more: spread(entries, indices),
		}
	}
	short := shortOutages(entries)
	for i, entry := range entries {
		key := what{entry.Region, entry.Kind, entry.Text}
		if m := served.FindStringSubmatch(entry.Text); short[i] && m != nil {
			key.text = m[1] + m[3]
		} else if !slices.Contains(foldedKinds, entry.Kind) {
			continue
		} else if m := inARow.FindStringSubmatch(entry.Text); m != nil {
			key.text = m[1] + m[2] // Wherever it is in its row: most rows come to nothing.
		}
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

// shortOutages are the entries that tell the beginning, another reason or the end of an outage that
// is over soon.
func shortOutages(entries []redoubt.Entry) map[int]bool {
	short := map[int]bool{}
	var open []int
	for i, entry := range entries {
		m := served.FindStringSubmatch(entry.Text)
		switch {
		case entry.Kind != "traffic" || m == nil:
		case m[1] == "is down":
			open = []int{i}
		case m[1] == "stays down":
			open = append(open, i)
		case len(open) > 0 && entry.At-entries[open[0]].At <= soonOver:
			for _, told := range append(open, i) {
				short[told] = true
			}
		}
	}
	return short
}

// spread says between which shares what users meet is, or nothing.
func spread(entries []redoubt.Entry, indices []int) string {
	least, most := math.Inf(1), math.Inf(-1)
	for _, i := range indices {
		m := served.FindStringSubmatch(entries[i].Text)
		if m == nil {
			return ""
		}
		share, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return ""
		}
		least, most = min(least, share), max(most, share)
	}
	if least == most {
		return ""
	}
	return fmt.Sprintf(", %.1f%% to %.1f%%", least, most)
}

// told adds to the words of an entry how often it comes.
func (f fold) told(text string) string {
	if f.times == 0 {
		return text
	}
	return fmt.Sprintf("%s (%d times until %s%s)", text, f.times, clock(f.until), f.more)
}

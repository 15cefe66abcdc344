package agent

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

const (
	bookFile = "testdata/equal.tsv"
	bookDocs = "../docs/fidelity.md"
	// simulations is how many seeds of the simulator say what it decides, and when.
	simulations = 200
)

// band is where the central 95 % of the simulator's times are; it is empty where there are none.
type band struct{ low, high time.Duration }

// bandOf are the ends of the central 95 % of a sample.
func bandOf(all []time.Duration) band {
	if len(all) == 0 {
		return band{1, 0}
	}
	slices.Sort(all)
	tail := int(math.Floor(0.025 * float64(len(all))))
	return band{all[tail], all[len(all)-1-tail]}
}

func (b band) has(at time.Duration) bool { return at >= b.low && at <= b.high }

// near reports whether two bands are the same, but for how processors round.
func (b band) near(other band) bool {
	return (b.low-other.low).Abs() < time.Millisecond && (b.high-other.high).Abs() < time.Millisecond
}

// comparison is what both worlds make of a scenario.
type comparison struct {
	name, strategy string
	end            time.Duration
	// given is what both worlds play from, and rehearsed what the simulator decided with each seed.
	given, rehearsed string
	// courses are what it decides, bands when each decision of a course was, and shifted when traffic
	// first was. Runs are those of the agents, by their seed.
	courses []string
	bands   []band
	shifted band
	runs    map[uint64]course
}

// ask has the simulator play a pairing with every seed.
func (p *pairing) ask(t testing.TB, end time.Duration) *comparison {
	t.Helper()
	c := &comparison{
		name: p.scenario.Name, strategy: p.strategy.Kind.String(), end: end, given: p.given(t),
		runs: map[uint64]course{},
	}
	courses, h := map[string]bool{}, sha256.New()
	var decided [][]time.Duration
	var shifted []time.Duration
	for seed := range uint64(simulations) {
		run := p.simulated(t, seed).within(end)
		courses[run.key()] = true
		fmt.Fprintln(h, run.key(), run.shifted.Round(rehearsedTo))
		for i, d := range run.decisions {
			if i == len(decided) {
				decided = append(decided, nil)
			}
			decided[i] = append(decided[i], d.at)
			fmt.Fprintln(h, d.at.Round(rehearsedTo))
		}
		if run.shifted > 0 {
			shifted = append(shifted, run.shifted)
		}
	}
	for _, times := range decided {
		c.bands = append(c.bands, bandOf(times))
	}
	c.courses, c.shifted = slices.Sorted(maps.Keys(courses)), bandOf(shifted)
	c.rehearsed = brief(h.Sum(nil))
	return c
}

// rehearsedTo is to what the times of all seeds are rounded before they are digested: processors
// round a logarithm's last digit otherwise, and no decision.
const rehearsedTo = 100 * time.Millisecond

// stale says what is so no more of what a comparison was made from, now that the simulator was
// asked anew, or nothing.
func (c *comparison) stale(now *comparison) string {
	switch {
	case c.given != now.given:
		return "what both worlds are given has changed"
	case !slices.Equal(c.courses, now.courses):
		return fmt.Sprintf("the simulator decided %q, and decides %q", c.courses, now.courses)
	case c.rehearsed != now.rehearsed, !c.shifted.near(now.shifted),
		!slices.EqualFunc(c.bands, now.bands, band.near):
		return "the simulator decides at other times"
	}
	return ""
}

// book is what was played, and what with.
type book struct {
	made map[string]string
	all  []*comparison
}

// find is the comparison of what is played, or nil.
func (b *book) find(entry timed) *comparison {
	for _, c := range b.all {
		if c.name == entry.name && c.strategy == entry.kind.String() && c.end == entry.end {
			return c
		}
	}
	return nil
}

// renewed is the book of what is played now, with what the simulator decides now, and of the runs
// those which are not stale.
func renewed(t *testing.T) *book {
	t.Helper()
	was, now := readBook(t), &book{made: madeOf(t), all: make([]*comparison, len(played))}
	same := maps.Equal(was.made, now.made)
	t.Run("the simulator", func(t *testing.T) {
		for i, entry := range played {
			t.Run(entry.String(), func(t *testing.T) {
				t.Parallel()
				now.all[i] = pair(t, entry.name, entry.kind).ask(t, entry.end)
				if c := was.find(entry); same && c != nil && c.stale(now.all[i]) == "" {
					now.all[i] = c
				}
			})
		}
	})
	return now
}

// add notes a run, at once in the file too.
func (b *book) add(mu *sync.Mutex, t *testing.T, c *comparison, seed uint64, run course) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	c.runs[seed] = run
	b.keep(t)
}

// keep writes the file, sorted.
func (b *book) keep(t *testing.T) {
	t.Helper()
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(b.made)) {
		fmt.Fprintf(&text, "made\t%s\t%s\n", name, b.made[name])
	}
	for _, c := range slices.SortedFunc(slices.Values(b.all), byName) {
		fmt.Fprintf(&text, "scenario\t%s\t%s\t%v\t%s\t%s\t%s\t%s\n", c.name, c.strategy, c.end,
			c.given, c.rehearsed, bandsText(append(slices.Clone(c.bands), c.shifted)),
			strings.Join(c.courses, ";"))
		for _, seed := range slices.Sorted(maps.Keys(c.runs)) {
			run := c.runs[seed]
			fmt.Fprintf(&text, "run\t%d\t%s\t%s\n", seed, timesText(run.times()), run.key())
		}
	}
	next := bookFile + ".next" // Whoever ends the run now leaves the runs of before.
	if err := os.WriteFile(next, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, bookFile); err != nil {
		t.Fatal(err)
	}
}

func byName(x, y *comparison) int {
	return strings.Compare(x.name+" "+x.strategy, y.name+" "+y.strategy)
}

// timesText and bandsText are times in a row, of which the last is that of the first shift.
func timesText(all []time.Duration) string {
	var words []string
	for _, at := range all {
		words = append(words, at.String())
	}
	return strings.Join(words, " ")
}

func bandsText(all []band) string {
	var ends []time.Duration
	for _, b := range all {
		ends = append(ends, b.low, b.high)
	}
	return timesText(ends)
}

// readBook reads the file.
func readBook(t *testing.T) *book {
	t.Helper()
	data, err := os.ReadFile(bookFile)
	if err != nil && !(os.IsNotExist(err) && *equal > 0) {
		t.Fatal(err)
	}
	b := &book{made: map[string]string{}}
	fields := map[string]int{"made": 3, "scenario": 8, "run": 4}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != fields[f[0]] {
			t.Fatalf("%s has another form: remove it, and make equal: %q", bookFile, line)
		}
		switch f[0] {
		case "made":
			b.made[f[1]] = f[2]
		case "scenario":
			b.all = append(b.all, readComparison(t, f))
		case "run":
			seed, err := strconv.ParseUint(f[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			b.all[len(b.all)-1].runs[seed] = readRun(t, f)
		}
	}
	return b
}

func readComparison(t *testing.T, f []string) *comparison {
	t.Helper()
	c := &comparison{
		name: f[1], strategy: f[2], end: readTimes(t, f[3])[0], given: f[4], rehearsed: f[5],
		courses: strings.Split(f[7], ";"), runs: map[uint64]course{},
	}
	for ends := range slices.Chunk(readTimes(t, f[6]), 2) {
		c.bands = append(c.bands, band{ends[0], ends[1]})
	}
	last := len(c.bands) - 1
	c.bands, c.shifted = c.bands[:last], c.bands[last]
	return c
}

func readRun(t *testing.T, f []string) course {
	t.Helper()
	times := readTimes(t, f[2])
	run := course{decisions: parseDecisions(t, f[3]), shifted: times[len(times)-1]}
	for i := range run.decisions {
		run.decisions[i].at = times[i]
	}
	return run
}

func readTimes(t *testing.T, text string) (all []time.Duration) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		at, err := time.ParseDuration(word)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, at)
	}
	return all
}

// parseDecisions reads what course.key has written.
func parseDecisions(t *testing.T, text string) (all []decided) {
	t.Helper()
	for part := range strings.SplitSeq(text, ", ") {
		kind, regions, _ := strings.Cut(part, " ")
		if kind == "" {
			continue
		}
		var subject, target int8
		if _, err := fmt.Sscanf(regions, "%d>%d", &subject, &target); err != nil {
			t.Fatal(err)
		}
		all = append(all, decided{
			kind: kind, subject: model.RegionID(subject), target: model.RegionID(target),
		})
	}
	return all
}

// Names of plans are one word each: a course is read back as it was written.
func TestCourseIsReadBack(t *testing.T) {
	for kind := failover.Failover; kind <= failover.Reroute; kind++ {
		run := course{decisions: []decided{{kind: kind.String(), subject: 0, target: model.NoRegion}}}
		if got := (course{decisions: parseDecisions(t, run.key())}).key(); got != run.key() {
			t.Errorf("%q is read back as %q", run.key(), got)
		}
	}
}

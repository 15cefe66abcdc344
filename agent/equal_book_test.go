package agent

import (
	"bytes"
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

// comparison is what both worlds make of a scenario.
type comparison struct {
	name, strategy string
	end            time.Duration
	// courses are what the simulator decides, first and shifted when; runs are those of the agents, by
	// their seed.
	courses        []string
	first, shifted band
	runs           map[uint64]course
}

// tally counts runs, those with equal decisions, times, and those of them that are within the band.
type tally struct{ runs, equal, times, within int }

// count holds the agents' runs against the simulator's.
func (c *comparison) count() (n tally) {
	for _, run := range c.runs {
		n.runs++
		if slices.Contains(c.courses, run.key()) {
			n.equal++
		}
		for i, at := range [2]time.Duration{run.first(), run.shifted} {
			if at > 0 {
				n.times++
				if [2]band{c.first, c.shifted}[i].has(at) {
					n.within++
				}
			}
		}
	}
	return n
}

// ask has the simulator play a pairing with every seed.
func (p *pairing) ask(t testing.TB, end time.Duration) *comparison {
	t.Helper()
	c := &comparison{
		name: p.scenario.Name, strategy: p.strategy.Kind.String(), end: end,
		runs: map[uint64]course{},
	}
	courses := map[string]bool{}
	var first, shifted []time.Duration
	for seed := range uint64(simulations) {
		run := p.simulated(t, seed).within(end)
		courses[run.key()] = true
		if run.first() > 0 {
			first = append(first, run.first())
		}
		if run.shifted > 0 {
			shifted = append(shifted, run.shifted)
		}
	}
	c.courses = slices.Sorted(maps.Keys(courses))
	c.first, c.shifted = bandOf(first), bandOf(shifted)
	return c
}

// book is what was played.
type book struct{ all []*comparison }

// comparison is that of a pairing, for which the simulator is asked once.
func (b *book) comparison(
	mu *sync.Mutex, t *testing.T, p *pairing, end time.Duration,
) *comparison {
	t.Helper()
	is := func(c *comparison) bool {
		return c.name == p.scenario.Name && c.end == end && c.strategy == p.strategy.Kind.String()
	}
	mu.Lock()
	defer mu.Unlock()
	if i := slices.IndexFunc(b.all, is); i >= 0 {
		return b.all[i]
	}
	mu.Unlock()
	c := p.ask(t, end)
	mu.Lock()
	b.all = append(b.all, c)
	return c
}

func (b *book) has(mu *sync.Mutex, c *comparison, seed uint64) bool {
	mu.Lock()
	defer mu.Unlock()
	_, has := c.runs[seed]
	return has
}

// add notes a run, at once in the file too where that is asked for.
func (b *book) add(
	mu *sync.Mutex, t *testing.T, c *comparison, seed uint64, run course, keep bool,
) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	c.runs[seed] = run
	if keep {
		b.keep(t)
	}
}

// keep writes the file, sorted.
func (b *book) keep(t *testing.T) {
	t.Helper()
	slices.SortFunc(b.all, func(x, y *comparison) int {
		return strings.Compare(x.name+" "+x.strategy, y.name+" "+y.strategy)
	})
	var text bytes.Buffer
	for _, c := range b.all {
		fmt.Fprintf(&text, "scenario\t%s\t%s\t%v\t%v\t%v\t%v\t%v\t%s\n", c.name, c.strategy, c.end,
			c.first.low, c.first.high, c.shifted.low, c.shifted.high, strings.Join(c.courses, ";"))
		for _, seed := range slices.Sorted(maps.Keys(c.runs)) {
			run := c.runs[seed]
			fmt.Fprintf(&text, "run\t%d\t%v\t%v\t%s\n", seed, run.first(), run.shifted, run.key())
		}
	}
	if err := os.WriteFile(bookFile, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// readBook reads the file.
func readBook(t *testing.T) *book {
	t.Helper()
	data, err := os.ReadFile(bookFile)
	if os.IsNotExist(err) && *equal > 0 {
		return &book{}
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &book{}
	duration := func(text string) time.Duration {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if f[0] == "scenario" {
			b.all = append(b.all, &comparison{
				name: f[1], strategy: f[2], end: duration(f[3]),
				first:   band{duration(f[4]), duration(f[5])},
				shifted: band{duration(f[6]), duration(f[7])},
				courses: strings.Split(f[8], ";"), runs: map[uint64]course{},
			})
			continue
		}
		seed, err := strconv.ParseUint(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		run := course{shifted: duration(f[3]), decisions: parseDecisions(t, f[4])}
		if len(run.decisions) > 0 {
			run.decisions[0].at = duration(f[2])
		}
		b.all[len(b.all)-1].runs[seed] = run
	}
	return b
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

// table is the table of docs/fidelity.md.
func (b *book) table(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("| scenario | until | what is decided | runs | equal | times in the band |\n" +
		"|---|---|---|---|---|---|\n")
	var all tally
	share := func(n tally) string {
		if n.times == 0 {
			return "none"
		}
		return fmt.Sprintf("%d of %d", n.within, n.times)
	}
	for _, c := range b.all {
		n := c.count()
		all.runs, all.equal = all.runs+n.runs, all.equal+n.equal
		all.times, all.within = all.times+n.times, all.within+n.within
		var words []string
		for _, key := range c.courses {
			words = append(words, c.words(key))
		}
		fmt.Fprintf(&text, "| `%s`, %s | %d min | %s | %d | %d | %s |\n", c.name, c.strategy,
			int(c.end.Minutes()), strings.Join(words, "; or "), n.runs, n.equal, share(n))
	}
	fmt.Fprintf(&text, "| all %d | | | %d | %d | %s |\n", len(b.all), all.runs, all.equal, share(all))
	others, err := unplayed()
	if err != nil {
		t.Fatal(err)
	}
	return text.String() + others
}

// words tells a course without the regions, which the runs have.
func (c *comparison) words(key string) string {
	var words []string
	for part := range strings.SplitSeq(key, ", ") {
		kind, _, _ := strings.Cut(part, " ")
		if kind == "" {
			kind = "nothing"
		}
		words = append(words, kind)
	}
	return strings.Join(words, ", ")
}

// write writes the file, and the table between its marks in docs/fidelity.md.
func (b *book) write(t *testing.T) {
	t.Helper()
	b.keep(t)
	data, err := os.ReadFile(bookDocs)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- equal -->\n", "<!-- end -->"
	head, rest, found := strings.Cut(string(data), begin)
	_, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatal("docs/fidelity.md has no place for the table")
	}
	text := head + begin + b.table(t) + end + tail
	if err := os.WriteFile(bookDocs, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
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

// Two times of a run are two also where they are the same.
func TestBothTimesCount(t *testing.T) {
	at := []decided{{kind: "failover", at: time.Minute}}
	c := comparison{
		first: band{0, time.Hour}, shifted: band{0, time.Second},
		runs: map[uint64]course{0: {decisions: at, shifted: time.Minute}},
	}
	if n := c.count(); n.times != 2 || n.within != 1 {
		t.Errorf("got %+v, want two times, one of them within", n)
	}
}

package agent

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the book is held to: so many seeds of each scenario, and so many of a hundred times, and of
// a hundred runs, within the simulator's bands. Of one scenario, whose times are few, as many have
// to be as are by chance in all but a ten-thousandth of the cases.
const (
	seedsMin  = 20
	withinMin = 90
	chanceMin = 1e-4
)

// chance is how likely no more of so many times are in a band that each is in with 95 %.
func chance(within, times int) (sum float64) {
	ways := 1.0
	for out := range times + 1 { // So many are not.
		if times-out <= within {
			sum += ways * math.Pow(0.05, float64(out)) * math.Pow(0.95, float64(times-out))
		}
		ways *= float64(times-out) / float64(out+1)
	}
	return sum
}

// tally counts runs, those with equal decisions, times, and those of them that are within the band;
// and of the runs in which anything was decided those of which the first decision and the first
// shift are. Nothing of it is in the file: it is counted from the times whenever that is read.
type tally struct{ runs, equal, times, within, timed, inside int }

func (n tally) plus(m tally) tally {
	return tally{
		n.runs + m.runs, n.equal + m.equal, n.times + m.times, n.within + m.within,
		n.timed + m.timed, n.inside + m.inside,
	}
}

// count holds the agents' runs against the simulator's.
func (c *comparison) count() (n tally) {
	for _, run := range c.runs {
		n.runs++
		if slices.Contains(c.courses, run.key()) {
			n.equal++
		}
		n = n.plus(c.countTimes(&run))
	}
	return n
}

// countTimes holds the times of one run against the bands. A decision that the simulator never came
// to has none.
func (c *comparison) countTimes(run *course) (n tally) {
	inside := 1
	for i, at := range run.times() {
		shift := i == len(run.decisions)
		if shift && at == 0 {
			continue
		}
		within := shift && c.shifted.has(at) || !shift && i < len(c.bands) && c.bands[i].has(at)
		n.times++
		if within {
			n.within++
		} else if shift || i == 0 {
			inside = 0
		}
	}
	if n.times > 0 {
		n.timed, n.inside = 1, inside
	}
	return n
}

// complaints say in what the agents do not decide as the simulator does, by what is in the book.
func (b *book) complaints() (all []string) {
	complain := func(format string, values ...any) {
		all = append(all, fmt.Sprintf(format, values...))
	}
	sum := tally{}
	for _, entry := range played {
		c := b.find(entry)
		if c == nil {
			complain("%v: it was not played", entry)
			continue
		}
		for _, seed := range slices.Sorted(maps.Keys(c.runs)) {
			if run := c.runs[seed]; !slices.Contains(c.courses, run.key()) {
				complain("%v, seed %d: the agents decide %q, and the simulator %q", entry, seed, run.key(),
					c.courses)
			}
		}
		n := c.count()
		if sum = sum.plus(n); n.runs < seedsMin {
			complain("%v: %d runs, and %d are the least", entry, n.runs, seedsMin)
		}
		if chance(n.within, n.times) < chanceMin {
			complain("%v: %d of %d times are in the band", entry, n.within, n.times)
		}
	}
	if len(b.all) != len(played) {
		complain("%d scenarios, and %d are played", len(b.all), len(played))
	}
	if 100*sum.within < withinMin*sum.times {
		complain("%d of %d times are in the band", sum.within, sum.times)
	}
	if 100*sum.inside < withinMin*sum.timed {
		complain("the times of the runs are in the band in %d of %d", sum.inside, sum.timed)
	}
	return all
}

// table is the table of docs/fidelity.md.
func (b *book) table(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("| scenario | strategy | until | what is decided | runs | equal | times in the " +
		"band | runs in the band |\n|---|---|---|---|---|---|---|---|\n")
	all := tally{}
	share := func(part, of int) string {
		if of == 0 {
			return "none"
		}
		return fmt.Sprintf("%d of %d", part, of)
	}
	for _, c := range slices.SortedFunc(slices.Values(b.all), byName) {
		n := c.count()
		all = all.plus(n)
		var words []string
		for _, key := range c.courses {
			words = append(words, c.words(key))
		}
		fmt.Fprintf(&text, "| `%s` | %s | %d min | %s | %d | %d | %s | %s |\n", c.name, c.strategy,
			int(c.end.Minutes()), strings.Join(words, "; or "), n.runs, n.equal,
			share(n.within, n.times), share(n.inside, n.timed))
	}
	fmt.Fprintf(&text, "| all %d | | | | %d | %d | %s | %s |\n", len(b.all), all.runs, all.equal,
		share(all.within, all.times), share(all.inside, all.timed))
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

// Two times of a run are two also where they are the same.
func TestBothTimesCount(t *testing.T) {
	at := []decided{{kind: "failover", at: time.Minute}}
	c := comparison{
		bands: []band{{0, time.Hour}}, shifted: band{0, time.Second},
		runs: map[uint64]course{0: {decisions: at, shifted: time.Minute}},
	}
	if n := c.count(); n.times != 2 || n.within != 1 || n.inside != 0 {
		t.Errorf("got %+v, want two times, one of them within", n)
	}
}

// doctored is the book with every first decision of some scenarios, or of all, so much later.
func doctored(t *testing.T, late time.Duration, names ...string) *book {
	t.Helper()
	b := readBook(t)
	for _, c := range b.all {
		for _, run := range c.runs {
			if len(run.decisions) > 0 && (names == nil || slices.Contains(names, c.name)) {
				run.decisions[0].at += late // The slice is the book's.
			}
		}
	}
	return b
}

// A book in which a run is missing, or was decided otherwise, or too late, is complained of.
func TestComplaintsAreOfTheRuns(t *testing.T) {
	without, fewer, other := readBook(t), readBook(t), readBook(t)
	without.all = without.all[1:]
	fewer.all[0].runs = map[uint64]course{0: fewer.all[0].runs[0]}
	other.all[0].runs[2] = course{decisions: []decided{{kind: "failover", target: 5}}}
	for want, book := range map[string]*book{
		"it was not played":                 without,
		"1 runs, and":                       fewer,
		"seed 2: the agents decide":         other,
		"database-lost, warm-standby: 0 of": doctored(t, time.Hour, "database-lost"),
		"times are in the band":             doctored(t, time.Hour),
		"the times of the runs are":         doctored(t, time.Hour),
	} {
		has := func(complaint string) bool { return strings.Contains(complaint, want) }
		if all := book.complaints(); !slices.ContainsFunc(all, has) {
			t.Errorf("want %q, got %q", want, all)
		}
	}
}

// What is within the bands is counted from the times, whatever the table says.
func TestSharesAreCountedAnew(t *testing.T) {
	sum := func(b *book) (all tally) {
		for _, c := range b.all {
			all = all.plus(c.count())
		}
		return all
	}
	is, late := sum(readBook(t)), sum(doctored(t, time.Hour))
	if is.runs != late.runs || is.equal != late.equal || is.times != late.times {
		t.Errorf("got %+v, and an hour later %+v", is, late)
	}
	if late.inside > 0 || late.within+is.timed > is.times {
		t.Errorf("an hour late, %d of %d runs are in the band", late.inside, late.timed)
	}
}

// Of twenty times one is out of the band in the mean, five are in one of 400 cases, and all always
// are no more than all.
func TestChanceIsBinomial(t *testing.T) {
	for _, c := range []struct {
		within, times int
		want          float64
	}{{0, 0, 1}, {20, 20, 1}, {19, 20, 0.6415}, {15, 20, 0.0026}, {0, 5, 3.125e-7}, {1, 2, 0.0975}} {
		if got := chance(c.within, c.times); math.Abs(got-c.want) > 0.02*c.want {
			t.Errorf("%d of %d: got %v, want %v", c.within, c.times, got, c.want)
		}
	}
}

package sim

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// What was measured on the libraries themselves, and on which networks: package calibrate writes
// both files.

// records reads a file of package calibrate.
func records(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// measuredNetworks are the round trips of the networks that were measured.
func measuredNetworks(t *testing.T) (all []model.Latency) {
	t.Helper()
	for _, line := range records(t, "testdata/roundtrips.csv") {
		var trips model.Latency
		next := 0
		for a := range trips {
			for b := range a {
				trip := time.Duration(number(t, line[next]) * float64(time.Millisecond))
				trips[a][b], trips[b][a] = trip, trip
				next++
			}
		}
		all = append(all, trips)
	}
	return all
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// comparison is what was measured and what is simulated: the 50th, 90th and 99th percentile in
// seconds.
type comparison struct {
	what, setting       string
	regions             int
	measured, simulated [3]float64
}

// against compares a sample in seconds with what was measured.
func against(t *testing.T, what string, regions int, setting string, sample []float64) comparison {
	t.Helper()
	slices.Sort(sample)
	c := comparison{what: what, regions: regions, setting: setting}
	for _, line := range records(t, "testdata/measured.csv") {
		if line[0] == what && line[1] == strconv.Itoa(regions) && line[2] == setting {
			for i, percent := range []int{50, 90, 99} {
				c.simulated[i] = sample[len(sample)*percent/100]
				c.measured[i] = number(t, line[4+i])
			}
			return c
		}
	}
	t.Fatalf("%s was not measured for %d regions at %s: run `make calibrate`", what, regions,
		setting)
	return c
}

// String is the comparison as a row of the table in docs/fidelity.md.
func (c comparison) String() string {
	text := fmt.Sprintf("| %s | %d | %s |", c.what, c.regions, c.setting)
	for i := range c.measured {
		off := int(math.Round(100 * (c.simulated[i]/c.measured[i] - 1)))
		text += fmt.Sprintf(" %.2f / %.2f (%+d %%) |", c.measured[i], c.simulated[i], off)
	}
	return text
}

// agrees holds the median and the 90th percentile within 10 % of what was measured. The 99th is
// said and not held: a thousand trials hardly know it.
func (c comparison) agrees(t *testing.T) {
	t.Helper()
	t.Log(c)
	c.within(t, 50, c.simulated[0], c.measured[0])
	c.within(t, 90, c.simulated[1], c.measured[1])
}

func (c comparison) within(t *testing.T, percent int, got, want float64) {
	t.Helper()
	if math.Abs(got/want-1) > 0.10 {
		t.Errorf("%s, %d regions, %s, p%d: got %.2f s, want %.2f s within 10%%",
			c.what, c.regions, c.setting, percent, got, want)
	}
}

func TestElectionsTakeAsLongAsMeasured(t *testing.T) {
	for _, c := range comparedElections(t) {
		c.agrees(t)
	}
}

func TestMembersAreFoundDeadAsMeasured(t *testing.T) {
	for _, c := range comparedDetections(t) {
		c.agrees(t)
	}
}

// Another measurement, 150 trials each, made before and apart from the one above. Its round trips
// are not on record, 80 to 330 ms between five regions.
//
// There is one exception: the 90th percentile of three regions at a heartbeat of 1 s does not agree
// on the drawn networks. It does on a network of three regions that are near each other; that one
// was chosen when the figure was known, and proves nothing.
func TestElectionsAgreeWithTheSmallerSample(t *testing.T) {
	cases := []struct {
		name              string
		regions           int
		setting           string
		p50, p90, applied float64
		exception         bool
	}{
		{"3 regions, 1 s", 3, "1s", 2.4, 3.1, 2.8, true},
		{"3 near regions, 1 s", 3, "1s near", 2.4, 3.1, 2.8, false},
		{"5 regions, 1 s", 5, "1s", 2.4, 3.9, 2.7, false},
		{"3 regions, 2 s", 3, "2s", 4.5, 5.9, 4.9, false},
		{"5 regions, 2 s", 5, "2s", 4.3, 6.0, 4.7, false},
		{"3 regions, 3 s", 3, "3s", 6.6, 8.1, 7.0, false},
		{"5 regions, 3 s", 5, "3s", 6.3, 7.9, 6.7, false},
		{"3 regions, 5 s", 3, "5s", 10.9, 13.7, 11.4, false},
	}
	compared := comparedElections(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := 0
			for _, got := range compared {
				switch {
				case got.regions != c.regions || got.setting != c.setting:
				case got.what == "elected lost":
					got.within(t, 50, got.simulated[0], c.p50)
					if !c.exception {
						got.within(t, 90, got.simulated[1], c.p90)
					} else if math.Abs(got.simulated[1]/c.p90-1) <= 0.10 {
						t.Errorf("p90 of %.2f s agrees with %.2f s: no exception any more",
							got.simulated[1], c.p90)
					}
					found++
				case got.what == "applied lost":
					got.within(t, 50, got.simulated[0], c.applied)
					found++
				}
			}
			if found != 2 {
				t.Errorf("got %d comparisons of %s, want 2", found, c.name)
			}
		})
	}
}

// docs/fidelity.md quotes these to say why: all three round trips alike, a heartbeat of 1 s.
func TestTheTailOfAnElectionHangsOnTheRoundTrips(t *testing.T) {
	for _, c := range []struct {
		milliseconds int
		p90          float64
	}{{80, 2.9}, {150, 3.2}, {205, 3.7}, {330, 4.7}} {
		var trips model.Latency
		for a := range 3 {
			for b := range a {
				trip := time.Duration(c.milliseconds) * time.Millisecond
				trips[a][b], trips[b][a] = trip, trip
			}
		}
		elected, _ := leaderless(t, []model.Latency{trips}, 3, time.Second)
		slices.Sort(elected)
		if got := elected[len(elected)*9/10]; math.Abs(got-c.p90) > 0.15 {
			t.Errorf("%d ms: got a 90th percentile of %.2f s, want %.1f s", c.milliseconds, got, c.p90)
		}
	}
}

var update = flag.Bool("update", false, "write the table of docs/fidelity.md")

// The table in docs/fidelity.md is what the tests above compare.
func TestFidelityHoldsTheComparison(t *testing.T) {
	const file, begin, end = "../docs/fidelity.md", "<!-- measured -->\n", "<!-- end -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table between %q and %q", file, begin, end)
	}
	want := before + begin + "| what | regions | setting | p50 measured / simulated | p90 | p99 |\n" +
		"|---|---|---|---|---|---|\n"
	for _, c := range append(comparedElections(t), comparedDetections(t)...) {
		want += c.String() + "\n"
	}
	want += end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Errorf("the table in %s is out of date: run `make golden`", file)
	}
}

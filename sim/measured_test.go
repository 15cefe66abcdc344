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
	c.agreesBy(t, 10)
}

// agreesBy is agrees within another share, in percent.
func (c comparison) agreesBy(t *testing.T, most float64) {
	t.Helper()
	t.Log(c)
	c.near(t, 50, c.simulated[0], c.measured[0], most)
	c.near(t, 90, c.simulated[1], c.measured[1], most)
}

func (c comparison) within(t *testing.T, percent int, got, want float64) {
	t.Helper()
	c.near(t, percent, got, want, 10)
}

func (c comparison) near(t *testing.T, percent int, got, want, most float64) {
	t.Helper()
	if 100*math.Abs(got/want-1) > most {
		t.Errorf("%s, %d regions, %s, p%d: got %.2f s, want %.2f s within %g%%",
			c.what, c.regions, c.setting, percent, got, want, most)
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

// The smaller sample was taken on one network that is not on record, 150 trials of each setting. So
// each of its quantiles is held to those of as many simulated trials on one network, for each of
// those that were drawn: it lies among the middle 99 of 100, the exception above as well.
func TestTheSmallerSampleIsOneOfThoseSimulated(t *testing.T) {
	const trials, edge = 150, 0.005
	networks := measuredNetworks(t)
	for _, c := range []struct {
		regions   int
		heartbeat time.Duration
		want      [3]float64
	}{
		{3, 1, [3]float64{2.4, 3.1, 4.6}}, {5, 1, [3]float64{2.4, 3.9, 4.7}},
		{3, 2, [3]float64{4.5, 5.9, 7.8}}, {5, 2, [3]float64{4.3, 6.0, 7.4}},
		{3, 3, [3]float64{6.6, 8.1, 9.1}}, {5, 3, [3]float64{6.3, 7.9, 10.6}},
		{3, 5, [3]float64{10.9, 13.7, 15.7}},
	} {
		var found [3][]float64
		for i := range networks {
			elected, _ := leaderless(t, networks[i:i+1], c.regions, c.heartbeat*time.Second)
			for batch := range slices.Chunk(elected[:len(elected)/trials*trials], trials) {
				slices.Sort(batch)
				for k, percent := range []int{50, 90, 99} {
					found[k] = append(found[k], batch[trials*percent/100])
				}
			}
		}
		for k := range found {
			slices.Sort(found[k])
			n := float64(len(found[k]))
			low, high := found[k][int(n*edge)], found[k][int(n*(1-edge))]
			t.Logf("%d regions, %ds: %.2f to %.2f s, measured %.2f s", c.regions, c.heartbeat, low, high,
				c.want[k])
			if c.want[k] < low || c.want[k] > high {
				t.Errorf("%d regions, %ds: got %.2f to %.2f s, want %.2f s among them", c.regions,
					c.heartbeat, low, high, c.want[k])
			}
		}
	}
}

// docs/fidelity.md quotes these: where three regions wait 1 s, the 90th percentile of the smaller
// sample, 3.1 s, is within 10 % of that of so many of the drawn networks, and of 150 trials on one
// of them the middle 95 of 100 lie between these.
func TestHowUnusualTheSmallerSampleIs(t *testing.T) {
	const trials, want = 150, 3.1
	agree, batches := 0, []float64(nil)
	for _, network := range measuredNetworks(t) {
		elected, _ := leaderless(t, []model.Latency{network}, 3, time.Second)
		for batch := range slices.Chunk(slices.Clone(elected[:len(elected)/trials*trials]), trials) {
			slices.Sort(batch)
			batches = append(batches, batch[trials*9/10])
		}
		slices.Sort(elected)
		if math.Abs(elected[len(elected)*9/10]/want-1) <= 0.10 {
			agree++
		}
	}
	slices.Sort(batches)
	low, high := batches[len(batches)*25/1000], batches[len(batches)*975/1000]
	if agree != 25 || math.Abs(low-3.03) > 0.005 || math.Abs(high-4.56) > 0.005 {
		t.Errorf("%d networks agree, and 150 trials have %.2f to %.2f s; the document has 25, 3.03 and "+
			"4.56", agree, low, high)
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

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "write the table of docs/fidelity.md")

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
	compared := slices.Concat(comparedElections(t), comparedLapses(t), comparedDetections(t))
	for _, c := range compared {
		want += c.String() + "\n"
	}
	want += end + after
	switch {
	case string(text) == want:
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table in %s is out of date: run `make golden`", file)
	}
}

package calibrate

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/model"
)

// The simulator's tests read both files.
const (
	tripsFile    = "../sim/testdata/roundtrips.csv"
	measuredFile = "../sim/testdata/measured.csv"
)

var measure = flag.Int("measure", 0, "measure so many trials each, and write "+measuredFile)

// drawnTrips is how many networks there are. Every one is used with each region as the leader.
const drawnTrips = 100

// drawTrips draws the networks that both the libraries and the simulator are played on: each round
// trip on its own, evenly from 80 to 330 ms, which are those between five regions on four
// continents. Regions beyond those of a trial are not looked at.
func drawTrips() [drawnTrips]model.Latency {
	source := rand.New(rand.NewPCG(1, drawnTrips))
	var drawn [drawnTrips]model.Latency
	for i := range drawn {
		for a := range model.MaxRegions {
			for b := range a {
				trip := time.Duration(80+source.IntN(251)) * time.Millisecond
				drawn[i][a][b], drawn[i][b][a] = trip, trip
			}
		}
	}
	return drawn
}

// tripsText is the file of the networks: one a line, the round trips in milliseconds, those of the
// second region with the first, the third with the first and the second, and so on.
func tripsText(drawn *[drawnTrips]model.Latency) string {
	var text strings.Builder
	for i := range drawn {
		var line []string
		for a := range model.MaxRegions {
			for b := range a {
				line = append(line, strconv.FormatInt(drawn[i][a][b].Milliseconds(), 10))
			}
		}
		text.WriteString(strings.Join(line, ",") + "\n")
	}
	return text.String()
}

func TestNetworksAreThoseOfTheSimulator(t *testing.T) {
	drawn := drawTrips()
	want := tripsText(&drawn)
	if *measure > 0 {
		if err := os.WriteFile(tripsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(tripsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s does not hold the networks that are measured: run `make calibrate`", tripsFile)
	}
}

// elections is one setting of an election. With near it is played on nearTrips instead of those
// drawn.
type elections struct {
	regions     model.RegionID
	heartbeat   time.Duration
	alive, near bool
}

// nearTrips is a network of three regions as people choose them, two of them on either side of an
// ocean: it shows how much an election hangs on the round trips.
func nearTrips() *model.Latency {
	var trips model.Latency
	for _, c := range []struct{ a, b, milliseconds int }{{0, 1, 80}, {0, 2, 150}, {1, 2, 230}} {
		trip := time.Duration(c.milliseconds) * time.Millisecond
		trips[c.a][c.b], trips[c.b][c.a] = trip, trip
	}
	return &trips
}

func (e elections) String() string {
	if e.near {
		return e.heartbeat.String() + " near"
	}
	return e.heartbeat.String()
}

// detections is one setting of a detection.
type detections struct {
	regions model.RegionID
	profile int
}

func electionSettings() (all []elections) {
	for _, alive := range []bool{false, true} {
		for _, regions := range []model.RegionID{3, 5} {
			for _, heartbeat := range []time.Duration{1, 2, 3, 5} {
				all = append(all, elections{regions, heartbeat * time.Second, alive, false})
			}
		}
	}
	return append(all, elections{3, time.Second, false, true})
}

// Seven members are enough for memberlist's WAN profile to wait for confirmations of a suspicion.
func detectionSettings() (all []detections) {
	for profile := range Profiles {
		for _, regions := range []model.RegionID{3, 5, 7} {
			all = append(all, detections{regions, profile})
		}
	}
	return all
}

// lapses is one setting of a leader over links that lose packets.
type lapses struct {
	regions model.RegionID
	percent int
}

func lapseSettings() (all []lapses) {
	for _, regions := range []model.RegionID{3, 5} {
		for _, percent := range []int{20, 30, 40, 50} {
			all = append(all, lapses{regions, percent})
		}
	}
	return all
}

// lapseBeat is the heartbeat timeout of all of them.
const lapseBeat = 2 * time.Second

func (l lapses) String() string { return fmt.Sprintf("%s, %d %%", lapseBeat, l.percent) }

// trial picks the network and the leader of the how manieth trial.
func trial(
	drawn *[drawnTrips]model.Latency, i int, regions model.RegionID,
) (*model.Latency, model.RegionID) {
	return &drawn[i%drawnTrips], model.RegionID(i / drawnTrips % int(regions))
}

func (e elections) play(t *testing.T, drawn *[drawnTrips]model.Latency, i int) (got Election) {
	synctest.Test(t, func(t *testing.T) {
		trips, leader := trial(drawn, i, e.regions)
		if e.near {
			trips = nearTrips()
		}
		var err error
		if got, err = Elect(trips, e.regions, leader, e.heartbeat, e.alive); err != nil {
			t.Fatal(err)
		}
	})
	return got
}

func (l lapses) play(t *testing.T, drawn *[drawnTrips]model.Latency, i int) (got Lapse) {
	synctest.Test(t, func(t *testing.T) {
		trips, leader := trial(drawn, i, l.regions)
		var err error
		got, err = Lapses(trips, l.regions, leader, lapseBeat, float64(l.percent)/100)
		if err != nil {
			t.Fatal(err)
		}
	})
	return got
}

func (d detections) play(t *testing.T, drawn *[drawnTrips]model.Latency, i int) (got Detection) {
	synctest.Test(t, func(t *testing.T) {
		trips, lost := trial(drawn, i, d.regions)
		var err error
		got, err = Detect(trips, d.regions, lost, (lost+1)%d.regions, &Profiles[d.profile])
		if err != nil {
			t.Fatal(err)
		}
	})
	return got
}

// longestTrip is the longest that a network of drawTrips takes one way.
const longestTrip = 330 * time.Millisecond / 2

// A few trials of each library, so that what measures them does not rot: no election can be over
// before a follower was without contact for a heartbeat, nor a member dead before it was suspected
// for as long as it takes. A probe that was on its way when the region was lost finds nobody: a
// suspicion can follow the loss by a probe's time less one trip.
func TestAFewTrials(t *testing.T) {
	if testing.Short() {
		t.Skip("starts dozens of Raft and memberlist members in virtual time")
	}
	drawn := drawTrips()
	for i := range 5 {
		e := elections{model.RegionID(3 + 2*(i%2)), 2 * time.Second, i > 2, false}
		if got := e.play(t, &drawn, i*drawnTrips); got.Elected < 2*time.Second-330*time.Millisecond ||
			got.Elected > 30*time.Second || got.Applied <= got.Elected {
			t.Errorf("%+v: got %+v, want an election after 2 to 30 s and an entry after that", e, got)
		}
		d := detections{3, i % len(Profiles)}
		config := Profiles[d.profile].Make()
		suspicion := time.Duration(config.SuspicionMult) * config.ProbeInterval
		if got := d.play(t, &drawn, i); got.Suspected < config.ProbeInterval-longestTrip ||
			got.Dead < got.Suspected+suspicion || got.DeadAtLeader < got.Dead {
			t.Errorf("%s: got %+v, want a suspicion after a probe and a death %s later",
				Profiles[d.profile].Name, got, suspicion)
		}
	}
}

func TestMeasure(t *testing.T) {
	if *measure == 0 {
		t.Skip("run `make calibrate` to measure")
	}
	drawn := drawTrips()
	table := [][]string{{
		"what", "regions", "setting", "n", "p50_seconds", "p90_seconds", "p99_seconds", "versions",
		"date",
	}}
	for _, s := range electionSettings() {
		samples := [2][]time.Duration{}
		for i := range *measure {
			got := s.play(t, &drawn, i)
			samples[0], samples[1] = append(samples[0], got.Elected), append(samples[1], got.Applied)
		}
		fault := map[bool]string{false: "lost", true: "isolated"}[s.alive]
		for i, what := range []string{"elected ", "applied "} {
			table = append(table, row(t, what+fault, s.regions, s.String(), samples[i]))
		}
		save(t, table)
	}
	for _, s := range lapseSettings() {
		samples := [2][]time.Duration{}
		for i := range *measure {
			got := s.play(t, &drawn, i)
			samples[0], samples[1] = append(samples[0], got.Kept), append(samples[1], got.Elected)
		}
		for i, what := range []string{"kept over loss", "elected over loss"} {
			table = append(table, row(t, what, s.regions, s.String(), samples[i]))
		}
		save(t, table)
	}
	for _, s := range detectionSettings() {
		samples := [3][]time.Duration{}
		for i := range *measure {
			got := s.play(t, &drawn, i)
			for j, d := range []time.Duration{got.Suspected, got.Dead, got.DeadAtLeader} {
				samples[j] = append(samples[j], d)
			}
		}
		for i, what := range []string{"first suspected", "first dead", "dead at leader"} {
			table = append(table, row(t, what, s.regions, Profiles[s.profile].Name, samples[i]))
		}
		save(t, table)
	}
}

// save writes what was measured so far: a later setting that fails costs nothing but itself.
func save(t *testing.T, table [][]string) {
	t.Helper()
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(measuredFile, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// row is a line of the file of what was measured.
func row(
	t *testing.T, what string, regions model.RegionID, setting string, sample []time.Duration,
) []string {
	t.Helper()
	slices.Sort(sample)
	line := []string{what, strconv.Itoa(int(regions)), setting, strconv.Itoa(len(sample))}
	for _, percent := range []int{50, 90, 99} {
		line = append(line, fmt.Sprintf("%.3f", sample[len(sample)*percent/100].Seconds()))
	}
	return append(line, versions(t), time.Now().UTC().Format(time.DateOnly))
}

// versions names what was measured, as go.mod has it: a test's own build information is empty.
func versions(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)hashicorp/((?:raft|memberlist) v\S+)`).FindAllSubmatch(text, -1)
	var names []string
	for _, match := range found {
		names = append(names, string(match[1]))
	}
	slices.Sort(names)
	return strings.Join(names, " and ")
}

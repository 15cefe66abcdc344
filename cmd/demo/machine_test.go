package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// predictedOf are simulated runs with an RTO of 8 to 12 s, an RPO of 40 ms and four rows lost.
func predictedOf(runs int) (all []simulated) {
	for i := range runs {
		rto := 8 + 4*float64(i)/float64(max(1, runs-1))
		all = append(all, simulated{RTO: rto, RPO: 0.04, Writes: 4})
	}
	return all
}

// A run lies in what was predicted or not, and a machine that is late is made allowance for.
func TestARunIsHeldAgainstWhatWasPredicted(t *testing.T) {
	calm, late := machine{}, machine{Late: 0.5, LateMost: 0.03}
	for name, c := range map[string]struct {
		machine  machine
		rto, rpo float64
		lost     int
		want     []string
	}{
		"within":             {machine: calm, rto: 9, rpo: 0.04, lost: 4},
		"at the ends":        {machine: calm, rto: 12.001, rpo: 0.05, lost: 5},
		"nothing lost":       {machine: calm, rto: 8},
		"slow":               {machine: calm, rto: 12.3, lost: 4, want: []string{"RTO is 12.30 s"}},
		"slow on a slow one": {machine: late, rto: 12.3, rpo: 0.04, lost: 4},
		"too slow for it":    {machine: late, rto: 12.6, want: []string{"RTO is 12.60 s"}},
		"fast":               {machine: late, rto: 7.9, want: []string{"8.00 s to 12.50 s"}},
		"rows":               {machine: calm, rto: 9, lost: 6, want: []string{"6 rows were lost"}},
		"rows on a slow one": {machine: late, rto: 9, rpo: 0.07, lost: 8},
		"too many for it":    {machine: late, rto: 9, lost: 9, want: []string{"9 rows were lost"}},
		"older rows":         {machine: calm, rto: 9, rpo: 0.06, want: []string{"RPO is 0.06 s"}},
		"everything": {machine: calm, rto: 60, rpo: 3, lost: 300,
			want: []string{"RTO", "RPO", "rows"}},
	} {
		r := result{Machine: c.machine}
		r.Measured.RTO, r.Measured.RPO, r.Measured.Lost = c.rto, c.rpo, c.lost
		r.predict(predictedOf(300))
		if len(r.Outside) != len(c.want) {
			t.Errorf("%s: got %q, want %q", name, r.Outside, c.want)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(r.Outside[i], want) {
				t.Errorf("%s: got %q, want %q", name, r.Outside[i], want)
			}
		}
		if want := len(c.want) > 0; errors.Is(r.verdict(), errOutside) != want {
			t.Errorf("%s: got %v as the verdict", name, r.verdict())
		}
		var told strings.Builder
		r.report(&told)
		if got := strings.Count(told.String(), "\nOUTSIDE of what was predicted: "); got != len(c.want) {
			t.Errorf("%s: %d are told:\n%s", name, got, &told)
		}
	}
}

// Fewer simulated runs than bound anything judge nothing: neither that a run lies outside of them
// nor that it does not. What is told of them claims no band.
func TestTooFewRunsJudgeNothing(t *testing.T) {
	for runs, want := range map[int]error{
		1: errUnjudged, fewest - 1: errUnjudged, fewest: errOutside,
	} {
		r := result{}
		r.Measured.RTO = 10 + 4 // Beyond all of them.
		r.predict(predictedOf(runs))
		if err := r.verdict(); !errors.Is(err, want) {
			t.Errorf("%d runs: got %v, want %v", runs, err, want)
		}
		var told strings.Builder
		r.report(&told)
		text, err := json.Marshal(&r.Predicted)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			where, what string
			want        bool
		}{
			{told.String(), "95 of 100 runs", runs >= fewest},
			{told.String(), "\nNOT JUDGED: " + plural(runs, "simulated run") + " ", runs < fewest},
			{told.String(), "8.00 to 8.00 s           -", runs == 1}, // The RTO.
			{string(text), `"low":`, runs >= fewest},
			{string(text), `"judged":true`, runs >= fewest},
			{string(text), `"least":8`, true},
		} {
			if got := strings.Contains(c.where, c.what); got != c.want {
				t.Errorf("%d runs: is %q told? got %v:\n%s", runs, c.what, got, c.where)
			}
		}
		r.Wrong = []string{"two writers"}
		if err := r.verdict(); codeOf(err, false) != exitFailed {
			t.Errorf("%d runs: got %v for what must not be", runs, err)
		}
	}
	if 2./(fewest+1) > 0.05 || 2./fewest <= 0.05 {
		t.Errorf("%d are not the fewest whose ends one more passes in 1 of 20", fewest)
	}
}

// One more run of what was simulated lies outside of the others as often as is said.
func TestFalseAlarmsAreAsRareAsIsSaid(t *testing.T) {
	const runs, trials = 100, 20000
	source := rand.New(rand.NewPCG(7, 11))
	rto := func() float64 { return 8 + source.ExpFloat64() }
	alarms := 0
	for range trials {
		all := make([]simulated, runs)
		for i := range all {
			all[i].RTO = rto()
		}
		r := result{}
		r.Measured.RTO = rto()
		r.predict(all)
		alarms += len(r.Outside)
	}
	want := 2. / (runs + 1)
	if got := float64(alarms) / trials; got < 0.85*want || got > 1.1*want { // 5 deviations, less same.
		t.Errorf("%.4f of all runs are outside, want %.4f", got, want)
	}
}

// What must not be is worse than what was not predicted, in one run and in several.
func TestTheCodeIsThatOfTheWorst(t *testing.T) {
	outside, wrong := result{Outside: []string{"slow"}}, result{Outside: []string{"slow"}}
	wrong.Wrong = []string{"two writers"}
	fine, few := result{}, result{}
	fine.Predicted.Judged = true
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"fine":       {fine.verdict(), exitDone},
		"outside":    {outside.verdict(), exitOutside},
		"wrong":      {wrong.verdict(), exitFailed},
		"few":        {few.verdict(), exitUnjudged},
		"few, twice": {worst([]error{few.verdict(), few.verdict()}), exitUnjudged},
		"no tools":   {fmt.Errorf("no server: %w", errSkipped), exitSkipped},
		"no runs":    {worst(nil), exitDone},
		"one of two": {worst([]error{fmt.Errorf("run 2: %w", outside.verdict())}), exitOutside},
		"both": {
			worst([]error{fmt.Errorf("run 1: %w", outside.verdict()), wrong.verdict()}), exitFailed,
		},
	} {
		if got := codeOf(c.err, false); got != c.want {
			t.Errorf("%s: got %d for %v, want %d", name, got, c.err, c.want)
		}
	}
	if got := codeOf(errSkipped, true); got != exitFailed {
		t.Errorf("got %d for tools that are required and missing", got)
	}
}

// A machine is late for as long as what was to run had to wait in a time, and no longer.
func TestAPulseTellsHowLateAMachineIs(t *testing.T) {
	const ms = time.Millisecond
	at := func(after int) time.Time { return time.Unix(1000, 0).Add(time.Duration(after) * ms) }
	p := pulse{all: []beat{{at(60), 10 * ms}, {at(110), 0}, {at(180), 20 * ms}, {at(900), 670 * ms}}}
	for name, c := range map[string]struct {
		from, to  int
		sum, most time.Duration
	}{
		"all":                          {0, 1000, 700 * ms, 670 * ms},
		"the first three":              {50, 175, 30 * ms, 20 * ms},
		"one that wakes after the end": {300, 400, 670 * ms, 670 * ms},
		"none":                         {950, 1000, 0, 0},
	} {
		if sum, most := p.late(at(c.from), at(c.to)); sum != c.sum || most != c.most {
			t.Errorf("%s: got %v and %v, want %v and %v", name, sum, most, c.sum, c.most)
		}
	}
}

// What fails on a machine that was too slow says so, and what fails on another one says that.
func TestAMachineThatIsTooSlowIsBlamed(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for name, c := range map[string]struct {
		strain strain
		want   string
	}{
		"calm": {
			strain{lasted: 60 * s, late: 200 * ms, most: 20 * ms, load: 3, processors: 2},
			"was not too slow for it (what wakes every 50ms was kept waiting for 0.20 s of 60.00 s in " +
				"all, and for 0.02 s at once, with a load of 3.0 on 2 processors)",
		},
		"busy": {strain{lasted: 60 * s, late: 3 * s, most: 200 * ms, load: 11, processors: 2},
			"was not too slow"},
		"late in all":   {strain{lasted: 60 * s, late: 7 * s, most: 90 * ms}, "too slow, or too busy"},
		"late at once":  {strain{lasted: 60 * s, late: s, most: 800 * ms}, "too slow, or too busy"},
		"loaded":        {strain{lasted: 60 * s, load: 31, processors: 2}, "of 31.0 on 2 processors"},
		"loaded enough": {strain{lasted: 60 * s, load: 31, processors: 2}, "too slow, or too busy"},
		"many cores":    {strain{lasted: 60 * s, load: 31, processors: 16}, "was not too slow"},
	} {
		if got := c.strain.blame().Error(); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	p := pulse{all: []beat{{time.Now(), 700 * ms}}}
	got := p.since(time.Now().Add(-s))
	if got.late != 700*ms || got.most != 700*ms || got.lasted < s || got.processors < 1 {
		t.Errorf("got %+v", got)
	}
}

// The simulator has a promotion take as long as it does on this machine.
func TestAPromotionTakesWhatItDoesHere(t *testing.T) {
	text, err := os.ReadFile(estateFile)
	if err != nil {
		t.Fatal(err)
	}
	const least, most = 1300 * time.Millisecond, 2100 * time.Millisecond
	for _, c := range []struct{ least, most, wantLeast, wantMost time.Duration }{
		{least, most, least, most},
		{least, least, least, least + time.Millisecond}, // A range has two ends.
		{0, 0, time.Millisecond, 2 * time.Millisecond},
	} {
		s, err := scenarios.Read(estateFile, []byte(withPromotion(string(text), c.least, c.most)))
		if err != nil {
			t.Fatal(err)
		}
		want := model.Distribution{
			Family: model.Uniform, A: c.wantLeast.Seconds(), B: c.wantMost.Seconds(),
		}
		if store := &s.Stores[0]; store.Promotion != want || store.Switchover != want {
			t.Errorf("got %+v and %+v, want %+v", store.Promotion, store.Switchover, want)
		}
	}
}

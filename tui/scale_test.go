package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/tui/canvas"
)

// momentsAt are the moments of a run at some times.
func momentsAt(times ...string) (moments []time.Duration) {
	for _, text := range times {
		at, err := time.ParseDuration(text)
		if err != nil {
			panic(err)
		}
		moments = append(moments, at)
	}
	return moments
}

// TestScaleOfMoments has each moment take as much room as any other, and time go evenly between
// two.
func TestScaleOfMoments(t *testing.T) {
	s := momentScale{momentsAt("0s", "10s", "10s", "1h10s"), 40}
	for _, test := range []struct {
		at   time.Duration
		want int
	}{
		{-1, 0}, {0, 0}, {5 * time.Second, 5}, {10 * time.Second, 10},
		{30*time.Minute + 10*time.Second, 25}, {time.Hour + 10*time.Second, 30}, {2 * time.Hour, 40},
	} {
		if got := s.at(test.at); got != test.want {
			t.Errorf("%v is in column %d, want %d", test.at, got, test.want)
		}
	}
	for _, test := range []struct {
		from, to    time.Duration
		first, last int
	}{
		{0, 10 * time.Second, 0, 20},                // With the last moment of its end.
		{0, 30*time.Minute + 10*time.Second, 0, 24}, // As far as its end, which is no moment.
		{time.Hour + 10*time.Second, 2 * time.Hour, 30, 39},
		{10 * time.Second, 10 * time.Second, 10, 20},
		{time.Minute, time.Minute, 20, 20}, // It is seen, however short it is.
	} {
		from, to := s.over([2]time.Duration{test.from, test.to})
		if from != test.first || to != test.last+1 {
			t.Errorf("%v to %v takes columns %d to %d, want %d to %d", test.from, test.to, from, to-1,
				test.first, test.last)
		}
	}
}

// TestStampsAreRound reads the times below lanes: each is a round one, stands where it is, and
// leaves room for the next.
func TestStampsAreRound(t *testing.T) {
	for _, test := range []struct {
		width int
		times []string
		want  string
	}{
		{40, []string{"0s", "1m", "2m", "10m", "1h", "5h"}, "0 1m 5m 30m 2h 4h"},
		{20, []string{"0s", "1m", "2m", "10m", "1h", "5h"}, "0 1m 5m 2h"},
		{60, []string{"10m", "10m10s", "10m43s", "11m10s"}, "10m 10m05s 10m10s 10m30s 11m 11m10s"},
		{30, []string{"0s"}, "0"},
		{30, []string{"300ms", "700ms"}, ""},
		{9, []string{"0s", "72h"}, "0 3d"},
	} {
		var got []string
		for _, stamp := range (momentScale{momentsAt(test.times...), test.width}).stamps() {
			got = append(got, strings.TrimPrefix(stamp.text, "└"))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v in %d columns: got %q, want %q", test.times, test.width, got, test.want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var moments []time.Duration
		at := time.Duration(random.IntN(2)) * time.Hour
		for range 1 + random.IntN(80) {
			at += time.Duration(random.ExpFloat64() * float64(time.Minute) * random.Float64())
			moments = append(moments, at)
		}
		s := momentScale{moments, 10 + random.IntN(200)}
		end := -1
		for _, stamp := range s.stamps() {
			if stamp.column != s.at(stamp.at) || stamp.column <= end && end >= 0 ||
				stamp.at < 0 || stamp.at > moments[len(moments)-1] {
				t.Fatalf("%v in column %d after %d", stamp.at, stamp.column, end)
			}
			if end = stamp.column + canvas.Width(stamp.text); end > s.width {
				t.Fatalf("%v ends in column %d of %d", stamp.at, end, s.width)
			}
		}
	}
}

// TestTheCursorStandsBetweenMoments moves it by time: what the gates say is that of the time where
// it stands, which the command that is copied prints too.
func TestTheCursorStandsBetweenMoments(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3jjjjjjj")
	first := a.run.instant()
	press(a, "...")
	if got := a.run.instant(); got != first+3*instantStep {
		t.Fatalf("the cursor is at %v, want %v", got, first+3*instantStep)
	}
	run, err := redoubt.Simulate(a.study.scenario, redoubt.SimulateOptions{
		Strategy: a.pair[0], Seed: a.run.told.of.seed,
		Explain: redoubt.Explain{At: []time.Duration{a.run.instant()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := run.Explanations[0].Scopes[0]
	if text := flat(screen(a, 90, 60)); !strings.Contains(text, flat(want.Conclusion)) ||
		!strings.Contains(text, redoubt.Clock(a.run.instant())+" 30s later") {
		t.Errorf("got\n%s\nwant %q", screen(a, 90, 60), want.Conclusion)
	}
	press(a, "y")
	if end := "--explain " + a.run.instant().String(); !strings.HasSuffix(a.Copied, end) {
		t.Errorf("copied %q, want it to end with %q", a.Copied, end)
	}
	press(a, "4")
	if text := screen(a, 120, 36); !strings.Contains(text, "at T+3m58s, 30s after") {
		t.Errorf("got\n%s\nwant the regions 30s after that moment", text)
	}
	number := a.run.at
	behind := a.run.entries()[number].At
	for _, test := range []struct {
		keys string
		want time.Duration
	}{
		{"3k", behind}, {":at 12m30s<enter>", 750 * time.Second},
		{":at T+1h02m03s<enter>,", 3713 * time.Second}, {":at 0s<enter>,", 0}, {":at 10s<enter>,,", 0},
	} {
		press(a, test.keys)
		if got := a.run.instant(); got != test.want || test.keys == "3k" && a.run.at != number {
			t.Errorf("%s leads to %v, entry %d, want %v", test.keys, got, a.run.at, test.want)
		}
		if a.run.past > 0 && a.run.explanation() == nil {
			t.Errorf("%s: nobody knows what the policy made of %v", test.keys, a.run.instant())
		}
	}
	entries := a.run.entries()
	press(a, ":at 90h<enter>")
	if a.run.instant() != entries[len(entries)-1].At ||
		!strings.Contains(a.message, "is told from T+0s") {
		t.Errorf("beyond the end: %v, %q", a.run.instant(), a.message)
	}
	press(a, ":at noon<enter>")
	if p := a.prompt; p == nil || !strings.Contains(p.problem, fmt.Sprintf("%q is no time", "noon")) {
		t.Errorf("a time that is none is taken: %q", a.message)
	}
}

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/scenarios"
)

// What a timeline folds, and what it tells each time.
func TestWhatRecursIsToldOnce(t *testing.T) {
	every := func(gap time.Duration, n int, kind string) (entries []redoubt.Entry) {
		for i := range n {
			entries = append(entries, redoubt.Entry{
				At: time.Duration(i) * gap, Region: "north", Kind: kind, Text: "cannot shift",
			})
		}
		return entries
	}
	elsewhere := every(time.Minute, foldFrom, "plan")
	for i := range elsewhere {
		elsewhere[i].Region = fmt.Sprint("place ", i%2)
	}
	twice := append(every(time.Minute, 12, "plan"), every(time.Minute, 11, "plan")...)
	for i := range 11 {
		twice[12+i].At += 11*time.Minute + foldGap + 1
	}
	for _, row := range []struct {
		name    string
		entries []redoubt.Entry
		want    string
	}{
		{"often", every(time.Minute, 12, "plan"), "(12 times until T+11m00s)"},
		{"not often", every(time.Minute, foldFrom-1, "plan"), "9 told"},
		{"far apart", every(foldGap+1, foldFrom, "plan"), "10 told"},
		{"another place", elsewhere, "10 told"},
		{"what breaks", every(time.Minute, 12, "fault"), "12 told"},
		{"who leads", every(time.Minute, 12, "consensus"), "(12 times until T+11m00s)"},
		{"what guards do", every(time.Minute, 12, "guard"), "(12 times until T+11m00s)"},
		{"what is lost", every(time.Minute, 12, "data"), "12 told"},
		{"in two parts", twice, "(12 times until T+11m00s) (11 times until T+51m00s)"},
	} {
		var told []string
		shown := 0
		for i, f := range folds(row.entries) {
			if f.hidden {
				continue
			}
			shown++
			if text := f.told(row.entries[i].Text); text != "cannot shift" {
				told = append(told, strings.TrimPrefix(text, "cannot shift "))
			}
		}
		got := strings.Join(told, " ")
		if len(told) == 0 {
			got = fmt.Sprintf("%d told", shown)
		}
		if got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// Outages that are over soon are told once, with the shares between which they are; a longer one,
// one of another kind and what users meet besides are told each time.
func TestOutagesThatAreOverSoonAreToldOnce(t *testing.T) {
	outages := func(n int, lasts time.Duration, writes string) (entries []redoubt.Entry) {
		for i := range n {
			at := time.Duration(i) * 5 * time.Minute
			for _, text := range []string{
				fmt.Sprintf("the service is down: %d.5%% of requests succeed%s", 70+i, writes),
				fmt.Sprintf("the service is up: %d.0%% of requests succeed", 97-i%2),
			} {
				entries = append(entries, redoubt.Entry{At: at, Kind: "traffic", Text: text})
				at += lasts
			}
		}
		return entries
	}
	const down = "the service is down: 70.5% of requests succeed"
	const up = "the service is up: 97.0% of requests succeed"
	long := outages(12, time.Second, "")
	long[11].At = long[10].At + soonOver + 1
	other := outages(11, time.Second, "")
	other[8].Text += ", but no write is accepted"
	twice := outages(12, soonOver, "")
	for i := 12; i > 0; i-- { // Half-way each stays down for another reason.
		stays := redoubt.Entry{At: twice[2*i-2].At + soonOver/2, Kind: "traffic",
			Text: fmt.Sprintf("the service stays down: %d.0%% of requests succeed", 20+i)}
		twice = slices.Insert(twice, 2*i-1, stays)
	}
	unended := append(outages(9, time.Second, ""), outages(1, 0, "")[0])
	for _, row := range []struct {
		name    string
		entries []redoubt.Entry
		want    []string
		told    int
	}{
		{"often", outages(12, soonOver, ""), []string{
			down + " (12 times until T+55m00s, 70.5% to 81.5%)",
			up + " (12 times until T+56m00s, 96.0% to 97.0%)",
		}, 2},
		{"for two reasons", twice, []string{
			down + " (12 times until T+55m00s, 70.5% to 81.5%)", up + " (12 times until T+56m00s",
			"the service stays down: 21.0% of requests succeed (12 times until T+55m30s, 21.0% to 32.0%)",
		}, 3},
		{"not often", outages(foldFrom-1, time.Second, ""), []string{down, up}, 18},
		{"not soon over", outages(12, soonOver+1, ""), []string{down, up}, 24},
		{"a longer one", long, []string{
			down + " (11 times until T+55m00s, 70.5% to 81.5%)", "the service is down: 75.5%",
		}, 4},
		{"one of another kind", other, []string{
			down + " (10 times until T+50m00s, 70.5% to 80.5%)", "but no write is accepted",
		}, 3},
		{"one that does not end", unended, []string{down, up}, 19},
		{"one that was before", outages(10, time.Second, "")[1:], []string{up}, 19},
	} {
		var told []string
		for i, f := range folds(row.entries) {
			if !f.hidden {
				told = append(told, f.told(row.entries[i].Text))
			}
		}
		all := strings.Join(told, "\n") + "\n"
		for _, want := range row.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: got %s, want %s", row.name, all, want)
			}
		}
		if len(told) != row.told {
			t.Errorf("%s: %d are told, want %d:\n%s", row.name, len(told), row.told, all)
		}
	}
}

// A step that fails all day takes one line, and the columns of such a run some pages at most.
func TestATimelineOfAttemptsIsShort(t *testing.T) {
	for _, name := range []string{"missing-secret", "aws-2021-12-07", "cloudflare-2023-11-02"} {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := playable(s, strategyFlag())
		if err != nil {
			t.Fatal(err)
		}
		run, err := redoubt.Simulate(s, redoubt.SimulateOptions{Strategy: kind, Seed: s.Run.Seed})
		if err != nil {
			t.Fatal(err)
		}
		columns, _, _ := strings.Cut(textOf(simulationView{run, 120}.timeline()), "\n\n")
		lines, words := strings.Count(columns, "\n"), strings.Join(strings.Fields(columns), " ")
		if lines > 200 || !strings.Contains(words, " times until T+") {
			t.Errorf("%s: got %d lines, want at most 200:\n%.2000s", name, lines, columns)
		}
	}
}

// Checks in a row that came to nothing are told once, wherever in their row they are; what an agent
// says after them is told each time, and so are those of another kind, subject or length of row.
func TestChecksThatCameToNothingAreToldOnce(t *testing.T) {
	rows := []string{
		"failed check 1/3 api of west", "failed check 2/3 api of west", "good check 1/3 api of west",
		"failed check 3/3 api of west: it says down", "failed check 1/3 api of east",
		"failed check 1/4 api of west",
	}
	counts := []int{7, 5, 9, 2, 3, 4}
	var entries []redoubt.Entry
	for at := range slices.Max(counts) {
		for i, text := range rows {
			if at < counts[i] {
				entries = append(entries, redoubt.Entry{
					At: time.Duration(len(entries)) * time.Second, Region: "north", Kind: "probe", Text: text,
				})
			}
		}
	}
	shown := map[string]int{}
	for i, f := range folds(entries) {
		if !f.hidden {
			shown[f.told(entries[i].Text)]++
		}
	}
	want := map[string]int{"failed check 1/3 api of west (12 times until T+26s)": 1}
	for i, text := range rows[2:] {
		want[text] = counts[2+i]
	}
	if !maps.Equal(shown, want) {
		t.Errorf("got %v, want %v", shown, want)
	}
}

package main

import (
	"fmt"
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

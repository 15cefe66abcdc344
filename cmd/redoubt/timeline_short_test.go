package main

import (
	"slices"
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
)

func TestShortNamesTellRegionsApart(t *testing.T) {
	rows := []struct {
		name        string
		names, want []string
	}{
		{"regions of a cloud", []string{"us-west-2", "eu-central-1"}, []string{"uw2", "ec1"}},
		{"alike", []string{"ap-south-1", "ap-southeast-1"}, []string{"r1", "r2"}},
		{"nothing to take", []string{"-", "home"}, []string{"r1", "r2"}},
		{"words", []string{"frankfurt", "north_2b"}, []string{"f", "n2b"}},
	}
	for _, row := range rows {
		if got := shortNames(row.names); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

// A name is replaced where it is a word of its own, and never within another.
func TestShortWords(t *testing.T) {
	names, to := []string{"eu-west-1", "us-west-2"}, []string{"ew1", "uw2"}
	rows := []struct{ text, want string }{
		{"failover of us-west-2 to eu-west-1 begins", "failover of uw2 to ew1 begins"},
		{"us-west-2, eu-west-1: both", "uw2, ew1: both"},
		{"eu-west-1a and the-us-west-2", "eu-west-1a and the-us-west-2"},
		{"failed check 1/3 api of us-west-2", "api uw2 bad 1/3"},
		{"failed check 3/3 api of us-west-2: it says down", "api uw2 bad 3/3: down"},
		{"good check 12/20 deep read of eu-west-1 (3 times until T+4m)",
			"deep read ew1 good 12/20 (3 times until T+4m)"},
		{"is not left: evidence: hold", "is not left: evidence: hold"},
	}
	for _, row := range rows {
		if got := renamed(shortCheck(row.text), names, to); got != row.want {
			t.Errorf("%q: got %q, want %q", row.text, got, row.want)
		}
	}
}

// Five regions stand side by side in a hundred characters, and the legend says who they are.
func TestManyRegionsHaveColumns(t *testing.T) {
	run := played(t, "cloudflare-2023-11-02", model.ReadLocal)
	text := textOf(simulationView{run, 100}.timeline())
	fitting(t, text, 100)
	lines := strings.Split(text, "\n")
	if !strings.HasPrefix(text, "uw2 is us-west-2, uw1 is us-west-1, ") {
		t.Errorf("got no legend:\n%s", lines[0])
	}
	head := slices.IndexFunc(lines, func(line string) bool {
		return strings.Contains(line, "log and users")
	})
	if head < 0 {
		t.Fatalf("got no columns:\n%.2000s", text)
	}
	first := lines[head+2]
	for _, row := range []struct{ column, entry string }{
		{"uw2", "stops"}, {"uw1", "lacks kafka"}, {"cw1", "lacks"}, {"log and users", "the service"},
	} {
		at := strings.Index(lines[head], row.column)
		if at >= len(first) || !strings.HasPrefix(first[at:], row.entry) {
			t.Errorf("%q does not stand below %q:\n%s\n%s", row.entry, row.column, lines[head], first)
		}
	}
	if strings.Contains(text, "again kafka") || !strings.Contains(text, "has kafka") {
		t.Error("what a region has again is not told as it is written")
	}
}

// played is a run of an embedded scenario.
func played(t *testing.T, name string, strategy model.StrategyKind) *redoubt.Simulation {
	t.Helper()
	s, err := loadScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	run, err := redoubt.Simulate(s, redoubt.SimulateOptions{Strategy: strategy, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

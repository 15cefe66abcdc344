package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestResultsFitATerminal writes every result of every embedded scenario as text.
func TestResultsFitATerminal(t *testing.T) {
	for _, name := range scenarios.Estates() {
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			for what, view := range everyView(t, s) {
				for _, columns := range []int{0, 120, 100, 80, 60} {
					d := view.document()
					d.columns = columns
					checkWidth(t, fmt.Sprintf("%s at %d", what, columns), d)
				}
			}
		})
	}
}

// checkWidth looks for lines that are too long; a command is never wrapped, so that it can be taken
// as it is.
func checkWidth(t *testing.T, what string, d *document) {
	t.Helper()
	most := linesOf(d.columns).table
	var b bytes.Buffer
	d.writeText(&b)
	for line := range strings.SplitSeq(b.String(), "\n") {
		width := utf8.RuneCountInString(line)
		if width > most && !(width <= tableWidth && strings.HasPrefix(line, "  redoubt ")) {
			t.Errorf("%s: got %d columns, want at most %d:\n%s", what, width, most, line)
		}
	}
}

// A table that no line holds stands below itself, each part with the first column.
func TestAWideTableStandsInParts(t *testing.T) {
	made := newTable("<strategy", "availability", "RTO\np50", "<verdict")
	made.row("warm-standby", strings.Repeat("9", 30), "1m", "pursue it")
	made.rule()
	made.row("single-region", "99", "2m", "-")
	var b bytes.Buffer
	made.text(&b, lines{49, 49, 49})
	want := `strategy                         availability
-------------  ------------------------------
warm-standby   999999999999999999999999999999
-------------  ------------------------------
single-region                              99

               RTO
strategy       p50  verdict
-------------  ---  ---------
warm-standby    1m  pursue it
-------------  ---  ---------
single-region   2m  -
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// everyView gives what the commands would show of a scenario.
func everyView(t *testing.T, s *model.Scenario) map[string]result {
	t.Helper()
	comparison, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{
		Trials: 20, Years: 1, Seed: 1,
	})
	business, businessErr := redoubt.BusinessCase(s)
	if err := errors.Join(err, businessErr); err != nil {
		t.Fatal(err)
	}
	views := map[string]result{
		"compare": comparisonView{Comparison: comparison, asked: source{name: s.Name}},
		"roi":     businessView{business},
		"cost":    billView{scenario: s, bill: cost.AsBilled(s)},
	}
	for _, strategy := range s.Strategies {
		kind := strategy.Kind
		if s.Excuse(kind) != "" {
			continue
		}
		views["cost of "+kind.String()] = billView{
			scenario: s, strategy: kind, bill: cost.Itemise(s, kind),
		}
		run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
			Strategy: kind, Seed: 1, Explain: redoubt.Explain{Changes: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		views["simulate "+kind.String()] = simulationView{Simulation: run}
		views["explain "+kind.String()] = explanationView{simulationView: simulationView{Simulation: run}}
		if kind.MultiWriter() {
			continue // The others promote one writer, and nothing is held against them.
		}
		facing, err := redoubt.Policies(context.Background(), s, redoubt.PoliciesOptions{
			Strategy: kind, Runs: 5, Seed: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		asked := policiesView{PolicyTest: facing, asked: source{name: s.Name}}
		views["policies of "+kind.String()] = asked
		views["rules beside "+kind.String()] = rulesView{asked}
	}
	return views
}

func TestLastColumnIsWrapped(t *testing.T) {
	made := newTable("amount", "<how")
	made.row("1", strings.TrimSpace(strings.Repeat("because ", 30)))
	made.row("2", "so")
	var b bytes.Buffer
	made.text(&b, linesOf(0))
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	// 30 x 8 columns in lines of 120 - 6 - 2 = 112: 14, 14 and 2 words.
	want := []string{
		"     1  " + strings.TrimSpace(strings.Repeat("because ", 14)),
		"        " + strings.TrimSpace(strings.Repeat("because ", 14)),
		"        because because",
		"     2  so",
	}
	if got := strings.Join(lines[2:], "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestProgressNeverGoesBack(t *testing.T) {
	var b bytes.Buffer
	bar := &progress{out: &b, percent: -1}
	for _, done := range []int{0, 10, 25, 20, 25, 100} {
		bar.update(done, 100)
	}
	want := "\rsimulating   0 %\rsimulating  10 %\rsimulating  25 %\rsimulating 100 %"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// More to do than before is a new count, which calls of the old one do not disturb.
func TestProgressBeginsAgainWithMoreToDo(t *testing.T) {
	var b bytes.Buffer
	bar := &progress{out: &b, percent: -1}
	for _, call := range [][2]int{{50, 100}, {100, 200}, {60, 100}, {120, 200}} {
		bar.update(call[0], call[1])
	}
	want := "\rsimulating  50 %\rsimulating  50 %\rsimulating  60 %"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressIsSilentOffATerminal(t *testing.T) {
	var b bytes.Buffer
	bar := newProgress(&b)
	bar.update(1, 2)
	bar.clear()
	if b.Len() != 0 {
		t.Errorf("got %q, want nothing", b.String())
	}
}

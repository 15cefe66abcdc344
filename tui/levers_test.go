package tui

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// TestLeversGiveWhatTheySay moves every lever of every estate, by its slider, and reads the
// scenario: it has the value, and nothing else of what levers move.
func TestLeversGiveWhatTheySay(t *testing.T) {
	for _, name := range scenarios.Estates() {
		s, err := open(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		pair := pairOf(s.scenario, 0, 0)
		before := leversOf(s.scenario, pair, s.has)
		if len(before) < 5 {
			t.Errorf("%s has %d levers", name, len(before))
		}
		for i := range before {
			l := &before[i]
			want := l.moved(0.11)
			if l.moved(0) < l.low*0.99 || l.at() >= 0.89 {
				want = l.moved(-0.11)
			}
			if err := s.change(l.to(want)...); err != nil {
				t.Errorf("%s: %s: %v", name, l.label, err)
				continue
			}
			for j, now := range leversOf(s.scenario, pair, s.has) {
				old := before[j].value
				if j == i {
					old = want
				}
				if math.Abs(now.value-old) > 0.01*math.Abs(old) {
					t.Errorf("%s: as %s becomes %v, %s is %v, want %v", name, l.label, want, now.label,
						now.value, old)
				}
			}
			if err := s.without(l.paths()...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLengthsKeepTheirFamily scales a distribution of each family.
func TestLengthsKeepTheirFamily(t *testing.T) {
	for _, d := range []model.Distribution{
		{Family: model.Constant, A: 90}, {Family: model.Uniform, A: 60, B: 120},
		{Family: model.Triangular, A: 30, B: 60, C: 180}, {Family: model.Exponential, A: 600},
		{Family: model.Lognormal, A: 8, B: 0.9}, {Family: model.Weibull, A: 0.7, B: 3600},
	} {
		median := 3 * d.Quantile(0.5)
		source, _ := scenarios.Source("ecommerce-three-region")
		edit := scenarios.Edit{Path: "hazard[0].duration", Value: writeLength(d, median)}
		data, err := scenarios.Apply(source, edit)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Read("a.toml", data)
		if err != nil {
			t.Fatalf("%s: %v", edit.Value, err)
		}
		got := s.Hazards[0].Duration
		for _, u := range []float64{0.1, 0.5, 0.95} {
			want := 3 * d.Quantile(u)
			if math.Abs(got.Quantile(u)-want) > 0.02*want || got.Family != d.Family {
				t.Errorf("%s: the quantile at %v is %v of %s, want %v", edit.Value, u, got.Quantile(u),
					got.Family, want)
			}
		}
	}
}

// TestEveryLeverMoves moves every lever of every twentieth scenario, in make soak of each, a step
// up and down and to both of its ends: it then has that value, and a file of it gives the same
// scenario.
func TestEveryLeverMoves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.toml")
	always := []string{"freshest-copy", "recorded", "loss-behind-anycast", "first-three-of-four"}
	moved := 0
	for n, name := range scenarios.Names() {
		if n%20 != 0 && os.Getenv("SEEDS") == "" && !slices.Contains(always, name) {
			continue
		}
		before, err := open(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range leversOf(before.scenario, pairOf(before.scenario, 0, 0), before.has) {
			for j, steps := range []float64{-1, -1.0 / fineSteps, 1.0 / fineSteps, 1} {
				value := l.moved(steps)
				if value == l.value || value > l.value != (steps > 0) {
					continue
				}
				moved++
				s := *before
				if err := leverMoves(&s, i, value); err != nil {
					t.Errorf("%s: %v", name, err)
				} else if (i+j)%4 == 0 { // One way of each lever is saved.
					if err := savesTheSame(&s, name, path); err != nil {
						t.Errorf("%s: %s to %v: %v", name, l.label, value, err)
					}
				}
			}
		}
	}
	if moved < 200 {
		t.Errorf("only %d moves", moved)
	}
}

// leverMoves gives a lever of a study a value, and reads it.
func leverMoves(s *study, i int, value float64) error {
	pair := pairOf(s.scenario, 0, 0)
	l := leversOf(s.scenario, pair, s.has)[i]
	before := s.scenario
	if err := s.change(l.to(value)...); err != nil {
		return fmt.Errorf("%s to %v: %w", l.label, value, err)
	}
	now := leversOf(s.scenario, pair, s.has)[i]
	if reflect.DeepEqual(s.scenario, before) || math.Abs(now.value-value) > 0.011*value {
		return fmt.Errorf("%s is %v, want %v", now.label, now.value, value)
	}
	return nil
}

// savesTheSame saves a study, and holds the file against what was saved.
func savesTheSame(s *study, name, path string) error {
	changed := s.scenario
	if err := s.save(path, true); err != nil {
		return err
	}
	movedTo(s.scenario, path, name+".toml")
	if !reflect.DeepEqual(s.scenario, changed) {
		return errors.New("what was saved is another scenario")
	}
	return nil
}

// movedTo has what stands in one file stand in another.
func movedTo(s *model.Scenario, from, to string) {
	for i := range s.Timeline {
		if s.Timeline[i].Place.File == from {
			s.Timeline[i].Place.File = to
		}
	}
	for i := range s.Rollouts {
		s.Rollouts[i].Place.File = to
	}
}

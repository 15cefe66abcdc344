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

	"redoubt/levers"
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
		before := levers.Of(s.scenario, pair, s.has)
		if len(before) < 5 {
			t.Errorf("%s has %d levers", name, len(before))
		}
		for i := range before {
			l := &before[i]
			want := l.Moved(0.11)
			if l.Moved(0) < l.Low*0.99 || l.At() >= 0.89 {
				want = l.Moved(-0.11)
			}
			if err := s.change(l.To(want)...); err != nil {
				t.Errorf("%s: %s: %v", name, l.Label, err)
				continue
			}
			for j, now := range levers.Of(s.scenario, pair, s.has) {
				old := before[j].Value
				if j == i {
					old = want
				}
				if math.Abs(now.Value-old) > 0.01*math.Abs(old) {
					t.Errorf("%s: as %s becomes %v, %s is %v, want %v", name, l.Label, want, now.Label,
						now.Value, old)
				}
			}
			if err := s.without(l.Paths()...); err != nil {
				t.Fatal(err)
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
		for i, l := range levers.Of(before.scenario, pairOf(before.scenario, 0, 0), before.has) {
			for j, steps := range []float64{-1, -1.0 / levers.FineSteps, 1.0 / levers.FineSteps, 1} {
				value := l.Moved(steps)
				if value == l.Value || value > l.Value != (steps > 0) {
					continue
				}
				moved++
				s := *before
				if err := leverMoves(&s, i, value); err != nil {
					t.Errorf("%s: %v", name, err)
				} else if (i+j)%4 == 0 { // One way of each lever is saved.
					if err := savesTheSame(&s, name, path); err != nil {
						t.Errorf("%s: %s to %v: %v", name, l.Label, value, err)
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
	l := levers.Of(s.scenario, pair, s.has)[i]
	before := s.scenario
	if err := s.change(l.To(value)...); err != nil {
		return fmt.Errorf("%s to %v: %w", l.Label, value, err)
	}
	now := levers.Of(s.scenario, pair, s.has)[i]
	if reflect.DeepEqual(s.scenario, before) || math.Abs(now.Value-value) > 0.011*value {
		return fmt.Errorf("%s is %v, want %v", now.Label, now.Value, value)
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

// Package examples_test holds each example to the verdict that its README explains.
package examples_test

import (
	"context"
	"path/filepath"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

func TestEachEstateGivesItsVerdict(t *testing.T) {
	tests := []struct {
		folder      string
		recommended model.StrategyKind
		verdicts    map[model.StrategyKind]cost.Verdict
	}{
		{"warm-standby-wins", model.WarmStandby, map[model.StrategyKind]cost.Verdict{
			model.WarmStandby: cost.Proceed, model.BackupRestore: cost.Abort,
		}},
		{"active-active-wins", model.ActiveActive, map[model.StrategyKind]cost.Verdict{
			model.ActiveActive: cost.Proceed, model.ReadLocal: cost.Proceed,
		}},
		{"conflicts-sink-active-active", model.ReadLocal, map[model.StrategyKind]cost.Verdict{
			model.ActiveActive: cost.Abort, model.ReadLocal: cost.Proceed,
		}},
	}
	for _, test := range tests {
		t.Run(test.folder, func(t *testing.T) {
			c := compare(t, test.folder)
			if c.Recommended != test.recommended {
				t.Errorf("got %s recommended, want %s: %s", c.Recommended, test.recommended, c.Why)
			}
			for _, r := range c.Strategies {
				if want, held := test.verdicts[r.Kind]; held && r.Case.Verdict != want {
					t.Errorf("got the verdict %s on %s, want %s: %v", r.Case.Verdict, r.Kind, want,
						r.Case.Reasons)
				}
			}
		})
	}
}

// TestConflictsAloneMakeTheDifference checks what the README says of the last two estates: without
// the cost of a conflict the third gives the verdict of the second.
func TestConflictsAloneMakeTheDifference(t *testing.T) {
	s := load(t, "conflicts-sink-active-active")
	s.Business.Conflict = 0
	c, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{Trials: 300})
	if err != nil {
		t.Fatal(err)
	}
	if c.Recommended != model.ActiveActive {
		t.Errorf("got %s recommended without conflicts, want active-active: %s", c.Recommended, c.Why)
	}
}

func compare(t *testing.T, folder string) *redoubt.Comparison {
	t.Helper()
	c, err := redoubt.Compare(context.Background(), load(t, folder), redoubt.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func load(t *testing.T, folder string) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load(filepath.Join(folder, "estate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

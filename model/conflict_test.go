package model_test

import (
	"testing"

	"redoubt/model"
)

// Every strategy has a name of its own, and says what becomes of a conflict; nothing else has one.
func TestConflictStrategiesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range model.ConflictStrategies() {
		if name := c.String(); name == "" || name == "unknown" || seen[name] {
			t.Errorf("%d is called %q", c, name)
		}
		seen[c.String()] = true
		if c.Settles() >= model.SettlementCount {
			t.Errorf("%s settles %d, which is none", c, c.Settles())
		}
	}
	if got := len(seen); got != 7 {
		t.Errorf("got %d strategies, want the seven of the document", got)
	}
	none := model.ConflictStrategy(len(seen))
	if none.String() != "unknown" || none.Settles() != model.Reconciled {
		t.Errorf("the one after the last is called %q and settles %d", none, none.Settles())
	}
	if got := model.Idempotency(len(model.Idempotencies())).String(); got != "unknown" {
		t.Errorf("the place of keys after the last is called %q", got)
	}
}

// What is neither gone, refused nor merged has to be repaired.
func TestConflictsToRepair(t *testing.T) {
	trial := model.Trial{Conflicts: 20, Overwritten: 1, Rejected: 2, Merged: 4, Compensated: 8}
	if got := trial.ToRepair(); got != 13 {
		t.Errorf("got %d to repair, want 13", got)
	}
}

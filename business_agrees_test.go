package redoubt_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// everyEstate loads what is embedded and what is in examples/.
func everyEstate(t *testing.T) []*model.Scenario {
	t.Helper()
	examples, err := filepath.Glob("examples/*/estate.toml")
	if err != nil || len(examples) < 3 {
		t.Fatalf("got %d examples and %v, want three", len(examples), err)
	}
	var estates []*model.Scenario
	for _, name := range append(scenarios.Estates(), examples...) {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		estates = append(estates, s)
	}
	return estates
}

// TestBusinessCaseAgreesWithTheComparison holds the arithmetic to the simulation: the same verdict
// on every strategy of every estate, and about as many lost writes and conflicts.
func TestBusinessCaseAgreesWithTheComparison(t *testing.T) {
	for _, s := range everyEstate(t) {
		t.Run(s.Name, func(t *testing.T) {
			c := compare(t, s, redoubt.CompareOptions{Trials: 300})
			b, err := redoubt.BusinessCase(s)
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Strategies {
				if got := &b.Strategies[i]; got.Excuse == "" {
					checkAgreement(t, got, resultOf(t, c, got.Kind))
				}
			}
		})
	}
}

func checkAgreement(t *testing.T, got *redoubt.BusinessStrategy, want *redoubt.StrategyResult) {
	t.Helper()
	if got.Verdict != want.Case.Verdict {
		t.Errorf("%s: got %s by arithmetic because %q, %s by simulation because %q",
			got.Kind, got.Verdict, got.Reasons, want.Case.Verdict, want.Case.Reasons)
	}
	// The draws of 300 trials of ten years leave about 2 % of standard error.
	const low, high = 0.9, 1.1
	if ratio := got.LostWrites / want.LostWrites; ratio < low || ratio > high {
		t.Errorf("%s: got %v lost writes a year by arithmetic, %v by simulation",
			got.Kind, got.LostWrites, want.LostWrites)
	}
	if math.Abs(got.Conflicts-want.Conflicts) > 1e-3*want.Conflicts+1 {
		t.Errorf("%s: got %v conflicts a year by arithmetic, %v by simulation",
			got.Kind, got.Conflicts, want.Conflicts)
	}
}

func TestLossesByEventAreTakenOffWhatIsAvoided(t *testing.T) {
	s := shop(t)
	find := func(kind model.StrategyKind) redoubt.BusinessStrategy {
		b, err := redoubt.BusinessCase(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, strategy := range b.Strategies {
			if strategy.Kind == kind {
				return strategy
			}
		}
		t.Fatalf("no %s", kind)
		return redoubt.BusinessStrategy{}
	}
	backup, active := find(model.BackupRestore), find(model.ActiveActive)
	if want := 20 * backup.LostWrites; !roughly(backup.EventLoss, want, 0.01) || want < 1e5 {
		t.Errorf("got a loss of %v by event, want $20 x %v", backup.EventLoss, backup.LostWrites)
	}
	if want := 20 * (active.LostWrites + active.Conflicts); !roughly(active.EventLoss, want, 0.01) ||
		active.Conflicts < 1 {
		t.Errorf("got a loss of %v by event, want %v", active.EventLoss, want)
	}
	if text := strings.Join(backup.Reasons, "; "); backup.Verdict != cost.Abort ||
		!strings.Contains(text, "taken off what is avoided") ||
		!math.IsInf(backup.Effects[0].BreakevenHours, 1) {
		t.Errorf("got %s, breakeven %v because %q, want an abort that never breaks even",
			backup.Verdict, backup.Effects[0].BreakevenHours, text)
	}
	s.Business.LostWrite, s.Business.Conflict = 0, 0
	without := find(model.BackupRestore)
	gained := without.Effects[0].AvoidedPerYear - backup.Effects[0].AvoidedPerYear
	if without.Verdict != cost.Proceed || !roughly(gained, backup.EventLoss, 0.01) {
		t.Errorf("got %s and %v more avoided where writes cost nothing, want proceed and %v",
			without.Verdict, gained, backup.EventLoss)
	}
	for name, revenue := range map[string]float64{
		"abort ends": backup.AbortEndsAt, "breakeven": backup.BreakevenAt,
	} {
		s = shop(t)
		s.Business.RevenuePerYear = model.Dollars(revenue * (1 - 1e-6))
		below := find(model.BackupRestore).Verdict
		s.Business.RevenuePerYear = model.Dollars(revenue * (1 + 1e-6))
		if above := find(model.BackupRestore).Verdict; above >= below {
			t.Errorf("%s at %v: got %s below and %s above, want it better above",
				name, revenue, below, above)
		}
	}
}

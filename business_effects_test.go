package redoubt_test

import (
	"math"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/sim"
)

// Conflicts cost what becomes of them costs: a lost write, a repair, the sale of a request that
// nobody made again, or nothing. The arithmetic of a business case has the same lines as a trial.
func TestConflictsArePricedByWhatBecomesOfThem(t *testing.T) {
	const year = float64(model.HoursPerYear * 3600)
	s := scenario(t, "ecommerce-three-region")
	s.Business.LostWrite, s.Business.Conflict = 20*model.Dollar, 7*model.Dollar
	s.Business.Deferred, s.Traffic.Retried = 0.25, 0.5
	s.Hazards, s.Timeline, s.Business.OutageHours = nil, nil, 1
	met := sim.ConflictRate(s) * year
	sale := 0.75 * s.Business.RevenuePerYear.USD() / (s.Traffic.RequestsPerSecond * year)
	for _, c := range []struct {
		conflicts model.ConflictStrategy
		each      float64
	}{
		{model.ByHand, 7}, {model.RegionalOwnership, 0}, {model.LastWriterWins, 20},
		{model.CheckAndSet, sale / 2}, {model.Commutative, 0}, {model.Compensation, 7},
	} {
		t.Run(c.conflicts.String(), func(t *testing.T) {
			s.Stores[0].Conflicts = c.conflicts
			if got := eventLoss(t, s); math.Abs(got-met*c.each) > 1e-6*met {
				t.Errorf("by arithmetic: got $%g a year, want %g x $%g", got, met, c.each)
			}
			rates := sim.ConflictRates(s)
			counted := func(of model.Settlement) int64 { return int64(math.Round(rates[of] * year)) }
			trial := model.Trial{
				Overwritten: counted(model.Overwritten), Rejected: counted(model.Rejected),
				Merged: counted(model.Merged), Compensated: counted(model.Compensated),
				LostWrites: counted(model.Overwritten),
			}
			trial.Conflicts = trial.Overwritten + trial.Rejected + trial.Merged + trial.Compensated +
				counted(model.Reconciled)
			loss := cost.LossOf(s.Business, trial, model.Year).Total().USD()
			want := met * c.each
			if c.conflicts == model.CheckAndSet {
				want = 0 // What is rejected is in Lost, which the simulator adds to.
			}
			if math.Abs(loss-want) > 20 { // One of them more or less.
				t.Errorf("of a trial: got $%g, want $%g", loss, want)
			}
		})
	}
}

func eventLoss(t *testing.T, s *model.Scenario) float64 {
	t.Helper()
	b, err := redoubt.BusinessCase(s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Strategies {
		if b.Strategies[i].Kind == model.ActiveActive {
			return b.Strategies[i].EventLoss
		}
	}
	t.Fatal("active-active is not in the business case")
	return 0
}

package redoubt_test

import (
	"math"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestIncidentsCostWhatIsLost holds two ways of counting to each other on every strategy of every
// estate: what a comparison says is lost is what each incident cost, and what was lost beside them.
func TestIncidentsCostWhatIsLost(t *testing.T) {
	for _, s := range everyEstate(t) {
		c := compare(t, s, redoubt.CompareOptions{Trials: 60})
		for i := range c.Strategies {
			r := &c.Strategies[i]
			if r.Excuse != "" {
				continue
			}
			each := r.Case.Incidents
			sum := each.Mean*r.Incidents + each.Beside
			if off := math.Abs(sum - r.Case.LossPerYear.Mean); off > 1e-3 {
				t.Errorf("%s, %s: %d incidents at $%.2f and $%.2f a year beside are $%.2f, not $%.2f",
					s.Name, r.Kind, each.Count, each.Mean, each.Beside, sum, r.Case.LossPerYear.Mean)
			}
			ordered := each.P50 <= each.P95 && each.P95 <= each.P99 && each.P99 <= each.Max
			if !ordered || each.Mean > each.Max+1e-6 {
				t.Errorf("%s, %s: incidents cost %+v", s.Name, r.Kind, each)
			}
		}
	}
}

// TestAToldIncidentCostsItsShareOfTheRun prices each incident of a told run by itself, to the
// micro-dollar.
func TestAToldIncidentCostsItsShareOfTheRun(t *testing.T) {
	for _, name := range []string{"region-loss", "grey-failure", "split-network", "flapping-region"} {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, strategy := range s.Strategies {
			run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
				Strategy: strategy.Kind, Seed: 1, Untraced: true,
			})
			if err != nil {
				continue // It cannot be built there.
			}
			sum := cost.CostOf(s.Business, run.Outcome.Beside).Total()
			for _, incident := range run.Incidents {
				sum += cost.CostOf(s.Business, incident.Damage).Total()
			}
			whole := cost.CostOf(s.Business, run.Outcome.Damage()).Total()
			if lines := model.Money(6 * (len(run.Incidents) + 2)); max(sum-whole, whole-sum) > lines {
				t.Errorf("%s, %s: the incidents cost %d micro-dollars, the run %d",
					name, strategy.Kind, sum, whole)
			}
		}
	}
}

// TestStandbyWasteIsBilledOnce holds the waste to the bill: it is never more than capacity costs,
// nothing where nobody stands by, and of a standby nearly all that the strategy pays for it.
func TestStandbyWasteIsBilledOnce(t *testing.T) {
	for _, s := range everyEstate(t) {
		c := compare(t, s, redoubt.CompareOptions{Trials: 60})
		for i := range c.Strategies {
			r := &c.Strategies[i]
			if r.Excuse != "" {
				continue
			}
			if unknown := math.IsNaN(r.Case.WastePerYear.Mean); unknown != (len(s.Bill) == 0) {
				t.Errorf("%s, %s: a waste of %v with %d lines in the bill",
					s.Name, r.Kind, r.Case.WastePerYear, len(s.Bill))
			}
			if len(s.Bill) == 0 {
				continue
			}
			checkWaste(t, s, r)
		}
	}
}

func checkWaste(t *testing.T, s *model.Scenario, r *redoubt.StrategyResult) {
	t.Helper()
	standby, hours := 0.0, r.Case.StandbyHours.Mean
	for _, line := range cost.Itemise(s, r.Kind).Lines {
		if line.Category.ScalesWithTraffic() && line.Region == s.Secondary() {
			standby += line.PerYear.USD()
		}
	}
	waste := r.Case.WastePerYear.Mean
	switch {
	case r.Kind == model.SingleRegion:
		if waste != 0 || hours != 0 {
			t.Errorf("%s: a single region stands by for %v h at $%v", s.Name, hours, waste)
		}
	case r.Kind.HasStandby():
		// Seven tenths: while it has taken over it is no waste, and the region that it took over from is.
		if hours < 0.99*model.HoursPerYear || hours > model.HoursPerYear || waste < 0.7*standby {
			t.Errorf("%s, %s: stands by for %v h at $%v, of a standby of $%v",
				s.Name, r.Kind, hours, waste, standby)
		}
	case hours > 0.02*model.HoursPerYear:
		t.Errorf("%s, %s: regions that serve stand by for %v h", s.Name, r.Kind, hours)
	}
	if waste > r.Case.CostPerYear.USD() {
		t.Errorf("%s, %s: of $%v the waste is $%v", s.Name, r.Kind, r.Case.CostPerYear.USD(), waste)
	}
}

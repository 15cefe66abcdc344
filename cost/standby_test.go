package cost_test

import (
	"math"
	"testing"
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// billed has a line of compute and one of storage in two regions, half of the users near each.
func billed() *model.Scenario {
	line := func(r model.RegionID, c model.Category, usd model.Money) model.BillLine {
		return model.BillLine{Region: r, Category: c, What: "it", PerYear: usd * model.Dollar}
	}
	return &model.Scenario{
		Regions: []model.Region{{Name: "east"}, {Name: "west"}},
		Populations: []model.Population{
			{Name: "a", Share: 0.5, Nearest: 0}, {Name: "b", Share: 0.5, Nearest: 1},
		},
		Bill: []model.BillLine{
			line(0, model.Compute, 8760), line(0, model.Storage, 1000),
			line(1, model.Compute, 4380), line(1, model.Storage, 500),
		},
	}
}

// A region that stands by wastes what its capacity costs in that time, and not its copy of the
// data: by hand, with a quarter of a west sized for all of the traffic.
func TestWasteByHand(t *testing.T) {
	s := billed()
	var idle [model.MaxRegions]time.Duration
	idle[0], idle[1] = 10*time.Hour, 100*time.Hour
	// East is $17,520 a year for all of the traffic, $2 an hour; a quarter of west $2,190, $0.25.
	got, known := cost.Waste(s, model.WarmStandby, idle)
	if want := 10*2 + 100*0.25; !known || !near(got, want, 1e-9) {
		t.Errorf("got a waste of $%v, %t, want $%v", got, known, want)
	}
	if got := cost.StandbyTime(s, model.WarmStandby, idle); got != 110*time.Hour {
		t.Errorf("the two stood by for %s, want 110h", got)
	}
	// A single region keeps nothing in west; where both serve, each has its own lines.
	if got := cost.StandbyTime(s, model.SingleRegion, idle); got != 10*time.Hour {
		t.Errorf("a single region stood by for %s, want 10h", got)
	}
	if got, _ := cost.Waste(s, model.ReadLocal, idle); !near(got, 10*1+100*0.5, 1e-9) {
		t.Errorf("got a waste of $%v where both serve, want $60", got)
	}
	s.Bill = nil
	if got, known := cost.Waste(s, model.WarmStandby, idle); known || got != 0 {
		t.Errorf("without a bill: got a waste of $%v, %t", got, known)
	}
}

// What an incident costs is priced by itself, whatever the horizon; the mean of all and what is
// beside them are the loss.
func TestIncidentsAreQuantilesOfCosts(t *testing.T) {
	s := billed()
	s.Business = model.Business{
		RevenuePerYear: 8760 * 1000 * model.Dollar, Incident: 500 * model.Dollar, HorizonYears: 1,
	}
	hours := func(lost time.Duration) model.Damage { return model.Damage{Incidents: 1, Lost: lost} }
	var all []model.Incident
	outcome := model.Outcome{Strategy: model.SingleRegion, Horizon: 2 * model.Year}
	trial := model.Trial{Beside: model.Damage{Lost: 4 * time.Hour}, Lost: 4 * time.Hour}
	for i := range 100 {
		all = append(all, model.Incident{Damage: hours(time.Duration(100-i) * time.Hour)})
		trial.Lost += time.Duration(100-i) * time.Hour
		trial.Incidents++
	}
	outcome.Trials, outcome.Incidents = []model.Trial{trial}, [][]model.Incident{all}
	c, err := cost.Assess(s, model.SingleRegion, outcome, outcome)
	if err != nil {
		t.Fatal(err)
	}
	want := cost.IncidentCost{
		Mean: 51_000, P50: 50_500, P95: 95_500, P99: 99_500, Max: 100_500, Count: 100, Beside: 2000,
	}
	if c.Incidents != want {
		t.Errorf("got %+v, want %+v", c.Incidents, want)
	}
	if sum := 50*want.Mean + want.Beside; math.Abs(sum-c.LossPerYear.Mean) > 1e-6 {
		t.Errorf("a year's incidents cost $%v, and $%v is lost", sum, c.LossPerYear.Mean)
	}
}

package main

import (
	"redoubt/cost"
	"redoubt/model"
)

// costs has what each incident of a run cost, line by line, and what was lost beside them; nothing
// where the scenario has no price for any of it.
func (v simulationView) costs(d *document) {
	business := v.Scenario.Business
	whole := cost.CostOf(business, v.Outcome.Damage())
	if len(v.Incidents) == 0 || whole == (cost.Loss{}) {
		return
	}
	headers, shown := []string{"<incident"}, []lossLine{}
	for _, line := range lossLines() {
		if line.of(&whole) != 0 {
			headers, shown = append(headers, line.name), append(shown, line)
		}
	}
	t := newTable(append(headers, "cost")...)
	row := func(what string, lines cost.Loss) {
		cells := []string{what}
		for _, line := range shown {
			cells = append(cells, line.of(&lines).String())
		}
		t.row(append(cells, lines.Total().String())...)
	}
	for _, incident := range v.Incidents {
		row(clock(incident.At), cost.CostOf(business, incident.Damage))
	}
	if beside := cost.CostOf(business, v.Outcome.Beside); beside != (cost.Loss{}) {
		row("beside them", beside)
	}
	if len(v.Incidents) > 1 || v.Outcome.Beside != (model.Damage{}) {
		t.rule()
		row("the run", whole)
	}
	d.heading("What each incident cost")
	d.table(t)
}

// standby words for how long a region stood by, and what its capacity cost meanwhile.
func (v simulationView) standby(t *table) {
	idle := cost.StandbyTime(v.Scenario, v.Strategy, v.Outcome.Idle)
	if idle == 0 {
		return
	}
	waste := "what its capacity costs nobody says"
	if usd, known := cost.Waste(v.Scenario, v.Strategy, v.Outcome.Idle); known {
		waste = model.Dollars(usd).String() + " of capacity that served nothing"
	}
	t.row("standby", length(idle), waste)
}

// setCosts fills in what a run cost.
func (v simulationView) setCosts(data *outcomeData) {
	business := v.Scenario.Business
	data.Loss = dollars(cost.CostOf(business, v.Outcome.Damage()).Total())
	data.Beside = dollars(cost.CostOf(business, v.Outcome.Beside).Total())
	data.Standby = seconds(cost.StandbyTime(v.Scenario, v.Strategy, v.Outcome.Idle))
	if usd, known := cost.Waste(v.Scenario, v.Strategy, v.Outcome.Idle); known {
		data.Waste = pointer(dollars(model.Dollars(usd)))
	}
}

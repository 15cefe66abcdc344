package main

import (
	"math"
	"strconv"

	"redoubt"
	"redoubt/cost"
)

// hasIncidents reports whether there is anything to say of what an incident costs, or of capacity
// that stands by.
func (v comparisonView) hasIncidents() bool {
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse == "" && (r.Case.Incidents.Max > 0 || r.Case.StandbyHours.Mean > 0) {
			return true
		}
	}
	return false
}

// incidents has what one incident of each strategy costs, and what it pays for that serves nothing.
func (v comparisonView) incidents() *table {
	u := v.unit()
	each := "\n" + u.name
	t := newTable("<strategy", "incidents\n/yr", "mean"+each, "p50"+each, "p95"+each, "max"+each,
		"beside them\n"+u.name+"/yr", "standby\nh/yr", "waste\n"+u.name+"/yr",
		"<95 % interval\nlow .. high")
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse != "" {
			continue
		}
		c := &r.Case.Incidents
		cells := []string{
			r.Kind.String(), strconv.FormatFloat(r.Incidents, 'f', 2, 64), none, none, none, none,
		}
		if c.Count > 0 {
			cells = append(cells[:2], u.write(c.Mean), u.write(c.P50), u.write(c.P95), u.write(c.Max))
		}
		cells = append(cells, u.write(c.Beside), hours(r.Case.StandbyHours.Mean))
		if waste := r.Case.WastePerYear; math.IsNaN(waste.Mean) {
			cells = append(cells, unpriced, none)
		} else {
			cells = append(cells, u.write(waste.Mean), interval(waste, u.write))
		}
		t.row(cells...)
	}
	return t
}

// incidentCostData is what single incidents cost, in USD; null where there were none. The mean
// times the incidents of a year, and what is lost beside them, are the loss.
type incidentCostData struct {
	Mean  number `json:"mean"`
	P50   number `json:"p50"`
	P95   number `json:"p95"`
	P99   number `json:"p99"`
	Max   number `json:"max"`
	Count int64  `json:"count"`
}

func incidentCostOf(c *cost.IncidentCost) incidentCostData {
	if c.Count == 0 {
		nothing := number(math.NaN())
		return incidentCostData{nothing, nothing, nothing, nothing, nothing, 0}
	}
	return incidentCostData{
		number(c.Mean), number(c.P50), number(c.P95), number(c.P99), number(c.Max), c.Count,
	}
}

// fields are those of the CSV form.
func (d *incidentCostData) fields() []string {
	return []string{d.Mean.String(), d.P50.String(), d.P95.String(), d.P99.String(), d.Max.String()}
}

// setIncidents fills in what an incident costs, and what stands by.
func (d *strategyData) setIncidents(r *redoubt.StrategyResult) {
	d.IncidentCost = pointer(incidentCostOf(&r.Case.Incidents))
	d.Beside = pointer(number(r.Case.Incidents.Beside))
	d.Standby = pointer(estimated(r.Case.StandbyHours))
	if !math.IsNaN(r.Case.WastePerYear.Mean) {
		d.Waste = pointer(estimated(r.Case.WastePerYear))
	}
}

// lossOf is a loss by what it is of.
func lossOf(lines *cost.Loss) *lossData {
	return &lossData{
		Sales: dollars(lines.Revenue), Writes: dollars(lines.LostData),
		Conflicts: dollars(lines.Conflicts), People: dollars(lines.People),
		Reputation: dollars(lines.Reputation), Sessions: dollars(lines.Sessions),
	}
}

// incidentFields are the last columns of the CSV form.
func (d *strategyData) incidentFields() []string {
	fields := append(d.IncidentCost.fields(), d.Beside.String())
	fields = append(fields, between(*d.Standby)...)
	if d.Waste == nil {
		return append(fields, "", "", "")
	}
	return append(fields, between(*d.Waste)...)
}

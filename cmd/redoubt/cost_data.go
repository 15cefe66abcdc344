package main

import (
	"strconv"

	"redoubt/cost"
	"redoubt/model"
)

// billData is the JSON of a bill; its amounts are null where the scenario prices nothing.
type billData struct {
	SchemaVersion int             `json:"schema_version"`
	Scenario      string          `json:"scenario"`
	Strategy      *string         `json:"strategy"`
	Lines         []lineData      `json:"lines"`
	Total         *number         `json:"total_per_year_usd"`
	Month         *number         `json:"total_per_month_usd"`
	Unverified    *number         `json:"unverified_per_year_usd"`
	PerMillion    *number         `json:"usd_per_million_requests"`
	Unscaled      *number         `json:"single_region_unscaled_per_year_usd"`
	References    []referenceData `json:"references"`
	Strategies    []strategyBill  `json:"strategies"`
}

type lineData struct {
	Region     string `json:"region"`
	Category   string `json:"category"`
	What       string `json:"what"`
	PerYear    number `json:"per_year_usd"`
	Basis      string `json:"basis"`
	Source     string `json:"source"`
	Unverified bool   `json:"unverified"`
}

type referenceData struct {
	Name       string `json:"name"`
	Total      number `json:"total_per_year_usd"`
	Saving     number `json:"saving"`
	PerMillion number `json:"usd_per_million_requests"`
	Unverified number `json:"unverified_per_year_usd"`
}

type strategyBill struct {
	Name       string  `json:"name"`
	Excuse     *string `json:"excuse"`
	Total      *number `json:"total_per_year_usd"`
	Extra      *number `json:"extra_cost_per_year_usd"`
	Unverified *number `json:"unverified_per_year_usd"`
}

func lineDataOf(s *model.Scenario, bill cost.Bill) []lineData {
	lines := []lineData{}
	for _, line := range bill.Lines {
		lines = append(lines, lineData{
			regionName(s, line.Region), line.Category.String(), line.What, dollars(line.PerYear),
			line.Basis, line.Source, line.Unverified,
		})
	}
	return lines
}

func (v billView) structure() any {
	data := billData{
		SchemaVersion: schemaVersion, Scenario: v.scenario.Name,
		Lines:      lineDataOf(v.scenario, v.bill),
		References: []referenceData{}, Strategies: []strategyBill{},
	}
	if len(v.bill.Lines) > 0 {
		data.Total, data.Month = pointer(dollars(v.bill.Total())), pointer(dollars(v.bill.PerMonth()))
		data.Unverified = pointer(dollars(v.bill.Unverified()))
		data.PerMillion = pointer(number(cost.CostPerMillionRequests(v.bill, v.scenario.Traffic)))
	}
	if len(v.scenario.Bill) > 0 {
		data.Unscaled = pointer(dollars(cost.Unscaled(v.scenario).Total()))
	}
	if v.strategy != 0 {
		data.Strategy = pointer(v.strategy.String())
	}
	for _, reference := range v.scenario.Reference {
		other := cost.Against(v.bill, reference, v.scenario.Traffic)
		data.References = append(data.References, referenceData{
			other.Name, dollars(other.Total), number(other.Saving), number(other.PerMillion),
			dollars(other.Unverified),
		})
	}
	for _, kind := range model.StrategyKinds() {
		if _, has := v.scenario.Strategy(kind); has {
			data.Strategies = append(data.Strategies, v.strategyBill(kind))
		}
	}
	return data
}

func (v billView) strategyBill(kind model.StrategyKind) strategyBill {
	data := strategyBill{Name: kind.String()}
	if excuse := v.excuse(kind); excuse != "" {
		data.Excuse = &excuse
		return data
	}
	bill := cost.Itemise(v.scenario, kind)
	baseline := cost.Itemise(v.scenario, model.SingleRegion)
	data.Total = pointer(dollars(bill.Total()))
	data.Extra = pointer(dollars(bill.Total() - baseline.Total()))
	data.Unverified = pointer(dollars(bill.Unverified()))
	return data
}

// excuse says why a strategy has no price.
func (v billView) excuse(kind model.StrategyKind) string {
	if excuse := v.scenario.Excuse(kind); excuse != "" {
		return excuse
	}
	if !cost.Priced(v.scenario, kind) {
		return "nothing says what it costs"
	}
	return ""
}

// records gives the lines of the bill.
func (v billView) records() [][]string {
	strategy := "as-billed"
	if v.strategy != 0 {
		strategy = v.strategy.String()
	}
	records := [][]string{{
		"scenario", "strategy", "region", "category", "line", "per_year_usd", "basis", "source",
		"unverified",
	}}
	for _, line := range v.bill.Lines {
		records = append(records, []string{
			v.scenario.Name, strategy, regionName(v.scenario, line.Region), line.Category.String(),
			line.What, dollars(line.PerYear).String(), line.Basis, line.Source,
			strconv.FormatBool(line.Unverified),
		})
	}
	return records
}

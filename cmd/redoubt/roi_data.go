package main

import (
	"redoubt"
)

// businessData is the JSON of a business case.
type businessData struct {
	SchemaVersion  int                    `json:"schema_version"`
	Scenario       string                 `json:"scenario"`
	Revenue        number                 `json:"revenue_per_year_usd"`
	RevenuePerHour number                 `json:"revenue_per_hour_usd"`
	LossPerHour    number                 `json:"loss_per_outage_hour_usd"`
	OutageHours    number                 `json:"outage_hours_per_year"`
	OutageBasis    string                 `json:"outage_basis"`
	LossPerYear    number                 `json:"loss_per_year_usd"`
	DurationBasis  string                 `json:"duration_basis"`
	Recoveries     []recoveryData         `json:"recoveries"`
	Strategies     []businessStrategyData `json:"strategies"`
	Findings       []string               `json:"findings"`
}

type recoveryData struct {
	Recovery number `json:"recovery_seconds"`
	Avoided  number `json:"avoided_share"`
}

type businessStrategyData struct {
	Name        string       `json:"name"`
	Excuse      *string      `json:"excuse"`
	Cost        *number      `json:"cost_per_year_usd"`
	Extra       *number      `json:"extra_cost_per_year_usd"`
	OneTime     *number      `json:"one_time_cost_usd"`
	LostWrites  *number      `json:"lost_writes_per_year"`
	Conflicts   *number      `json:"conflicts_per_year"`
	EventLoss   *number      `json:"event_loss_per_year_usd"`
	NPV         *number      `json:"npv_usd"`
	Payback     *number      `json:"payback_months"`
	IRR         *number      `json:"irr"`
	Recovery    *number      `json:"expected_recovery_seconds"`
	AbortEndsAt *number      `json:"abort_ends_at_revenue_usd"`
	BreakevenAt *number      `json:"breakeven_revenue_usd"`
	Effects     []effectData `json:"effects"`
	Verdict     *string      `json:"verdict"`
	Reasons     []string     `json:"reasons"`
}

type effectData struct {
	Name          string `json:"name"`
	Effectiveness number `json:"effectiveness"`
	Computed      number `json:"computed_effectiveness"`
	Avoided       number `json:"avoided_loss_per_year_usd"`
	CostBenefit   number `json:"cost_benefit"`
	Hours         number `json:"breakeven_outage_hours_per_year"`
	Revenue       number `json:"breakeven_revenue_usd"`
	Verdict       string `json:"verdict"`
}

func (v businessView) structure() any {
	data := businessData{
		SchemaVersion: schemaVersion, Scenario: v.Scenario.Name,
		Revenue:        dollars(v.Scenario.Business.RevenuePerYear),
		RevenuePerHour: number(v.RevenuePerHour), LossPerHour: number(v.LossPerHour),
		OutageHours: number(v.OutageHours), OutageBasis: v.OutageBasis,
		LossPerYear: number(v.LossPerYear), DurationBasis: v.DurationBasis,
		Recoveries: []recoveryData{}, Strategies: []businessStrategyData{},
		Findings: append([]string{}, v.Findings...),
	}
	for _, r := range v.Recoveries {
		data.Recoveries = append(data.Recoveries, recoveryData{seconds(r.Recovery), number(r.Avoided)})
	}
	for i := range v.Strategies {
		data.Strategies = append(data.Strategies, businessStrategyOf(&v.Strategies[i]))
	}
	return data
}

func businessStrategyOf(s *redoubt.BusinessStrategy) businessStrategyData {
	data := businessStrategyData{
		Name: s.Kind.String(), Effects: []effectData{}, Reasons: append([]string{}, s.Reasons...),
	}
	if s.Excuse != "" {
		data.Excuse = &s.Excuse
		return data
	}
	data.Cost, data.Extra = pointer(dollars(s.CostPerYear)), pointer(dollars(s.Extra))
	data.OneTime = pointer(dollars(s.OneTime))
	data.LostWrites, data.Conflicts = pointer(number(s.LostWrites)), pointer(number(s.Conflicts))
	data.EventLoss = pointer(number(s.EventLoss))
	data.NPV, data.Payback = pointer(number(s.NPV)), pointer(number(s.PaybackMonths))
	data.IRR = pointer(number(s.IRR))
	data.AbortEndsAt = pointer(number(s.AbortEndsAt))
	data.BreakevenAt = pointer(number(s.BreakevenAt))
	data.Verdict = pointer(s.Verdict.String())
	if s.Recovery > 0 {
		data.Recovery = pointer(seconds(s.Recovery))
	}
	for _, e := range s.Effects {
		data.Effects = append(data.Effects, effectData{
			e.Name, number(e.Effectiveness), number(e.Computed), number(e.AvoidedPerYear),
			number(e.CostBenefit), number(e.BreakevenHours), number(e.BreakevenRevenue),
			e.Verdict.String(),
		})
	}
	return data
}

// records gives a row for each strategy and effectiveness.
func (v businessView) records() [][]string {
	records := [][]string{{
		"scenario", "strategy", "excuse", "cost_per_year_usd", "extra_cost_per_year_usd",
		"recovery", "effectiveness", "avoided_loss_per_year_usd", "cost_benefit",
		"breakeven_outage_hours_per_year", "breakeven_revenue_usd", "verdict",
		"computed_effectiveness", "lost_writes_per_year", "conflicts_per_year",
		"event_loss_per_year_usd", "one_time_cost_usd", "npv_usd", "payback_months", "irr",
	}}
	for i := range v.Strategies {
		s := &v.Strategies[i]
		if s.Excuse != "" {
			row := []string{v.Scenario.Name, s.Kind.String(), s.Excuse}
			records = append(records, pad(row, len(records[0])))
		}
		for _, e := range s.Effects {
			records = append(records, []string{
				v.Scenario.Name, s.Kind.String(), "", dollars(s.CostPerYear).String(),
				dollars(s.Extra).String(), e.Name, number(e.Effectiveness).String(),
				number(e.AvoidedPerYear).String(), number(e.CostBenefit).String(),
				number(e.BreakevenHours).String(), number(e.BreakevenRevenue).String(),
				e.Verdict.String(), number(e.Computed).String(), number(s.LostWrites).String(),
				number(s.Conflicts).String(), number(s.EventLoss).String(),
				dollars(s.OneTime).String(), number(s.NPV).String(),
				number(s.PaybackMonths).String(), number(s.IRR).String(),
			})
		}
	}
	return records
}

package redoubt

import (
	"fmt"
	"math"
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// Business is the arithmetic of a business case without a simulation: expected outage hours times
// what an hour costs, against what each strategy adds to the bill.
type Business struct {
	Scenario *model.Scenario
	// RevenuePerHour is the yearly revenue over 8,760, in USD; LossPerHour what an hour of outage
	// costs of it and of reputation, less what customers defer.
	RevenuePerHour, LossPerHour float64
	// OutageHours are expected in a year of a single region, and OutageBasis says from what.
	OutageHours float64
	OutageBasis string
	// LossPerYear is LossPerHour x OutageHours, in USD.
	LossPerYear float64
	// Recoveries is the share of outage hours that a recovery of 5 min, 15 min and 1 h avoids, and
	// DurationBasis says of which durations.
	Recoveries    []RecoveryShare
	DurationBasis string
	// Strategies are those that the scenario describes, or all where it describes none, in the order
	// of model.StrategyKinds and without the single region.
	Strategies []BusinessStrategy
}

// RecoveryShare is what a recovery of some length is worth.
type RecoveryShare struct {
	Recovery time.Duration
	// Avoided is the share of all outage hours that it avoids, in [0, 1].
	Avoided float64
}

// BusinessStrategy is the arithmetic for one strategy.
type BusinessStrategy struct {
	Kind model.StrategyKind
	// Excuse says why there is no answer: the strategy cannot be built here, or nothing says what
	// it costs. What is below it is then empty.
	Excuse string
	// CostPerYear is its bill, Extra what that adds to a single region sized for all the traffic.
	CostPerYear, Extra, OneTime model.Money
	// AbortEndsAt and BreakevenAt are the yearly revenues in USD, with the same outage hours and
	// full effectiveness, at which cost/benefit falls to cost.AbortRatio and to 1; +Inf when none
	// does.
	AbortEndsAt, BreakevenAt float64
	// Recovery is the expected length of a recovery by the means of its steps; 0 when the scenario
	// does not say (cost.ExpectedRecovery).
	Recovery time.Duration
	// Effects are the answers at full effectiveness, at two published ones, and at the share that
	// Recovery avoids where it is known.
	Effects []BusinessEffect
	// Verdict is that of full effectiveness, which flatters the strategy: an abort there is an
	// abort anywhere. Where a lower effectiveness changes it, Reasons say so.
	Verdict cost.Verdict
	Reasons []string
}

// BusinessEffect is the business case at one effectiveness.
type BusinessEffect struct {
	Name string
	// Effectiveness is the share of outage hours that is avoided, in [0, 1].
	Effectiveness float64
	// AvoidedPerYear is in USD; CostBenefit is Extra over it, +Inf where nothing is avoided.
	AvoidedPerYear, CostBenefit float64
	// BreakevenHours are the outage hours in a year at which Extra is earned by what an hour costs
	// alone, +Inf where nothing is avoided; BreakevenRevenue the yearly revenue in USD at which it is
	// with the expected hours.
	BreakevenHours, BreakevenRevenue float64
	Verdict                          cost.Verdict
}

// What a recovery avoids of the hours of all AWS region incidents of 2018-2020, and the lognormal
// that was fitted to their hours (201 incidents of the cloud uptime archive, arXiv 2504.09476).
const (
	effectAtFiveMinutes = 0.98
	effectAtOneHour     = 0.74
	incidentMu          = 0.7066
	incidentSigma       = 1.0256
)

// BusinessCase does the arithmetic of a business case (roadmap-90-day, example calculation) for
// every strategy of a scenario. It is an error when there is no workload region, or when there are
// no expected outage hours: neither a stated number nor a random loss of the primary region.
func BusinessCase(s *model.Scenario) (Business, error) {
	if s.Primary() == model.NoRegion {
		return Business{}, fmt.Errorf("business case of %s: no region has a workload", s.Name)
	}
	b := Business{
		Scenario:       s,
		RevenuePerHour: cost.RevenuePerHour(s.Business),
		LossPerHour:    cost.LossPerHour(s.Business),
		OutageHours:    cost.OutageHours(s),
		OutageBasis:    "as the scenario states",
	}
	if s.Business.OutageHours <= 0 {
		b.OutageBasis = "rate x mean duration of the losses of " + s.Regions[s.Primary()].Name
	}
	if b.OutageHours <= 0 {
		return Business{}, fmt.Errorf("business case of %s: no expected outage hours: "+
			"state them, or give the primary region a region-loss hazard", s.Name)
	}
	b.LossPerYear = b.LossPerHour * b.OutageHours
	b.Recoveries, b.DurationBasis = recoveryShares(s)
	for _, kind := range model.StrategyKinds() {
		_, described := s.Strategy(kind)
		if kind != model.SingleRegion && (described || len(s.Strategies) == 0) {
			b.Strategies = append(b.Strategies, b.strategy(kind))
		}
	}
	return b, nil
}

// avoidedShare is the share of outage hours that a recovery avoids, by the scenario's own durations
// or, where it has none, by the published ones.
func avoidedShare(s *model.Scenario, recovery time.Duration) (share float64, basis string) {
	if own, found := cost.AvoidedShare(s, recovery); found {
		return own, "the scenario's losses of " + s.Regions[s.Primary()].Name
	}
	published := model.LognormalHours(incidentMu, incidentSigma)
	return published.AvoidedShare(recovery.Seconds()),
		"AWS region incidents 2018-2020 (lognormal 0.7066/1.0256 hours)"
}

func recoveryShares(s *model.Scenario) (shares []RecoveryShare, basis string) {
	for _, recovery := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour} {
		var share float64
		share, basis = avoidedShare(s, recovery)
		shares = append(shares, RecoveryShare{Recovery: recovery, Avoided: share})
	}
	return shares, basis
}

func (b *Business) strategy(kind model.StrategyKind) BusinessStrategy {
	s := b.Scenario
	result := BusinessStrategy{Kind: kind, Excuse: s.Excuse(kind)}
	if result.Excuse == "" && !cost.Priced(s, kind) {
		result.Excuse = "nothing says what it costs"
	}
	if result.Excuse != "" {
		return result
	}
	strategy, found := s.Strategy(kind)
	if !found {
		strategy = model.DefaultStrategy(kind)
	}
	result.OneTime = strategy.OneTime
	result.CostPerYear = cost.Itemise(s, kind).Total()
	result.Extra = result.CostPerYear - cost.Itemise(s, model.SingleRegion).Total()
	result.AbortEndsAt = b.revenueAt(cost.AbortRatio, result.Extra, 1)
	result.BreakevenAt = b.revenueAt(1, result.Extra, 1)
	result.Effects = []BusinessEffect{
		b.effect("every outage hour avoided", result.Extra, 1),
		b.effect("recovery in 5 min, AWS region incidents", result.Extra, effectAtFiveMinutes),
		b.effect("recovery in 1 h, AWS region incidents", result.Extra, effectAtOneHour),
	}
	if recovery, known := cost.ExpectedRecovery(s, kind); known {
		share, _ := avoidedShare(s, recovery)
		name := "expected recovery in " + recovery.Round(time.Second).String()
		result.Recovery = recovery
		result.Effects = append(result.Effects, b.effect(name, result.Extra, share))
	}
	b.judge(&result)
	return result
}

// revenueAt is where cost/benefit reaches a ratio, the outage hours being what they are.
func (b *Business) revenueAt(ratio float64, extra model.Money, effectiveness float64) float64 {
	business := b.Scenario.Business
	hours := b.OutageHours * effectiveness
	other := business.ReputationPerHour.USD() * hours
	return cost.RevenueAt(ratio, extra.USD(), hours, business.Deferred, other)
}

func (b *Business) effect(name string, extra model.Money, effectiveness float64) BusinessEffect {
	avoided := b.LossPerYear * effectiveness
	verdict, _ := cost.Judge(extra.USD(), avoided)
	hours := math.Inf(1)
	if avoided > 0 {
		hours = cost.BreakevenHours(extra.USD(), b.LossPerHour, effectiveness)
	}
	return BusinessEffect{
		Name:             name,
		Effectiveness:    effectiveness,
		AvoidedPerYear:   avoided,
		CostBenefit:      cost.CostBenefit(extra.USD(), avoided),
		BreakevenHours:   hours,
		BreakevenRevenue: b.revenueAt(1, extra, effectiveness),
		Verdict:          verdict,
	}
}

// judge fills in the verdict at full effectiveness, and says what a real recovery and the one-time
// cost change about it.
func (b *Business) judge(result *BusinessStrategy) {
	full := result.Effects[0]
	verdict, sentence := cost.Judge(result.Extra.USD(), full.AvoidedPerYear)
	result.Verdict, result.Reasons = verdict, []string{sentence}
	if !math.IsInf(full.BreakevenHours, 1) && full.BreakevenHours > 0 {
		result.Reasons = append(result.Reasons, fmt.Sprintf(
			"breaks even at %.1f outage hours a year if it avoids all of them; %.3g are expected",
			full.BreakevenHours, b.OutageHours))
	}
	for i, effect := range result.Effects[1:] {
		expected := i+1 == len(result.Effects)-1 && result.Recovery > 0
		if effect.Verdict != verdict || expected {
			result.Reasons = append(result.Reasons, fmt.Sprintf(
				"%s (%.1f %% of the hours avoided): cost/benefit %.2f, %s",
				effect.Name, 100*effect.Effectiveness, effect.CostBenefit, effect.Verdict))
		}
	}
	b.judgeOneTime(result)
	if remark := cost.UnbilledRemark(b.Scenario, result.Kind); remark != "" {
		result.Reasons = append(result.Reasons, remark)
	}
}

// judgeOneTime holds a strategy to what it costs to build, as cost.Assess does.
func (b *Business) judgeOneTime(result *BusinessStrategy) {
	if result.OneTime <= 0 {
		return
	}
	business := b.Scenario.Business
	net := result.Effects[0].AvoidedPerYear - result.Extra.USD()
	value := cost.NetPresentValue(
		result.OneTime.USD(), net, business.DiscountRate, business.HorizonYears)
	if value < 0 && result.Verdict == cost.Proceed {
		result.Verdict = cost.Reconsider
	}
	result.Reasons = append(result.Reasons, fmt.Sprintf("%s to build: NPV %s over %d years",
		result.OneTime, model.Dollars(value), business.HorizonYears))
}

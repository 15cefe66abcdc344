package redoubt

import (
	"fmt"
	"math"
	"time"

	"redoubt/cost"
	"redoubt/model"
	"redoubt/sim"
)

// What a recovery avoids of the hours of all AWS region incidents of 2018-2020, as published, and
// the lognormal that was fitted to their hours (201 incidents of the cloud uptime archive, arXiv
// 2504.09476). The fit gives 97.57 % and 73.68 %; both are shown.
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
		Findings:       Review(s),
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
	return incidents().AvoidedShare(recovery.Seconds()),
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
	b.events(&result)
	result.AbortEndsAt = b.revenueAt(&result, cost.AbortRatio, 1)
	result.BreakevenAt = b.revenueAt(&result, 1, 1)
	result.Effects = []BusinessEffect{
		b.effect(&result, "every outage hour avoided", 1),
		b.published(&result, "recovery in 5 min, published", effectAtFiveMinutes, 5*time.Minute),
		b.published(&result, "recovery in 1 h, published", effectAtOneHour, time.Hour),
	}
	if recovery, known := cost.ExpectedRecovery(s, kind); known {
		share, _ := avoidedShare(s, recovery)
		name := "expected recovery in " + recovery.Round(time.Second).String()
		result.Recovery = recovery
		result.Effects = append(result.Effects, b.effect(&result, name, share))
	}
	b.judge(&result)
	return result
}

// events fills in what a strategy loses beside the hours: the writes that a failover leaves behind,
// and those that meet in two regions.
func (b *Business) events(result *BusinessStrategy) {
	s := b.Scenario
	result.LostWrites = cost.LostWrites(s, result.Kind)
	if !result.Kind.MultiWriter() {
		result.EventLoss = result.LostWrites * s.Business.LostWrite.USD()
		return
	}
	rates, year := sim.ConflictRates(s), model.Year.Seconds()
	result.Conflicts = sim.ConflictRate(s) * year
	result.LostWrites += rates[model.Overwritten] * year
	failed := rates[model.Rejected] * (1 - s.Traffic.Retried) / s.Traffic.RequestsPerSecond
	repair := (rates[model.Reconciled] + rates[model.Compensated]) * year
	result.EventLoss = result.LostWrites*s.Business.LostWrite.USD() +
		repair*s.Business.Conflict.USD() +
		failed*model.HoursPerYear*cost.RevenuePerHour(s.Business)*(1-s.Business.Deferred)
}

// revenueAt is where cost/benefit reaches a ratio, the outage hours being what they are.
func (b *Business) revenueAt(of *BusinessStrategy, ratio, effectiveness float64) float64 {
	business := b.Scenario.Business
	hours := b.OutageHours * effectiveness
	other := business.ReputationPerHour.USD()*hours - of.EventLoss
	return cost.RevenueAt(ratio, of.Extra.USD(), hours, business.Deferred, other)
}

func (b *Business) effect(
	of *BusinessStrategy, name string, effectiveness float64,
) BusinessEffect {
	extra, avoided := of.Extra.USD(), b.LossPerYear*effectiveness-of.EventLoss
	verdict, _ := cost.Judge(extra, avoided)
	hours := math.Inf(1)
	if avoided > 0 {
		hours = cost.BreakevenHours(extra, b.LossPerHour, effectiveness)
	}
	return BusinessEffect{
		Name:             name,
		Effectiveness:    effectiveness,
		Computed:         math.NaN(),
		AvoidedPerYear:   avoided,
		CostBenefit:      cost.CostBenefit(extra, avoided),
		BreakevenHours:   hours,
		BreakevenRevenue: b.revenueAt(of, 1, effectiveness),
		Verdict:          verdict,
	}
}

// published is the answer at a published share, with what the fit gives for such a recovery.
func (b *Business) published(
	of *BusinessStrategy, name string, share float64, recovery time.Duration,
) BusinessEffect {
	effect := b.effect(of, name, share)
	effect.Computed = incidents().AvoidedShare(recovery.Seconds())
	return effect
}

// incidents is the published fit to the hours of AWS region incidents.
func incidents() model.Distribution { return model.LognormalHours(incidentMu, incidentSigma) }

// judge fills in the verdict at full effectiveness, and says what a real recovery and the one-time
// cost change about it.
func (b *Business) judge(result *BusinessStrategy) {
	full := result.Effects[0]
	verdict, sentence := cost.Judge(result.Extra.USD(), full.AvoidedPerYear)
	result.Verdict, result.Reasons = verdict, []string{sentence}
	if !math.IsInf(full.BreakevenHours, 1) && full.BreakevenHours > 0 {
		result.Reasons = append(result.Reasons, fmt.Sprintf(
			"%s if it avoids all of them; %s are expected",
			cost.BreakevenReason(full.BreakevenHours), cost.Figures(b.OutageHours)))
	}
	for i, effect := range result.Effects[1:] {
		expected := i+1 == len(result.Effects)-1 && result.Recovery > 0
		if effect.Verdict != verdict || expected {
			result.Reasons = append(result.Reasons, fmt.Sprintf(
				"%s (%.1f %% of the outage hours avoided): %s, %s", effect.Name, 100*effect.Effectiveness,
				effect.ratio(), effect.Verdict))
		}
	}
	b.judgeEvents(result)
	b.judgeOneTime(result)
	if remark := cost.UnbilledRemark(b.Scenario, result.Kind); remark != "" {
		result.Reasons = append(result.Reasons, remark)
	}
}

// ratio words cost over benefit, which is no number where one of the two is nothing.
func (e BusinessEffect) ratio() string {
	switch {
	case e.AvoidedPerYear <= 0:
		return "nothing is avoided"
	case e.CostBenefit <= 0:
		return "nothing extra is paid"
	}
	return "cost/benefit " + cost.Figures(e.CostBenefit)
}

// judgeEvents says what is lost beside the hours, where that costs anything.
func (b *Business) judgeEvents(result *BusinessStrategy) {
	if result.EventLoss <= 0 {
		return
	}
	result.Reasons = append(result.Reasons, fmt.Sprintf(
		"lost writes and conflicts cost %s a year, which is taken off what is avoided",
		model.Dollars(result.EventLoss)))
}

// judgeOneTime holds a strategy to what it costs to build, as cost.Assess does.
func (b *Business) judgeOneTime(result *BusinessStrategy) {
	business, oneTime := b.Scenario.Business, result.OneTime.USD()
	net := result.Effects[0].AvoidedPerYear - result.Extra.USD()
	result.NPV = cost.NetPresentValue(oneTime, net, business.DiscountRate, business.HorizonYears)
	result.PaybackMonths = cost.PaybackMonths(oneTime, net)
	result.IRR = cost.InternalRate(oneTime, net, business.HorizonYears)
	if result.NPV < 0 && oneTime > 0 && result.Verdict == cost.Proceed {
		result.Verdict = cost.Reconsider
	}
	if sentence := cost.InvestmentReason(business, result.OneTime, net); sentence != "" {
		result.Reasons = append(result.Reasons, sentence)
	}
}

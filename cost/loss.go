package cost

import (
	"math"
	"time"

	"redoubt/model"
)

// RevenuePerHour returns what flows through the system in a mean hour, in USD: a year's revenue
// over 8,760. As the loss of an hour it is an upper bound; what customers defer is taken off by
// LossPerHour (roadmap-90-day, example calculation: revenue over 8,760 hours).
func RevenuePerHour(business model.Business) float64 {
	return business.RevenuePerYear.USD() / model.HoursPerYear
}

// LossPerHour returns what one hour of full outage costs, in USD, as far as it grows with the
// hours: revenue that customers do not make up later, and reputation. Lost writes, conflicts and
// the people of an incident are counted by event and stay out of it.
func LossPerHour(business model.Business) float64 {
	return RevenuePerHour(business)*(1-business.Deferred) + business.ReputationPerHour.USD()
}

// LossOf returns what a trial's outages cost in a mean year of it, line by line, each rounded to
// the nearest micro-dollar. A horizon that is not above 0 loses nothing.
//
//	Revenue     revenue per hour x hours of lost requests x (1 - Deferred)
//	LostData    lost writes x LostWrite
//	Conflicts   (conflicts to repair + duplicates) x Conflict
//	Sessions    lost sessions x LostSession
//	People      incidents x Incident
//	Reputation  hours down x ReputationPerHour
func LossOf(business model.Business, trial model.Trial, horizon time.Duration) Loss {
	if horizon <= 0 {
		return Loss{}
	}
	return priced(business, trial.Damage(), yearsOf(horizon))
}

// priced is what a damage costs in each of some years.
func priced(business model.Business, d model.Damage, years float64) Loss {
	perYear := func(usd float64) model.Money { return model.Dollars(usd / years) }
	return Loss{
		Revenue:    perYear(RevenuePerHour(business) * d.Lost.Hours() * (1 - business.Deferred)),
		LostData:   perYear(float64(d.LostWrites) * business.LostWrite.USD()),
		Conflicts:  perYear(float64(d.Repairs+d.Duplicates) * business.Conflict.USD()),
		Sessions:   perYear(float64(d.LostSessions) * business.LostSession.USD()),
		People:     perYear(float64(d.Incidents) * business.Incident.USD()),
		Reputation: perYear(d.Down.Hours() * business.ReputationPerHour.USD()),
	}
}

// Total returns the exact sum of the lines. What is beyond the range of model.Money, $9.2 trillion,
// stays at its end.
func (l Loss) Total() model.Money {
	total := plus(l.Revenue, l.LostData)
	return plus(plus(plus(plus(total, l.Conflicts), l.Sessions), l.People), l.Reputation)
}

func yearsOf(horizon time.Duration) float64 { return horizon.Hours() / model.HoursPerYear }

// sample is what the trials of an outcome lost: USD a year and hours of requests a year of each
// trial, and the means of the lines.
type sample struct {
	losses, lost []float64
	lines        Loss
	// hours of lost requests in a mean year.
	hours float64
}

// sampleOf prices every trial of an outcome, in the order of the trials.
func sampleOf(business model.Business, outcome model.Outcome) sample {
	var sum [6]float64
	drawn := sample{
		losses: make([]float64, len(outcome.Trials)), lost: make([]float64, len(outcome.Trials)),
	}
	years := yearsOf(outcome.Horizon)
	for i, trial := range outcome.Trials {
		loss := LossOf(business, trial, outcome.Horizon)
		drawn.losses[i] = loss.Total().USD()
		drawn.lost[i] = trial.Lost.Hours() / years
		drawn.hours += trial.Lost.Hours()
		parts := [...]model.Money{
			loss.Revenue, loss.LostData, loss.Conflicts, loss.People, loss.Reputation, loss.Sessions,
		}
		for j, part := range parts {
			sum[j] += part.USD()
		}
	}
	n := math.Max(1, float64(len(outcome.Trials)))
	drawn.hours /= n * years
	drawn.lines = Loss{
		Revenue: model.Dollars(sum[0] / n), LostData: model.Dollars(sum[1] / n),
		Conflicts: model.Dollars(sum[2] / n), People: model.Dollars(sum[3] / n),
		Reputation: model.Dollars(sum[4] / n), Sessions: model.Dollars(sum[5] / n),
	}
	return drawn
}

// OutageHours returns the hours in a year in which a single region is expected to be out: what the
// scenario states, or else the sum of rate x mean duration over the primary's region losses.
// Outages that overlap count twice, which makes it an upper bound; faults on a timeline have no
// rate and count for nothing.
func OutageHours(s *model.Scenario) float64 {
	if s.Business.OutageHours > 0 {
		return s.Business.OutageHours
	}
	hours := 0.0
	for _, hazard := range primaryLosses(s) {
		hours += hazard.PerYear * hazard.Duration.Mean() / 3600
	}
	return hours
}

// AvoidedShare returns the share of the primary's outage hours that is left after a recovery of
// this length has cut off every outage: model.Distribution.AvoidedShare of each hazard, weighted by
// its hours. The second result is false when the scenario has no random loss of its primary, and so
// no durations.
func AvoidedShare(s *model.Scenario, recovery time.Duration) (float64, bool) {
	hours, avoided := 0.0, 0.0
	for _, hazard := range primaryLosses(s) {
		weight := hazard.PerYear * hazard.Duration.Mean()
		hours += weight
		if s.Workload()&^hazard.Also != 0 { // Else nobody is left to take over.
			avoided += weight * hazard.Duration.AvoidedShare(recovery.Seconds())
		}
	}
	if hours <= 0 {
		return 0, false
	}
	return avoided / hours, true
}

// primaryLosses are the hazards that take the primary region away.
func primaryLosses(s *model.Scenario) []model.Hazard {
	var losses []model.Hazard
	for _, hazard := range s.Hazards {
		f := hazard.Fault()
		if f.Kind == model.RegionLoss && f.Strikes().Has(s.Primary()) {
			losses = append(losses, hazard)
		}
	}
	return losses
}

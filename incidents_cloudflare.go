package redoubt

import (
	"slices"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// Where Cloudflare published both.
const (
	cloudflare2023Post = "https://blog.cloudflare.com/" +
		"post-mortem-on-cloudflare-control-plane-and-analytics-outage/"
	cloudflare2024Post = "https://blog.cloudflare.com/" +
		"major-data-center-power-failure-again-cloudflare-code-orange-tested"
)

// unnoticed is the name of the outage in which nobody knew of the dependency.
const unnoticed = "cloudflare-2023-11-02"

// beyondDeciding is what the runs lack of the first of the two.
const beyondDeciding = "of the 373 minutes 257 came after people had decided. Then services were " +
	"brought up at the recovery site, and the calls that had failed came all at once, until they " +
	"were limited: none of that is played, since no rate of it was published. What is played there, " +
	"a promotion and capacity that grows, takes minutes"

// beyondAnswering is what they lack of how people decide.
const beyondAnswering = "people are asked about all that is lost at once, and answer as the " +
	"estate has it; what Cloudflare's weighed for two hours is not played"

func cloudflare2023() known {
	return known{
		name: unnoticed, title: "Cloudflare, 2023-11-02", strategy: model.ReadLocal,
		measures: []measure{decidedAfter(), longestOutage(), peopleNeeded()},
		published: []PublishedFigure{
			{Figure: lasting("site_lost_seconds", "one of three sites is down", 2441*time.Minute),
				Source: cloudflare2023Post, Input: true},
			{Figure: so("dependency", "what runs on all three needs Kafka, which runs there alone"),
				Source: cloudflare2023Post, Input: true},
			{Figure: lasting("people_decided_seconds", "people decide for the recovery site after",
				116*time.Minute), Source: cloudflare2023Post},
			{Figure: lasting("restored_seconds", "most of it is stable there after", 373*time.Minute),
				Source: cloudflare2023Post},
		},
		then: &variant{
			what: "the same policy in manual mode: people approve every move",
			alter: func(s *model.Scenario) ([]*model.Scenario, error) {
				changed := *s
				changed.Strategies = slices.Clone(s.Strategies)
				for i := range changed.Strategies {
					changed.Strategies[i].Mode = model.Manual
				}
				return []*model.Scenario{&changed}, nil
			},
		},
		others: []variant{
			{
				what: "sites that fail at once trip no brake",
				alter: func(s *model.Scenario) ([]*model.Scenario, error) {
					changed := *s
					changed.Settings.BrakeRegions = 0
					return []*model.Scenario{&changed}, nil
				},
			},
			{what: "the other two sites lack nothing", alter: without(model.MissingItem)},
		},
		leftOut: "Services without the dependency, which went on, and those that were in PDX-04 alone. " +
			"How long people took to decide, two hours: they answer here as the estate has it. The calls " +
			"that had failed and came all at once, and the limits set against them. Analytics and logs. " +
			"Rates, checks and the times of a promotion are not Cloudflare's.",
		compared: []IncidentComparison{
			{
				Published: "people_decided_seconds", Simulated: "decided_seconds",
				Tolerance: toTheMinute, Because: minuteExact, Why: beyondAnswering,
			},
			{
				Published: "restored_seconds", Simulated: "outage_seconds", Tolerance: toTheMinute,
				Because: minuteExact, Why: beyondDeciding,
			},
		},
		checks: func(r *IncidentReport) []IncidentCheck {
			mended := figureOf(r.Others[1].Figures, "outage_seconds").High
			return []IncidentCheck{
				{
					"it does not go without people",
					figureOf(r.WithRedoubt, "people_needed").Low >= 1,
				},
				{
					"it is the dependency that lasts: without it the longest run is shorter than any with it",
					mended < figureOf(r.WithRedoubt, "outage_seconds").Low,
				},
			}
		},
	}
}

// backIn is from 14:58 to 15:05 UTC.
const backIn = 7 * time.Minute

func cloudflare2024() known {
	return known{
		name: "cloudflare-2024-03-26", title: "Cloudflare, 2024-03-26", strategy: model.ReadLocal,
		measures: []measure{decidedAfter(), longestOutage(), peopleNeeded(), byItself()},
		published: []PublishedFigure{
			{Figure: so("site_lost", "the same site is down"), Source: cloudflare2024Post, Input: true},
			{Figure: so("no_dependency", "what runs on all three needs nothing that runs there alone"),
				Source: cloudflare2024Post, Input: true},
			{Figure: so("by_itself", "it is over without a person"), Source: cloudflare2024Post},
			{Figure: lasting("restored_seconds", "APIs and dashboard are normal after", backIn),
				Source: cloudflare2024Post},
		},
		then: &variant{
			what:  "the other two sites lack what they lacked in 2023",
			alter: dependent,
		},
		leftOut: "Analytics, which took longer, and the cold start of the site. Rates, checks and the " +
			"times of a promotion are not Cloudflare's, and nothing was chosen to meet the seven minutes: " +
			"that they are among what comes says no more than that.",
		compared: []IncidentComparison{
			{
				Published: "restored_seconds", Simulated: "outage_seconds", WithRedoubt: true,
				Tolerance: toTheMinute, Because: minuteExact,
			},
			{Published: "by_itself", Simulated: "by_itself", WithRedoubt: true, Because: truthExact},
		},
		checks: func(r *IncidentReport) []IncidentCheck {
			return []IncidentCheck{
				{
					"it is over without a person, in every run",
					figureOf(r.WithRedoubt, "people_needed").High == 0 &&
						figureOf(r.WithRedoubt, "failovers").Low >= 1,
				},
				{
					"with the dependency of 2023 no run goes without people",
					figureOf(r.Simulated, "people_needed").Low >= 1,
				},
				{
					"without it the longest run is shorter than any with it",
					figureOf(r.WithRedoubt, "outage_seconds").High <
						figureOf(r.Simulated, "outage_seconds").Low,
				},
			}
		},
	}
}

// dependent adds what the sites lacked in 2023, for as long as the site is lost.
func dependent(s *model.Scenario) ([]*model.Scenario, error) {
	then, err := scenarios.Load(unnoticed)
	if err != nil {
		return nil, err
	}
	changed := *s
	changed.Timeline = slices.Clone(s.Timeline)
	for _, fault := range then.Timeline {
		if fault.Kind == model.MissingItem {
			fault.Duration = s.Timeline[0].Duration
			changed.Timeline = append(changed.Timeline, fault)
		}
	}
	return []*model.Scenario{&changed}, nil
}

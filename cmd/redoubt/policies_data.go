package main

import (
	"math"
	"strconv"

	"redoubt"
)

// policiesData is the JSON of the 43-second test.
type policiesData struct {
	SchemaVersion   int          `json:"schema_version"`
	Scenario        string       `json:"scenario"`
	Strategy        string       `json:"strategy"`
	Seed            uint64       `json:"seed"`
	Runs            int          `json:"runs"`
	Interrupted     bool         `json:"interrupted"`
	NamedCutSeconds number       `json:"named_cut_seconds"`
	WritesPerSecond number       `json:"writes_per_second"`
	OldSideShare    number       `json:"old_side_share"`
	LagSeconds      number       `json:"lag_seconds"`
	KeepsReplica    bool         `json:"keeps_replica"`
	Policies        []policyData `json:"policies"`
}

// policyData is one decider. Times are null where there are none. decides_by are those times as
// sums of the constants by their names, null of what is played; other_figures says why figures that
// others give differ.
type policyData struct {
	Name               string           `json:"name"`
	Title              string           `json:"title"`
	Source             string           `json:"source"`
	Simulated          bool             `json:"simulated"`
	AutomaticByDefault bool             `json:"automatic_by_default"`
	SwitchedOnBy       *string          `json:"switched_on_by"`
	SeesCut            bool             `json:"sees_cut"`
	CannotSee          *string          `json:"cannot_see"`
	TrafficOnly        bool             `json:"traffic_only"`
	Decides            *rangeData       `json:"decides_seconds"`
	DecidesBy          *sumsData        `json:"decides_by"`
	OldSideStops       *rangeData       `json:"old_side_stops_seconds"`
	Rule               string           `json:"rule"`
	OtherFigures       *string          `json:"other_figures"`
	LeftOut            string           `json:"left_out"`
	Constants          []constantData   `json:"constants"`
	Results            []cutResultsData `json:"results"`
}

type rangeData struct {
	Earliest number `json:"earliest"`
	Latest   number `json:"latest"`
}

type sumsData struct {
	Earliest string `json:"earliest"`
	Latest   string `json:"latest"`
}

type constantData struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	Source     string `json:"source"`
	Unverified bool   `json:"unverified"`
}

// cutResultsData is what a decider does in a cut. What promotes no store has no share_promoted.
// earliest_seconds and latest_seconds are when a failover takes effect, and the writes at risk are
// those of it: null where none did. All of these count what took effect during the cut and after
// it; in_cut and after_cut tell the two apart, where runs were played and not a rule. The times of
// a rule are exact bounds, and when it takes effect is when it decides: it knows no more. Where
// there are sampled_runs, the times are the extremes of so many runs, and the shares have 95 %
// intervals from low to high; a rule, which knows its shares exactly, has null.
type cutResultsData struct {
	PartitionSeconds  number          `json:"partition_seconds"`
	ShareDecided      number          `json:"share_decided"`
	DecidedLow        number          `json:"share_decided_low"`
	DecidedHigh       number          `json:"share_decided_high"`
	DecidedEarliest   number          `json:"decided_earliest_seconds"`
	DecidedLatest     number          `json:"decided_latest_seconds"`
	SharePromoted     number          `json:"share_promoted"`
	PromotedLow       number          `json:"share_promoted_low"`
	PromotedHigh      number          `json:"share_promoted_high"`
	EarliestSeconds   number          `json:"earliest_seconds"`
	LatestSeconds     number          `json:"latest_seconds"`
	SampledRuns       *int            `json:"sampled_runs"`
	DataAtRiskSeconds number          `json:"data_at_risk_seconds"`
	WritesAtRisk      number          `json:"writes_at_risk"`
	InCut             *promotionsData `json:"in_cut"`
	AfterCut          *promotionsData `json:"after_cut"`
}

// promotionsData are the runs in which a failover took effect while the cut lasted, or after it:
// how many, what share of all, when, and the writes that the promoted side lacks, null without a
// run.
type promotionsData struct {
	Runs     int       `json:"runs"`
	Earliest number    `json:"earliest_seconds"`
	Latest   number    `json:"latest_seconds"`
	Share    estimate  `json:"share"`
	Writes   *estimate `json:"writes_at_risk"`
	Least    *int64    `json:"writes_least"`
	Most     *int64    `json:"writes_most"`
}

func promotionsOf(p redoubt.Promotions) *promotionsData {
	data := &promotionsData{
		Runs: p.Runs, Earliest: number(math.NaN()), Latest: number(math.NaN()),
		Share: estimated(p.Share),
	}
	if p.Runs > 0 {
		data.Earliest, data.Latest = seconds(p.Earliest), seconds(p.Latest)
		data.Writes, data.Least, data.Most = pointer(estimated(p.Writes)), &p.Least, &p.Most
	}
	return data
}

func (v policiesView) structure() any {
	data := policiesData{
		SchemaVersion: schemaVersion, Scenario: v.Scenario.Name, Strategy: v.Strategy.String(),
		Seed: v.Seed, Runs: v.Runs, Interrupted: v.partial, NamedCutSeconds: seconds(redoubt.NamedCut),
		WritesPerSecond: number(v.Stakes.WritesPerSecond), OldSideShare: number(v.Stakes.Side),
		LagSeconds: seconds(v.Stakes.Lag), KeepsReplica: !v.Stakes.NoReplica,
	}
	if v.Stakes.NoReplica {
		data.LagSeconds = number(math.NaN())
	}
	for i := range v.Policies {
		data.Policies = append(data.Policies, policyOf(&v.Policies[i], v.Runs))
	}
	return data
}

func policyOf(p *redoubt.Policy, runs int) policyData {
	data := policyData{
		Name: p.Name, Title: p.Title, Source: p.Source, Simulated: p.Simulated,
		AutomaticByDefault: p.Switch == "", SwitchedOnBy: said(p.Switch),
		SeesCut: p.Blind == "", CannotSee: said(p.Blind), TrafficOnly: p.TrafficOnly,
		Rule: p.Rule, OtherFigures: said(p.Differs), LeftOut: p.LeftOut, Constants: []constantData{},
	}
	if p.EarliestSum != "" {
		data.DecidesBy = &sumsData{p.EarliestSum, p.LatestSum}
	}
	if p.DecidesLatest > 0 {
		data.Decides = &rangeData{seconds(p.DecidesEarliest), seconds(p.DecidesLatest)}
	}
	if p.Stops && !p.TrafficOnly {
		data.OldSideStops = &rangeData{seconds(p.StopsEarliest), seconds(p.StopsLatest)}
	}
	for _, c := range p.Constants {
		data.Constants = append(data.Constants, constantData(c))
	}
	for _, r := range p.Results {
		data.Results = append(data.Results, cutResultOf(p, r, runs))
	}
	return data
}

// cutResultOf leaves out the times of what was not decided, and the times and the risk of what was
// not promoted.
func cutResultOf(p *redoubt.Policy, r redoubt.CutResult, runs int) cutResultsData {
	nothing := number(math.NaN())
	data := cutResultsData{
		PartitionSeconds: seconds(r.Cut), ShareDecided: number(r.Begun),
		DecidedLow: nothing, DecidedHigh: nothing, PromotedLow: nothing, PromotedHigh: nothing,
		DecidedEarliest: nothing, DecidedLatest: nothing,
		SharePromoted: number(r.Promoted), EarliestSeconds: nothing, LatestSeconds: nothing,
		DataAtRiskSeconds: nothing, WritesAtRisk: number(r.WritesAtRisk),
	}
	if r.Begun > 0 {
		data.DecidedEarliest, data.DecidedLatest = seconds(r.Earliest), seconds(r.Latest)
	}
	if r.Promoted > 0 {
		data.EarliestSeconds, data.LatestSeconds = seconds(r.PromotedEarliest), seconds(r.PromotedLatest)
	}
	if p.Simulated {
		data.InCut, data.AfterCut = promotionsOf(r.InCut), promotionsOf(r.AfterCut)
		data.SampledRuns = &runs
		data.DecidedLow, data.DecidedHigh = number(r.BegunWithin.Low), number(r.BegunWithin.High)
		data.PromotedLow = number(r.PromotedWithin.Low)
		data.PromotedHigh = number(r.PromotedWithin.High)
	}
	if p.TrafficOnly {
		data.SharePromoted, data.PromotedLow, data.PromotedHigh = nothing, nothing, nothing
	}
	if !math.IsNaN(r.WritesAtRisk) {
		data.DataAtRiskSeconds = seconds(r.AtRisk)
	}
	return data
}

// said is a text, or null where there is none.
func said(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (v policiesView) records() [][]string {
	records := [][]string{{
		"scenario", "strategy", "seed", "runs", "policy", "simulated", "automatic_by_default",
		"sees_cut", "partition_seconds", "share_decided", "share_promoted", "earliest_seconds",
		"latest_seconds", "data_at_risk_seconds", "writes_at_risk", "source",
		"in_cut_runs", "in_cut_writes", "in_cut_writes_low", "in_cut_writes_high", "after_cut_runs",
		"after_cut_writes", "after_cut_writes_low", "after_cut_writes_high", "decided_earliest_seconds",
		"decided_latest_seconds", "in_cut_earliest_seconds", "in_cut_latest_seconds",
		"after_cut_earliest_seconds", "after_cut_latest_seconds", "share_decided_low",
		"share_decided_high", "share_promoted_low", "share_promoted_high",
	}}
	for i := range v.Policies {
		p := &v.Policies[i]
		for _, result := range p.Results {
			r := cutResultOf(p, result, v.Runs)
			record := []string{
				v.Scenario.Name, v.Strategy.String(), strconv.FormatUint(v.Seed, 10),
				strconv.Itoa(v.Runs), p.Name, strconv.FormatBool(p.Simulated),
				strconv.FormatBool(p.Switch == ""), strconv.FormatBool(p.Blind == ""),
				r.PartitionSeconds.String(), r.ShareDecided.String(), r.SharePromoted.String(),
				r.EarliestSeconds.String(), r.LatestSeconds.String(), r.DataAtRiskSeconds.String(),
				r.WritesAtRisk.String(), p.Source,
			}
			record = append(record, promotionsRecord(r.InCut)...)
			record = append(record, promotionsRecord(r.AfterCut)...)
			record = append(record, r.DecidedEarliest.String(), r.DecidedLatest.String())
			record = append(record, timesRecord(r.InCut)...)
			record = append(record, timesRecord(r.AfterCut)...)
			records = append(records, append(record, r.DecidedLow.String(), r.DecidedHigh.String(),
				r.PromotedLow.String(), r.PromotedHigh.String()))
		}
	}
	return records
}

// promotionsRecord are the columns of some promotions, empty where there is nothing to say.
func promotionsRecord(p *promotionsData) []string {
	switch {
	case p == nil:
		return make([]string, 4)
	case p.Writes == nil:
		return []string{strconv.Itoa(p.Runs), "", "", ""}
	}
	return []string{
		strconv.Itoa(p.Runs), p.Writes.Mean.String(), p.Writes.Low.String(), p.Writes.High.String(),
	}
}

// timesRecord are the columns of when some promotions took effect.
func timesRecord(p *promotionsData) []string {
	if p == nil {
		return make([]string, 2)
	}
	return []string{p.Earliest.String(), p.Latest.String()}
}

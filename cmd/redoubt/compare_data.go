package main

import (
	"math"
	"strconv"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// comparisonData is the JSON of a comparison. Its keys are a contract; others may be added.
type comparisonData struct {
	SchemaVersion int            `json:"schema_version"`
	Scenario      string         `json:"scenario"`
	Seed          uint64         `json:"seed"`
	Trials        int            `json:"trials"`
	Years         int            `json:"years"`
	Interrupted   bool           `json:"interrupted"`
	Precision     *precisionData `json:"precision"`
	Strategies    []strategyData `json:"strategies"`
	Pair          *pairData      `json:"pair,omitempty"`
	Recommended   *string        `json:"recommended"`
	Why           string         `json:"why"`
	Inversions    []string       `json:"inversions"`
	Findings      []string       `json:"findings"`
}

type strategyData struct {
	Name                string        `json:"name"`
	Kind                string        `json:"kind"`
	Excuse              *string       `json:"excuse"`
	Availability        *estimate     `json:"availability"`
	RequestAvailability *estimate     `json:"request_availability"`
	Downtime            *estimate     `json:"downtime_hours_per_year"`
	LostHours           *estimate     `json:"lost_hours_per_year"`
	Reach               *number       `json:"reach_rtt_seconds"`
	Latency             []latencyData `json:"latency,omitempty"`
	RTO                 *quantiles    `json:"rto_seconds"`
	RPO                 *quantiles    `json:"rpo_seconds"`
	PhaseMeans          *phases       `json:"phase_mean_seconds"`
	LostWrites          *number       `json:"lost_writes_per_year"`
	Conflicts           *number       `json:"conflicts_per_year"`
	LostSessions        *number       `json:"lost_sessions_per_year"`
	Overwritten         *number       `json:"conflicts_overwritten_per_year"`
	Rejected            *number       `json:"conflicts_rejected_per_year"`
	Merged              *number       `json:"conflicts_merged_per_year"`
	Compensated         *number       `json:"conflicts_compensated_per_year"`
	Duplicates          *number       `json:"duplicates_per_year"`
	StaleReads          *number       `json:"stale_reads_per_year"`
	Incidents           *number       `json:"incidents_per_year"`
	Failovers           *number       `json:"failovers_per_year"`
	FalseFailovers      *number       `json:"false_failovers_per_year"`
	Cancelled           *number       `json:"failovers_cancelled_per_year"`
	Withheld            *number       `json:"withheld_per_year"`
	SplitBrain          *number       `json:"split_brain_seconds"`
	Cost                *number       `json:"cost_per_year_usd"`
	Unverified          *number       `json:"unverified_cost_per_year_usd"`
	Loss                *estimate     `json:"loss_per_year_usd"`
	LossLines           *lossData     `json:"loss_lines_per_year_usd"`
	// IncidentCost is by incident, Beside what a year loses outside of incidents, and Waste what
	// capacity cost while it stood by, for so long; the last is null without a bill.
	IncidentCost      *incidentCostData `json:"incident_cost_usd"`
	Beside            *number           `json:"loss_beside_incidents_per_year_usd"`
	Standby           *estimate         `json:"standby_hours_per_year"`
	Waste             *estimate         `json:"standby_waste_per_year_usd"`
	Versus            *versusData       `json:"versus_baseline"`
	VersusRecommended *pairedData       `json:"versus_recommended"`
	Objectives        []objectiveData   `json:"objectives"`
	Verdict           *string           `json:"verdict"`
	Reasons           []string          `json:"reasons"`
}

// precisionData is how well the outage hours are known; null unless it was asked for. The
// half-width is null where a strategy was never down.
type precisionData struct {
	Target    number `json:"target"`
	Reached   bool   `json:"reached"`
	HalfWidth number `json:"half_width"`
	Widest    string `json:"widest"`
	MaxTrials int    `json:"max_trials"`
}

// pairedData is a strategy less the recommended one, over the same outages; null for that itself
// and where there is none. The net benefit is null where nobody stated a price.
type pairedData struct {
	Downtime      estimate  `json:"downtime_hours_per_year"`
	DowntimeApart bool      `json:"downtime_told_apart"`
	Net           *estimate `json:"net_benefit_per_year_usd"`
	NetApart      *bool     `json:"net_benefit_told_apart"`
}

func pairedOf(d *redoubt.Difference) *pairedData {
	if d == nil {
		return nil
	}
	data := &pairedData{Downtime: estimated(d.DownHours), DowntimeApart: redoubt.Apart(d.DownHours)}
	if d.Priced {
		data.Net, data.NetApart = pointer(estimated(d.Net)), pointer(redoubt.Apart(d.Net))
	}
	return data
}

// lossData is a loss by what it is of; the means sum to that of the loss.
type lossData struct {
	Sales      number `json:"sales"`
	Writes     number `json:"lost_writes"`
	Conflicts  number `json:"conflicts"`
	Sessions   number `json:"lost_sessions"`
	People     number `json:"people"`
	Reputation number `json:"reputation"`
}

// versusData is a strategy against the single region; null for the single region itself. What rests
// on a price that nobody stated is null.
type versusData struct {
	Extra         *number  `json:"extra_cost_per_year_usd"`
	ExtraUnscaled *number  `json:"extra_cost_unscaled_per_year_usd"`
	OneTime       *number  `json:"one_time_cost_usd"`
	Avoided       estimate `json:"avoided_loss_per_year_usd"`
	// Downtime is this strategy's less the single region's, so that what is saved is below 0.
	Downtime      *estimate `json:"downtime_hours_per_year"`
	Net           estimate  `json:"net_benefit_per_year_usd"`
	Effectiveness number    `json:"effectiveness"`
	ROI           number    `json:"roi"`
	CostBenefit   number    `json:"cost_benefit"`
	Breakeven     number    `json:"breakeven_outage_hours_per_year"`
	Revenue       number    `json:"breakeven_revenue_usd"`
	// RevenueWithin covers Revenue: null where more of it is no help. Its high is null where none is
	// enough to be sure.
	RevenueWithin *within `json:"breakeven_revenue_within_usd"`
	PaysBack      number  `json:"probability_pays_back"`
	NPV           number  `json:"npv_usd"`
	Payback       number  `json:"payback_months"`
	IRR           number  `json:"irr"`
}

// objectiveData is how often an objective was reached. What no incident could judge is null,
// whether it was met included.
type objectiveData struct {
	Name string `json:"name"`
	// Target is in seconds for RTO and RPO, a share for availability.
	Target      number  `json:"target"`
	Required    bool    `json:"required"`
	Count       int64   `json:"count"`
	Met         *bool   `json:"met"`
	Probability *number `json:"probability"`
	Low         *number `json:"low"`
	High        *number `json:"high"`
}

func (v comparisonView) structure() any {
	data := comparisonData{
		SchemaVersion: schemaVersion, Scenario: v.Scenario.Name, Seed: v.Seed, Trials: v.Trials,
		Years: v.Years, Interrupted: v.partial, Why: v.Why, Pair: v.pairData(),
		Strategies: []strategyData{},
		Inversions: append([]string{}, v.Inversions...),
		Findings:   append([]string{}, v.Findings...),
	}
	if p := v.Precision; p != nil {
		data.Precision = &precisionData{
			number(p.Target), p.Reached, number(p.HalfWidth), p.Widest.String(), p.MaxTrials,
		}
	}
	if v.Recommended != 0 {
		data.Recommended = pointer(v.Recommended.String())
	}
	for i := range v.Strategies {
		data.Strategies = append(data.Strategies, strategyOf(&v.Strategies[i]))
	}
	return data
}

func pointer[T any](value T) *T { return &value }

func strategyOf(r *redoubt.StrategyResult) strategyData {
	data := strategyData{Name: r.Kind.String(), Kind: r.Kind.String(), Reasons: []string{}}
	data.Objectives = []objectiveData{}
	if r.Excuse != "" {
		data.Excuse = pointer(excuse(r))
		return data
	}
	data.Availability = pointer(estimated(r.Availability))
	data.RequestAvailability = pointer(estimated(r.RequestAvailability))
	data.Downtime = pointer(estimated(r.DownHours))
	data.LostHours = pointer(estimated(r.LostHours))
	data.Reach = pointer(seconds(r.Outcome.ReachRTT))
	data.Latency = latenciesOf(r)
	data.RTO = pointer(quantilesOf(r.Outcome.RTO))
	data.RPO = pointer(quantilesOf(r.Outcome.RPO))
	if r.Failovers > 0 {
		data.PhaseMeans = pointer(phases(r.Outcome.PhaseMean))
	}
	data.LostWrites = pointer(number(r.LostWrites))
	data.Conflicts = pointer(number(r.Conflicts))
	data.LostSessions = pointer(number(r.LostSessions))
	data.Overwritten = pointer(number(r.Overwritten))
	data.Rejected, data.Merged = pointer(number(r.Rejected)), pointer(number(r.Merged))
	data.Compensated = pointer(number(r.Compensated))
	data.Duplicates = pointer(number(r.Duplicates))
	data.StaleReads = pointer(number(r.StaleReads))
	data.Incidents = pointer(number(r.Incidents))
	data.Failovers = pointer(number(r.Failovers))
	data.FalseFailovers = pointer(number(r.FalseFailovers))
	data.Cancelled = pointer(number(r.Cancelled))
	data.Withheld = pointer(number(r.Withheld))
	data.SplitBrain = pointer(seconds(r.SplitBrain))
	if r.Case.Priced {
		data.Cost = pointer(dollars(r.Case.CostPerYear))
		data.Unverified = pointer(dollars(r.Case.Unverified))
	}
	data.Loss = pointer(estimated(r.Case.LossPerYear))
	data.LossLines = lossOf(&r.Case.LossLines)
	data.setIncidents(r)
	if r.Case.Verdict != cost.Unpriced {
		data.Verdict = pointer(r.Case.Verdict.String())
	}
	data.Reasons = append(data.Reasons, r.Case.Reasons...)
	for _, o := range r.Objectives {
		data.Objectives = append(data.Objectives, objectiveOf(o))
	}
	if r.Kind != model.SingleRegion {
		data.Versus = versusOf(r)
	}
	data.VersusRecommended = pairedOf(r.VersusRecommended)
	return data
}

// excuse says why a strategy has no figures: it cannot be built, or was not reached.
func excuse(r *redoubt.StrategyResult) string {
	if r.Skipped {
		return "not simulated: " + r.Excuse
	}
	return r.Excuse
}

func versusOf(r *redoubt.StrategyResult) *versusData {
	c := &r.Case
	stated := func(m model.Money) *number {
		if !c.Priced {
			return nil
		}
		return pointer(dollars(m))
	}
	data := &versusData{
		Extra: stated(c.Extra), ExtraUnscaled: stated(c.ExtraUnscaled), OneTime: stated(c.OneTime),
		Avoided: estimated(c.AvoidedPerYear), Net: estimated(c.NetPerYear),
		Effectiveness: number(c.Effectiveness), ROI: number(c.ROI),
		CostBenefit: number(c.CostBenefit), Breakeven: number(c.BreakevenHours),
		Revenue: number(c.BreakevenRevenue), PaysBack: number(c.ProbabilityPaysBack),
		NPV: number(c.NPV), Payback: number(c.PaybackMonths), IRR: number(c.IRR),
	}
	if e := c.BreakevenWithin; !math.IsNaN(e.Low) {
		data.RevenueWithin = &within{number(e.Low), number(e.High)}
	}
	if r.VersusBaseline != nil {
		data.Downtime = pointer(estimated(r.VersusBaseline.DownHours))
	}
	return data
}

func objectiveOf(o redoubt.ObjectiveResult) objectiveData {
	aim := o.Objective.Seconds
	if o.Objective.Metric == model.MetricAvailability {
		aim = o.Objective.Share
	}
	data := objectiveData{
		Name: o.Objective.Metric.String(), Target: number(aim), Required: o.Objective.Required,
		Count: o.Count,
	}
	if o.Count > 0 {
		data.Met, data.Probability = pointer(o.Met), pointer(number(o.Probability))
		data.Low, data.High = pointer(number(o.Low)), pointer(number(o.High))
	}
	return data
}

// comparisonColumns are the columns of the CSV form: the units are in the names, and what has no
// value is empty.
var comparisonColumns = []string{
	"scenario", "seed", "trials", "years", "strategy", "excuse",
	"availability", "availability_low", "availability_high",
	"downtime_hours_per_year", "downtime_hours_per_year_low", "downtime_hours_per_year_high",
	"rto_seconds_p50", "rto_seconds_p95", "rto_seconds_p99", "rto_seconds_max", "rto_count",
	"rpo_seconds_p50", "rpo_seconds_p95", "rpo_seconds_p99", "rpo_seconds_max", "rpo_count",
	"lost_writes_per_year", "split_brain_seconds", "cost_per_year_usd",
	"loss_per_year_usd", "loss_per_year_usd_low", "loss_per_year_usd_high",
	"extra_cost_per_year_usd",
	"net_benefit_per_year_usd", "net_benefit_per_year_usd_low", "net_benefit_per_year_usd_high",
	"roi", "cost_benefit", "breakeven_outage_hours_per_year", "probability_pays_back",
	"npv_usd", "payback_months", "objectives_met", "recommended", "verdict",
	"conflicts_per_year", "avoided_loss_per_year_usd", "avoided_loss_per_year_usd_low",
	"avoided_loss_per_year_usd_high", "irr", "loss_of_sales_per_year_usd",
	"loss_of_writes_per_year_usd", "loss_by_conflicts_per_year_usd", "loss_by_people_per_year_usd",
	"loss_of_reputation_per_year_usd", "loss_of_sessions_per_year_usd", "lost_sessions_per_year",
	"unverified_cost_per_year_usd", "incident_cost_usd", "incident_cost_usd_p50",
	"incident_cost_usd_p95", "incident_cost_usd_p99", "incident_cost_usd_max",
	"loss_beside_incidents_per_year_usd", "standby_hours_per_year", "standby_hours_per_year_low",
	"standby_hours_per_year_high", "standby_waste_per_year_usd", "standby_waste_per_year_usd_low",
	"standby_waste_per_year_usd_high", "breakeven_revenue_usd", "breakeven_revenue_usd_low",
	"breakeven_revenue_usd_high",
}

func (v comparisonView) records() [][]string {
	records := [][]string{comparisonColumns}
	for i := range v.Strategies {
		r := &v.Strategies[i]
		record := []string{
			v.Scenario.Name, strconv.FormatUint(v.Seed, 10), strconv.Itoa(v.Trials),
			strconv.Itoa(v.Years), r.Kind.String(), excuse(r),
		}
		if r.Excuse == "" {
			record = append(record, v.figuresOf(r)...)
		}
		records = append(records, pad(record, len(comparisonColumns)))
	}
	return records
}

func (v comparisonView) figuresOf(r *redoubt.StrategyResult) []string {
	data := strategyOf(r)
	fields := append(between(*data.Availability), between(*data.Downtime)...)
	fields = append(append(fields, data.RTO.fields()...), data.RPO.fields()...)
	fields = append(fields, data.LostWrites.String(), data.SplitBrain.String(), field(data.Cost))
	fields = append(fields, between(*data.Loss)...)
	if versus := data.Versus; versus != nil {
		fields = append(fields, field(versus.Extra))
		fields = append(fields, between(versus.Net)...)
		fields = append(fields, versus.ROI.String(), versus.CostBenefit.String(),
			versus.Breakeven.String(), versus.PaysBack.String(), versus.NPV.String(),
			versus.Payback.String())
	} else {
		const versusColumns = 10
		fields = append(fields, make([]string, versusColumns)...)
	}
	verdict := ""
	if data.Verdict != nil {
		verdict = *data.Verdict
	}
	fields = append(fields, meetsAll(r), strconv.FormatBool(r.Kind == v.Recommended), verdict,
		data.Conflicts.String())
	if versus := data.Versus; versus != nil {
		fields = append(append(fields, between(versus.Avoided)...), versus.IRR.String())
	} else {
		const avoidedColumns = 4
		fields = append(fields, make([]string, avoidedColumns)...)
	}
	for _, line := range lossLines() {
		fields = append(fields, dollars(line.of(&r.Case.LossLines)).String())
	}
	fields = append(fields, data.LostSessions.String(), field(data.Unverified))
	fields = append(fields, data.incidentFields()...)
	if versus := data.Versus; versus != nil {
		fields = append(fields, versus.Revenue.String())
		if of := versus.RevenueWithin; of != nil {
			fields = append(fields, of.Low.String(), of.High.String())
		}
	}
	return fields // What follows for others is filled up.
}

// field writes a number, or nothing where there is none.
func field(n *number) string {
	if n == nil {
		return ""
	}
	return n.String()
}

// meetsAll says whether a strategy meets all objectives, the required and the others; nothing where
// it misses none and there was no incident to judge one by.
func meetsAll(r *redoubt.StrategyResult) string {
	answer := "true"
	for _, o := range r.Objectives {
		if !o.Met {
			return "false"
		}
		if o.Count == 0 {
			answer = ""
		}
	}
	return answer
}

func between(e estimate) []string {
	return []string{e.Mean.String(), e.Low.String(), e.High.String()}
}

func (q quantiles) fields() []string {
	return []string{
		q.P50.String(), q.P95.String(), q.P99.String(), q.Max.String(),
		strconv.FormatInt(q.Count, 10),
	}
}

// pad fills a record up with empty fields.
func pad(record []string, columns int) []string {
	return append(record, make([]string, max(0, columns-len(record)))...)
}

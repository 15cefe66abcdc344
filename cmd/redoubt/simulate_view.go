package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// simulationView shows one run.
type simulationView struct {
	*redoubt.Simulation
	// width is what a line may take; 0 is as much as there has to be, for the timeline that of running
	// text.
	width int
}

func (v simulationView) document() *document {
	d := &document{columns: v.width}
	d.heading("%s: %s, seed %d", title(v.Scenario), v.Strategy, v.Seed)
	d.blocks = append(d.blocks, v.timeline())
	if slices.ContainsFunc(folds(v.Timeline), func(f fold) bool { return f.hidden }) {
		d.paragraph("What recurs is told once, with how often it does; --output json has every time.")
	}
	v.incidents(d)
	v.stale(d)
	v.alerts(d)
	v.backlogs(d)
	v.losses(d)
	v.costs(d)
	d.unverified("this run rests", v.Assumed)
	d.paragraph("Decisions: %s", v.Hash)
	return d
}

// timeline tells what happened where. What the log decided, and what users met, has a column of
// its own; in the list a decision is the leader's.
func (v simulationView) timeline() *timeline {
	told := &timeline{list: &story{}, width: v.width, narrowest: narrowest}
	if told.width == 0 {
		told.width = textWidth
	}
	for _, region := range v.Scenario.Regions {
		told.columns = append(told.columns, region.Name)
	}
	told.columns = append(told.columns, "log and users")
	next, folded := 0, folds(v.Timeline)
	for i, entry := range v.Timeline {
		if folded[i].hidden {
			continue
		}
		m := moment{at: clock(entry.At), where: entry.Region, what: folded[i].told(entry.Text)}
		column := slices.Index(told.columns, entry.Region)
		if entry.Kind == "decision" && next < len(v.Decisions) && v.Decisions[next].At == entry.At {
			m.details = gates(&v.Decisions[next])
			column = -1
			next++
		}
		if column < 0 {
			column = len(told.columns) - 1
		}
		told.list.moments = append(told.list.moments, m)
		told.add(m.at, column, m.what)
	}
	return told
}

// gates words what a decision had to pass.
func gates(d *redoubt.Decision) []detail {
	nameWidth := 0
	for _, gate := range d.Gates {
		nameWidth = max(nameWidth, len(gate.Name))
	}
	var details []detail
	for _, gate := range d.Gates {
		text := gate.Reason
		if gate.Since < d.At {
			text += fmt.Sprintf(" (since %s)", clock(gate.Since))
		}
		details = append(details, detail{
			label: fmt.Sprintf("%s  %-*s", gate.Verdict, nameWidth, gate.Name), text: text,
		})
	}
	return details
}

// incidents has the RTO of each, phase by phase; a phase that no incident had is left out.
func (v simulationView) incidents(d *document) {
	if len(v.Incidents) == 0 {
		d.paragraph("The service was never down.")
		return
	}
	var phases []model.Phase
	headers := []string{"down at"}
	for phase := range model.PhaseCount {
		for _, incident := range v.Incidents {
			if incident.Phases[phase] != 0 {
				phases = append(phases, phase)
				headers = append(headers, phase.String())
				break
			}
		}
	}
	t := newTable(append(headers, "RTO", "RPO", "<failover")...)
	for _, incident := range v.Incidents {
		cells := []string{clock(incident.At)}
		for _, phase := range phases {
			cells = append(cells, length(incident.Phases[phase]))
		}
		failover, rpo := "no", none
		if incident.Failover {
			failover, rpo = "yes", length(incident.RPO)
		}
		t.row(append(cells, length(incident.RTO), rpo, failover)...)
	}
	d.heading("Recovery, phase by phase")
	d.table(t)
	var verdicts []string
	for _, objective := range v.Scenario.Objectives {
		if text := judged(objective, v.Simulation); text != "" {
			verdicts = append(verdicts, text)
		}
	}
	d.list(verdicts...)
}

// judged says whether a run met an objective, for the RTO by incident, for the RPO by failover. One
// run says nothing about availability, and one in which nothing was taken over nothing about an
// RPO.
func judged(o model.Objective, run *redoubt.Simulation) string {
	var cases []time.Duration
	what := "incident"
	switch o.Metric {
	case model.MetricAvailability:
		return ""
	case model.MetricRPO:
		cases, what = run.RPOs, "failover"
	case model.MetricRTO:
		for _, incident := range run.Incidents {
			cases = append(cases, incident.RTO)
		}
	}
	if len(cases) == 0 {
		why := "nothing was taken over in this run"
		if run.Outcome.Failovers > 0 {
			why = "what was taken over in this run is not over"
		}
		return fmt.Sprintf("Objective %s: %s, so that there is no %s to judge by.", target(o), why, what)
	}
	met := 0
	for _, came := range cases {
		if came <= secondsLong(o.Seconds) {
			met++
		}
	}
	return fmt.Sprintf("Objective %s: met by %d of %s of this run.",
		target(o), met, plural(len(cases), what))
}

func (v simulationView) stale(d *document) {
	if len(v.Stale) == 0 {
		return
	}
	t := newTable("after the change\nof routing", "still on the old answer %")
	for _, stale := range v.Stale {
		t.row(length(stale.After), percent(stale.Share, 2))
	}
	how := v.Scenario.Routing.Clients.String()
	if policy := v.Scenario.Routing.Choice.Policy; policy == model.AnycastRouting {
		how = policy.String()
	}
	d.heading("Clients that have not followed the change of routing (%s)", how)
	d.table(t)
}

func (v simulationView) losses(d *document) {
	o := &v.Outcome
	t := newTable("<what", "amount", "<")
	t.row("time down", length(o.Down), fmt.Sprintf("under %s %% of the requests served, or no write",
		percent(v.Scenario.Traffic.DownBelow, 0)))
	t.row("requests lost", length(o.Lost), "of the whole traffic")
	t.row("writes lost", strconv.FormatInt(o.LostWrites, 10), "acknowledged, and gone")
	t.row("conflicts", strconv.FormatInt(o.Conflicts, 10), settled(o))
	repeated(t, o)
	if v.Scenario.Traffic.Sessions > 0 {
		t.row("sessions lost", strconv.FormatInt(o.LostSessions, 10), "users who have to log in again")
	}
	t.row("split brain", length(o.SplitBrain), "two regions wrote to one store")
	t.row("failovers", strconv.FormatInt(o.Failovers, 10),
		fmt.Sprintf("%d of them false; %d cancelled before anything moved; "+
			"in %d outages a gate let none begin",
			o.FalseFailovers, o.Cancelled, o.Withheld))
	t.row("failbacks", strconv.FormatInt(o.Failbacks, 10), "planned moves of the write role")
	if o.FalseAlarms > 0 {
		t.row("false alarms", strconv.FormatInt(o.FalseAlarms, 10),
			"an observer said down of a region that is well")
	}
	v.standby(t)
	d.heading("What was lost")
	d.table(t)
}

// simulationData is the JSON of a run. Its keys are a contract; others may be added.
type simulationData struct {
	SchemaVersion int            `json:"schema_version"`
	Scenario      string         `json:"scenario"`
	Strategy      string         `json:"strategy"`
	Seed          uint64         `json:"seed"`
	Trials        int            `json:"trials"`
	Timeline      []entryData    `json:"timeline"`
	Incidents     []incidentData `json:"incidents"`
	Decisions     []decisionData `json:"decisions"`
	Stale         []staleData    `json:"stale"`
	Alerts        []alertData    `json:"alerts"`
	Backlogs      []backlogData  `json:"backlogs"`
	Outcome       outcomeData    `json:"outcome"`
	Assumed       []assumedData  `json:"unverified"`
	Hash          string         `json:"decision_hash"`
}

type entryData struct {
	At     number `json:"at_seconds"`
	Region string `json:"region"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
}

// incidentData has no RPO where nothing was taken over.
type incidentData struct {
	At       number `json:"at_seconds"`
	RTO      number `json:"rto_seconds"`
	RPO      number `json:"rpo_seconds"`
	Failover bool   `json:"failover"`
	Phases   phases `json:"phases"`
	// Cost is what it cost, with its whole trouble, and Lines by what that is of.
	Cost  number    `json:"cost_usd"`
	Lines *lossData `json:"cost_lines_usd"`
}

type decisionData struct {
	At     number     `json:"at_seconds"`
	Epoch  uint32     `json:"epoch"`
	Action string     `json:"action"`
	Region string     `json:"region"`
	Target string     `json:"target"`
	Gates  []gateData `json:"gates"`
}

type gateData struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Since   number `json:"since_seconds"`
}

type staleData struct {
	After number `json:"after_seconds"`
	Share number `json:"share"`
}

type outcomeData struct {
	Down           number `json:"down_seconds"`
	Lost           number `json:"lost_seconds"`
	Late           number `json:"late_seconds"`
	Faulted        number `json:"faulted_seconds"`
	SplitBrain     number `json:"split_brain_seconds"`
	LostWrites     int64  `json:"lost_writes"`
	Conflicts      int64  `json:"conflicts"`
	LostSessions   int64  `json:"lost_sessions"`
	Overwritten    int64  `json:"conflicts_overwritten"`
	Rejected       int64  `json:"conflicts_rejected"`
	Merged         int64  `json:"conflicts_merged"`
	Compensated    int64  `json:"conflicts_compensated"`
	Duplicates     int64  `json:"duplicates"`
	StaleReads     int64  `json:"stale_reads"`
	Incidents      int64  `json:"incidents"`
	Failovers      int64  `json:"failovers"`
	FalseFailovers int64  `json:"false_failovers"`
	Cancelled      int64  `json:"failovers_cancelled"`
	Withheld       int64  `json:"withheld"`
	Failbacks      int64  `json:"failbacks"`
	FalseAlarms    int64  `json:"false_alarms"`
	// Beside is what was lost outside of incidents, Loss that and what they cost; Waste is null where
	// nothing says what capacity costs.
	Loss    number  `json:"loss_usd"`
	Beside  number  `json:"loss_beside_incidents_usd"`
	Standby number  `json:"standby_seconds"`
	Waste   *number `json:"standby_waste_usd"`
}

func (v simulationView) structure() any {
	o := &v.Outcome
	data := simulationData{
		SchemaVersion: schemaVersion, Scenario: v.Scenario.Name, Strategy: v.Strategy.String(),
		Seed: v.Seed, Trials: 1, Hash: v.Hash,
		Timeline: []entryData{}, Incidents: []incidentData{}, Decisions: []decisionData{},
		Stale: []staleData{}, Alerts: v.alertData(), Backlogs: v.backlogData(),
		Assumed: assumedOf(v.Assumed),
		Outcome: outcomeData{
			Down: seconds(o.Down), Lost: seconds(o.Lost), Late: seconds(o.Late), Faulted: seconds(o.Faulted),
			SplitBrain: seconds(o.SplitBrain), LostWrites: o.LostWrites, Conflicts: o.Conflicts,
			LostSessions: o.LostSessions, Overwritten: o.Overwritten, Rejected: o.Rejected,
			Merged: o.Merged, Compensated: o.Compensated, Duplicates: o.Duplicates,
			StaleReads: o.StaleReads,
			Incidents:  o.Incidents, Failovers: o.Failovers, FalseFailovers: o.FalseFailovers,
			Cancelled: o.Cancelled, Withheld: o.Withheld, Failbacks: o.Failbacks,
			FalseAlarms: o.FalseAlarms,
		},
	}
	v.setCosts(&data.Outcome)
	for _, e := range v.Timeline {
		data.Timeline = append(data.Timeline, entryData{seconds(e.At), e.Region, e.Kind, e.Text})
	}
	for _, i := range v.Incidents {
		rpo := number(math.NaN())
		if i.Failover {
			rpo = seconds(i.RPO)
		}
		lines := cost.CostOf(v.Scenario.Business, i.Damage)
		data.Incidents = append(data.Incidents, incidentData{
			seconds(i.At), seconds(i.RTO), rpo, i.Failover, phases(i.Phases),
			dollars(lines.Total()), lossOf(&lines),
		})
	}
	for i := range v.Decisions {
		data.Decisions = append(data.Decisions, decisionOf(&v.Decisions[i]))
	}
	for _, s := range v.Stale {
		data.Stale = append(data.Stale, staleData{seconds(s.After), number(s.Share)})
	}
	return data
}

func decisionOf(d *redoubt.Decision) decisionData {
	data := decisionData{
		At: seconds(d.At), Epoch: d.Epoch, Action: d.Action, Region: d.Region, Target: d.Target,
		Gates: []gateData{},
	}
	for _, gate := range d.Gates {
		data.Gates = append(data.Gates, gateData{
			gate.Name, gate.Verdict, gate.Reason, seconds(gate.Since),
		})
	}
	return data
}

// records gives the timeline.
func (v simulationView) records() [][]string {
	records := [][]string{{"scenario", "strategy", "seed", "at_seconds", "region", "kind", "text"}}
	for _, e := range v.Timeline {
		records = append(records, []string{
			v.Scenario.Name, v.Strategy.String(), strconv.FormatUint(v.Seed, 10),
			seconds(e.At).String(), e.Region, e.Kind, strings.TrimSpace(e.Text),
		})
	}
	return records
}

package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt"
	"redoubt/units"
)

func topologyCommand() *cobra.Command {
	strategy := strategyFlag()
	var seed uint64
	var moment string
	cmd := &cobra.Command{
		Use:   "topology [SCENARIO]",
		Short: "Say what each region does, how far the ways are and how far copies are behind",
		Long: "topology says what each region does under a strategy and which part of the users is\n" +
			"sent there, how long round trips between the regions take, how far the copies of each\n" +
			"store are behind, and where these figures are from. The strategy is the simplest that\n" +
			"fails over by itself, or the one that --strategy names.\n\n" +
			"Without --at that is as all is well. With it, it is at a time of the run that\n" +
			"`redoubt simulate` tells: who leads and writes by then, and what is impaired.\n\n" +
			"With --address in place of a scenario it is as an agent has it now: who leads and writes,\n" +
			"who sees whom, what is impaired, and how far copies were behind when that was measured.",
		Args:              oneScenarioOrAgent,
		ValidArgsFunction: completeScenarios,
	}
	addChoice(cmd, strategy, "strategy", "", "look at this one")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "with --at: seed of the run (default: the scenario's)")
	cmd.Flags().StringVar(&moment, "at", "", "time since the start of a run, as 2m30s")
	changes, connected, output := addChanges(cmd), addConnection(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		if len(arguments) == 0 {
			return liveTopology(cmd, connected, output.value)
		}
		scenario, err := loadScenario(arguments[0], changes.edits...)
		if err != nil {
			return err
		}
		options := redoubt.SimulateOptions{}
		if options.Strategy, err = playable(scenario, strategy); err != nil {
			return err
		}
		if moment == "" {
			if cmd.Flags().Changed("seed") {
				return misused("add --at 2m30s", "--seed says nothing without a time of a run")
			}
			return writeResult(cmd.OutOrStdout(), output.value,
				topologyView{Topology: redoubt.TopologyOf(scenario, options.Strategy)})
		}
		at, err := momentOf(moment)
		if err != nil {
			return flagError(cmd, err)
		}
		if options.Seed, err = chosenSeed(cmd, seed, scenario); err != nil {
			return err
		}
		options.Explain.At = []time.Duration{at}
		run, err := redoubt.Simulate(scenario, options)
		if err != nil {
			return outside(err, "--at")
		}
		return writeResult(cmd.OutOrStdout(), output.value,
			topologyView{run.TopologyAt(at), true, at, options.Seed})
	}
	return cmd
}

// topologyView shows a topology: at a time of a run if it is of one.
type topologyView struct {
	*redoubt.Topology
	ofRun bool
	at    time.Duration
	seed  uint64
}

func (v topologyView) document() *document {
	d := &document{}
	when := "as it is when all is well"
	if v.ofRun {
		when = "at " + clock(v.at) + " of the run with seed " + strconv.FormatUint(v.seed, 10)
	}
	d.heading("%s: %s, %s", title(v.Scenario), v.Strategy, when)
	regions := newTable("<region", "<is", "users %", "<impaired")
	ways := newTable("<round trip to")
	for i := range v.Regions {
		r := &v.Regions[i]
		is, users := r.Role, percent(r.Users, 1)
		if r.Leads {
			is += ", leads"
		}
		if v.Scenario.Regions[i].Witness {
			users = none
		}
		regions.row(r.Name, is, users, strings.Join(r.Impaired, ", "))
		ways.headers = append(ways.headers, r.Name)
		cells := []string{r.Name}
		for j := range v.Regions {
			cells = append(cells, v.roundTrip(r.Name, v.Regions[j].Name))
		}
		ways.row(cells...)
	}
	d.table(regions)
	d.table(ways)
	copies := newTable("<store", "<copy in", "behind by\np50", "behind by\np99")
	for _, c := range v.Copies {
		copies.row(c.Store, c.Region, length(c.P50), length(c.P99))
	}
	if len(copies.rows) == 0 {
		d.paragraph("No copy is behind by more than the way takes.")
	} else {
		d.table(copies)
	}
	d.heading("Where these are from")
	d.list(v.Sources()...)
	return d
}

// roundTrip words the way from one region to another.
func (v topologyView) roundTrip(from, to string) string {
	i := slices.IndexFunc(v.Ways, func(w redoubt.Way) bool { return w.From == from && w.To == to })
	switch {
	case i < 0:
		return ""
	case v.Ways[i].Cut:
		return "cut"
	}
	return units.RoundTrip(v.Ways[i].RTT)
}

// topologyData is the JSON of a topology. Its seed and time are null where it is of no run.
type topologyData struct {
	SchemaVersion int          `json:"schema_version"`
	Scenario      string       `json:"scenario"`
	Strategy      string       `json:"strategy"`
	Seed          *uint64      `json:"seed"`
	At            *number      `json:"at_seconds"`
	Regions       []regionData `json:"regions"`
	Ways          []wayData    `json:"ways"`
	Copies        []copyData   `json:"copies"`
}

type regionData struct {
	Name     string   `json:"name"`
	Role     string   `json:"role"`
	Leads    bool     `json:"leads"`
	Users    number   `json:"users"`
	Impaired []string `json:"impaired"`
}

// wayData has the round trip as it is while nothing is cut.
type wayData struct {
	From   string `json:"from"`
	To     string `json:"to"`
	RTT    number `json:"rtt_seconds"`
	Cut    bool   `json:"cut"`
	Source string `json:"source"`
}

type copyData struct {
	Store  string `json:"store"`
	Region string `json:"region"`
	P50    number `json:"lag_p50_seconds"`
	P99    number `json:"lag_p99_seconds"`
	Source string `json:"source"`
}

func (v topologyView) structure() any {
	data := topologyData{
		SchemaVersion: schemaVersion, Scenario: v.Scenario.Name, Strategy: v.Strategy.String(),
		Regions: []regionData{}, Ways: []wayData{}, Copies: []copyData{},
	}
	if v.ofRun {
		data.Seed, data.At = &v.seed, pointer(seconds(v.at))
	}
	for i := range v.Regions {
		r := &v.Regions[i]
		data.Regions = append(data.Regions, regionData{
			r.Name, r.Role, r.Leads, number(r.Users), append([]string{}, r.Impaired...),
		})
	}
	for _, w := range v.Ways {
		data.Ways = append(data.Ways, wayData{w.From, w.To, seconds(w.RTT), w.Cut, w.Source})
	}
	for _, c := range v.Copies {
		data.Copies = append(data.Copies, copyData{
			c.Store, c.Region, seconds(c.P50), seconds(c.P99), c.Source,
		})
	}
	return data
}

// records gives a row for each region, each way and each copy: what says which.
func (v topologyView) records() [][]string {
	records := [][]string{{
		"scenario", "strategy", "what", "name", "to", "role", "leads", "users", "impaired",
		"rtt_seconds", "cut", "lag_p50_seconds", "lag_p99_seconds",
		"source",
	}}
	add := func(what, name, to string, before int, fields ...string) {
		row := append([]string{v.Scenario.Name, v.Strategy.String(), what, name, to},
			make([]string, before)...)
		records = append(records, pad(append(row, fields...), len(records[0])))
	}
	for i := range v.Regions {
		r := &v.Regions[i]
		add("region", r.Name, "", 0, r.Role, strconv.FormatBool(r.Leads), number(r.Users).String(),
			strings.Join(r.Impaired, "; "))
	}
	for _, w := range v.Ways {
		add("way", w.From, w.To, 4, seconds(w.RTT).String(), strconv.FormatBool(w.Cut), "", "",
			w.Source)
	}
	for _, c := range v.Copies {
		add("copy", c.Store, c.Region, 6, seconds(c.P50).String(), seconds(c.P99).String(), c.Source)
	}
	return records
}

package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// Counter is something that another part of the agent counts since it began.
type Counter struct {
	// Name is that of the metric without redoubt_ before and _total after it.
	Name, Help string
	// Label and Value tell those of one name apart; an empty Label is none.
	Label, Value string
	Count        func() uint64
}

// Config is what a Collector is made of.
type Config struct {
	Agent    api.Agent
	Scenario *model.Scenario
	Counters []Counter
}

// Handler answers a scrape with a Collector's figures, and those of the process.
func Handler(c Config) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, each := range []prometheus.Collector{
		New(c), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(each); err != nil {
			return nil, err
		}
	}
	answers := promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesMost})
	return promhttp.InstrumentMetricHandler(registry, answers), nil // It counts them, by their code.
}

// scrapesMost bounds how many scrapes are answered at once.
const scrapesMost = 4

// Collector gives the figures of one agent.
type Collector struct {
	config  Config
	counted map[string]*prometheus.Desc
}

// New makes a collector.
func New(c Config) *Collector {
	made := &Collector{config: c, counted: map[string]*prometheus.Desc{}}
	for _, counter := range c.Counters {
		var labels []string
		if counter.Label != "" {
			labels = []string{counter.Label}
		}
		made.counted[counter.Name] = prometheus.NewDesc("redoubt_"+counter.Name+"_total", counter.Help,
			labels, nil)
	}
	return made
}

// figure is one gauge: what it is called, and with which labels.
type figure struct {
	desc  *prometheus.Desc
	gives func(g *gather)
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("redoubt_"+name, help, labels, nil)
}

// gather is one scrape.
type gather struct {
	view *api.View
	file *model.Scenario
	desc *prometheus.Desc
	out  chan<- prometheus.Metric
}

func (g *gather) put(value float64, labels ...string) {
	g.out <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, value, labels...)
}

// each puts a value for each region of a set.
func (g *gather) each(set model.RegionSet, value func(model.RegionID) float64) {
	for r, region := range g.file.Regions {
		if set.Has(model.RegionID(r)) {
			g.put(value(model.RegionID(r)), region.Name)
		}
	}
}

// all is every region of the scenario.
func (g *gather) all() model.RegionSet { return 1<<len(g.file.Regions) - 1 }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// figures are all gauges, by what they are about.
var figures = []figure{
	{gauge("log_index", "Index of the last entry of the log that the agent has applied."),
		func(g *gather) { g.put(float64(g.view.Index)) }},
	{gauge("log_term", "Raft term of the last entry that the agent has applied."),
		func(g *gather) { g.put(float64(g.view.Term)) }},
	{gauge("log_applied_age_seconds", "How long ago the agent applied an entry, if that is known."),
		func(g *gather) {
			if g.view.Applied >= 0 {
				g.put(g.view.Applied.Seconds())
			}
		}},
	{gauge("epoch", "The highest epoch that was handed out."),
		func(g *gather) { g.put(float64(g.view.State.Epoch)) }},
	{gauge("acts", "Whether the agent acts on its state: 0 of a shadow, and once it has stopped."),
		func(g *gather) { g.put(truth(g.view.Halted == "" && !g.view.Shadow)) }},
	{gauge("archive_kept", "Whether the archive keeps what is applied: 0 once that has failed."),
		func(g *gather) { g.put(truth(g.view.Unkept == "")) }},
	{gauge("leader", "Whether the agent of the region leads, as this agent knows.", "region"),
		func(g *gather) {
			g.each(g.all(), func(r model.RegionID) float64 { return truth(r == g.view.Leader) })
		}},
	{gauge("primary", "Whether the region is the primary.", "region"), func(g *gather) {
		g.each(g.view.Policy.Workload, func(r model.RegionID) float64 {
			return truth(r == g.view.State.Primary)
		})
	}},
	{gauge("serving", "Whether traffic is sent to the region.", "region"), func(g *gather) {
		g.each(g.view.Policy.Workload, func(r model.RegionID) float64 {
			return truth(g.view.State.Serving.Has(r))
		})
	}},
	{gauge("region_seen_down", "Whether a quorum says that the region is down.", "region"),
		func(g *gather) {
			g.each(g.view.Policy.Workload, func(r model.RegionID) float64 {
				return truth(g.view.Policy.EvidenceOn(&g.view.State, r).Failed())
			})
		}},
	{gauge("region_seen_up", "Whether a quorum says that the region is up.", "region"),
		func(g *gather) {
			g.each(g.view.Policy.Workload, func(r model.RegionID) float64 {
				return truth(g.view.Policy.EvidenceOn(&g.view.State, r).Recovered())
			})
		}},
	{gauge("region_ready_ratio", "What the region can carry now, as a share of all traffic.",
		"region"),
		func(g *gather) {
			g.each(g.view.Policy.Workload, func(r model.RegionID) float64 {
				return float64(g.view.State.Ready[r]) / thousand
			})
		}},
	{gauge("agent_heard", "Whether the region's agent is heard of, as the log has it.", "region"),
		func(g *gather) {
			g.each(g.all(), func(r model.RegionID) float64 { return truth(!g.view.State.Silent.Has(r)) })
		}},
	{gauge("agent_heard_over_gossip", "Whether this agent hears of the region's.", "region"),
		func(g *gather) {
			g.each(g.all(), func(r model.RegionID) float64 { return truth(g.view.Heard.Has(r)) })
		}},
	{gauge("scenario_parts_apart", "In how many parts the scenario file of the region's agent is not "+
		"the leader's, as this agent knows.", "region"), func(g *gather) {
		g.each(g.all(), func(r model.RegionID) float64 { return float64(len(g.view.Apart[r])) })
	}},
	{gauge("paused", "Whether a person has paused the policy."),
		func(g *gather) { g.put(truth(g.view.State.Paused)) }},
	{gauge("brake", "Whether the brake is on."),
		func(g *gather) { g.put(truth(g.view.State.Brake.Cause != failover.BrakeOff)) }},
	{gauge("notices", "What people should know now: alarms, questions, advice."), func(g *gather) {
		count := 0
		for range g.view.Policy.Standing(g.view.State) {
			count++
		}
		g.put(float64(count))
	}},
	{gauge("plan_running", "Whether a plan of the kind runs.", "kind"), func(g *gather) {
		for kind := failover.NoPlan + 1; kind.String() != "unknown"; kind++ {
			g.put(truth(g.view.State.Plan.Kind == kind), kind.String())
		}
	}},
	{gauge("plan_age_seconds", "How long the plan has been running, 0 without one."),
		func(g *gather) {
			if plan := &g.view.State.Plan; plan.Kind != failover.NoPlan {
				g.put(g.view.State.Now.Sub(plan.Began).Seconds())
				return
			}
			g.put(0)
		}},
	{gauge("lease_left_seconds", "For how long the lease of the store still runs.", "store", "region"),
		func(g *gather) {
			for i := range model.StoreID(g.view.Policy.Stores) {
				lease := &g.view.State.Leases[i]
				if lease.Holder.Valid() {
					g.put(lease.End.Sub(g.view.State.Now).Seconds(), g.file.Stores[i].Name,
						g.file.Regions[lease.Holder].Name)
				}
			}
		}},
	{gauge("replica_lag_seconds", "How far the copy was behind when it was measured.", "store",
		"region"), func(g *gather) {
		g.copies(func(i model.StoreID, r model.RegionID, sample *failover.LagSample) {
			if sample.Epoch == g.view.State.Leases[i].Epoch {
				g.put(sample.Lag.Seconds(), g.file.Stores[i].Name, g.file.Regions[r].Name)
			}
		})
	}},
	{gauge("replica_lag_bytes", "How much log the copy in this agent's region had to apply yet.",
		"store"), func(g *gather) {
		for i := range model.StoreID(g.view.Policy.Stores) {
			if behind := g.view.Behind[i]; behind.Known {
				g.put(float64(behind.Bytes), g.file.Stores[i].Name)
			}
		}
	}},
	{gauge("guard_answers", "Whether the guard of the store in this agent's region answers.", "store"),
		func(g *gather) {
			for i := range model.StoreID(g.view.Policy.Stores) {
				if guard := g.view.Guards[i]; guard.Asked {
					g.put(truth(guard.Answers), g.file.Stores[i].Name)
				}
			}
		}},
	{gauge("replica_lag_age_seconds", "How long ago the lag of the copy was measured.", "store",
		"region"), func(g *gather) {
		g.copies(func(i model.StoreID, r model.RegionID, sample *failover.LagSample) {
			g.put(max(0, g.view.State.Now.Sub(sample.At)).Seconds(), g.file.Stores[i].Name,
				g.file.Regions[r].Name)
		})
	}},
}

// thousand is what a State counts traffic in.
const thousand = 1000

// copies visits the samples of all replicas that were ever measured.
func (g *gather) copies(see func(model.StoreID, model.RegionID, *failover.LagSample)) {
	for i := range model.StoreID(g.view.Policy.Stores) {
		for r := range model.RegionID(len(g.file.Regions)) {
			sample := &g.view.State.Lags[i][r]
			if g.view.Policy.Candidates.Has(r) && r != g.view.State.Writers[i] && sample.Epoch != 0 {
				see(i, r, sample)
			}
		}
	}
}

// Describe tells what there is.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, f := range figures {
		out <- f.desc
	}
	for _, desc := range c.counted {
		out <- desc
	}
}

// Collect gives the figures of this moment.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	view := c.config.Agent.View()
	if view.State.Under.Rules != 0 { // Else the log has not begun, and there is nothing to tell.
		for _, f := range figures {
			f.gives(&gather{view: &view, file: c.config.Scenario, desc: f.desc, out: out})
		}
	}
	for _, counter := range c.config.Counters {
		var labels []string
		if counter.Label != "" {
			labels = []string{counter.Value}
		}
		out <- prometheus.MustNewConstMetric(c.counted[counter.Name], prometheus.CounterValue,
			float64(counter.Count()), labels...)
	}
}

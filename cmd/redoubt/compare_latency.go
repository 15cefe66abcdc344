package main

import (
	"math"
	"time"

	"redoubt"
	"redoubt/model"
)

// latencyData is how long the requests of a population take.
type latencyData struct {
	Population string    `json:"population"`
	Well       delayData `json:"all_well_seconds"`
	Moved      delayData `json:"after_failover_seconds"`
}

// delayData is null but for the share that is shed where a queue never settles.
type delayData struct {
	P50  number `json:"p50"`
	P95  number `json:"p95"`
	P99  number `json:"p99"`
	Shed number `json:"shed_share"`
}

func latenciesOf(r *redoubt.StrategyResult) (all []latencyData) {
	for _, l := range r.Outcome.Latency {
		all = append(all, latencyData{l.Population, delayOf(l.Well), delayOf(l.Moved)})
	}
	return all
}

func delayOf(d model.Delay) delayData {
	if !settles(d) {
		nothing := number(math.NaN())
		return delayData{nothing, nothing, nothing, number(d.Shed)}
	}
	return delayData{seconds(d.P50), seconds(d.P95), seconds(d.P99), 0}
}

// settles reports whether the queue that a delay is of does.
func settles(d model.Delay) bool { return d.P50 > 0 }

// latency has how long requests take, where the scenario says how long they keep a server busy.
func (v comparisonView) latency(d *document) {
	if v.Scenario.Traffic.ServiceTime == 0 {
		return
	}
	t := newTable("<strategy", "<users", "all well\np50", "\np95", "\np99", "after a failover\np50",
		"\np95", "\np99", "\nshed %")
	for i := range v.Strategies {
		r := &v.Strategies[i]
		for _, l := range r.Outcome.Latency {
			cells := append([]string{r.Kind.String(), l.Population}, delayCells(l.Well)...)
			cells = append(cells, delayCells(l.Moved)...)
			t.row(append(cells, percent(l.Moved.Shed, 1))...)
		}
	}
	d.heading("How long requests take")
	d.table(t)
	d.paragraph("The way to the region that answers and back, the wait for a server, %s of service, "+
		"and of a write the way on to where it is written, at the mean load. After a failover is once "+
		"the primary's region was left, what takes over has grown to what it can, and all users have "+
		"followed. Where more comes than is carried, what is admitted waits until somebody gives up.",
		length(v.Scenario.Traffic.ServiceTime))
}

func delayCells(d model.Delay) (cells []string) {
	for _, value := range []time.Duration{d.P50, d.P95, d.P99} {
		if settles(d) {
			cells = append(cells, length(value))
		} else {
			cells = append(cells, none)
		}
	}
	return cells
}

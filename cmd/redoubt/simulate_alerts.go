package main

import (
	"time"

	"redoubt"
)

// alertData is an alert in the JSON of a run: when it first fired, how often it did, and whether
// that was before the first failover and the first loss; null where there is no such thing.
type alertData struct {
	Name           string  `json:"name"`
	Fires          *number `json:"fires_at_seconds"`
	Times          int     `json:"times"`
	BeforeFailover *bool   `json:"before_failover"`
	BeforeLoss     *bool   `json:"before_rpo"`
}

func (v simulationView) alertData() []alertData {
	all := []alertData{}
	for i := range v.Alerts {
		a := &v.Alerts[i]
		data := alertData{
			Name: a.Name, Times: len(a.Fires), BeforeFailover: a.BeforeFailover,
			BeforeLoss: a.BeforeLoss,
		}
		if at, fired := first(a); fired {
			shown := seconds(at)
			data.Fires = &shown
		}
		all = append(all, data)
	}
	return all
}

// first is when an alert first fired, if it did.
func first(a *redoubt.Alert) (time.Duration, bool) {
	if len(a.Fires) == 0 {
		return 0, false
	}
	return a.Fires[0], true
}

// alerts says of each alert whether it came in time.
func (v simulationView) alerts(d *document) {
	if len(v.Alerts) == 0 {
		return
	}
	t := newTable("<alert", "fires", "<before the\nfailover", "<before the writes\nwere lost")
	for i := range v.Alerts {
		a := &v.Alerts[i]
		fires := "never"
		if at, fired := first(a); fired {
			fires = clock(at)
		}
		t.row(a.Name, fires, answer(a.BeforeFailover, "no failover"), answer(a.BeforeLoss, "none lost"))
	}
	d.heading("Alerts")
	d.table(t)
}

// answer words what may not have been asked.
func answer(yes *bool, unasked string) string {
	switch {
	case yes == nil:
		return unasked
	case *yes:
		return "yes"
	}
	return "no"
}

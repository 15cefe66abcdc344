package model

import (
	"fmt"
	"time"
)

// alerts demands of each alert something to measure and a rule that can be met.
func (v *validator) alerts() {
	names := make([]string, len(v.s.Alerts))
	for i := range v.s.Alerts {
		a, path := &v.s.Alerts[i], fmt.Sprintf("alert[%d]", i)
		names[i] = a.Name
		v.alerted(path, a)
		v.positive(path+".period", a.Period, 24*time.Hour)
		v.count(path+".periods", a.Periods, 1, MaxAlertPeriods)
		before := len(v.list)
		if v.count(path+".datapoints", a.Datapoints, 1, a.Periods); len(v.list) > before {
			v.relate(path + ".periods")
		}
	}
	v.names("alert", names)
	v.most("alert", len(names), MaxAlerts)
}

// alerted checks what an alert looks at, and how much of it is too much.
func (v *validator) alerted(path string, a *Alert) {
	switch a.Metric {
	case AlertLag:
		v.workload(path+".region", a.Region)
		if int(a.Store) >= len(v.s.Stores) {
			v.add(path+".store", "", "%s.store names no store", path)
		}
		if !(a.Above >= 0 && a.Above <= Year.Seconds()) {
			v.add(path+".above", "", "%s.above is from 0s to a year, is %gs", path, a.Above)
		}
	case AlertErrors:
		if !(a.Above >= 0 && a.Above < 1) {
			v.add(path+".above", "no more than all requests can fail",
				"%s.above is from 0%% to less than 100%%, is %s", path, percent(a.Above))
		}
	default:
		v.add(path+".metric", "", "%s.metric is none that is known", path)
	}
}

package model

import (
	"fmt"
	"strings"
)

func (v *validator) business() {
	b := v.s.Business
	v.money("business.revenue_per_year", b.RevenuePerYear)
	v.share("business.deferred", b.Deferred, true)
	v.money("business.lost_write", b.LostWrite)
	v.money("business.conflict", b.Conflict)
	v.money("business.lost_session", b.LostSession)
	v.money("business.incident", b.Incident)
	v.money("business.reputation_per_hour", b.ReputationPerHour)
	v.share("business.discount_rate", b.DiscountRate, true)
	v.count("business.horizon", b.HorizonYears, 1, 100)
	v.number("business.outage_hours", b.OutageHours, 0, HoursPerYear)
}

// bill checks the lines of a bill; path is the table's, as in "bill".
func (v *validator) bill(path string, lines []BillLine) {
	type key struct {
		region   RegionID
		category Category
		what     string
	}
	first := map[key]int{}
	for i, l := range lines {
		full := fmt.Sprintf("%s[%d]", path, i)
		if l.Region != Global && int(l.Region) >= len(v.s.Regions) {
			v.add(full+".region", "", "%s.region names no region", full)
		}
		if l.Category >= CategoryCount {
			v.add(full+".category", "", "%s.category is none that is known", full)
		}
		if strings.TrimSpace(l.What) == "" {
			v.add(full+".what", "", "%s.what is empty", full)
		}
		v.money(full+".per_year", l.PerYear)
		k := key{l.Region, l.Category, l.What}
		if before, twice := first[k]; twice {
			v.add(full+".what", "", "%q is billed twice in one region and category, first by line %d of %s",
				l.What, before+1, path)
			v.relate(full+".region", full+".category")
			continue
		}
		first[k] = i
	}
	v.most(path, len(lines), MaxBillLines)
}

func (v *validator) reference() {
	names := make([]string, len(v.s.Reference))
	for i, r := range v.s.Reference {
		names[i] = r.Name
		if len(r.Lines) == 0 {
			v.add(fmt.Sprintf("reference_bill[%d].line", i), "", "%q has no line", r.Name)
		}
		v.bill(fmt.Sprintf("reference_bill[%d].line", i), r.Lines)
	}
	v.names("reference_bill", names)
}

func (v *validator) objectives() {
	first := map[Metric]bool{}
	for i, o := range v.s.Objectives {
		path := fmt.Sprintf("objective[%d]", i)
		switch o.Metric {
		case MetricRTO, MetricRPO:
			if !(o.Seconds > 0 && o.Seconds <= Year.Seconds()) {
				v.add(path+".target", "", "%s.target must be above 0s and at most a year", path)
			}
		case MetricAvailability:
			if !(o.Share > 0 && o.Share < 1) {
				v.add(path+".target", "nothing is up all the time",
					"%s.target must be above 0%% and below 100%%, is %s", path, percent(o.Share))
			}
		default:
			v.add(path+".metric", "", "%s.metric is none that is known", path)
		}
		if first[o.Metric] {
			v.add(path+".metric", "", "%s has an objective already", o.Metric)
		}
		first[o.Metric] = true
	}
}

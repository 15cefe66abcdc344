package model

import (
	"fmt"
	"time"
)

// curves demands points in the order of their times, each with a load.
func (v *validator) curves() {
	names := make([]string, len(v.s.Curves))
	for i := range v.s.Curves {
		c, path := &v.s.Curves[i], fmt.Sprintf("curve[%d]", i)
		names[i] = c.Name
		if len(c.Weekday) == 0 {
			v.add(path+".weekday", "", "%s.weekday has no point", path)
		}
		v.points(path+".weekday", c.Weekday)
		v.points(path+".weekend", c.Weekend)
	}
	v.names("curve", names)
	v.most("curve", len(names), MaxPopulations)
}

func (v *validator) points(path string, points []LoadPoint) {
	if len(points) > MaxLoadPoints {
		v.add(path, "", "%s has %d points, at most %d are possible", path, len(points), MaxLoadPoints)
	}
	for i, point := range points {
		where := fmt.Sprintf("%s[%d]", path, i)
		if point.At < 0 || point.At >= 24*time.Hour {
			v.add(where, "", "%s is at no time of a day", where)
		}
		if i > 0 && point.At <= points[i-1].At {
			v.add(where, "a jump takes a minute: 08:59, then 09:00", "%s is not after the point before it",
				where)
		}
		if !(point.Load > 0 && point.Load <= 1000) {
			v.add(where, "", "%s must be above 0x and at most 1000x, is %gx", where, point.Load)
		}
	}
}

// peaks demands that every region can carry its load at all hours while nothing is broken: its
// utilisation is that of a mean hour, and one that is short each noon has another problem than
// outages.
func (v *validator) peaks() {
	if len(v.list) > 0 || !v.s.Varies() {
		return
	}
	weeks, told := v.s.Weeks(), RegionSet(0)
	for _, strategy := range v.s.Strategies {
		for r := range RegionID(len(v.s.Regions)) {
			alone := !strategy.Kind.ServesReads()
			if v.s.Regions[r].Witness || told.Has(r) || alone && r != v.s.Primary() {
				continue
			}
			load, carries := v.s.tightest(weeks, strategy, r, func(p *Population) float64 {
				if alone {
					return 1
				}
				return v.s.served(p, r)
			})
			if baseline := v.s.Regions[r].Baseline; baseline > 0 {
				carries *= baseline
			}
			if load <= carries*(1+shareTolerance) {
				continue
			}
			told = told.With(r)
			path := fmt.Sprintf("region[%d].utilisation", r)
			hint := "it is that of a mean hour of the week, and must leave room for the busiest one"
			if v.s.Scaling.Hours[r].Size > 0 {
				path = "scaling.hours." + v.s.Regions[r].Name
				hint = "at all other times it has its normal size, which must leave room for their load"
			}
			v.add(path, hint, "%s has %.3g times the load that it has capacity for at its busiest, under %s",
				path, load/carries, strategy.Kind)
			v.relate("population")
		}
	}
}

package model

import (
	"fmt"
	"time"
)

// maxLate bounds by how much later an answer comes.
const maxLate = time.Hour

// rollouts demands regions that can run a release, and triggers that can be told apart.
func (v *validator) rollouts() {
	for i := range v.s.Rollouts {
		r, path := &v.s.Rollouts[i], fmt.Sprintf("rollout[%d]", i)
		v.rolledTo(path+".regions", r.Regions)
		v.share(path+".share", r.Share, false)
		v.share(path+".go_below", r.GoBelow, false)
		v.duration(path+".at", r.At, 0, 100*Year)
		v.duration(path+".every", r.Every, 0, Year)
		v.duration(path+".after", r.After, 0, Year)
		v.positive(path+".back_after", r.BackAfter, Year)
		v.duration(path+".rollback", r.Rollback, 0, Year)
		v.late(path, r)
		if !(r.BackAbove >= r.GoBelow && r.BackAbove < 1) {
			v.add(path+".back_above", "", "%s.back_above is from go_below (%s) to less than 100%%, is %s",
				path, percent(r.GoBelow), percent(r.BackAbove))
			v.relate(path + ".go_below")
		}
	}
	v.most("rollout", len(v.s.Rollouts), MaxRollouts)
}

// late demands triggers by latency that somebody can judge, and that can be told apart.
func (v *validator) late(path string, r *Rollout) {
	v.duration(path+".latency", r.Latency, 0, maxLate)
	v.duration(path+".go_p95", r.GoP95, 0, Year)
	v.duration(path+".back_p95", r.BackP95, 0, Year)
	if r.BackP95 > 0 {
		v.positive(path+".back_p95_after", r.BackP95After, Year)
	}
	if r.BackP95 > 0 && r.BackP95 < r.GoP95 {
		v.add(path+".back_p95", "", "%s.back_p95 is no less than go_p95 (%s), is %s", path, r.GoP95,
			r.BackP95)
		v.relate(path + ".go_p95")
	}
	if v.s.Traffic.ServiceTime == 0 && r.GoP95+r.BackP95 > 0 {
		v.add(path+".go_p95", "add traffic.service_time", "%s goes by a latency, and how long a "+
			"request keeps a server busy is not said", path)
		v.relate("traffic.service_time")
	}
}

// rolledTo demands that a release comes to regions that run it, and to each once.
func (v *validator) rolledTo(path string, regions []RegionID) {
	var had RegionSet
	for i, r := range regions {
		place := fmt.Sprintf("%s[%d]", path, i)
		before := len(v.list)
		if v.workload(place, r); len(v.list) > before {
			continue
		}
		if had.Has(r) {
			v.add(place, "", "%s has %s twice", path, v.s.Regions[r].Name)
		}
		had = had.With(r)
	}
	if len(regions) == 0 {
		v.add(path, "leave it out to roll out to every region", "%s names no region", path)
	}
}

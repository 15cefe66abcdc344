package model

import "fmt"

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
		if !(r.BackAbove >= r.GoBelow && r.BackAbove < 1) {
			v.add(path+".back_above", "", "%s.back_above is from go_below (%s) to less than 100%%, is %s",
				path, percent(r.GoBelow), percent(r.BackAbove))
			v.relate(path + ".go_below")
		}
	}
	v.most("rollout", len(v.s.Rollouts), MaxRollouts)
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

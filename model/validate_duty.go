package model

import "time"

// duty demands hours in their order, of regions that people look after.
func (v *validator) duty() {
	for r, d := range v.s.People.Duty {
		if d == (Duty{}) {
			continue
		}
		if r >= len(v.s.Regions) {
			v.add("people.duty", "", "people.duty names no region")
			continue
		}
		v.shift("people.duty."+v.s.Regions[r].Name, RegionID(r), d)
	}
}

// shift demands hours of a day, of a region with a workload.
func (v *validator) shift(path string, r RegionID, d Duty) {
	v.workload(path, r)
	v.duration(path, d.UTCOffset, -12*time.Hour, 14*time.Hour)
	if d.From < 0 || d.From >= d.To || d.To > 24*time.Hour {
		v.add(path, "a shift over midnight is not possible",
			"%s: the hours begin at %s and end at %s", path, short(d.From), short(d.To))
	}
}

package model

import "math"

// cache demands a cache that misses something, and stores behind it that bear all the traffic at
// its peak once it is warm: a system that is short of them each noon has another problem.
func (v *validator) cache() {
	c := &v.s.Cache
	if !(c.HitRatio >= 0 && c.HitRatio < 1) {
		v.add("cache.hit_ratio", "", "cache.hit_ratio is below 100%%, is %s", percent(c.HitRatio))
		return
	}
	if !c.Exists() {
		return
	}
	v.positive("cache.warm_up", c.WarmUp, Year)
	if len(v.list) > 0 {
		return
	}
	if peak := v.s.peak(); !(c.Behind >= peak && c.Behind <= 1000) {
		v.add("cache.behind", "", "cache.behind is from what all the traffic takes at its peak "+
			"(%.3gx) to 1000x, is %.3gx", peak, c.Behind)
	}
}

// peak is the greatest load of all the traffic in a week, as a multiple of its mean, from 1.
func (s *Scenario) peak() float64 {
	most := 1.0
	if !s.Varies() {
		return most
	}
	weeks := s.Weeks()
	for i := range weeks {
		for at := int64(0); at < int64(WeekLength); at = weeks[i].Next(at) {
			total := 0.0
			for other := range weeks {
				total += s.Populations[other].Share * weeks[other].At(at)
			}
			most = math.Max(most, total)
		}
	}
	return most
}

package model

import "time"

// Scaling is how the capacity of the regions changes. The zero value is a system in which nothing
// grows by itself, and all that a plan asks for is there at the end of its step.
type Scaling struct {
	// Reaction is how long the size of a region is behind the load that it follows by itself: until
	// what was measured is acted on, and the first machine that was asked for serves. 0 means that a
	// region changes its size only where a plan does.
	Reaction time.Duration
	// Growth is the time in which a region adds what all the traffic takes at its utilisation; 0 means
	// that what it gets is there at once.
	Growth time.Duration
	// Shrink is the time in which it gives that much up; 0 means at once. It is read with a Reaction.
	Shrink time.Duration
	// Hours are those in which each region is larger than at others, whatever its load is.
	Hours [MaxRegions]Hours
}

// Hours are when a region is planned to be larger, in its local time, as by two scheduled actions
// of an Auto Scaling group, one that raises its least size and one that takes it back
// (docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html). The zero
// Hours are none.
type Hours struct {
	// When they are. They are those of machines, not of people: nobody is asked.
	When Duty
	// Size is the least that the region aims at in them, as a multiple of its normal size, above 1;
	// its ceiling holds as ever.
	Size float64
}

// At is the multiple of its normal size that a region aims at, at a time that is counted from any
// Monday 00:00 UTC.
func (h *Hours) At(at time.Duration) float64 {
	if h.Size == 0 || h.When.Wait(at) > 0 {
		return 1
	}
	return h.Size
}

// Next is how long it is from such a time until hours begin or end, above 0.
func (h *Hours) Next(at time.Duration) time.Duration {
	if wait := h.When.Wait(at); wait > 0 {
		return wait
	}
	const day = int64(24 * time.Hour)
	return h.When.To - time.Duration(modulo(int64(at+h.When.UTCOffset), day))
}

// Moves reports whether any region changes its size but for the steps of plans.
func (c *Scaling) Moves() bool {
	return c.Reaction > 0 || c.Growth > 0 || c.Scheduled()
}

// Scheduled reports whether any region has hours.
func (c *Scaling) Scheduled() bool { return c.Hours != [MaxRegions]Hours{} }

// scaling checks how capacity changes. A rate is a second at least: what is quicker is at once.
func (v *validator) scaling() {
	c := v.s.Scaling
	v.duration("scaling.reaction", c.Reaction, 0, 24*time.Hour)
	for _, rate := range []struct {
		path string
		took time.Duration
	}{{"scaling.growth", c.Growth}, {"scaling.shrink", c.Shrink}} {
		v.duration(rate.path, rate.took, 0, 7*24*time.Hour)
		if rate.took > 0 && rate.took < time.Second {
			v.add(rate.path, "0s is at once", "%s must be 0s or at least 1s, is %s", rate.path,
				short(rate.took))
		}
	}
	v.hours()
}

// hours demands hours in their order, of regions that grow in them.
func (v *validator) hours() {
	for r := range v.s.Scaling.Hours {
		h := &v.s.Scaling.Hours[r]
		if *h == (Hours{}) {
			continue
		}
		if r >= len(v.s.Regions) {
			v.add("scaling.hours", "", "scaling.hours names no region")
			continue
		}
		path := "scaling.hours." + v.s.Regions[r].Name
		v.shift(path, RegionID(r), h.When)
		if !(h.Size > 1 && h.Size <= 1000) {
			v.add(path, "it has its normal size at all other times",
				"%s must be above 1x and at most 1000x, is %gx", path, h.Size)
		}
	}
}

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
}

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
}

package model

import "time"

// Rollout is a release that comes to one region after the other. It is bad: a share of the requests
// fails where it runs, or is late, which its own health page does not show, or it would never get
// traffic.
type Rollout struct {
	// Regions get it in this order, each once; all run a workload.
	Regions []RegionID
	// At is when the first region gets it, from the start of the run; Every how long after the one
	// before each of the others does. With an Every of 0 all get it at once.
	At, Every time.Duration
	// Share is how many of a region's requests fail, in (0, 1], After how long it runs there before
	// they do. With a Latency, up to an hour, they are answered well, and that much later.
	Share   float64
	After   time.Duration
	Latency time.Duration
	// The next region gets it while less than GoBelow of the requests fail, at or below BackAbove, in
	// each region that has it. Where more than BackAbove, below 1, have failed for BackAfter, it is
	// rolled back everywhere, which takes Rollback.
	GoBelow, BackAbove  float64
	BackAfter, Rollback time.Duration
	// The next region gets it only while the 95th percentile of how long the requests of each region
	// that has it take is below GoP95, too; where it has been above BackP95, which is no less, for
	// BackP95After, it is rolled back. Either is 0 where nobody looks at that, as nobody can without
	// Traffic.ServiceTime.
	GoP95, BackP95, BackP95After time.Duration
	// Declares says that who rolls it back declares it at once, so that no region is left for it, and
	// takes that back when it has been gone for as long as People.StableFor.
	Declares bool
	// Place is where a file says so, for messages.
	Place Place
}

// MaxRollouts bounds how many releases a scenario rolls out.
const MaxRollouts = 16

// Fault is what the release breaks in one of the regions, by its place among them. Its time is when
// that would be if nobody stopped the rollout; its end is not known.
func (r *Rollout) Fault(turn int) Fault {
	return Fault{
		Kind: BadRelease, Region: r.Regions[turn], Peer: NoRegion, Share: r.Share,
		At: r.At + time.Duration(turn)*r.Every + r.After, Latency: r.Latency,
	}
}

// Plays reports whether the scenario says what happens in a run, and when.
func (s *Scenario) Plays() bool { return len(s.Timeline) > 0 || len(s.Rollouts) > 0 }

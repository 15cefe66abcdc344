package model

import (
	"math/bits"
	"time"
)

// MaxRegions bounds the regions of a scenario, witnesses included, so that a State can be a plain
// array.
const MaxRegions = 8

// RegionID is a region's place in Scenario.Regions, from 0. The order is the order of preference:
// region 0 is the one that is primary when all is well.
type RegionID uint8

// NoRegion is the RegionID of nothing, for fields that may be empty.
const NoRegion RegionID = 255

// Valid reports whether r can index an array of MaxRegions.
func (r RegionID) Valid() bool { return r < MaxRegions }

// RegionSet is a set of regions, one bit for each RegionID.
type RegionSet uint8

// Has reports whether the set holds r; it holds no invalid region. It is asked so often that it is
// written as the machine does it: a test of one bit of 64.
func (s RegionSet) Has(r RegionID) bool { return r < 64 && uint64(s)>>(r&63)&1 != 0 }

// With returns the set with r added; an invalid region adds nothing.
func (s RegionSet) With(r RegionID) RegionSet { return s | 1<<r }

// Without returns the set with r removed.
func (s RegionSet) Without(r RegionID) RegionSet { return s &^ (1 << r) }

// First returns the region of the set with the smallest ID, or one that is not valid.
func (s RegionSet) First() RegionID { return RegionID(bits.TrailingZeros8(uint8(s))) }

// Count returns the number of regions in the set.
func (s RegionSet) Count() int { return bits.OnesCount8(uint8(s)) }

// Region is one place that runs, or only votes.
type Region struct {
	// Name is unique, for instance "us-east-1"; a name known to the latency matrix needs no links.
	Name string
	// Witness marks a region that has an agent and a vote but no workload.
	Witness bool
	// FailureDomain names what fails together (a site, a provider's geography); by default the
	// Name.
	FailureDomain string
	// Utilisation is the share of its compute capacity in use in normal times, in (0, 1].
	Utilisation float64
	// BurstCeiling is the largest multiple of its normal capacity that compute can be scaled to, at
	// least 1.
	BurstCeiling float64
	// Quota is the most that it may be scaled to, as a share of what all the traffic takes, in (0, 1];
	// 0 means that there is none. Its normal size is not bounded by it.
	Quota float64
	// Baseline is the share of their capacity that its machines may use for good, in (0, 1]; what they
	// use beyond it they have to have saved. 0 means that they may use all of it.
	Baseline float64
}

// Population is a group of users who are served together.
type Population struct {
	// Name is unique, for instance "europe".
	Name string
	// Share is the part of all requests that come from it, in [0, 1]; the shares of a scenario sum
	// to 1.
	Share float64
	// Nearest is the region with the lowest latency to it, where it is served if that region
	// serves, unless Routing.Choice says otherwise.
	Nearest RegionID
	// Curve is the place of its curve of load in Scenario.Curves, counted from 1; with 0 its load is
	// even.
	Curve int
	// UTCOffset is how far its clocks are ahead of UTC, from -12 to 14 hours. It is read with a curve.
	UTCOffset time.Duration
	// Answers are the records that apply to where it is, the smallest place first. They are read with
	// GeolocationRouting.
	Answers []RegionID
	// Distance to each region in kilometres, from 0 to MaxDistance. It is read with
	// GeoproximityRouting.
	Distance [MaxRegions]float64
}

// Latency is the round-trip time between each pair of regions. The diagonal is zero.
type Latency [MaxRegions][MaxRegions]time.Duration

// OneWay returns half the round-trip time from a to b: paths are taken to be symmetric.
func (l *Latency) OneWay(a, b RegionID) time.Duration { return l[a][b] / 2 }

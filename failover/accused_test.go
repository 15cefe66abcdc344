package failover

import (
	"testing"

	"redoubt/model"
)

// A quorum may say that a region is down once more than half of all voters have said so, whoever of
// them that is, and itself apart: counted for every set of them.
func TestARegionIsAccusedByMoreThanHalf(t *testing.T) {
	for n := 1; n <= model.MaxRegions; n++ {
		p := Policy{Voters: model.RegionSet(1<<n - 1), ChecksDown: 1}
		for r := range model.RegionID(model.MaxRegions) {
			for say := range 1 << n {
				s, count := State{}, 0
				for o := range model.RegionID(n) {
					if say>>o&1 == 1 {
						s.Reports[o][r].Down = 1
						if o != r {
							count++
						}
					}
				}
				if got, want := p.accused(&s, r), 2*count > n; got != want {
					t.Fatalf("%d of %d voters, %b, accuse region %d: got %t, want %t", count, n, say, r,
						got, want)
				}
			}
		}
	}
	if (&Policy{}).accused(&State{}, model.NoRegion) {
		t.Error("no region is accused")
	}
}

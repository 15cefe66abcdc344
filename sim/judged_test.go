package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// What a copy would have lost is known only where it took over, and what it takes to recover only
// where something was down: a bound that is met by nothing at all would bear out any claim.
func TestARunWithoutACaseJudgesNothing(t *testing.T) {
	rto := model.Bound{Measure: model.MeasureRTO, Most: math.Inf(1)}
	rpo := model.Bound{Measure: model.MeasureRPO, Most: 7200}
	failovers := model.Bound{Measure: model.MeasureFailovers}
	cases := []struct {
		name        string
		lag         time.Duration
		lost        model.RegionID
		bound       model.Bound
		judged, met bool
	}{
		{"taken over: an RPO", 2 * time.Second, home, rpo, true, true},
		{"withheld by the lag gate: no RPO", time.Hour, home, rpo, false, false},
		{"withheld: an RTO all the same", time.Hour, home, rto, true, true},
		{"never down: no RTO", 2 * time.Second, witness, rto, false, false},
		{"never down: nor a failover, which is a count", 2 * time.Second, witness, failovers,
			true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Run.Seed = seedOf(t)
			s.Stores[0].Lag[standby] = model.Fixed(c.lag)
			lose(s, c.lost, time.Hour, 8*time.Hour)
			f, err := Expect(s, model.Expectation{
				Strategy: model.HotStandby, Runs: 2, Bounds: []model.Bound{c.bound}, Primary: model.NoRegion,
			})
			if err != nil {
				t.Fatal(err)
			}
			if f.Judged() != c.judged || f.Met() != c.met {
				t.Errorf("got judged %t, met %t, want %t, %t: %+v", f.Judged(), f.Met(), c.judged, c.met,
					f.Values)
			}
		})
	}
}

package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// crowded is budget-three-region's question in the estate of the tests: three regions at 87 %, half
// of the traffic in the one that is lost, and 20 min until the others have grown.
func crowded() *model.Scenario {
	s := estate()
	s.Regions[witness].Witness = false
	s.Populations = nil
	for i, share := range []float64{0.5, 0.35, 0.15} {
		s.Regions[i].Utilisation, s.Regions[i].BurstCeiling = 0.87, 3
		s.Populations = append(s.Populations, model.Population{
			Name: s.Regions[i].Name, Share: share, Nearest: model.RegionID(i),
		})
	}
	s.Latency[home][witness], s.Latency[witness][home] = 2*roundTrip, 2*roundTrip
	for i := range s.Strategies {
		s.Strategies[i].Scale = model.Fixed(20 * time.Minute)
	}
	return s
}

// servedAt plays a world up to a time and returns the share of requests that it serves then.
func servedAt(t *testing.T, w *world, at time.Duration) float64 {
	t.Helper()
	for w.now < warmup+int64(at) {
		if !w.step() {
			t.Fatalf("the run ended before %s", at)
		}
	}
	return w.served(w.now)
}

func TestWhatIsLeftShedsWhatItCannotCarry(t *testing.T) {
	s := crowded()
	lose(s, home, time.Minute, 4*time.Hour)
	w := stage(t, s, model.ActiveActive, seedOf(t), standby, 24*time.Hour)
	w.load()
	cases := []struct {
		name string
		at   time.Duration
		want float64
	}{
		{"before", 59 * time.Second, 1},
		{"nobody has followed", 90 * time.Second, 0.5},
		// All of the lost half is nearest to the standby: it has 0.35 / 0.87 for a load of 0.85.
		{"overloaded", 10 * time.Minute, 0.35/0.87 + 0.15},
		{"grown", 30 * time.Minute, 1},
		{"returned", 20 * time.Hour, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.push(warmup+int64(c.at), evSettle, 0, 0, 0) // An event that does nothing there.
			if got := servedAt(t, w, c.at); math.Abs(got-c.want) > 1e-6 {
				t.Errorf("got %.4f of the requests served at %s, want %.4f", got, c.at, c.want)
			}
		})
	}
	for r, share := range []float64{0.5, 0.35, 0.15} {
		if got := w.capacity[r]; math.Abs(got-share/0.87) > 1e-9 {
			t.Errorf("region %d has a capacity of %g after the return, want %g", r, got, share/0.87)
		}
	}
}

func TestACeilingBoundsWhatARegionGrowsTo(t *testing.T) {
	s := crowded()
	s.Regions[standby].BurstCeiling = 1.5
	lose(s, home, time.Minute, 4*time.Hour)
	w := stage(t, s, model.ActiveActive, seedOf(t), standby, 24*time.Hour)
	w.load()
	want := 1.5*0.35/0.87 + 0.15
	if got := servedAt(t, w, 2*time.Hour); math.Abs(got-want) > 1e-6 {
		t.Errorf("got %.4f of the requests served, want %.4f", got, want)
	}
}

// The log knows what each region can carry, at every moment but for the time that a report takes,
// and holds a step that scales for done only when the size is there.
func TestTheLogKnowsWhatRegionsCanCarry(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 4*time.Hour)
	w := stage(t, s, model.WarmStandby, seedOf(t), witness, 48*time.Hour)
	small, full := uint16(500), uint16(2000) // A quarter of twice all of the traffic, and all of it.
	if w.state.Ready[home] != full || w.state.Ready[standby] != small || w.state.Ready[witness] != 0 {
		t.Fatalf("the log begins with %v, want %d, %d and nothing", w.state.Ready, full, small)
	}
	w.load()
	var grown, known, done int64
	for w.step() {
		plan := &w.state.Plan
		if w.capacity[standby] > 1 && grown == 0 {
			grown = w.now
		}
		if w.state.Ready[standby] == full && known == 0 {
			known = w.now
		}
		for i := range plan.Count {
			scaled := plan.Steps[i].Kind == failover.Scale && plan.Steps[i].Status == failover.Done
			if scaled && plan.Kind == failover.Failover && done == 0 {
				done = w.now
			}
		}
	}
	if grown == 0 || done < grown || done > grown+int64(time.Second) {
		t.Errorf("the size is there at %d and the step is done at %d, want it right after", grown, done)
	}
	if known < grown || known > grown+int64(time.Second) {
		t.Errorf("the size is there at %d and known at %d, want it right after", grown, known)
	}
	if w.state.Ready[standby] != small {
		t.Errorf("the log ends with %v, want the standby small again", w.state.Ready)
	}
}

// A report that no leader hears is said again.
func TestACapacityIsReportedUntilItIsKnown(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, time.Hour)
	w := finished(t, stage(t, s, model.WarmStandby, seedOf(t), witness, 10*time.Hour))
	w.capacity[standby] = 0.75
	w.push(w.now, evFault, 0, 0, int32(len(w.outages)))
	w.push(w.now+int64(time.Hour), evHeal, 0, 0, int32(len(w.outages)))
	w.outages = append(w.outages, outage{Fault: model.Fault{
		Kind: model.LinkCut, Region: home, Peer: witness,
	}})
	w.horizon += int64(10 * time.Hour)
	for w.step() {
	}
	if got := w.state.Ready[standby]; got != 750 {
		t.Errorf("the log has %d, want the 750 that no report told of", got)
	}
}

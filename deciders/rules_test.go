package deciders

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEveryDeciderIsSourced(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range All() {
		if seen[d.Name] || d.Name == "" || d.Title == "" || d.Rule == "" || d.LeftOut == "" {
			t.Errorf("%q is named twice, or says too little: %+v", d.Name, d)
		}
		seen[d.Name] = true
		if !strings.HasPrefix(d.Source, "https://") || len(d.Constants) == 0 {
			t.Errorf("%s: source %q and %d constants", d.Name, d.Source, len(d.Constants))
		}
		for _, c := range d.Constants {
			if c.Name == "" || c.Value == "" || !strings.HasPrefix(c.Source, "https://") {
				t.Errorf("%s: constant %+v has no name, value or source", d.Name, c)
			}
		}
	}
}

func TestWaitsAreWellFormed(t *testing.T) {
	for _, d := range All() {
		paths := append(append([][]Wait{}, d.Paths...), d.Then, d.Fence)
		for _, path := range paths {
			for _, w := range path {
				if w.What == "" || w.Fixed < 0 || w.Spread < 0 || int(w.Phase) >= maxPhases {
					t.Errorf("%s: wait %+v is out of bounds", d.Name, w)
				}
				if w.Fixed == 0 && w.Spread == 0 {
					t.Errorf("%s: %q takes no time", d.Name, w.What)
				}
			}
		}
		if len(d.Paths) == 0 {
			t.Errorf("%s decides at once", d.Name)
		}
	}
}

// A longer cut never promotes less, never earlier, and never puts less at risk.
func TestALongerCutIsNeverBetter(t *testing.T) {
	stakes := Stakes{WritesPerSecond: 7, Side: 1, Lag: time.Second}
	for _, d := range All() {
		results := d.Facing(cuts(), stakes)
		for i, r := range results {
			if r.Share < 0 || r.Share > 1 || r.Earliest > r.Latest || r.Latest > r.Cut {
				t.Errorf("%s: %+v is out of bounds", d.Name, r)
			}
			if (r.Share > 0) == (r.Earliest == 0 && r.Latest == 0) {
				t.Errorf("%s: %+v has times without a promotion, or none with one", d.Name, r)
			}
			if i == 0 {
				continue
			}
			before := results[i-1]
			if r.Share < before.Share || r.Latest < before.Latest || r.AtRisk < before.AtRisk {
				t.Errorf("%s: %+v after %+v", d.Name, r, before)
			}
		}
	}
}

func TestWhatIsBlindPromotesNothing(t *testing.T) {
	blind := 0
	for _, d := range All() {
		if d.Blind == "" {
			continue
		}
		blind++
		for _, r := range d.Facing(cuts(), Stakes{WritesPerSecond: 1, Side: 1}) {
			if r.Share != 0 || !math.IsNaN(r.Writes) {
				t.Errorf("%s sees what it cannot see: %+v", d.Name, r)
			}
		}
	}
	if blind == 0 {
		t.Error("nothing is blind, want Route 53 at least")
	}
}

func TestTrafficHasNoWritesAtRisk(t *testing.T) {
	for _, d := range All() {
		for _, r := range d.Facing(cuts(), Stakes{WritesPerSecond: 1, Side: 1}) {
			if none := r.Share == 0 || d.TrafficOnly; none != math.IsNaN(r.Writes) {
				t.Errorf("%s: %+v, want a number of writes where a store is promoted", d.Name, r)
			}
		}
	}
}

func TestTheSameEveryTime(t *testing.T) {
	first, again := All(), All()
	if !reflect.DeepEqual(first, again) {
		t.Error("All differs from itself")
	}
	stakes := Stakes{WritesPerSecond: 3, Side: 0.7, Lag: time.Second}
	some := []time.Duration{23 * time.Second, 43 * time.Second}
	for i := range first {
		a, b := first[i].Facing(some, stakes), again[i].Facing(some, stakes)
		for k := range a {
			if a[k].Share != b[k].Share || a[k].AtRisk != b[k].AtRisk {
				t.Errorf("%s: %+v, then %+v", first[i].Name, a[k], b[k])
			}
		}
	}
}

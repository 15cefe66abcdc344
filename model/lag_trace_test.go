package model_test

import (
	"testing"
	"time"

	"redoubt/model"
)

// A record is straight lines between its points, and begins anew after the last: the mean of what
// it says at many moments of any stretch of its length is the area under the lines over that.
func TestLagTrace(t *testing.T) {
	trace := model.LagTrace{{At: 0, Lag: time.Second}, {At: 10 * time.Minute, Lag: 5 * time.Minute},
		{At: 11 * time.Minute, Lag: 0}, {At: 20 * time.Minute, Lag: time.Second}}
	for _, c := range []struct{ at, want time.Duration }{
		{0, time.Second}, {5 * time.Minute, 150*time.Second + 500*time.Millisecond},
		{10 * time.Minute, 5 * time.Minute}, {630 * time.Second, 150 * time.Second},
		{20 * time.Minute, time.Second}, {25 * time.Minute, 150*time.Second + 500*time.Millisecond},
		{-15 * time.Minute, 150*time.Second + 500*time.Millisecond},
		{-570 * time.Second, 150 * time.Second},
	} {
		if got := trace.At(c.at); got != c.want {
			t.Errorf("at %s the lag is %s, want %s", c.at, got, c.want)
		}
	}
	sum, steps := time.Duration(0), 20*60*10
	for i := range steps {
		sum += trace.At(7*time.Minute + time.Duration(i)*100*time.Millisecond)
	}
	got, want := sum/time.Duration(steps), trace.Mean()
	if off := got - want; off < -20*time.Millisecond || off > 20*time.Millisecond {
		t.Errorf("the mean of what it says is %s, its own %s", got, want)
	}
	if empty := (model.LagTrace{}); empty.At(time.Hour) != 0 || empty.Mean() != 0 {
		t.Error("a record without a length has a lag")
	}
}

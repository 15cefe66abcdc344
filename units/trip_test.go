package units

import (
	"testing"
	"time"
)

// TestARoundTripIsNotNothing below a millisecond.
func TestARoundTripIsNotNothing(t *testing.T) {
	for d, want := range map[time.Duration]string{
		200 * time.Microsecond: "0.2ms", 10 * time.Microsecond: "0.1ms", 999 * time.Microsecond: "1ms",
		70 * time.Millisecond: "70ms", 0: "0s",
	} {
		if got := RoundTrip(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}
